//! Managed attachments in the text of calendar objects (RFC 8607 §3.4).

use model::interval::Interval;

use crate::document::{Component, Document, Property};
use crate::edit::{Edit, fold, splice};
use crate::expand::TIMES;
use crate::instances::{Clocks, Context, instances};
use crate::moment::{Moment, utc_instant};

/// An attachment that the server keeps.
#[derive(Clone, Copy, Debug)]
pub struct Managed<'a> {
    /// Its identifier, which is plain.
    pub id: &'a str,
    /// The name of the file.
    pub filename: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// How many bytes it has.
    pub length: u64,
    /// Where it is.
    pub url: &'a str,
}

/// Which instances are meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Which {
    /// All of them.
    All,
    /// These: `M` for the master, or recurrence identifiers.
    These(Vec<String>),
}

/// An instance that was named is none of the object's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoInstance;

/// The identifiers of the managed attachments in a text, each once.
pub fn managed_ids(document: &Document) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for property in document.calendar().children().flat_map(|it| it.all("ATTACH")) {
        if let Some(id) = property.param("MANAGED-ID")
            && !ids.iter().any(|it| *it == id)
        {
            ids.push(id.into_owned());
        }
    }
    ids
}

/// The text with an attachment added to some instances.
///
/// # Errors
///
/// [`NoInstance`] if one of those named is none of the object's.
pub fn attached(
    document: &Document,
    which: &Which,
    managed: &Managed<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, NoInstance> {
    let line = line(managed);
    let mut edits: Vec<(usize, Edit)> = Vec::new();
    let Which::These(rids) = which else {
        let all = parts(document).map(|it| (it.end_line(), Edit::Before(line.clone())));
        return Ok(splice(document, all));
    };
    let mut made = Vec::new();
    for rid in rids {
        match find(document, rid, context)? {
            Found::There(part) => edits.push((part.end_line(), Edit::Before(line.clone()))),
            Found::OfSeries(master, window) => {
                made.push(instance(document, master, window, &line, context)?);
            }
        }
    }
    let text = splice(document, edits);
    let Some(end) = made.iter().any(|it| !it.is_empty()).then(|| end_of_calendar(&text)).flatten()
    else {
        return Ok(text);
    };
    let mut whole = text[..end].to_vec();
    whole.extend(made.into_iter().flatten());
    whole.extend_from_slice(&text[end..]);
    Ok(whole)
}

/// Where an attachment is, as the text says.
pub fn url_of(document: &Document, id: &str) -> Option<String> {
    places(document, id).next().map(|it| it.value().to_owned())
}

/// The text with another attachment wherever `id` was.
pub fn replaced(document: &Document, id: &str, managed: &Managed<'_>) -> Vec<u8> {
    let line = line(managed);
    splice(document, places(document, id).map(|it| (it.line(), Edit::Replace(line.clone()))))
}

/// The text without an attachment in some instances.
///
/// # Errors
///
/// [`NoInstance`] if one of those named has no text of its own.
pub fn detached(
    document: &Document,
    which: &Which,
    id: &str,
    context: &Context<'_>,
) -> Result<Vec<u8>, NoInstance> {
    let is_it = |it: &Property<'_>| it.param("MANAGED-ID").is_some_and(|it| it == id);
    let Which::These(rids) = which else {
        return Ok(splice(document, places(document, id).map(|it| (it.line(), Edit::Remove))));
    };
    let mut edits = Vec::new();
    for rid in rids {
        let Found::There(part) = find(document, rid, context)? else { return Err(NoInstance) };
        edits.extend(part.all("ATTACH").filter(is_it).map(|it| (it.line(), Edit::Remove)));
    }
    Ok(splice(document, edits))
}

/// The text with what the server says of its attachments, where a client says something else.
///
/// `known` tells the file's name, its media type and its length by an identifier, which a
/// client that dropped the parameter left in the address.
pub fn restored(
    document: &Document,
    known: impl Fn(&str) -> Option<(String, String, u64)>,
) -> Option<Vec<u8>> {
    let mut edits = Vec::new();
    for property in document.calendar().children().flat_map(|it| it.all("ATTACH")) {
        let url = property.value();
        let in_url = || url.split('/').rev().nth(1).unwrap_or_default().into();
        let id = property.param("MANAGED-ID").unwrap_or_else(in_url);
        let Some((filename, media_type, length)) = known(&id) else { continue };
        let says = |name, value: &str| property.param(name).is_some_and(|it| it == value);
        let is_told = says("MANAGED-ID", &id)
            && says("FILENAME", &filename)
            && says("FMTTYPE", &media_type)
            && says("SIZE", &length.to_string());
        if !is_told {
            let (filename, media_type) = (filename.as_str(), media_type.as_str());
            let managed = Managed { id: &id, filename, media_type, length, url };
            edits.push((property.line(), Edit::Replace(line(&managed))));
        }
    }
    (!edits.is_empty()).then(|| splice(document, edits))
}

/// The components that are instances, the master among them.
fn parts(document: &Document) -> impl Iterator<Item = Component<'_>> {
    document.calendar().children().filter(|it| !it.is("VTIMEZONE"))
}

/// Where an attachment stands.
fn places<'a>(document: &'a Document, id: &'a str) -> impl Iterator<Item = Property<'a>> {
    let all = document.calendar().children().flat_map(|it| it.all("ATTACH"));
    all.filter(move |it| it.param("MANAGED-ID").is_some_and(|it| it == id))
}

fn line(managed: &Managed<'_>) -> String {
    let Managed { id, filename, media_type, length, url } = managed;
    // Quotes only where the value needs them (RFC 5545 §3.2).
    let param = |it: &str| -> String {
        let plain: String = it.chars().filter(|it| !it.is_control() && *it != '"').collect();
        if plain.contains([':', ';', ',']) { format!("\"{plain}\"") } else { plain }
    };
    format!(
        "ATTACH;MANAGED-ID={id};FMTTYPE={};SIZE={length};FILENAME={}:{url}",
        param(media_type),
        param(filename)
    )
}

/// An instance, which may have no component of its own yet.
enum Found<'a> {
    There(Component<'a>),
    /// The master, and the time at which the series has the instance.
    OfSeries(Component<'a>, Interval),
}

fn find<'a>(
    document: &'a Document,
    rid: &str,
    context: &Context<'_>,
) -> Result<Found<'a>, NoInstance> {
    let master = parts(document).find(|it| it.property("RECURRENCE-ID").is_none());
    if rid == "M" {
        return master.map(Found::There).ok_or(NoInstance);
    }
    let clocks = Clocks::of(document, context);
    let instant =
        |it: Property<'_>| Some(Moment::read(it, &clocks).ok()?.instant(context.floating));
    let wanted = match utc_instant(rid) {
        Some(at) => at,
        // A date, or a time of the wall clock: as the series itself would write it.
        None => {
            let start = master.and_then(|it| it.property("DTSTART")).ok_or(NoInstance)?;
            let moment = Moment::parse(rid, start, &clocks).map_err(|_| NoInstance)?;
            moment.instant(context.floating)
        }
    };
    let own = parts(document)
        .find(|it| it.property("RECURRENCE-ID").and_then(instant).is_some_and(|it| it == wanted));
    if let Some(own) = own {
        return Ok(Found::There(own));
    }
    let master = master.filter(|it| it.property("RRULE").or(it.property("RDATE")).is_some());
    let window = Interval::new(wanted, wanted + 1).map_err(|_| NoInstance)?;
    let all = instances(document, window, context, 100).map_err(|_| NoInstance)?;
    let found = all.found.iter().find(|it| it.recurrence_id == Some(wanted) && it.start == wanted);
    match (master, found) {
        (Some(master), Some(found)) => {
            let end = found.end.max(found.start + 1);
            let span = Interval::new(found.start, end).map_err(|_| NoInstance)?;
            Ok(Found::OfSeries(master, span))
        }
        _ => Err(NoInstance),
    }
}

/// An instance of a series as a component of its own, with one line more.
fn instance(
    document: &Document,
    master: Component<'_>,
    span: Interval,
    line: &str,
    context: &Context<'_>,
) -> Result<Vec<u8>, NoInstance> {
    let clocks = Clocks::of(document, context);
    let start = master.property("DTSTART").ok_or(NoInstance)?;
    let at = |property: Property<'_>, at| -> Result<String, NoInstance> {
        let moment = Moment::read(property, &clocks).map_err(|_| NoInstance)?;
        Ok(written(&moment.from_instant(at, context.floating), property))
    };
    let mut out = Vec::new();
    fold(&mut out, &format!("BEGIN:{}", master.name()));
    let begins = at(start, span.start())?;
    fold(&mut out, &format!("RECURRENCE-ID{begins}"));
    fold(&mut out, &format!("DTSTART{begins}"));
    for name in ["DTEND", "DUE"] {
        if let Some(end) = master.property(name) {
            fold(&mut out, &format!("{name}{}", at(end, span.end())?));
        }
    }
    for property in master.properties() {
        if property.is("DURATION") || !TIMES.iter().any(|it| property.is(it)) {
            out.extend_from_slice(property.as_bytes(document));
        }
    }
    fold(&mut out, line);
    for child in master.children() {
        out.extend_from_slice(child.as_bytes());
    }
    fold(&mut out, &format!("END:{}", master.name()));
    Ok(out)
}

/// A moment with its parameters, in the form of `like`.
fn written(moment: &Moment, like: Property<'_>) -> String {
    let local = moment.local();
    match moment {
        Moment::Date(date) => format!(";VALUE=DATE:{}", date.strftime("%Y%m%d")),
        Moment::Floating(_) => format!(":{}", local.strftime("%Y%m%dT%H%M%S")),
        Moment::Utc(_) => format!(":{}Z", local.strftime("%Y%m%dT%H%M%S")),
        Moment::Zoned(..) => {
            let tzid = like.param("TZID").unwrap_or_default();
            let quote = if tzid.contains([':', ';', ',']) { "\"" } else { "" };
            format!(";TZID={quote}{tzid}{quote}:{}", local.strftime("%Y%m%dT%H%M%S"))
        }
    }
}

/// Where the last line of the calendar begins.
fn end_of_calendar(text: &[u8]) -> Option<usize> {
    let document = Document::parse(text).ok()?;
    Some(document.raw(document.calendar().end_line()).start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::zone::{Zone, ZoneDb};

    const FILE: Managed<'static> = Managed {
        id: "at_1",
        filename: "a, \"b\".txt",
        media_type: "text/plain",
        length: 5,
        url: "https://example.com/f",
    };
    const LINE: &str = "ATTACH;MANAGED-ID=at_1;FMTTYPE=text/plain;SIZE=5;\
        FILENAME=\"a, b.txt\":https://example.com/f";

    fn with(check: impl FnOnce(&Document, &Context<'_>)) {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
            DTSTART;TZID=Europe/Paris:20260327T090000\r\nDTEND;TZID=Europe/Paris:20260327T100000\r\n\
            RRULE:FREQ=DAILY;COUNT=5\r\nSUMMARY:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\n\
            RECURRENCE-ID;TZID=Europe/Paris:20260328T090000\r\n\
            DTSTART;TZID=Europe/Paris:20260328T110000\r\nSUMMARY:b\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        check(&document, &Context::new(&zones, &zone));
    }

    fn unfolded(text: Vec<u8>) -> String {
        String::from_utf8(text).unwrap().replace("\r\n ", "")
    }

    #[test]
    fn an_attachment_of_all_instances_is_told_in_each_and_can_be_replaced_and_taken_away() {
        with(|document, context| {
            let text = attached(document, &Which::All, &FILE, context).unwrap();
            assert_eq!(unfolded(text.clone()).matches(LINE).count(), 2);
            let document_with = Document::parse(&text).unwrap();
            assert_eq!(managed_ids(&document_with), ["at_1"]);
            let other = Managed { id: "at_2", ..FILE };
            let text = replaced(&document_with, "at_1", &other);
            let document_with = Document::parse(&text).unwrap();
            assert_eq!(managed_ids(&document_with), ["at_2"]);
            let text = detached(&document_with, &Which::All, "at_2", context).unwrap();
            assert_eq!(text, document.as_bytes());
        });
    }

    #[test]
    fn what_a_client_changed_of_an_attachment_is_put_back() {
        let known =
            |id: &str| (id == "at_1").then(|| ("f.txt".to_owned(), "text/plain".to_owned(), 5));
        let url = "https://example.com/dav/attachments/at_1/f.txt";
        let right =
            format!("ATTACH;MANAGED-ID=at_1;FMTTYPE=text/plain;SIZE=5;FILENAME=f.txt:{url}");
        let cases = [
            (right.clone(), None),
            (format!("ATTACH:{url}"), Some(&right)),
            (right.replace("SIZE=5", "SIZE=6"), Some(&right)),
            ("ATTACH:https://example.com/other.txt".to_owned(), None),
        ];
        for (line, expected) in cases {
            let text = |line: &str| {
                format!(
                    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{line}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
                )
            };
            let document = Document::parse(text(&line).as_bytes()).unwrap();
            let found = restored(&document, known).map(unfolded);
            assert_eq!(found, expected.map(|it| text(it)), "{line}");
        }
    }

    #[test]
    fn an_instance_that_had_no_text_of_its_own_gets_one() {
        with(|document, context| {
            let rids = vec!["20260329T070000Z".to_owned(), "20260328T090000".to_owned()];
            let text = attached(document, &Which::These(rids), &FILE, context).unwrap();
            let text = unfolded(text);
            assert_eq!(text.matches(LINE).count(), 2, "{text}");
            let own = "BEGIN:VEVENT\r\nRECURRENCE-ID;TZID=Europe/Paris:20260329T090000\r\n\
                DTSTART;TZID=Europe/Paris:20260329T090000\r\n\
                DTEND;TZID=Europe/Paris:20260329T100000\r\nUID:1\r\nSUMMARY:a\r\nATTACH";
            assert!(text.contains(own), "{text}");
            crate::validate(&Document::parse(text.as_bytes()).unwrap()).unwrap();
        });
    }

    #[test]
    fn an_instance_that_the_series_does_not_have_is_refused() {
        with(|document, context| {
            for rid in ["20260327T080001Z", "20300101T080000Z", "x", ""] {
                let which = Which::These(vec![rid.to_owned()]);
                assert_eq!(attached(document, &which, &FILE, context), Err(NoInstance), "{rid}");
            }
        });
    }
}
