//! How much a hostile or endless series can ask for: never more than was agreed.

use crate::{described, instances};

#[test]
fn no_more_than_the_asked_number_is_found() {
    let cases = [
        ("every second", "FREQ=SECONDLY", "2026-07-01 09:00/2026-08-01", 10, 10, true),
        (
            "every minute of an hour",
            "FREQ=MINUTELY",
            "2027-07-01 09:00/2027-07-01 10:00",
            100,
            60,
            false,
        ),
        (
            "every second of a minute",
            "FREQ=SECONDLY",
            "2027-07-01 09:00/2027-07-01 09:01",
            100,
            60,
            false,
        ),
        ("as many as asked", "FREQ=DAILY;COUNT=3", "2026-07-01/2026-08-01", 3, 3, false),
        ("one more than asked", "FREQ=DAILY;COUNT=4", "2026-07-01/2026-08-01", 3, 3, true),
        ("weekly, ever", "FREQ=WEEKLY", "0001-01-01/9999-12-29", 10, 10, true),
        (
            "a day that never comes",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "2026-07-01/9999-12-29",
            10,
            1,
            false,
        ),
        (
            "a minute that is never reached",
            "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
            "2026-07-01/2036-07-01",
            10,
            1,
            false,
        ),
    ];
    for (name, rule, window, max, expected, is_truncated) in cases {
        let text = format!("DTSTART:20260701T090000Z\nRRULE:{rule}");
        let instances = instances(&text, window, max).unwrap();
        let found: Vec<String> = instances.found.iter().map(described).collect();
        assert_eq!(found.len(), expected, "{name}: {found:?}");
        assert_eq!(instances.truncated, is_truncated, "{name}");
    }
}

#[test]
fn the_first_ones_are_found_where_there_are_too_many() {
    let text = "DTSTART:20260701T090000Z\nRRULE:FREQ=DAILY";
    let instances = instances(text, "2026-07-10/2026-08-01", 2).unwrap();
    let found: Vec<String> = instances.found.iter().map(described).collect();
    assert_eq!(found, ["2026-07-10 09:00 PT0S", "2026-07-11 09:00 PT0S"]);
}

#[test]
fn what_cannot_be_read_is_refused() {
    for text in [
        "DTSTART:tomorrow",
        "DTSTART:20260230T090000Z",
        "DTSTART:20260701T090000Z\nDTEND:later",
        "DTSTART:20260701T090000Z\nDURATION:an hour",
        "DTSTART:20260701T090000Z\nRRULE:FREQ=NEVER",
        "DTSTART:20260701T090000Z\nRDATE:soon",
        "DTSTART:20260701T090000Z\nRRULE:FREQ=DAILY\nEXDATE:never",
    ] {
        assert!(instances(text, "2026-07-01/2026-08-01", 10).is_err(), "{text}");
    }
}
