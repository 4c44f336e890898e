//! What RDATE adds to a series, what EXDATE takes away, and where UNTIL ends it.

use crate::{Case, check};

#[test]
fn rdate_adds_instances() {
    check(&[
        Case {
            name: "two times, without a rule",
            text: "DTSTART:20260701T090000Z\nDURATION:PT1H\n\
                   RDATE:20260703T100000Z,20260702T110000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT1H", "2026-07-02 11:00 PT1H", "2026-07-03 10:00 PT1H"],
        },
        Case {
            name: "a time in another zone",
            text: "DTSTART:20260701T090000Z\nDURATION:PT1H\n\
                   RDATE;TZID=Europe/Berlin:20260702T090000",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT1H", "2026-07-02 07:00 PT1H"],
        },
        Case {
            name: "a time that the rule gives too counts once",
            text: "DTSTART:20260701T090000Z\nRRULE:FREQ=DAILY;COUNT=2\nRDATE:20260702T090000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT0S", "2026-07-02 09:00 PT0S"],
        },
        Case {
            name: "DTSTART repeated counts once",
            text: "DTSTART:20260701T090000Z\nRDATE:20260701T090000Z,20260702T090000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT0S", "2026-07-02 09:00 PT0S"],
        },
        Case {
            name: "dates",
            text: "DTSTART;VALUE=DATE:20260701\nRDATE;VALUE=DATE:20260705",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 04:00 PT24H", "2026-07-05 04:00 PT24H"],
        },
        Case {
            name: "periods have lengths of their own",
            text: "DTSTART:20260701T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:\
                   20260702T090000Z/20260702T113000Z,20260703T090000Z/PT15M",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT1H", "2026-07-02 09:00 PT2H30M", "2026-07-03 09:00 PT15M"],
        },
    ]);
}

#[test]
fn exdate_takes_instances_away() {
    check(&[
        Case {
            name: "a time, which COUNT still counts",
            text: "DTSTART;TZID=Europe/Berlin:20260701T090000\nRRULE:FREQ=DAILY;COUNT=3\n\
                   EXDATE;TZID=Europe/Berlin:20260702T090000",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 07:00 PT0S", "2026-07-03 07:00 PT0S"],
        },
        Case {
            name: "the same time in UTC",
            text: "DTSTART;TZID=Europe/Berlin:20260701T090000\nRRULE:FREQ=DAILY;COUNT=3\n\
                   EXDATE:20260702T070000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 07:00 PT0S", "2026-07-03 07:00 PT0S"],
        },
        Case {
            name: "several times, in one line and in two",
            text: "DTSTART:20260701T090000Z\nRRULE:FREQ=DAILY;COUNT=5\n\
                   EXDATE:20260702T090000Z,20260703T090000Z\nEXDATE:20260705T090000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT0S", "2026-07-04 09:00 PT0S"],
        },
        Case {
            name: "another time of that day takes nothing away",
            text: "DTSTART:20260701T090000Z\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260702T100000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT0S", "2026-07-02 09:00 PT0S"],
        },
        Case {
            name: "a date in a series of times takes that day away",
            text: "DTSTART;TZID=Europe/Berlin:20260701T003000\nRRULE:FREQ=DAILY;COUNT=3\n\
                   EXDATE;VALUE=DATE:20260702",
            window: "2026-06-01/2026-08-01",
            found: &["2026-06-30 22:30 PT0S", "2026-07-02 22:30 PT0S"],
        },
        Case {
            name: "a date in a series of dates",
            text: "DTSTART;VALUE=DATE:20260701\nRRULE:FREQ=DAILY;COUNT=3\n\
                   EXDATE;VALUE=DATE:20260702",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 04:00 PT24H", "2026-07-03 04:00 PT24H"],
        },
        Case {
            name: "it wins over RDATE",
            text: "DTSTART:20260701T090000Z\nRDATE:20260702T090000Z,20260703T090000Z\n\
                   EXDATE:20260702T090000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT0S", "2026-07-03 09:00 PT0S"],
        },
        Case {
            name: "every Friday the 13th, as in RFC 5545 §3.8.5.3, without DTSTART itself",
            text: "DTSTART;TZID=America/New_York:19970902T090000\n\
                   EXDATE;TZID=America/New_York:19970902T090000\n\
                   RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            window: "1997-01-01/2000-01-01",
            found: &[
                "1998-02-13 14:00 PT0S",
                "1998-03-13 14:00 PT0S",
                "1998-11-13 14:00 PT0S",
                "1999-08-13 13:00 PT0S",
            ],
        },
    ]);
}

#[test]
fn until_ends_a_series() {
    check(&[
        Case {
            name: "in UTC, on the last start: included",
            text: "DTSTART;TZID=America/New_York:19970902T090000\n\
                   RRULE:FREQ=DAILY;UNTIL=19970904T130000Z",
            window: "1997-09-01/1997-10-01",
            found: &["1997-09-02 13:00 PT0S", "1997-09-03 13:00 PT0S", "1997-09-04 13:00 PT0S"],
        },
        Case {
            name: "in UTC, a second earlier: excluded",
            text: "DTSTART;TZID=America/New_York:19970902T090000\n\
                   RRULE:FREQ=DAILY;UNTIL=19970904T125959Z",
            window: "1997-09-01/1997-10-01",
            found: &["1997-09-02 13:00 PT0S", "1997-09-03 13:00 PT0S"],
        },
        Case {
            name: "in UTC, far ahead of UTC",
            text: "DTSTART;TZID=Pacific/Auckland:20260701T080000\n\
                   RRULE:FREQ=DAILY;UNTIL=20260702T200000Z",
            window: "2026-06-01/2026-08-01",
            found: &["2026-06-30 20:00 PT0S", "2026-07-01 20:00 PT0S", "2026-07-02 20:00 PT0S"],
        },
        Case {
            name: "a local time with a time in a zone is tolerated",
            text: "DTSTART;TZID=America/New_York:19970902T090000\n\
                   RRULE:FREQ=DAILY;UNTIL=19970903T090000",
            window: "1997-09-01/1997-10-01",
            found: &["1997-09-02 13:00 PT0S", "1997-09-03 13:00 PT0S"],
        },
        Case {
            name: "a date with a time is tolerated: that day is included",
            text: "DTSTART;TZID=America/New_York:19970902T220000\n\
                   RRULE:FREQ=DAILY;UNTIL=19970904",
            window: "1997-09-01/1997-10-01",
            found: &["1997-09-03 02:00 PT0S", "1997-09-04 02:00 PT0S", "1997-09-05 02:00 PT0S"],
        },
        Case {
            name: "a date with dates",
            text: "DTSTART;VALUE=DATE:20260701\nRRULE:FREQ=DAILY;UNTIL=20260702",
            window: "2026-06-01/2026-08-01",
            found: &["2026-07-01 04:00 PT24H", "2026-07-02 04:00 PT24H"],
        },
        Case {
            name: "before DTSTART, which stays",
            text: "DTSTART:20260701T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260101T000000Z",
            window: "2026-07-01/2026-08-01",
            found: &["2026-07-01 09:00 PT0S"],
        },
    ]);
}

#[test]
fn dtstart_is_an_instance_although_the_rule_does_not_match_it() {
    check(&[
        Case {
            name: "a Tuesday before Mondays, counted",
            text: "DTSTART:20260106T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2",
            window: "2026-01-01/2026-02-01",
            found: &["2026-01-06 09:00 PT0S", "2026-01-12 09:00 PT0S"],
        },
        Case {
            name: "before a day that never comes",
            text: "DTSTART:20260106T090000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            window: "2026-01-01/2126-01-01",
            found: &["2026-01-06 09:00 PT0S"],
        },
    ]);
}
