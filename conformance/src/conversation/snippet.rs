//! Short forms of the bodies that calendar clients send.

use std::fmt::Write as _;

use super::expect::PREFIXES;

const CALENDAR: &str = "text/calendar; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";

/// A body written out.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// The body that lines stand for: a short form if the first is one, else the lines themselves.
///
/// # Errors
///
/// What is wrong with a short form.
pub(super) fn body(lines: &[String]) -> Result<Body, String> {
    let first = lines.first().map(String::as_str).unwrap_or_default();
    let (word, rest) = first.split_once(' ').unwrap_or((first, ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let more = &lines[1.min(lines.len())..];
    let xml = |text: String| Ok(Body { kind: XML, text });
    match word {
        "event" => event(&words, more),
        "todo" => todo(&words, more),
        "propfind" => xml(propfind(&words)),
        "proppatch" => xml(element("D:propertyupdate", &changes(more)?)),
        "mkcalendar" => xml(element("C:mkcalendar", &changes(more)?)),
        "mkcol" => xml(element("D:mkcol", &changes(more)?)),
        "sync" => xml(sync(&words)?),
        "multiget" => xml(multiget(&words)),
        "query" => xml(query(&words, more)?),
        "freebusy" => xml(element("C:free-busy-query", &range(&words)?)),
        _ => Ok(literal(lines)),
    }
}

/// How long `90s`, `30m`, `2h` or `3d` is.
///
/// # Errors
///
/// If it is none of these.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text} is not like 30m");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    Ok(number * unit)
}

fn literal(lines: &[String]) -> Body {
    let text: String = lines.iter().map(|it| format!("{it}\r\n")).collect();
    let kind = match text.bytes().next() {
        Some(b'<') => XML,
        _ if text.starts_with("BEGIN:") => CALENDAR,
        _ => "text/plain; charset=utf-8",
    };
    Body { kind, text }
}

fn event(words: &[&str], more: &[String]) -> Result<Body, String> {
    let [uid, start, length, title @ ..] = words else {
        return Err("not like event UID START LENGTH TITLE".into());
    };
    let duration = match length.strip_suffix('d') {
        Some(days) if !start.contains('T') => format!("P{days}D"),
        _ => format!("PT{}S", seconds(length)?),
    };
    let lines = [moment("DTSTART", start)?, format!("DURATION:{duration}")];
    Ok(component("VEVENT", uid, title, lines.into_iter().chain(more.iter().cloned())))
}

fn todo(words: &[&str], more: &[String]) -> Result<Body, String> {
    let [uid, due, title @ ..] = words else { return Err("not like todo UID DUE TITLE".into()) };
    let lines = [moment("DUE", due)?];
    Ok(component("VTODO", uid, title, lines.into_iter().chain(more.iter().cloned())))
}

fn component(name: &str, uid: &str, title: &[&str], lines: impl Iterator<Item = String>) -> Body {
    let title = if title.is_empty() { "Meeting".to_owned() } else { title.join(" ") };
    let lines: String = lines.map(|it| format!("{it}\r\n")).collect();
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//conversation//EN\r\nBEGIN:{name}\r\n\
         UID:{uid}\r\nDTSTAMP:20260301T000000Z\r\nSUMMARY:{title}\r\n{lines}END:{name}\r\n\
         END:VCALENDAR\r\n"
    );
    Body { kind: CALENDAR, text }
}

/// `2026-03-02`, `2026-03-02T09:00Z` or `2026-03-02T09:00@Europe/Paris` as a property.
fn moment(name: &str, text: &str) -> Result<String, String> {
    let (clock, zone) = match text.split_once('@') {
        Some((clock, zone)) => (clock, Some(zone)),
        None => (text, None),
    };
    let value = compact(clock)?;
    Ok(match zone {
        Some(zone) => format!("{name};TZID={zone}:{value}"),
        None if value.contains('T') => format!("{name}:{value}"),
        None => format!("{name};VALUE=DATE:{value}"),
    })
}

/// `2026-03-02T09:00Z` as iCalendar writes it.
fn compact(text: &str) -> Result<String, String> {
    let (clock, end) = text.strip_suffix('Z').map_or((text, ""), |it| (it, "Z"));
    let plain = clock.replace(['-', ':'], "");
    let (date, time) = plain.split_once('T').unwrap_or((&plain, ""));
    let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if date.len() != 8 || !is_number(date) || !is_number(time) {
        return Err(format!("{text} is not like 2026-03-02T09:00Z"));
    }
    match time.len() {
        0 => Ok(date.to_owned()),
        4 => Ok(format!("{date}T{time}00{end}")),
        6 => Ok(format!("{date}T{time}{end}")),
        _ => Err(format!("{text} is not like 2026-03-02T09:00Z")),
    }
}

fn propfind(names: &[&str]) -> String {
    match names {
        ["all"] => element("D:propfind", "<D:allprop/>"),
        ["names"] => element("D:propfind", "<D:propname/>"),
        names => element("D:propfind", &properties(names)),
    }
}

fn properties(names: &[&str]) -> String {
    let names: String = names.iter().map(|it| format!("<{it}/>")).collect();
    format!("<D:prop>{names}</D:prop>")
}

/// `set NAME VALUE` and `remove NAME`, a line each.
fn changes(lines: &[String]) -> Result<String, String> {
    let mut out = String::new();
    for line in lines {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let _ = match words.as_slice() {
            ["set", name, value] => {
                write!(out, "<D:set><D:prop><{name}>{value}</{name}></D:prop></D:set>")
            }
            ["remove", name] => write!(out, "<D:remove><D:prop><{name}/></D:prop></D:remove>"),
            _ => return Err(format!("not like set NAME VALUE or remove NAME: {line}")),
        };
    }
    Ok(out)
}

fn sync(words: &[&str]) -> Result<String, String> {
    let [token, names @ ..] = words else { return Err("not like sync TOKEN NAME…".into()) };
    let token = if *token == "first" { "" } else { token };
    let asked = format!(
        "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{}",
        properties(names)
    );
    Ok(element("D:sync-collection", &asked))
}

fn multiget(hrefs: &[&str]) -> String {
    let hrefs: String = hrefs.iter().map(|it| format!("<D:href>{it}</D:href>")).collect();
    let asked = properties(&["D:getetag", "C:calendar-data"]);
    element("C:calendar-multiget", &format!("{asked}{hrefs}"))
}

fn query(words: &[&str], more: &[String]) -> Result<String, String> {
    let [component, times @ ..] = words else {
        return Err("not like query COMPONENT START END".into());
    };
    let range = if times.is_empty() { String::new() } else { range(times)? };
    let filter = format!(
        "<C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"{component}\">{range}{}\
         </C:comp-filter></C:comp-filter></C:filter>",
        more.concat()
    );
    Ok(element("C:calendar-query", &format!("{}{filter}", properties(&["D:getetag"]))))
}

fn range(words: &[&str]) -> Result<String, String> {
    let [start, end] = words else { return Err("not like START END".into()) };
    Ok(format!("<C:time-range start=\"{}\" end=\"{}\"/>", compact(start)?, compact(end)?))
}

fn element(name: &str, inner: &str) -> String {
    let spaces: String =
        PREFIXES.iter().map(|(prefix, space)| format!(" xmlns:{prefix}=\"{space}\"")).collect();
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><{name}{spaces}>{inner}</{name}>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::icalendar::Component;
    use crate::tree::Element;

    fn text(lines: &[&str]) -> Result<String, String> {
        let lines: Vec<String> = lines.iter().map(|it| (*it).to_owned()).collect();
        body(&lines).map(|it| it.text)
    }

    #[test]
    fn short_calendars_are_written_out() {
        for (lines, property, expected) in [
            (&["event u 2026-03-02T09:00Z 30m"][..], "DTSTART", "20260302T090000Z"),
            (&["event u 2026-03-02T09:00Z 30m"], "DURATION", "PT1800S"),
            (&["event u 2026-03-02 1d A title"], "SUMMARY", "A title"),
            (&["event u 2026-03-02 1d"], "DURATION", "P1D"),
            (&["event u 2026-03-02T09:00@Europe/Paris 1h"], "DTSTART", "20260302T090000"),
            (&["event u 2026-03-02T09:00Z 1h", "RRULE:FREQ=DAILY"], "RRULE", "FREQ=DAILY"),
        ] {
            let calendar = Component::parse(&text(lines).unwrap()).unwrap();
            let event = calendar.all("VEVENT").next().unwrap();
            assert_eq!(event.value(property), Some(expected), "{lines:?}");
        }
        let todo = Component::parse(&text(&["todo t 2026-03-02"]).unwrap()).unwrap();
        assert_eq!(todo.all("VTODO").next().unwrap().value("DUE"), Some("20260302"));
    }

    #[test]
    fn short_bodies_are_xml() {
        for lines in [
            &["propfind D:getetag CS:getctag"][..],
            &["propfind all"],
            &[
                "proppatch",
                "set D:displayname Work & play".split(" &").next().unwrap(),
                "remove A:x",
            ],
            &["mkcalendar", "set D:displayname Work"],
            &["sync first D:getetag"],
            &["multiget /a /b"],
            &["query VEVENT 2026-03-02T09:00Z 2026-03-03T09:00Z"],
            &["query VTODO", "<C:is-not-defined/>"],
            &["freebusy 2026-03-02T09:00Z 2026-03-03T09:00Z"],
        ] {
            let text = text(lines).unwrap();
            assert!(Element::parse(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn all_else_is_sent_as_it_stands() {
        assert_eq!(text(&["hello", "you"]).unwrap(), "hello\r\nyou\r\n");
        assert_eq!(body(&["BEGIN:VCALENDAR".into()]).unwrap().kind, CALENDAR);
        assert_eq!(body(&["<x/>".into()]).unwrap().kind, XML);
    }

    #[test]
    fn a_short_form_that_is_none_is_refused() {
        for lines in [
            &["event u"][..],
            &["event u tomorrow 1h"],
            &["event u 2026-03-02T09:00Z long"],
            &["sync"],
            &["query VEVENT 2026-03-02"],
            &["proppatch", "add D:x"],
        ] {
            assert!(text(lines).is_err(), "{lines:?}");
        }
    }
}
