//! Which instances touch a window (RFC 4791 §9.9).

use crate::{Case, check};

#[test]
fn a_window_holds_what_shares_time_with_it() {
    const HOUR: &str = "DTSTART:20260701T090000Z\nDURATION:PT1H";
    const POINT: &str = "DTSTART:20260701T090000Z";
    check(&[
        Case {
            name: "an event that ends where the window starts",
            text: HOUR,
            window: "2026-07-01 10:00/2026-07-01 11:00",
            found: &[],
        },
        Case {
            name: "an event that starts where the window ends",
            text: HOUR,
            window: "2026-07-01 08:00/2026-07-01 09:00",
            found: &[],
        },
        Case {
            name: "an event that fills the window",
            text: HOUR,
            window: "2026-07-01 09:00/2026-07-01 10:00",
            found: &["2026-07-01 09:00 PT1H"],
        },
        Case {
            name: "an event around the window",
            text: HOUR,
            window: "2026-07-01 09:20/2026-07-01 09:40",
            found: &["2026-07-01 09:00 PT1H"],
        },
        Case {
            name: "a point where the window starts",
            text: POINT,
            window: "2026-07-01 09:00/2026-07-01 10:00",
            found: &["2026-07-01 09:00 PT0S"],
        },
        Case {
            name: "a point where the window ends",
            text: POINT,
            window: "2026-07-01 08:00/2026-07-01 09:00",
            found: &[],
        },
        Case {
            name: "a date begins with its midnight there",
            text: "DTSTART;VALUE=DATE:20260701",
            window: "2026-07-01 00:00/2026-07-01 04:00",
            found: &[],
        },
        Case {
            name: "an instance that began months before",
            text: "DTSTART:20200101T000000Z\nDURATION:P200D\nRRULE:FREQ=YEARLY",
            window: "2026-07-01/2026-07-02",
            found: &["2026-01-01 00:00 PT4800H"],
        },
        Case {
            name: "a period of RDATE that began weeks before",
            text: "DTSTART:20260101T000000Z\nRDATE;VALUE=PERIOD:20260601T000000Z/P60D",
            window: "2026-07-01/2026-07-02",
            found: &["2026-06-01 00:00 PT1440H"],
        },
    ]);
}

#[test]
fn a_series_without_end_is_found_a_century_ahead() {
    const WEEKLY: &str = "DTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT1H\n\
                          RRULE:FREQ=WEEKLY";
    check(&[
        Case {
            name: "in winter",
            text: WEEKLY,
            window: "2150-01-01/2150-01-15",
            found: &["2150-01-05 08:00 PT1H", "2150-01-12 08:00 PT1H"],
        },
        Case {
            name: "in summer",
            text: WEEKLY,
            window: "2150-07-01/2150-07-08",
            found: &["2150-07-06 07:00 PT1H"],
        },
        Case {
            name: "every third minute",
            text: "DTSTART:20260105T090000Z\nRRULE:FREQ=MINUTELY;INTERVAL=3",
            window: "2150-01-01 00:00/2150-01-01 00:06",
            found: &["2150-01-01 00:00 PT0S", "2150-01-01 00:03 PT0S"],
        },
    ]);
}
