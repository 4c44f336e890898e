//! A series written out instance by instance, in UTC (RFC 4791 §9.6.5, `CALDAV:expand`).

use std::collections::BTreeMap;

use model::interval::{Instant, Interval};
use model::limit::EXPANDED_MAX_BYTES;

use crate::document::{Component, Document, Property};
use crate::edit::fold;
use crate::freebusy::utc_text;
use crate::instances::{Clocks, Context, Instance, Instances};
use crate::moment::{Length, Moment};
use crate::touch::touching;
use crate::validate::Invalid;

/// What of a component says when it is: each instance says that for itself.
pub(crate) const TIMES: &[&str] =
    &["DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"];

/// The instances of `document` that touch `window` as one text, and how many there are.
///
/// Where that is more than one request may expand to, the text ends early, and it says so.
/// Times in a zone are told in UTC, so there is no time zone in it; dates stay dates, and
/// times without a zone stay without. Free-busy components stay as they are.
///
/// # Errors
///
/// [`Invalid`] where a date, a duration or a rule cannot be read.
pub fn expand(
    document: &Document,
    window: Interval,
    context: &Context<'_>,
    max: usize,
) -> Result<(Vec<u8>, Instances), Invalid> {
    let mut all = touching(document, window, context, max)?;
    let calendar = document.calendar();
    let components: Vec<Component<'_>> = calendar.children().collect();
    let text = Vec::with_capacity(document.as_bytes().len());
    let mut out = Writer { text, document, clocks: Clocks::of(document, context) };
    let mut forms: BTreeMap<usize, Form<'_>> = BTreeMap::new();
    out.line("BEGIN:VCALENDAR");
    for property in calendar.properties() {
        out.text.extend_from_slice(property.as_bytes(document));
    }
    for instance in &all.instances.found {
        let Some(component) = components.get(instance.component) else { continue };
        let form = forms.entry(instance.component).or_insert_with(|| out.form(*component));
        out.instance(form, instance);
        if out.text.len() > EXPANDED_MAX_BYTES {
            all.instances.truncated = true;
            break;
        }
    }
    for number in &all.others {
        match components.get(*number) {
            Some(component) if component.is("VTODO") => out.undated(*component),
            Some(component) => out.text.extend_from_slice(component.as_bytes()),
            None => {}
        }
    }
    out.line("END:VCALENDAR");
    Ok((out.text, all.instances))
}

/// What all instances of one component have in common.
struct Form<'a> {
    name: &'a str,
    /// The property that tells when it is, and what that says of the whole series.
    anchor: &'static str,
    start: Option<Moment>,
    id: Option<Moment>,
    /// Its DURATION, if that is as long everywhere.
    exact: Option<&'a str>,
    /// The name of the property that tells the end, if there is one.
    end: Option<&'static str>,
    /// All that follows the times.
    rest: Vec<u8>,
}

struct Writer<'a> {
    text: Vec<u8>,
    document: &'a Document,
    clocks: Clocks<'a>,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        fold(&mut self.text, line);
    }

    /// What the instances of `component` have in common.
    fn form<'c>(&self, component: Component<'c>) -> Form<'c> {
        let read = |name| Moment::read(component.property(name)?, &self.clocks).ok();
        let has = |name| component.property(name).is_some();
        let anchor = if has("DTSTART") { "DTSTART" } else { "DUE" };
        let start = read(anchor);
        let end = if component.is("VTODO") { "DUE" } else { "DTEND" };
        let has_end = has("DTSTART") && (has("DTEND") || has("DUE") || has("DURATION"));
        let mut rest = Vec::new();
        for property in component.properties() {
            if !TIMES.iter().any(|it| property.is(it)) {
                self.property(&mut rest, property);
            }
        }
        ending(&mut rest, component);
        Form {
            name: component.name(),
            anchor,
            // An override may be of another kind than the instance that it takes the place of.
            id: read("RECURRENCE-ID").or_else(|| start.clone()),
            start,
            exact: exact_length(component),
            end: has_end.then_some(end),
            rest,
        }
    }

    /// One instance as a component of its own.
    fn instance(&mut self, form: &Form<'_>, instance: &Instance) {
        let Form { name, anchor, start, id, exact, end, rest } = form;
        let mut lines = vec![format!("BEGIN:{name}")];
        lines.push(format!("{anchor}{}", self.at(instance.start, start.as_ref())));
        if let Some(exact) = exact {
            lines.push(format!("DURATION:{exact}"));
        } else if let Some(end) = end {
            lines.push(format!("{end}{}", self.at(instance.end, start.as_ref())));
        }
        if let Some(at) = instance.recurrence_id {
            lines.push(format!("RECURRENCE-ID{}", self.at(at, id.as_ref())));
        }
        for line in &lines {
            self.line(line);
        }
        self.text.extend_from_slice(rest);
    }

    /// A task that says neither start nor end: all that it says of time is told in UTC.
    fn undated(&mut self, component: Component<'_>) {
        let mut text = Vec::new();
        fold(&mut text, &format!("BEGIN:{}", component.name()));
        component.properties().for_each(|it| self.property(&mut text, it));
        ending(&mut text, component);
        self.text.extend(text);
    }

    /// A property as it is, or in UTC where it names a zone: none may be named any more.
    fn property(&self, out: &mut Vec<u8>, property: Property<'_>) {
        let moment = match property.param("TZID") {
            Some(_) => Moment::read(property, &self.clocks).ok(),
            None => None,
        };
        let Some(moment) = moment else {
            out.extend_from_slice(property.as_bytes(self.document));
            return;
        };
        let others = property.raw_params().filter(|it| !it.0.eq_ignore_ascii_case("TZID"));
        let others: String = others
            .filter(|it| !it.0.eq_ignore_ascii_case("VALUE"))
            .map(|(name, value)| format!(";{name}={value}"))
            .collect();
        let at = self.at(moment.instant(self.clocks.floating()), Some(&moment));
        fold(out, &format!("{}{others}{at}", property.name()));
    }

    /// What follows the name of a property that says `at` in the form of `like`.
    fn at(&self, at: Instant, like: Option<&Moment>) -> String {
        match like {
            Some(Moment::Date(_)) => {
                let date = self.clocks.floating().local(at).date();
                format!(";VALUE=DATE:{}", date.strftime("%Y%m%d"))
            }
            Some(Moment::Floating(_)) => {
                format!(":{}", self.clocks.floating().local(at).strftime("%Y%m%dT%H%M%S"))
            }
            Some(Moment::Utc(_) | Moment::Zoned(..)) | None => format!(":{}", utc_text(at)),
        }
    }
}

/// Writes the components that lie in one, and its end.
fn ending(out: &mut Vec<u8>, component: Component<'_>) {
    for child in component.children() {
        out.extend_from_slice(child.as_bytes());
    }
    fold(out, &format!("END:{}", component.name()));
}

/// The DURATION of a component, if it is as long everywhere: hours are, days are not.
pub(crate) fn exact_length(component: Component<'_>) -> Option<&str> {
    let text = component.value("DURATION")?.trim();
    Length::parse(text).filter(|it| it.days == 0).map(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::zone::{Zone, ZoneDb};

    #[test]
    fn a_series_is_written_out_with_its_override_and_without_its_rule() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n\
                    END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20260327T090000\r\n\
                    DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
                    UID:1\r\nRECURRENCE-ID;TZID=Europe/Paris:20260329T090000\r\n\
                    DTSTART;TZID=Europe/Paris:20260329T150000\r\nDTEND;TZID=Europe/Paris:20260329T160000\r\n\
                    SUMMARY:moved\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        let context = Context::new(&zones, &zone);
        let window = Interval::new(1_774_656_000, 1_774_828_800).unwrap();
        let (expanded, all) = expand(&document, window, &context, 100).unwrap();
        let expanded = String::from_utf8(expanded).unwrap();
        assert_eq!(all.found.len(), 2);
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
            BEGIN:VEVENT\r\nDTSTART:20260328T080000Z\r\nDURATION:PT1H\r\n\
            RECURRENCE-ID:20260328T080000Z\r\nUID:1\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20260329T130000Z\r\nDTEND:20260329T140000Z\r\n\
            RECURRENCE-ID:20260329T070000Z\r\nUID:1\r\nSUMMARY:moved\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        assert_eq!(expanded, expected);
    }

    /// The components that expanding the first days of January 2026 gives, in New York.
    fn expanded(components: &str) -> String {
        let text = format!("BEGIN:VCALENDAR\r\n{components}END:VCALENDAR\r\n");
        let document = Document::parse(text.as_bytes()).unwrap();
        let zones = ZoneDb::bundled();
        let zone = zones.zone("America/New_York").unwrap();
        let context = Context::new(&zones, &zone);
        let at = |text| crate::utc_instant(text).unwrap();
        let window = Interval::new(at("20260101T000000Z"), at("20260103T120000Z")).unwrap();
        let (expanded, _) = expand(&document, window, &context, 100).unwrap();
        let expanded = String::from_utf8(expanded).unwrap();
        let inner = expanded.strip_prefix("BEGIN:VCALENDAR\r\n").unwrap();
        inner.strip_suffix("END:VCALENDAR\r\n").unwrap().replace("\r\n", "\n")
    }

    /// What is there, and what expanding it gives.
    const FORMS: &[(&str, &str, &str)] = &[
        (
            "days stay days",
            "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260102\nRRULE:FREQ=DAILY\n\
                 EXDATE;VALUE=DATE:20260103\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260102\nRECURRENCE-ID;VALUE=DATE:20260102\n\
                 END:VEVENT\n",
        ),
        (
            "times without a zone stay without",
            "BEGIN:VEVENT\nDTSTART:20260101T200000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
                 EXDATE:20260102T200000\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:20260101T200000\nDURATION:PT1H\n\
                 RECURRENCE-ID:20260101T200000\nEND:VEVENT\n",
        ),
        (
            "an override of a day that has a time",
            "BEGIN:VEVENT\nRECURRENCE-ID;VALUE=DATE:20260102\n\
                 DTSTART;TZID=Europe/Paris:20260102T100000\nX-A;TZID=Europe/Paris;X-B=c:20260102T110000\n\
                 END:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:20260102T090000Z\nRECURRENCE-ID;VALUE=DATE:20260102\n\
                 X-A;X-B=c:20260102T100000Z\nEND:VEVENT\n",
        ),
        (
            "a task that recurs",
            "BEGIN:VTODO\nDTSTART;TZID=Europe/Paris:20251231T100000\nDURATION:P1D\n\
                 RRULE:FREQ=DAILY;COUNT=2\nPERCENT-COMPLETE:5\nBEGIN:VALARM\nTRIGGER:-PT1M\n\
                 END:VALARM\nEND:VTODO\n",
            "BEGIN:VTODO\nDTSTART:20251231T090000Z\nDUE:20260101T090000Z\n\
                 RECURRENCE-ID:20251231T090000Z\nPERCENT-COMPLETE:5\nBEGIN:VALARM\nTRIGGER:-PT1M\n\
                 END:VALARM\nEND:VTODO\nBEGIN:VTODO\nDTSTART:20260101T090000Z\n\
                 DUE:20260102T090000Z\nRECURRENCE-ID:20260101T090000Z\nPERCENT-COMPLETE:5\n\
                 BEGIN:VALARM\nTRIGGER:-PT1M\nEND:VALARM\nEND:VTODO\n",
        ),
        (
            "a task that ends when the window begins",
            "BEGIN:VTODO\nDTSTART:20251231T230000Z\nDURATION:PT1H\nEND:VTODO\n",
            "BEGIN:VTODO\nDTSTART:20251231T230000Z\nDURATION:PT1H\nEND:VTODO\n",
        ),
        (
            "a task without a start",
            "BEGIN:VTODO\nDUE;TZID=Europe/Paris:20260102T100000\nSUMMARY:a\nEND:VTODO\n\
                 BEGIN:VTODO\nDUE:20260110T100000Z\nEND:VTODO\n",
            "BEGIN:VTODO\nDUE:20260102T090000Z\nSUMMARY:a\nEND:VTODO\n",
        ),
        (
            "a task that recurs without a start",
            "BEGIN:VTODO\nDUE;TZID=Europe/Paris:20260101T100000\nRRULE:FREQ=DAILY;COUNT=2\n\
                 SUMMARY:a\nEND:VTODO\n",
            "BEGIN:VTODO\nDUE:20260101T090000Z\nRECURRENCE-ID:20260101T090000Z\nSUMMARY:a\n\
                 END:VTODO\nBEGIN:VTODO\nDUE:20260102T090000Z\nRECURRENCE-ID:20260102T090000Z\n\
                 SUMMARY:a\nEND:VTODO\n",
        ),
        (
            "a journal",
            "BEGIN:VJOURNAL\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=WEEKLY\nEND:VJOURNAL\n\
                 BEGIN:VJOURNAL\nSUMMARY:never\nEND:VJOURNAL\n",
            "BEGIN:VJOURNAL\nDTSTART;VALUE=DATE:20260101\nRECURRENCE-ID;VALUE=DATE:20260101\n\
                 END:VJOURNAL\n",
        ),
        (
            "busy times",
            "BEGIN:VFREEBUSY\nDTSTART:20260101T000000Z\nDTEND:20260105T000000Z\n\
                 FREEBUSY:20260104T000000Z/PT1H\nEND:VFREEBUSY\n",
            "BEGIN:VFREEBUSY\nDTSTART:20260101T000000Z\nDTEND:20260105T000000Z\n\
                 FREEBUSY:20260104T000000Z/PT1H\nEND:VFREEBUSY\n",
        ),
        ("a zone alone", "BEGIN:VTIMEZONE\nTZID:Europe/Paris\nEND:VTIMEZONE\n", ""),
    ];

    #[test]
    fn each_form_of_time_is_told_as_rfc_4791_says() {
        for (case, components, expected) in FORMS {
            assert_eq!(expanded(&components.replace('\n', "\r\n")), *expected, "{case}");
        }
    }
}
