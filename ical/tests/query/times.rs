//! Components in a window, by the rows of the tables.

use ical::query::ComponentFilter;
use model::interval::Interval;

use crate::{at, comp, component, in_calendar, passes};

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
fn tasks_with_a_start_follow_the_rows_of_their_table() {
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
    ]);
}

#[test]
fn tasks_without_a_start_follow_the_rows_of_their_table() {
    check_rows(&[
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
            name: "tasks that are only due, one of them a day later than it was",
            kind: "VTODO",
            lines: "UID:1\nDUE:20260110T100000Z\nRRULE:FREQ=DAILY;COUNT=2\nEND:VTODO\n\
                    BEGIN:VTODO\nUID:1\nRECURRENCE-ID:20260111T100000Z\nDUE:20260112T100000Z",
            moments: &["20260110T100000Z", "20260112T100000Z"],
            condition: |start, end, it| {
                start < it[0] && end >= it[0] || start < it[1] && end >= it[1]
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
