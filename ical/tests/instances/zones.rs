//! Which zone a time is in, and what its clock changes do to it.

use crate::{Case, check, check_with};

#[test]
fn a_time_is_in_the_zone_that_its_client_means() {
    check(&[
        Case {
            name: "an IANA zone in summer",
            text: "DTSTART;TZID=Europe/Berlin:20260701T090000\n\
                   DTEND;TZID=Europe/Berlin:20260701T100000",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 07:00 PT1H"],
        },
        Case {
            name: "an IANA zone in winter",
            text: "DTSTART;TZID=Europe/Berlin:20260115T090000",
            window: "2026-01-15/2026-01-16",
            found: &["2026-01-15 08:00 PT0S"],
        },
        Case {
            name: "an IANA zone in lower case and quotes",
            text: "DTSTART;TZID=\"europe/berlin\":20260701T090000",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 07:00 PT0S"],
        },
        Case {
            name: "a Windows zone",
            text: "DTSTART;TZID=W. Europe Standard Time:20260701T090000",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 07:00 PT0S"],
        },
        Case {
            name: "a zone of Evolution, with its prefix",
            text: "DTSTART;TZID=/freeassociation.sourceforge.net/Tzfile/Europe/Berlin:\
                   20260701T090000",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 07:00 PT0S"],
        },
        Case {
            name: "a start and an end in two zones",
            text: "DTSTART;TZID=Europe/Berlin:20260701T090000\n\
                   DTEND;TZID=Europe/London:20260701T100000",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 07:00 PT2H"],
        },
        Case {
            name: "UTC",
            text: "DTSTART:20260701T090000Z",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 09:00 PT0S"],
        },
        Case {
            name: "a floating time, in the zone of who looks",
            text: "DTSTART:20260701T090000\nDTEND:20260701T093000",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 13:00 PT30M"],
        },
        Case {
            name: "a date, in the zone of who looks",
            text: "DTSTART;VALUE=DATE:20260701",
            window: "2026-07-01/2026-07-02",
            found: &["2026-07-01 04:00 PT24H"],
        },
    ]);
}

/// RFC 5545 §3.3.5, form 3.
#[test]
fn a_skipped_time_has_the_offset_before_and_a_repeated_one_is_the_first() {
    check(&[
        Case {
            name: "the skipped time of the RFC",
            text: "DTSTART;TZID=America/New_York:20070311T023000",
            window: "2007-03-11/2007-03-12",
            found: &["2007-03-11 07:30 PT0S"],
        },
        Case {
            name: "the repeated time of the RFC",
            text: "DTSTART;TZID=America/New_York:20071104T013000",
            window: "2007-11-04/2007-11-05",
            found: &["2007-11-04 05:30 PT0S"],
        },
        Case {
            name: "skipped in Berlin",
            text: "DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT1H",
            window: "2026-03-29/2026-03-30",
            found: &["2026-03-29 01:30 PT1H"],
        },
        Case {
            name: "repeated in Berlin",
            text: "DTSTART;TZID=Europe/Berlin:20261025T023000\nDURATION:PT1H",
            window: "2026-10-25/2026-10-26",
            found: &["2026-10-25 00:30 PT1H"],
        },
        Case {
            name: "half an hour skipped on Lord Howe",
            text: "DTSTART;TZID=Australia/Lord_Howe:20261004T021500",
            window: "2026-10-03/2026-10-05",
            found: &["2026-10-03 15:45 PT0S"],
        },
        Case {
            name: "a daily series, skipped once",
            text: "DTSTART;TZID=Europe/Berlin:20260328T023000\nRRULE:FREQ=DAILY;COUNT=3",
            window: "2026-03-01/2026-04-30",
            found: &["2026-03-28 01:30 PT0S", "2026-03-29 01:30 PT0S", "2026-03-30 00:30 PT0S"],
        },
        Case {
            name: "an hourly series, in which two starts become one",
            text: "DTSTART;TZID=Europe/Berlin:20260329T003000\nRRULE:FREQ=HOURLY;COUNT=5",
            window: "2026-03-01/2026-04-30",
            found: &[
                "2026-03-28 23:30 PT0S",
                "2026-03-29 00:30 PT0S",
                "2026-03-29 01:30 PT0S",
                "2026-03-29 02:30 PT0S",
            ],
        },
    ]);
}

#[test]
fn a_series_keeps_its_local_time_across_clock_changes() {
    check(&[
        Case {
            name: "weekly into summer",
            text: "DTSTART;TZID=Europe/Berlin:20260323T090000\nDURATION:PT1H\n\
                   RRULE:FREQ=WEEKLY;COUNT=3",
            window: "2026-03-01/2026-04-30",
            found: &["2026-03-23 08:00 PT1H", "2026-03-30 07:00 PT1H", "2026-04-06 07:00 PT1H"],
        },
        Case {
            name: "weekly out of summer, floating",
            text: "DTSTART:20261025T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3",
            window: "2026-10-01/2026-11-30",
            found: &["2026-10-25 13:00 PT1H", "2026-11-01 14:00 PT1H", "2026-11-08 14:00 PT1H"],
        },
        Case {
            name: "weekly in UTC, where nothing changes",
            text: "DTSTART:20260323T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2",
            window: "2026-03-01/2026-04-30",
            found: &["2026-03-23 09:00 PT1H", "2026-03-30 09:00 PT1H"],
        },
    ]);
}

/// Quarter past four ahead of UTC, and an hour more in summer.
const NOWHERE: &str = "\
BEGIN:VTIMEZONE
TZID:Nowhere at all
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0515
TZOFFSETTO:+0415
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0415
TZOFFSETTO:+0515
END:DAYLIGHT
END:VTIMEZONE";

#[test]
fn an_unknown_zone_follows_its_own_vtimezone() {
    check_with(
        NOWHERE,
        &[
            Case {
                name: "in winter",
                text: "DTSTART;TZID=Nowhere at all:20260115T090000\n\
                       DTEND;TZID=Nowhere at all:20260115T100000",
                window: "2026-01-15/2026-01-16",
                found: &["2026-01-15 04:45 PT1H by 1"],
            },
            Case {
                name: "in summer, its name in quotes",
                text: "DTSTART;TZID=\"Nowhere at all\":20260715T090000",
                window: "2026-07-15/2026-07-16",
                found: &["2026-07-15 03:45 PT0S by 1"],
            },
            Case {
                name: "skipped",
                text: "DTSTART;TZID=Nowhere at all:20260329T023000",
                window: "2026-03-28/2026-03-30",
                found: &["2026-03-28 22:15 PT0S by 1"],
            },
            Case {
                name: "repeated",
                text: "DTSTART;TZID=Nowhere at all:20261025T023000",
                window: "2026-10-24/2026-10-26",
                found: &["2026-10-24 21:15 PT0S by 1"],
            },
            Case {
                name: "a series into summer",
                text: "DTSTART;TZID=Nowhere at all:20260323T090000\nRRULE:FREQ=WEEKLY;COUNT=2",
                window: "2026-03-01/2026-04-30",
                found: &["2026-03-23 04:45 PT0S by 1", "2026-03-30 03:45 PT0S by 1"],
            },
        ],
    );
}

/// As Outlook writes zones that an administrator made: rules since 1601.
const SINCE_1601: &str = "\
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0230
TZOFFSETTO:-0330
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0330
TZOFFSETTO:-0230
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE";

#[test]
fn a_vtimezone_may_begin_in_1601() {
    check_with(
        SINCE_1601,
        &[
            Case {
                name: "in winter",
                text: "DTSTART;TZID=Customized Time Zone:20260115T090000",
                window: "2026-01-15/2026-01-16",
                found: &["2026-01-15 12:30 PT0S by 1"],
            },
            Case {
                name: "in summer",
                text: "DTSTART;TZID=Customized Time Zone:20260715T090000",
                window: "2026-07-15/2026-07-16",
                found: &["2026-07-15 11:30 PT0S by 1"],
            },
        ],
    );
}

const FALSE_BERLIN: &str = "\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE";

#[test]
fn a_known_zone_does_not_follow_a_vtimezone_that_differs() {
    check_with(
        FALSE_BERLIN,
        &[Case {
            name: "Berlin stays where it is",
            text: "DTSTART;TZID=Europe/Berlin:20260115T090000",
            window: "2026-01-15/2026-01-16",
            found: &["2026-01-15 08:00 PT0S by 1"],
        }],
    );
}
