//! Instances that a component with a RECURRENCE-ID describes (RFC 5545 §3.8.4.4).

use crate::{Case, check};

#[test]
fn an_override_replaces_its_instance() {
    check(&[
        Case {
            name: "moved and shortened",
            text: "DTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT1H\n\
                   RRULE:FREQ=WEEKLY;COUNT=3\n\n\
                   RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000\n\
                   DTSTART;TZID=Europe/Berlin:20260113T140000\nDURATION:PT30M",
            window: "2026-01-01/2026-02-01",
            found: &[
                "2026-01-05 08:00 PT1H",
                "2026-01-13 13:00 PT30M by 1",
                "2026-01-19 08:00 PT1H",
            ],
        },
        Case {
            name: "named in UTC",
            text: "DTSTART;TZID=Europe/Berlin:20260105T090000\nRRULE:FREQ=WEEKLY;COUNT=2\n\n\
                   RECURRENCE-ID:20260112T080000Z\nDTSTART:20260113T130000Z",
            window: "2026-01-01/2026-02-01",
            found: &["2026-01-05 08:00 PT0S", "2026-01-13 13:00 PT0S by 1"],
        },
        Case {
            name: "named by its date, among dates",
            text: "DTSTART;VALUE=DATE:20260701\nRRULE:FREQ=DAILY;COUNT=2\n\n\
                   RECURRENCE-ID;VALUE=DATE:20260702\nDTSTART;VALUE=DATE:20260710",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 04:00 PT24H", "2026-07-10 04:00 PT24H by 1"],
        },
        Case {
            name: "cancelled: still an instance, for whoever reads its status",
            text: "DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2\n\n\
                   RECURRENCE-ID:20260112T090000Z\nDTSTART:20260112T090000Z\nSTATUS:CANCELLED",
            window: "2026-01-01/2026-02-01",
            found: &["2026-01-05 09:00 PT0S", "2026-01-12 09:00 PT0S by 1"],
        },
        Case {
            name: "written before its series",
            text: "RECURRENCE-ID:20260112T090000Z\nDTSTART:20260113T090000Z\n\n\
                   DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2",
            window: "2026-01-01/2026-02-01",
            found: &["2026-01-05 09:00 PT0S by 1", "2026-01-13 09:00 PT0S"],
        },
        Case {
            name: "without its series, as RFC 4791 §4.1 allows",
            text: "RECURRENCE-ID:20260112T090000Z\nDTSTART:20260113T090000Z\nDURATION:PT1H",
            window: "2026-01-01/2026-02-01",
            found: &["2026-01-13 09:00 PT1H"],
        },
    ]);
}

#[test]
fn an_override_counts_where_it_is_and_not_where_it_was() {
    const YEARLY: &str = "DTSTART:20200601T090000Z\nRRULE:FREQ=YEARLY\n\n\
                          RECURRENCE-ID:20260601T090000Z\nDTSTART:20270115T090000Z";
    check(&[
        Case {
            name: "moved out of the window",
            text: YEARLY,
            window: "2026-05-01/2026-07-01",
            found: &[],
        },
        Case {
            name: "moved into the window",
            text: YEARLY,
            window: "2027-01-01/2027-02-01",
            found: &["2027-01-15 09:00 PT0S by 1"],
        },
        Case {
            name: "the next one stays",
            text: YEARLY,
            window: "2027-02-01/2027-07-01",
            found: &["2027-06-01 09:00 PT0S"],
        },
    ]);
}

#[test]
fn an_override_of_this_and_future_shifts_all_that_follow() {
    check(&[
        Case {
            name: "a day and two hours later, and shorter",
            text: "DTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT1H\n\
                   RRULE:FREQ=WEEKLY;COUNT=4\n\n\
                   RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260119T090000\n\
                   DTSTART;TZID=Europe/Berlin:20260120T110000\nDURATION:PT30M",
            window: "2026-01-01/2026-03-01",
            found: &[
                "2026-01-05 08:00 PT1H",
                "2026-01-12 08:00 PT1H",
                "2026-01-20 10:00 PT30M by 1",
                "2026-01-27 10:00 PT30M by 1",
            ],
        },
        Case {
            name: "an override of a single one among those wins",
            text: "DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;COUNT=4\n\n\
                   RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T090000Z\n\
                   DTSTART:20260112T100000Z\n\n\
                   RECURRENCE-ID:20260119T090000Z\nDTSTART:20260121T150000Z",
            window: "2026-01-01/2026-03-01",
            found: &[
                "2026-01-05 09:00 PT0S",
                "2026-01-12 10:00 PT0S by 1",
                "2026-01-21 15:00 PT0S by 2",
                "2026-01-26 10:00 PT0S by 1",
            ],
        },
        Case {
            name: "the later of two wins",
            text: "DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;COUNT=4\n\n\
                   RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T090000Z\n\
                   DTSTART:20260112T100000Z\n\n\
                   RECURRENCE-ID;RANGE=THISANDFUTURE:20260126T090000Z\n\
                   DTSTART:20260126T120000Z",
            window: "2026-01-01/2026-03-01",
            found: &[
                "2026-01-05 09:00 PT0S",
                "2026-01-12 10:00 PT0S by 1",
                "2026-01-19 10:00 PT0S by 1",
                "2026-01-26 12:00 PT0S by 2",
            ],
        },
        Case {
            name: "in a window long after it",
            text: "DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY\n\n\
                   RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T090000Z\n\
                   DTSTART:20260115T100000Z",
            window: "2030-01-08/2030-01-12",
            found: &["2030-01-10 10:00 PT0S by 1"],
        },
    ]);
}
