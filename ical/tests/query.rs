//! Filters against the tables of RFC 4791 §9.9, each row as the RFC prints it.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read should stop the test")]

use ical::query::{
    Collation, ComponentFilter, ParamFilter, PropertyFilter, TextMatch, check, matches,
};
use ical::{Context, Document, utc_instant};
use model::interval::Interval;
use model::zone::ZoneDb;

/// Where floating times and dates are: five hours behind UTC in January.
const FLOATING: &str = "America/New_York";

fn at(text: &str) -> i64 {
    utc_instant(text).unwrap()
}

fn comp(name: &str) -> ComponentFilter {
    ComponentFilter { name: name.into(), ..ComponentFilter::default() }
}

fn in_calendar(inner: ComponentFilter) -> ComponentFilter {
    ComponentFilter { components: vec![inner], ..comp("VCALENDAR") }
}

fn passes(components: &str, filter: &ComponentFilter) -> bool {
    check(filter).unwrap();
    let zones = ZoneDb::bundled();
    let floating = zones.zone(FLOATING).unwrap();
    let context = Context { zones: &zones, floating: &floating };
    let text = format!("BEGIN:VCALENDAR\n{components}\nEND:VCALENDAR\n");
    matches(&Document::parse(text.as_bytes()).unwrap(), filter, &context)
}

fn component(kind: &str, lines: &str) -> String {
    format!("BEGIN:{kind}\nUID:1\n{lines}\nEND:{kind}")
}

/// A row of a table: what a component says, and the condition as the RFC prints it.
struct Row {
    name: &'static str,
    kind: &'static str,
    lines: &'static str,
    /// The moments that the condition names.
    moments: &'static [&'static str],
    condition: fn(start: i64, end: i64, moments: &[i64]) -> bool,
}

/// Tries every window that begins and ends at, just before or just after a moment, or never.
fn check_rows(rows: &[Row]) {
    for row in rows {
        let moments: Vec<i64> = row.moments.iter().map(|it| at(it)).collect();
        let mut edges = vec![Interval::EVER.start(), Interval::EVER.end(), at("20260105T000000Z")];
        edges.extend(moments.iter().flat_map(|it| [it - 1, *it, it + 1]));
        let text = component(row.kind, row.lines);
        let mut outcomes = [0, 0];
        for start in &edges {
            for window in edges.iter().filter_map(|end| Interval::new(*start, *end).ok()) {
                let filter =
                    in_calendar(ComponentFilter { window: Some(window), ..comp(row.kind) });
                let expected = (row.condition)(window.start(), window.end(), &moments);
                assert_eq!(passes(&text, &filter), expected, "{}: {window:?}", row.name);
                outcomes[usize::from(expected)] += 1;
            }
        }
        let is_constant = row.moments.is_empty();
        assert!(is_constant || outcomes.iter().all(|it| *it > 0), "{}: {outcomes:?}", row.name);
    }
}

#[test]
fn events_follow_the_rows_of_their_table() {
    check_rows(&[
        Row {
            name: "DTEND",
            kind: "VEVENT",
            lines: "DTSTART:20260110T090000Z\nDTEND:20260110T100000Z",
            moments: &["20260110T090000Z", "20260110T100000Z"],
            condition: |start, end, it| start < it[1] && end > it[0],
        },
        Row {
            name: "DURATION",
            kind: "VEVENT",
            lines: "DTSTART:20260110T090000Z\nDURATION:PT1H",
            moments: &["20260110T090000Z", "20260110T100000Z"],
            condition: |start, end, it| start < it[1] && end > it[0],
        },
        Row {
            name: "DURATION of nothing",
            kind: "VEVENT",
            lines: "DTSTART:20260110T090000Z\nDURATION:PT0S",
            moments: &["20260110T090000Z"],
            condition: |start, end, it| start <= it[0] && end > it[0],
        },
        Row {
            name: "a time alone",
            kind: "VEVENT",
            lines: "DTSTART;TZID=Europe/Paris:20260110T100000",
            moments: &["20260110T090000Z"],
            condition: |start, end, it| start <= it[0] && end > it[0],
        },
        Row {
            name: "a date alone",
            kind: "VEVENT",
            lines: "DTSTART;VALUE=DATE:20260110",
            moments: &["20260110T050000Z", "20260111T050000Z"],
            condition: |start, end, it| start < it[1] && end > it[0],
        },
    ]);
}

#[test]
fn tasks_follow_the_rows_of_their_table() {
    check_rows(&[
        Row {
            name: "DTSTART and DURATION",
            kind: "VTODO",
            lines: "DTSTART:20260110T090000Z\nDURATION:PT1H\nCOMPLETED:20200101T000000Z",
            moments: &["20260110T090000Z", "20260110T100000Z"],
            condition: |start, end, it| start <= it[1] && (end > it[0] || end >= it[1]),
        },
        Row {
            name: "DTSTART and DUE",
            kind: "VTODO",
            lines: "DTSTART:20260110T090000Z\nDUE:20260110T100000Z\nCREATED:20200101T000000Z",
            moments: &["20260110T090000Z", "20260110T100000Z"],
            condition: |start, end, it| {
                (start < it[1] || start <= it[0]) && (end > it[0] || end >= it[1])
            },
        },
        Row {
            name: "DTSTART and DUE at once",
            kind: "VTODO",
            lines: "DTSTART:20260110T090000Z\nDUE:20260110T090000Z",
            moments: &["20260110T090000Z", "20260110T090000Z"],
            condition: |start, end, it| {
                (start < it[1] || start <= it[0]) && (end > it[0] || end >= it[1])
            },
        },
        Row {
            name: "DTSTART",
            kind: "VTODO",
            lines: "DTSTART;VALUE=DATE:20260110",
            moments: &["20260110T050000Z"],
            condition: |start, end, it| start <= it[0] && end > it[0],
        },
        Row {
            name: "DUE",
            kind: "VTODO",
            lines: "DUE:20260110T100000Z\nCOMPLETED:20200101T000000Z\nCREATED:20200101T000000Z",
            moments: &["20260110T100000Z"],
            condition: |start, end, it| start < it[0] && end >= it[0],
        },
        Row {
            name: "COMPLETED and CREATED",
            kind: "VTODO",
            lines: "COMPLETED:20260112T100000Z\nCREATED:20260110T100000Z",
            moments: &["20260110T100000Z", "20260112T100000Z"],
            condition: |start, end, it| {
                (start <= it[0] || start <= it[1]) && (end >= it[0] || end >= it[1])
            },
        },
        Row {
            name: "COMPLETED",
            kind: "VTODO",
            lines: "COMPLETED:20260112T100000Z",
            moments: &["20260112T100000Z"],
            condition: |start, end, it| start <= it[0] && end >= it[0],
        },
        Row {
            name: "CREATED",
            kind: "VTODO",
            lines: "CREATED:20260112T100000Z",
            moments: &["20260112T100000Z"],
            condition: |_, end, it| end > it[0],
        },
        Row {
            name: "nothing",
            kind: "VTODO",
            lines: "SUMMARY:a",
            moments: &[],
            condition: |_, _, _| true,
        },
    ]);
}

#[test]
fn journals_and_busy_times_follow_the_rows_of_their_tables() {
    check_rows(&[
        Row {
            name: "a journal of a time",
            kind: "VJOURNAL",
            lines: "DTSTART:20260110T040000",
            moments: &["20260110T090000Z"],
            condition: |start, end, it| start <= it[0] && end > it[0],
        },
        Row {
            name: "a journal of a day",
            kind: "VJOURNAL",
            lines: "DTSTART;VALUE=DATE:20260110",
            moments: &["20260110T050000Z", "20260111T050000Z"],
            condition: |start, end, it| start < it[1] && end > it[0],
        },
        Row {
            name: "a journal",
            kind: "VJOURNAL",
            lines: "CREATED:20260110T000000Z",
            moments: &[],
            condition: |_, _, _| false,
        },
        Row {
            name: "busy times with both ends",
            kind: "VFREEBUSY",
            lines: "DTSTART:20260110T090000Z\nDTEND:20260110T100000Z\n\
                    FREEBUSY:20270101T000000Z/PT1H",
            moments: &["20260110T090000Z", "20260110T100000Z"],
            condition: |start, end, it| start <= it[1] && end > it[0],
        },
        Row {
            name: "busy times with a start and a length, which does not count",
            kind: "VFREEBUSY",
            lines: "DTSTART:20260110T090000Z\nDURATION:PT1H",
            moments: &[],
            condition: |_, _, _| false,
        },
        Row {
            name: "busy times alone",
            kind: "VFREEBUSY",
            lines: "FREEBUSY;FBTYPE=FREE:20260110T090000Z/20260110T100000Z,20260112T000000Z/PT1H",
            moments: &[
                "20260110T090000Z",
                "20260110T100000Z",
                "20260112T000000Z",
                "20260112T010000Z",
            ],
            condition: |start, end, it| {
                start < it[1] && end > it[0] || start < it[3] && end > it[2]
            },
        },
        Row {
            name: "nothing of busy times",
            kind: "VFREEBUSY",
            lines: "DTSTAMP:20260110T000000Z",
            moments: &[],
            condition: |_, _, _| false,
        },
    ]);
}

#[test]
fn every_instance_of_a_series_counts() {
    check_rows(&[
        Row {
            name: "tasks of two days",
            kind: "VTODO",
            lines: "DTSTART:20260110T090000Z\nDUE:20260110T100000Z\nRRULE:FREQ=DAILY;COUNT=2",
            moments: &[
                "20260110T090000Z",
                "20260110T100000Z",
                "20260111T090000Z",
                "20260111T100000Z",
            ],
            condition: |start, end, it| {
                let touches = |from, to| (start < to || start <= from) && (end > from || end >= to);
                touches(it[0], it[1]) || touches(it[2], it[3])
            },
        },
        Row {
            name: "events of two days, one left out",
            kind: "VEVENT",
            lines: "DTSTART:20260110T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n\
                    EXDATE:20260111T090000Z",
            moments: &[
                "20260110T090000Z",
                "20260110T100000Z",
                "20260112T090000Z",
                "20260112T100000Z",
            ],
            condition: |start, end, it| {
                start < it[1] && end > it[0] || start < it[3] && end > it[2]
            },
        },
    ]);
}

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

fn prop(name: &str) -> PropertyFilter {
    PropertyFilter { name: name.into(), ..PropertyFilter::default() }
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

fn text(text: &str, collation: Collation, is_negated: bool) -> Option<TextMatch> {
    Some(TextMatch { text: text.into(), collation, is_negated })
}

fn param(name: &str, text: Option<TextMatch>) -> ParamFilter {
    ParamFilter { name: name.into(), is_not_defined: false, text }
}

#[test]
fn properties_and_parameters_match_as_their_filters_say() {
    use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
    const EVENT: &str = "DTSTART:20260110T090000Z\nSUMMARY:Caf\u{e9}\\, 9am\nSTATUS:CONFIRMED\n\
        ATTENDEE;PARTSTAT=ACCEPTED;CN=\"B, C\":mailto:b@example.org\n\
        ATTENDEE;PARTSTAT=NEEDS-ACTION;DELEGATED-TO=\"mailto:x@y\",\"mailto:z@y\":mailto:d@example.org";
    let whole = |text| PropertyFilter { text, ..prop("SUMMARY") };
    let attendee = |text, params| PropertyFilter { text, params, ..prop("ATTENDEE") };
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
            PropertyFilter { text: text("a", Octet, true), ..prop("LOCATION") },
            false,
        ),
        (
            "text and parameter of one property",
            attendee(
                text("b@", Octet, false),
                vec![param("PARTSTAT", text("accepted", AsciiCasemap, false))],
            ),
            true,
        ),
        (
            "text and parameter of two properties",
            attendee(
                text("d@", Octet, false),
                vec![param("PARTSTAT", text("accepted", AsciiCasemap, false))],
            ),
            false,
        ),
        ("a quoted parameter", attendee(None, vec![param("CN", text("B, C", Octet, false))]), true),
        (
            "one of several values",
            attendee(None, vec![param("DELEGATED-TO", text("z@y", Octet, false))]),
            true,
        ),
        (
            "quotes are no part of it",
            attendee(None, vec![param("DELEGATED-TO", text("\"", Octet, false))]),
            false,
        ),
        (
            "a parameter that is there",
            attendee(text("d@", Octet, false), vec![param("delegated-to", None)]),
            true,
        ),
        (
            "a parameter that must not be there",
            attendee(
                text("d@", Octet, false),
                vec![ParamFilter { name: "CN".into(), is_not_defined: true, text: None }],
            ),
            true,
        ),
        (
            "a parameter that must not, but is there",
            attendee(
                text("b@", Octet, false),
                vec![ParamFilter { name: "CN".into(), is_not_defined: true, text: None }],
            ),
            false,
        ),
        (
            "a parameter negated",
            attendee(None, vec![param("PARTSTAT", text("ACCEPTED", Octet, true))]),
            true,
        ),
    ];
    for (name, property, expected) in rows {
        let filter = in_calendar(ComponentFilter { properties: vec![property], ..comp("VEVENT") });
        assert_eq!(passes(&component("VEVENT", EVENT), &filter), expected, "{name}");
    }
}

#[test]
fn all_conditions_must_hold_for_one_component() {
    let series = "BEGIN:VEVENT\nUID:1\nDTSTART:20260110T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n\
        SUMMARY:series\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260111T090000Z\n\
        DTSTART:20260120T090000Z\nSUMMARY:moved\nEND:VEVENT";
    let day = |from: &str, to: &str| Some(Interval::new(at(from), at(to)).unwrap());
    let summary =
        |wanted| PropertyFilter { text: text(wanted, Collation::Octet, false), ..prop("SUMMARY") };
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
