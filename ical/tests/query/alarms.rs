//! Alarms in a window.

use ical::query::ComponentFilter;
use model::interval::Interval;

use crate::{at, comp, component, in_calendar, passes};

/// A VEVENT, or what else is said, with one alarm, and when that rings.
const ALARMS: &[(&str, &str, &str, &str, &[&str])] = &[
    (
        "before the start",
        "VEVENT",
        "DTSTART:20260110T090000Z",
        "TRIGGER:-PT15M",
        &["20260110T084500Z"],
    ),
    (
        "after the end",
        "VEVENT",
        "DTSTART:20260110T090000Z\nDURATION:PT1H",
        "TRIGGER;RELATED=END:PT5M",
        &["20260110T100500Z"],
    ),
    (
        "at a moment",
        "VEVENT",
        "DTSTART:20260110T090000Z",
        "TRIGGER;VALUE=DATE-TIME:20250601T000000Z",
        &["20250601T000000Z"],
    ),
    (
        "again and again",
        "VEVENT",
        "DTSTART:20260110T090000Z",
        "TRIGGER:PT0S\nREPEAT:2\nDURATION:PT10M",
        &["20260110T090000Z", "20260110T091000Z", "20260110T092000Z"],
    ),
    (
        "for each instance",
        "VEVENT",
        "DTSTART:20260110T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2",
        "TRIGGER:-P1D",
        &["20260109T090000Z", "20260116T090000Z"],
    ),
    ("weeks before", "VEVENT", "DTSTART:20260310T090000Z", "TRIGGER:-P8W", &["20260113T090000Z"]),
    (
        "a day of the wall clock before, while it is set forward",
        "VEVENT",
        "DTSTART;TZID=America/New_York:20260308T120000",
        "TRIGGER:-P1D",
        &["20260307T170000Z"],
    ),
    (
        "the evening before a day",
        "VEVENT",
        "DTSTART;VALUE=DATE:20260110",
        "TRIGGER:-PT6H",
        &["20260109T230000Z"],
    ),
    (
        "before a task is due",
        "VTODO",
        "DUE:20260110T090000Z",
        "TRIGGER;RELATED=END:-PT1H",
        &["20260110T080000Z"],
    ),
    (
        "each time that a task is due",
        "VTODO",
        "DUE:20260110T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2",
        "TRIGGER;RELATED=END:-PT1H",
        &["20260110T080000Z", "20260117T080000Z"],
    ),
    ("from a start that is not there", "VTODO", "DUE:20260110T090000Z", "TRIGGER:-PT1H", &[]),
];

#[test]
fn alarms_ring_when_their_trigger_says() {
    for (name, kind, lines, alarm, rings) in ALARMS {
        let rings: Vec<i64> = rings.iter().map(|it| at(it)).collect();
        let alarm = component("VALARM", alarm);
        let text = component(kind, &format!("{lines}\n{alarm}"));
        let mut edges = vec![Interval::EVER.start(), Interval::EVER.end(), at("20260105T000000Z")];
        edges.extend(rings.iter().flat_map(|it| [it - 1, *it, it + 1]));
        for start in &edges {
            for window in edges.iter().filter_map(|end| Interval::new(*start, *end).ok()) {
                let alarms = ComponentFilter { window: Some(window), ..comp("VALARM") };
                let filter =
                    in_calendar(ComponentFilter { components: vec![alarms], ..comp(kind) });
                let expected = rings.iter().any(|it| window.start() <= *it && window.end() > *it);
                assert_eq!(passes(&text, &filter), expected, "{name}: {window:?}");
            }
        }
    }
}
