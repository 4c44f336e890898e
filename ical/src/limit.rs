//! Less of an object: only the overrides, or the busy times, that touch a window.

use std::collections::BTreeSet;

use model::interval::{Instant, Interval};
use model::limit::OBJECT_INSTANCES_MAX;

use crate::document::{Component, Document};
use crate::edit::{Edit, splice};
use crate::instances::{Clocks, Context};
use crate::moment::Values;
use crate::touch::{instant, period, touching};
use crate::validate::Invalid;

/// The series, with only those overrides that touch `window` now or did before they were
/// overridden (RFC 4791 §9.6.6, `CALDAV:limit-recurrence-set`).
///
/// # Errors
///
/// [`Invalid`] where a date, a duration or a rule cannot be read.
pub fn limit_recurrence_set(
    document: &Document,
    window: Interval,
    context: &Context<'_>,
) -> Result<Vec<u8>, Invalid> {
    let components: Vec<Component<'_>> = document.calendar().children().collect();
    let is_override = |it: &Component<'_>| it.property("RECURRENCE-ID").is_some();
    if !components.iter().any(is_override) {
        return Ok(document.as_bytes().to_vec());
    }
    let now = touching(document, window, context, OBJECT_INSTANCES_MAX)?;
    let mut kept: BTreeSet<usize> = now.instances.found.iter().map(|it| it.component).collect();
    kept.extend(now.others);
    let before = originals(document, &components, window, context)?;
    let clocks = Clocks::of(document, context);
    let mut dropped = Vec::new();
    for (number, component) in components.iter().enumerate() {
        let Some(id) = component.property("RECURRENCE-ID") else { continue };
        let is_range = id.param("RANGE").is_some_and(|it| it.eq_ignore_ascii_case("THISANDFUTURE"));
        let was_there = instant(id, &clocks).is_some_and(|at| match is_range {
            true => before.range(at..).next().is_some(),
            false => before.contains(&at),
        });
        if !kept.contains(&number) && !was_there {
            dropped.push(*component);
        }
    }
    Ok(without(document, &dropped))
}

/// When the instances would be that touch `window` if nothing were overridden.
fn originals(
    document: &Document,
    components: &[Component<'_>],
    window: Interval,
    context: &Context<'_>,
) -> Result<BTreeSet<Instant>, Invalid> {
    let overrides: Vec<Component<'_>> =
        components.iter().copied().filter(|it| it.property("RECURRENCE-ID").is_some()).collect();
    let Ok(series) = Document::parse_stream(&without(document, &overrides)) else {
        return Ok(BTreeSet::new());
    };
    let all = touching(&series, window, context, OBJECT_INSTANCES_MAX)?;
    Ok(all.instances.found.iter().map(|it| it.recurrence_id.unwrap_or(it.start)).collect())
}

/// The document without some of its components.
pub(crate) fn without(document: &Document, components: &[Component<'_>]) -> Vec<u8> {
    let lines = components.iter().flat_map(|it| it.begin_line()..=it.end_line());
    splice(document, lines.map(|line| (line, Edit::Remove)))
}

/// The same object with only those FREEBUSY values that touch `window` (RFC 4791 §9.6.7,
/// `CALDAV:limit-freebusy-set`).
pub fn limit_freebusy_set(document: &Document, window: Interval, context: &Context<'_>) -> Vec<u8> {
    let clocks = Clocks::of(document, context);
    let mut edits = Vec::new();
    for component in document.calendar().children().filter(|it| it.is("VFREEBUSY")) {
        for property in component.all("FREEBUSY") {
            let values: Vec<&str> = property.value().split(',').collect();
            let forms = Values::of(property, &clocks);
            let touches =
                |it: &&str| period(it, &forms, &clocks).is_some_and(|it| it.overlaps(window));
            let kept: Vec<&str> = values.iter().copied().filter(touches).collect();
            if kept.is_empty() {
                edits.push((property.line(), Edit::Remove));
            } else if kept.len() < values.len() {
                let line = format!("{}{}", property.head(), kept.join(","));
                edits.push((property.line(), Edit::Replace(line)));
            }
        }
    }
    splice(document, edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::zone::{Zone, ZoneDb};

    fn window(start: &str, end: &str) -> Interval {
        let at = |text| crate::utc_instant(text).unwrap();
        Interval::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn only_overrides_that_touch_the_window_now_or_before_stay() {
        // Daily at nine for an hour; each override is a row with what it says and when it stays.
        let rows = [
            ("moved out of the window", "RECURRENCE-ID:20260110T090000Z", "20260201T090000Z", true),
            ("moved into the window", "RECURRENCE-ID:20260120T090000Z", "20260110T150000Z", true),
            ("before and after", "RECURRENCE-ID:20260105T090000Z", "20260105T100000Z", false),
            ("long after", "RECURRENCE-ID:20260121T090000Z", "20260122T090000Z", false),
            ("ends where it starts", "RECURRENCE-ID:20260109T220000Z", "20260109T230000Z", false),
            (
                "changes what follows",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z",
                "20260106T093000Z",
                true,
            ),
            (
                "changes what follows the window",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T090000Z",
                "20260112T093000Z",
                false,
            ),
        ];
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        let context = Context::new(&zones, &zone);
        for (case, id, start, stays) in rows {
            let text = format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T090000Z\r\n\
                 DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                 {id}\r\nDTSTART:{start}\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            let document = Document::parse(text.as_bytes()).unwrap();
            let day = window("20260110T000000Z", "20260111T000000Z");
            let limited = limit_recurrence_set(&document, day, &context).unwrap();
            let limited = String::from_utf8(limited).unwrap();
            assert_eq!(limited.contains(id), stays, "{case}");
            assert!(limited.contains("RRULE:FREQ=DAILY\r\n"), "{case}");
            if stays {
                assert_eq!(limited, text, "{case}");
            }
        }
    }

    #[test]
    fn only_busy_times_that_touch_the_window_stay() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nUID:1\r\n\
            FREEBUSY:20260101T000000Z/PT1H,20260102T100000Z/PT2H,20260103T000000Z/PT1H\r\n\
            FREEBUSY;FBTYPE=FREE:20260101T230000Z/20260102T000000Z\r\n\
            FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260102T1\r\n 20000Z/20260102T130000Z\r\n\
            END:VFREEBUSY\r\nEND:VCALENDAR\r\n";
        let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
        let context = Context::new(&zones, &zone);
        let document = Document::parse(text.as_bytes()).unwrap();
        let day = window("20260102T000000Z", "20260103T000000Z");
        let limited = String::from_utf8(limit_freebusy_set(&document, day, &context)).unwrap();
        let expected = "BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nUID:1\r\n\
            FREEBUSY:20260102T100000Z/PT2H\r\n\
            FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260102T1\r\n 20000Z/20260102T130000Z\r\n\
            END:VFREEBUSY\r\nEND:VCALENDAR\r\n";
        assert_eq!(limited, expected);
    }
}
