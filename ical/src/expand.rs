//! A series written out instance by instance, in UTC (RFC 4791 §9.6.5, `CALDAV:expand`).

use model::interval::{Instant, Interval};

use crate::document::{Component, Document};
use crate::edit::fold;
use crate::freebusy::utc_text;
use crate::instances::{Context, Instance, Instances, instances};
use crate::validate::Invalid;

/// What of a component says when it is: each instance says that for itself.
pub(crate) const TIMES: &[&str] =
    &["DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"];

/// The instances of `document` that touch `window` as one text, and how many there are.
///
/// Times are in UTC, so there is no time zone in it; dates stay dates.
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
    let all = instances(document, window, context, max)?;
    let calendar = document.calendar();
    let components: Vec<Component<'_>> = calendar.children().collect();
    let mut out = Vec::with_capacity(document.as_bytes().len() * (all.found.len() + 1));
    fold(&mut out, "BEGIN:VCALENDAR");
    for property in calendar.properties() {
        out.extend_from_slice(property.as_bytes(document));
    }
    for instance in &all.found {
        if let Some(component) = components.get(instance.component) {
            write(&mut out, document, *component, instance, context);
        }
    }
    fold(&mut out, "END:VCALENDAR");
    Ok((out, all))
}

fn write(
    out: &mut Vec<u8>,
    document: &Document,
    component: Component<'_>,
    instance: &Instance,
    context: &Context<'_>,
) {
    let name = component.name();
    let moment = |at: Instant| match instance.is_date {
        true => format!(";VALUE=DATE:{}", context.floating.local(at).date().strftime("%Y%m%d")),
        false => format!(":{}", utc_text(at)),
    };
    fold(out, &format!("BEGIN:{name}"));
    fold(out, &format!("DTSTART{}", moment(instance.start)));
    let has = |name| component.property(name).is_some();
    if has("DTEND") || has("DUE") || has("DURATION") {
        let end = if component.is("VTODO") { "DUE" } else { "DTEND" };
        fold(out, &format!("{end}{}", moment(instance.end)));
    }
    if let Some(id) = instance.recurrence_id {
        fold(out, &format!("RECURRENCE-ID{}", moment(id)));
    }
    for property in component.properties() {
        if !TIMES.iter().any(|it| property.is(it)) {
            out.extend_from_slice(property.as_bytes(document));
        }
    }
    for child in component.children() {
        out.extend_from_slice(child.as_bytes());
    }
    fold(out, &format!("END:{name}"));
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
        let context = Context { zones: &zones, floating: &zone };
        let window = Interval::new(1_774_656_000, 1_774_828_800).unwrap();
        let (expanded, all) = expand(&document, window, &context, 100).unwrap();
        let expanded = String::from_utf8(expanded).unwrap();
        assert_eq!(all.found.len(), 2);
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
            BEGIN:VEVENT\r\nDTSTART:20260328T080000Z\r\nDTEND:20260328T090000Z\r\n\
            RECURRENCE-ID:20260328T080000Z\r\nUID:1\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20260329T130000Z\r\nDTEND:20260329T140000Z\r\n\
            RECURRENCE-ID:20260329T070000Z\r\nUID:1\r\nSUMMARY:moved\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        assert_eq!(expanded, expected);
    }
}
