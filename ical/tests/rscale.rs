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

/// Rules of other calendars: what RFC 7529 §4.3 prints, and well-known feasts.
const FOREIGN: &[(&str, &str, &str, &[&str])] = &[
    (
        "RFC 7529 §4.3.1: Chinese new year",
        "RSCALE=CHINESE;FREQ=YEARLY",
        "2013-02-10T00:00",
        &["20130210", "20140131", "20150219", "20160208", "20170128"],
    ),
    (
        "RFC 7529 §4.3.2: the thirteenth month",
        "RSCALE=ETHIOPIC;FREQ=MONTHLY;BYMONTH=13",
        "2013-09-06T00:00",
        &["20130906", "20140906", "20150906", "20160906", "20170906"],
    ),
    (
        "RFC 7529 §4.3.3: a day of the leap month",
        "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD",
        "2014-02-08T00:00",
        &["20140208", "20150227", "20160217", "20170306", "20180223"],
    ),
    (
        "the same where the month is left out",
        "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8",
        "2014-02-08T00:00",
        &["20140208", "20160217", "20190213"],
    ),
    (
        "the first day of Passover",
        "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=15",
        "2024-04-23T00:00",
        &["20240423", "20250413", "20260402", "20270422"],
    ),
    (
        "Nowruz",
        "RSCALE=PERSIAN;FREQ=YEARLY",
        "2024-03-20T00:00",
        &["20240320", "20250321", "20260321", "20270321"],
    ),
    (
        "the first of each month, every other one",
        "RSCALE=ETHIOPIC;FREQ=MONTHLY;INTERVAL=2;COUNT=4",
        "2025-09-11T00:00",
        &["20250911", "20251110", "20260109", "20260310"],
    ),
    (
        "the calendar of Japan has our months",
        "RSCALE=JAPANESE;FREQ=MONTHLY;SKIP=BACKWARD",
        "2026-01-31T00:00",
        &["20260131", "20260228", "20260331", "20260430"],
    ),
    (
        "until a day",
        "RSCALE=CHINESE;FREQ=YEARLY;UNTIL=20150219",
        "2013-02-10T00:00",
        &["20130210", "20140131", "20150219"],
    ),
    (
        "Mondays of a month",
        "RSCALE=ETHIOPIC;FREQ=WEEKLY;BYDAY=MO;BYMONTH=13;COUNT=2",
        "2026-09-07T00:00",
        &["20260907", "20270906"],
    ),
    (
        "one that we cannot compute",
        "RSCALE=ISLAMIC-RGSA;FREQ=YEARLY",
        "2026-01-01T00:00",
        &["20260101"],
    ),
];

#[test]
fn rules_of_other_calendars_follow_their_months() {
    for (name, rule, start, expected) in FOREIGN {
        let found = days(rule, start, start, "2030-01-01T00:00", expected.len());
        assert_eq!(found, *expected, "{name}");
        let is_all = rule.contains("COUNT") || rule.contains("UNTIL") || rule.contains("RGSA");
        let all = days(rule, start, start, "2100-01-01T00:00", 1_000);
        assert_eq!(is_all, all.len() == expected.len(), "{name}: {all:?}");
        // A window that begins anywhere gives the rest.
        for (passed, day) in expected.iter().enumerate() {
            let from = format!("{}-{}-{}T00:00", &day[..4], &day[4..6], &day[6..]);
            let rest = days(rule, start, &from, "2100-01-01T00:00", 1_000);
            assert_eq!(rest, all[passed..], "{name} from {from}");
        }
    }
}

#[test]
fn an_event_of_another_calendar_has_its_instances() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20130210\r\n\
        RRULE:RSCALE=CHINESE;FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let document = ical::Document::parse(text.as_bytes()).unwrap();
    let (zones, floating) = (model::zone::ZoneDb::bundled(), model::zone::Zone::utc());
    let context = ical::Context::new(&zones, &floating);
    let at = |text| ical::utc_instant(text).unwrap();
    let window =
        model::interval::Interval::new(at("20150101T000000Z"), at("20170101T000000Z")).unwrap();
    let all = ical::instances(&document, window, &context, 100).unwrap();
    let starts: Vec<i64> = all.found.iter().map(|it| it.start).collect();
    assert_eq!(starts, [at("20150219T000000Z"), at("20160208T000000Z")]);
}
