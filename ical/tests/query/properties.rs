//! Properties and parameters: when they are, and what they say.

use ical::query::{Collation, ComponentFilter, ParamFilter, PropertyFilter, TextMatch};
use model::interval::Interval;

use crate::{at, comp, component, in_calendar, passes};

fn prop(name: &str) -> PropertyFilter {
    PropertyFilter { name: name.into(), ..PropertyFilter::default() }
}

fn text(text: &str, collation: Collation, is_negated: bool) -> TextMatch {
    TextMatch { text: text.into(), collation, is_negated }
}

fn param(name: &str, text: Option<TextMatch>) -> ParamFilter {
    ParamFilter { name: name.into(), is_not_defined: false, text }
}

#[test]
fn properties_are_where_they_say_or_where_a_length_puts_them() {
    const EVENT: &str =
        "DTSTAMP:20260110T000000Z\nDTSTART:20260110T090000Z\nDTEND:20260110T100000Z";
    const DAYS: &str = "DTSTART;VALUE=DATE:20260110\nDURATION:P1D\nRRULE:FREQ=WEEKLY;COUNT=2";
    let rows: &[(&str, &str, &str, &str, &[&str])] = &[
        ("DTSTAMP", "VEVENT", EVENT, "DTSTAMP", &["20260110T000000Z"]),
        ("DTSTART", "VEVENT", EVENT, "DTSTART", &["20260110T090000Z"]),
        ("DTEND", "VEVENT", EVENT, "dtend", &["20260110T100000Z"]),
        ("one that is not there", "VEVENT", EVENT, "COMPLETED", &[]),
        (
            "a start for each instance",
            "VEVENT",
            DAYS,
            "DTSTART",
            &["20260110T050000Z", "20260117T050000Z"],
        ),
        ("an end by DURATION", "VEVENT", DAYS, "DTEND", &["20260111T050000Z", "20260118T050000Z"]),
        ("no end at all", "VEVENT", "DTSTART:20260110T090000Z", "DTEND", &[]),
        (
            "a task that is due by DURATION",
            "VTODO",
            "DTSTART:20260110T090000Z\nDURATION:PT1H",
            "DUE",
            &["20260110T100000Z"],
        ),
        ("COMPLETED", "VTODO", "COMPLETED:20260110T090000Z", "COMPLETED", &["20260110T090000Z"]),
        ("CREATED", "VJOURNAL", "CREATED:20260110T090000Z", "CREATED", &["20260110T090000Z"]),
        ("a day", "VTODO", "DUE;VALUE=DATE:20260110", "DUE", &["20260110T050000Z"]),
        ("no date", "VEVENT", "LAST-MODIFIED:yesterday", "LAST-MODIFIED", &[]),
    ];
    for (name, kind, lines, property, moments) in rows {
        let text = component(kind, lines);
        let moments: Vec<i64> = moments.iter().map(|it| at(it)).collect();
        let mut edges = vec![Interval::EVER.start(), Interval::EVER.end(), at("20260105T000000Z")];
        edges.extend(moments.iter().flat_map(|it| [it - 1, *it, it + 1]));
        for start in &edges {
            for window in edges.iter().filter_map(|end| Interval::new(*start, *end).ok()) {
                let inner = PropertyFilter { window: Some(window), ..prop(property) };
                let filter = in_calendar(ComponentFilter { properties: vec![inner], ..comp(kind) });
                let expected = moments.iter().any(|it| window.start() <= *it && window.end() > *it);
                assert_eq!(passes(&text, &filter), expected, "{name}: {window:?}");
            }
        }
    }
}

const EVENT: &str = "DTSTART:20260110T090000Z\nSUMMARY:Caf\u{e9}\\, 9am\nSTATUS:CONFIRMED\n\
    ATTENDEE;PARTSTAT=ACCEPTED;CN=\"B, C\":mailto:b@example.org\n\
    ATTENDEE;PARTSTAT=NEEDS-ACTION;DELEGATED-TO=\"mailto:x@y\",\"mailto:z@y\":mailto:d@example.org";

/// Checks which property filters an event passes.
fn check_properties<const N: usize>(rows: [(&str, PropertyFilter, bool); N]) {
    for (name, property, expected) in rows {
        let filter = in_calendar(ComponentFilter { properties: vec![property], ..comp("VEVENT") });
        assert_eq!(passes(&component("VEVENT", EVENT), &filter), expected, "{name}");
    }
}

#[test]
fn properties_match_as_their_filters_say() {
    use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
    let whole = |text| PropertyFilter { text: Some(text), ..prop("SUMMARY") };
    let rows = [
        ("it is there", prop("summary"), true),
        ("it is not there", prop("LOCATION"), false),
        ("it must not be there", PropertyFilter { is_not_defined: true, ..prop("LOCATION") }, true),
        ("but it is", PropertyFilter { is_not_defined: true, ..prop("STATUS") }, false),
        ("escapes are undone", whole(text("\u{e9}, 9A", AsciiCasemap, false)), true),
        ("capital letters beyond ASCII", whole(text("CAF\u{c9}", AsciiCasemap, false)), false),
        ("of any script", whole(text("CAF\u{c9}", UnicodeCasemap, false)), true),
        ("byte by byte", whole(text("caf", Octet, false)), false),
        ("negated", whole(text("caf", Octet, true)), true),
        ("negated and found", whole(text("caf", AsciiCasemap, true)), false),
        (
            "negated on what is not there",
            PropertyFilter { text: Some(text("a", Octet, true)), ..prop("LOCATION") },
            false,
        ),
    ];
    check_properties(rows);
}

#[test]
fn parameters_match_as_their_filters_say() {
    use Collation::{AsciiCasemap, Octet};
    let attendee = |text, params| PropertyFilter { text, params, ..prop("ATTENDEE") };
    let rows = [
        (
            "text and parameter of one property",
            attendee(
                Some(text("b@", Octet, false)),
                vec![param("PARTSTAT", Some(text("accepted", AsciiCasemap, false)))],
            ),
            true,
        ),
        (
            "text and parameter of two properties",
            attendee(
                Some(text("d@", Octet, false)),
                vec![param("PARTSTAT", Some(text("accepted", AsciiCasemap, false)))],
            ),
            false,
        ),
        (
            "a quoted parameter",
            attendee(None, vec![param("CN", Some(text("B, C", Octet, false)))]),
            true,
        ),
        (
            "one of several values",
            attendee(None, vec![param("DELEGATED-TO", Some(text("z@y", Octet, false)))]),
            true,
        ),
        (
            "quotes are no part of it",
            attendee(None, vec![param("DELEGATED-TO", Some(text("\"", Octet, false)))]),
            false,
        ),
        (
            "a parameter that is there",
            attendee(Some(text("d@", Octet, false)), vec![param("delegated-to", None)]),
            true,
        ),
        (
            "a parameter that must not be there",
            attendee(
                Some(text("d@", Octet, false)),
                vec![ParamFilter { name: "CN".into(), is_not_defined: true, text: None }],
            ),
            true,
        ),
        (
            "a parameter that must not, but is there",
            attendee(
                Some(text("b@", Octet, false)),
                vec![ParamFilter { name: "CN".into(), is_not_defined: true, text: None }],
            ),
            false,
        ),
        (
            "a parameter negated",
            attendee(None, vec![param("PARTSTAT", Some(text("ACCEPTED", Octet, true)))]),
            true,
        ),
    ];
    check_properties(rows);
}

#[test]
fn all_conditions_must_hold_for_one_component() {
    let series = "BEGIN:VEVENT\nUID:1\nDTSTART:20260110T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n\
        SUMMARY:series\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260111T090000Z\n\
        DTSTART:20260120T090000Z\nSUMMARY:moved\nEND:VEVENT";
    let day = |from: &str, to: &str| Some(Interval::new(at(from), at(to)).unwrap());
    let summary = |wanted| PropertyFilter {
        text: Some(text(wanted, Collation::Octet, false)),
        ..prop("SUMMARY")
    };
    let rows = [
        ("the series on its day", day("20260110T000000Z", "20260111T000000Z"), "series", true),
        (
            "nobody on the day it was moved from",
            day("20260111T000000Z", "20260112T000000Z"),
            "series",
            false,
        ),
        ("the override on its day", day("20260120T000000Z", "20260121T000000Z"), "moved", true),
        (
            "the override on a day of the series",
            day("20260110T000000Z", "20260111T000000Z"),
            "moved",
            false,
        ),
    ];
    for (name, window, wanted, expected) in rows {
        let event = ComponentFilter { window, properties: vec![summary(wanted)], ..comp("VEVENT") };
        assert_eq!(passes(series, &in_calendar(event)), expected, "{name}");
    }
    let no_alarm = ComponentFilter { is_not_defined: true, ..comp("VALARM") };
    let without = in_calendar(ComponentFilter { components: vec![no_alarm], ..comp("VEVENT") });
    assert!(passes(series, &without));
    let no_task = ComponentFilter { is_not_defined: true, ..comp("VTODO") };
    assert!(passes(series, &in_calendar(no_task)));
    let no_event = ComponentFilter { is_not_defined: true, ..comp("VEVENT") };
    assert!(!passes(series, &in_calendar(no_event)));
}
