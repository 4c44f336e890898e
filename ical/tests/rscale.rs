//! Days that do not exist, moved as RFC 7529 says, against a plain walk over the calendar.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read should stop the test")]

use ical::recur::{Rule, local_starts};
use jiff::civil::{Date, DateTime};

fn starts(rule: &str, start: &str, from: &str, until: &str, limit: usize) -> Vec<DateTime> {
    let [start, from, until] = [start, from, until].map(|it| it.parse().unwrap());
    local_starts(&Rule::parse(rule).unwrap(), start, from, until, limit)
}

fn days(rule: &str, start: &str, from: &str, until: &str, limit: usize) -> Vec<String> {
    let found = starts(rule, start, from, until, limit);
    found.iter().map(|it| it.strftime("%Y%m%d").to_string()).collect()
}

const LEAP_DAY: &str = "2012-02-29T00:00";
const LAST_DAY: &str = "2025-12-31T00:00";
/// A rule, where its series starts, where the window does, and the first days in it.
const SKIPS: &[(&str, &str, &str, &str, &[&str])] = &[
    (
        "RFC 7529 §4.3.4, forward",
        "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD",
        LEAP_DAY,
        LEAP_DAY,
        &["20120229", "20130301", "20140301", "20150301", "20160229", "20170301"],
    ),
    (
        "the same, left out",
        "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT",
        LEAP_DAY,
        LEAP_DAY,
        &["20120229", "20160229", "20200229", "20240229", "20280229", "20320229"],
    ),
    (
        "the same, backward",
        "RSCALE=gregorian;FREQ=YEARLY;SKIP=BACKWARD",
        LEAP_DAY,
        LEAP_DAY,
        &["20120229", "20130228", "20140228", "20150228", "20160229", "20170228"],
    ),
    (
        "no SKIP without RSCALE",
        "FREQ=YEARLY;SKIP=BACKWARD",
        LEAP_DAY,
        LEAP_DAY,
        &["20120229", "20160229", "20200229", "20240229", "20280229", "20320229"],
    ),
    (
        "the end of each month",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
        LAST_DAY,
        LAST_DAY,
        &["20251231", "20260131", "20260228", "20260331", "20260430", "20260531"],
    ),
    (
        "the day after each month",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD",
        LAST_DAY,
        LAST_DAY,
        &["20251231", "20260131", "20260301", "20260331", "20260501", "20260531"],
    ),
    (
        "from the day that it was moved to",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD",
        LAST_DAY,
        "2026-03-01T00:00",
        &["20260301", "20260331", "20260501", "20260531", "20260701", "20260731"],
    ),
    (
        "two days that become one",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=1,29,31;SKIP=FORWARD;COUNT=7",
        "2026-01-29T00:00",
        "2026-01-01T00:00",
        &["20260129", "20260131", "20260201", "20260301", "20260329", "20260331", "20260401"],
    ),
    (
        "the weekday is asked for after the move",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=SU;SKIP=FORWARD",
        "2026-03-01T00:00",
        "2026-01-01T00:00",
        &["20260301", "20260531", "20270131", "20271031", "20281001", "20281231"],
    ),
    (
        "the 366th day",
        "RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=BACKWARD",
        "2024-12-31T00:00",
        "2024-01-01T00:00",
        &["20241231", "20251231", "20261231", "20271231", "20281231", "20291231"],
    ),
    (
        "the day after the year",
        "RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD",
        "2024-12-31T00:00",
        "2024-01-01T00:00",
        &["20241231", "20260101", "20270101", "20280101", "20281231", "20300101"],
    ),
];

#[test]
fn days_that_do_not_exist_are_moved_as_skip_says() {
    for (name, rule, start, from, expected) in SKIPS {
        let found = days(rule, start, from, "2040-01-01T00:00", expected.len());
        assert_eq!(found, *expected, "{name}");
    }
}

/// What a rule of months gives, by trying every month.
fn walked(month_days: &[i8], interval: i32, skip: &str, start: Date, until: Date) -> Vec<Date> {
    let mut found = Vec::new();
    let mut month = start.first_of_month();
    while month < until {
        for &day in month_days {
            if let Ok(date) = Date::new(month.year(), month.month(), day) {
                found.push(date);
            } else if skip == "BACKWARD" {
                found.push(month.last_of_month());
            } else if skip == "FORWARD" {
                found.push(month.last_of_month().tomorrow().unwrap());
            }
        }
        month = month.checked_add(jiff::Span::new().months(interval)).unwrap();
    }
    found.sort();
    found.dedup();
    found.retain(|it| *it >= start && *it < until);
    found
}

#[test]
fn every_rule_of_months_gives_what_a_walk_over_the_calendar_gives() {
    let until: Date = "2033-01-01".parse().unwrap();
    for skip in ["OMIT", "BACKWARD", "FORWARD"] {
        for interval in 1..=5 {
            for month_days in [&[31][..], &[30], &[29], &[1, 31], &[28, 29, 30, 31], &[15]] {
                let list: Vec<String> = month_days.iter().map(ToString::to_string).collect();
                let rule = format!(
                    "RSCALE=GREGORIAN;FREQ=MONTHLY;INTERVAL={interval};BYMONTHDAY={};SKIP={skip}",
                    list.join(",")
                );
                let start = Date::new(2026, 1, month_days[0]).unwrap();
                let all = walked(month_days, interval, skip, start, until);
                // From every month, so that a window may begin anywhere.
                let mut from = start;
                while from < until {
                    let text = |it: Date| format!("{it}T00:00");
                    let found = starts(&rule, &text(start), &text(from), &text(until), 1_000);
                    let found: Vec<Date> = found.iter().map(|it| it.date()).collect();
                    let expected: Vec<Date> =
                        all.iter().copied().filter(|it| *it >= from).collect();
                    assert_eq!(found, expected, "{rule} from {from}");
                    from = from.first_of_month().checked_add(jiff::Span::new().months(1)).unwrap();
                }
            }
        }
    }
}
