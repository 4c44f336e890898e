//! How long an instance lasts, by DTEND, DURATION or neither (RFC 5545 §3.6.1).

use crate::{Case, check};

#[test]
fn an_event_lasts_as_long_as_it_says() {
    check(&[
        Case {
            name: "a time alone has no length",
            text: "DTSTART:20260701T090000Z",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 09:00 PT0S"],
        },
        Case {
            name: "a date alone is one day",
            text: "DTSTART;VALUE=DATE:20260701",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 04:00 PT24H"],
        },
        Case {
            name: "an end equal to the start",
            text: "DTSTART:20260701T090000Z\nDTEND:20260701T090000Z",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 09:00 PT0S"],
        },
        Case {
            name: "three days, of which DTEND is the day after",
            text: "DTSTART;VALUE=DATE:20260701\nDTEND;VALUE=DATE:20260704",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 04:00 PT72H"],
        },
        Case {
            name: "a week of dates",
            text: "DTSTART;VALUE=DATE:20260701\nDURATION:P1W",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 04:00 PT168H"],
        },
        Case {
            name: "ninety minutes",
            text: "DTSTART:20260701T090000Z\nDURATION:PT90M",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 09:00 PT1H30M"],
        },
    ]);
}

#[test]
fn days_follow_the_clock_on_the_wall_and_hours_do_not() {
    check(&[
        Case {
            name: "the short day of spring",
            text: "DTSTART;VALUE=DATE:20260308",
            window: "2026-03-08 12:00/2026-03-08 13:00",
            found: &["2026-03-08 05:00 PT23H"],
        },
        Case {
            name: "the long day of autumn",
            text: "DTSTART;VALUE=DATE:20261101",
            window: "2026-11-01 12:00/2026-11-01 13:00",
            found: &["2026-11-01 04:00 PT25H"],
        },
        Case {
            name: "a duration of one day",
            text: "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D",
            window: "2026-03-28/2026-03-30",
            found: &["2026-03-28 11:00 PT23H"],
        },
        Case {
            name: "a duration of 24 hours",
            text: "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H",
            window: "2026-03-28/2026-03-30",
            found: &["2026-03-28 11:00 PT24H"],
        },
        Case {
            name: "first the day, then the hour",
            text: "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1DT1H",
            window: "2026-03-28/2026-03-30",
            found: &["2026-03-28 11:00 PT24H"],
        },
        Case {
            name: "an end after the change",
            text: "DTSTART;TZID=Europe/Berlin:20260328T230000\n\
                   DTEND;TZID=Europe/Berlin:20260329T040000",
            window: "2026-03-28/2026-03-30",
            found: &["2026-03-28 22:00 PT4H"],
        },
    ]);
}

/// RFC 5545 §3.8.5.3: exact by DTEND, nominal by DURATION.
#[test]
fn all_instances_of_a_series_last_equally_long() {
    check(&[
        Case {
            name: "by DTEND: the same hours",
            text: "DTSTART;TZID=Europe/Berlin:20260327T120000\n\
                   DTEND;TZID=Europe/Berlin:20260328T120000\nRRULE:FREQ=DAILY;COUNT=3",
            window: "2026-03-01/2026-04-30",
            found: &["2026-03-27 11:00 PT24H", "2026-03-28 11:00 PT24H", "2026-03-29 10:00 PT24H"],
        },
        Case {
            name: "by DURATION: the same days",
            text: "DTSTART;TZID=Europe/Berlin:20260327T120000\nDURATION:P1D\n\
                   RRULE:FREQ=DAILY;COUNT=3",
            window: "2026-03-01/2026-04-30",
            found: &["2026-03-27 11:00 PT24H", "2026-03-28 11:00 PT23H", "2026-03-29 10:00 PT24H"],
        },
        Case {
            name: "whole days stay whole",
            text: "DTSTART;VALUE=DATE:20260307\nDTEND;VALUE=DATE:20260308\n\
                   RRULE:FREQ=DAILY;COUNT=3",
            window: "2026-03-01/2026-04-30",
            found: &["2026-03-07 05:00 PT24H", "2026-03-08 05:00 PT23H", "2026-03-09 04:00 PT24H"],
        },
    ]);
}
