//! What one object may ask for at most, whatever it says: before there were limits, each of
//! these took minutes, or all of the memory.

#![expect(clippy::unwrap_used, reason = "what cannot be read should stop the test")]

use std::fmt::Write as _;

use ical::query::{ComponentFilter, PropertyFilter, matches};
use ical::recur::{Rule, local_starts};
use ical::{Context, Document, Invalid, Precondition, zone_text};
use jiff::ToSpan as _;
use jiff::civil::date;
use model::interval::Interval;
use model::limit::{EXPANDED_MAX_BYTES, OBJECT_ZONES_MAX};
use model::zone::{Zone, ZoneDb};

/// Runs `look` on a calendar with these components.
fn with<T>(components: &str, look: impl FnOnce(&Document, &Context<'_>) -> T) -> T {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{components}END:VCALENDAR\n");
    let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
    let context = Context::new(&zones, &zone);
    look(&Document::parse(text.as_bytes()).unwrap(), &context)
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\n")
}

fn series(rule: &str) -> String {
    event(&format!("DTSTART:20260101T000000Z\nRRULE:{rule}"))
}

fn window(start: &str, end: &str) -> Interval {
    let at = |text: &str| ical::utc_instant(&format!("{text}T000000Z")).unwrap();
    Interval::new(at(start), at(end)).unwrap()
}

/// How many instances are found, and whether there are said to be more.
fn found(components: &str, within: Interval) -> (usize, bool) {
    let all = with(components, |it, context| ical::instances(it, within, context, 10_000));
    let all = all.unwrap();
    (all.found.len(), all.truncated)
}

fn numbers(until: u32) -> String {
    (0..until).map(|it| it.to_string()).collect::<Vec<_>>().join(",")
}

/// Every second of a day.
fn each_second() -> String {
    format!("BYSECOND={};BYMINUTE={};BYHOUR={}", numbers(60), numbers(60), numbers(24))
}

/// A filter for a property whose time lies in a window, in components of that kind.
fn has_end(kind: &str, within: Interval) -> ComponentFilter {
    let property =
        PropertyFilter { name: "DTEND".into(), window: Some(within), ..PropertyFilter::default() };
    let inner = ComponentFilter { properties: vec![property], ..in_kind(kind) };
    ComponentFilter { components: vec![inner], ..in_kind("VCALENDAR") }
}

fn in_kind(kind: &str) -> ComponentFilter {
    ComponentFilter { name: kind.into(), ..ComponentFilter::default() }
}

/// A filter for alarms that ring in a window.
fn rings(within: Interval) -> ComponentFilter {
    let alarm = ComponentFilter { window: Some(within), ..in_kind("VALARM") };
    let inner = ComponentFilter { components: vec![alarm], ..in_kind("VEVENT") };
    ComponentFilter { components: vec![inner], ..in_kind("VCALENDAR") }
}

#[test]
fn a_rule_of_millions_of_times_in_one_period_is_refused_and_never_gone_through() {
    let month_days = format!("BYMONTHDAY={}", &numbers(32)[2..]);
    for rule in [
        format!("FREQ=YEARLY;{};{month_days};BYSETPOS=-1", each_second()),
        format!("FREQ=YEARLY;{};{month_days}", each_second()),
        format!("FREQ=MONTHLY;{};{month_days};BYSETPOS=-1", each_second()),
        format!("FREQ=WEEKLY;{};BYDAY=MO,TU,WE", each_second()),
        format!("FREQ=DAILY;{};BYSETPOS=-1", each_second()),
        format!("FREQ=DAILY;{}", each_second()),
        format!("RSCALE=HEBREW;FREQ=YEARLY;{};{month_days}", each_second()),
    ] {
        let text = series(&rule);
        let refused = with(&text, |it, context| {
            let span = ical::span(it, context).unwrap();
            ical::check_extent(it, &span).unwrap_err()
        });
        let Invalid { precondition, why } = refused;
        assert_eq!(precondition, Precondition::MaxInstances, "{rule}");
        assert!(why.contains("in one period"), "{why}");
        // One that is stored already has its first instance, and is said to have more.
        assert_eq!(found(&text, Interval::EVER), (1, true), "{rule}");
    }
}

#[test]
fn a_rule_that_is_looked_through_for_too_long_is_cut_and_says_so() {
    for rule in [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=100000",
        "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1;COUNT=9",
        "FREQ=SECONDLY;BYSETPOS=2;COUNT=3",
        "RSCALE=CHINESE;FREQ=DAILY;BYMONTH=13;COUNT=100000",
        "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTH=13;COUNT=100000",
        "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=13;COUNT=100000",
    ] {
        let text = event(&format!("DTSTART:00010101T000000Z\nRRULE:{rule}"));
        assert_eq!(found(&text, Interval::EVER), (1, true), "{rule}");
    }
    let rules: String = (1..=10).map(|it| format!("\nRRULE:FREQ=DAILY;COUNT={it}00000")).collect();
    let text = event(&format!("DTSTART:00010101T000000Z{rules}"));
    assert_eq!(found(&text, window("90000101", "90010101")), (0, true), "all rules together");
}

#[test]
fn dense_rules_that_make_sense_are_found_whole() {
    let year = window("20270101", "20280101");
    let quarters = format!(
        "FREQ=YEARLY;BYMONTHDAY={};BYHOUR={};BYMINUTE=0,15,30,45",
        &numbers(32)[2..],
        numbers(24)
    );
    let cases = [
        ("pills", "FREQ=DAILY;BYHOUR=8,12,18,22;BYMINUTE=0,30", year, 8 * 365),
        ("a minute of each hour", "FREQ=MINUTELY;BYMINUTE=30", year, 24 * 365),
        ("a second of each day", "FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", year, 365),
        ("an hour of each day", "FREQ=HOURLY;BYHOUR=9,17", year, 2 * 365),
        ("quarters of an hour", &quarters, window("20270101", "20270401"), 96 * 90),
        ("the last workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", year, 12),
    ];
    for (case, rule, within, expected) in cases {
        assert_eq!(found(&series(rule), within), (expected, false), "{case}");
    }
    let lunar = "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=15;COUNT=3";
    assert_eq!(found(&series(lunar), Interval::EVER), (3, false), "until the end of time");
    let start = date(1970, 1, 5).at(9, 0, 0, 0);
    for (rule, days) in [("WEEKLY", 7), ("DAILY", 1)] {
        let rule = Rule::parse(&format!("FREQ={rule};COUNT=100000")).unwrap();
        let last = start + (99_999 * days).days();
        let found = local_starts(&rule, start, last - 1.hour(), last + 9.years(), 10);
        assert_eq!(found, [last], "{rule:?}");
    }
}

#[test]
fn thousands_of_overrides_that_change_what_follows_are_each_found_by_its_time() {
    let mut text = series("FREQ=HOURLY");
    let mut at = date(2026, 1, 1).at(9, 0, 0, 0);
    for _ in 0..9_000 {
        let id = at.strftime("%Y%m%dT%H%M%SZ");
        let lines = format!("DTSTART:{id}\nRECURRENCE-ID;RANGE=THISANDFUTURE:{id}");
        write!(text, "{}", event(&lines)).unwrap();
        at += 1.day();
    }
    let day = window("20260110", "20260111");
    let all = with(&text, |it, context| ical::instances(it, day, context, 10_000).unwrap());
    let components: Vec<usize> = all.found.iter().map(|it| it.component).collect();
    let expected: Vec<usize> = [[9; 9].as_slice(), &[10; 15]].concat();
    assert_eq!(components, expected);
}

#[test]
fn thousands_of_alarms_and_overrides_are_looked_through_once() {
    let alarm = |minutes: u32| format!("BEGIN:VALARM\nTRIGGER:-PT{minutes}M\nEND:VALARM\n");
    let mut text = series("FREQ=HOURLY");
    for day in 0..2_000 {
        let at = date(2026, 1, 1).at(9, 0, 0, 0) + day.days();
        let id = at.strftime("%Y%m%dT%H%M%SZ");
        let lines = format!("DTSTART:{id}\nRECURRENCE-ID:{id}\n{}", alarm(7));
        write!(text, "{}", event(lines.trim_end())).unwrap();
    }
    let second = |start: &str, after_s| {
        let at = ical::utc_instant(start).unwrap() + after_s;
        Interval::new(at, at + 1).unwrap()
    };
    let at_nine = second("20260110T090000Z", -420);
    let passes = |filter: &ComponentFilter| with(&text, |it, context| matches(it, filter, context));
    assert!(passes(&rings(at_nine)) && !passes(&rings(second("20260110T090000Z", -421))));
    assert!(!passes(&has_end("VEVENT", second("20260110T100000Z", 1))));
    // And thousands of alarms of one event that recurs each minute.
    let alarms: String = (1..9_000).map(alarm).collect();
    let lines = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=MINUTELY\n{alarms}");
    let text = event(lines.trim_end());
    assert!(!with(&text, |it, context| matches(
        it,
        &rings(second("20300101T000000Z", 1)),
        context
    )));
}

#[test]
fn an_alarm_that_rings_for_ever_is_no_error() {
    let alarm = "BEGIN:VALARM\nTRIGGER:PT0S\nREPEAT:4294967295\nDURATION:P36525D\nEND:VALARM";
    let text = event(&format!("DTSTART:20260101T000000Z\n{alarm}"));
    let first = Interval::new(1_767_225_600, 1_767_225_601).unwrap();
    assert!(with(&text, |it, context| matches(it, &rings(first), context)));
}

#[test]
fn a_zone_that_takes_too_long_to_tell_is_one_that_nobody_knows() {
    let rules = "RRULE:FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1\n".repeat(4);
    let standard = format!(
        "BEGIN:STANDARD\nDTSTART:19000101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n{rules}\
         END:STANDARD\n"
    );
    let zone = |number: usize| {
        format!("BEGIN:VTIMEZONE\nTZID:{number}\n{}END:VTIMEZONE\n", standard.repeat(10))
    };
    let zones: String = (0..200).map(zone).collect();
    let dates: String = (0..200).map(|it| format!("\nRDATE;TZID={it}:20260102T000000")).collect();
    let text = zones + &event(&format!("DTSTART;TZID=0:20260101T000000{dates}"));
    let all = with(&text, |it, context| ical::instances(it, Interval::EVER, context, 10_000));
    let starts: Vec<i64> = all.unwrap().found.iter().map(|it| it.start).collect();
    assert_eq!(starts, [1_767_225_600, 1_767_312_000], "they are read as floating times");
}

#[test]
fn the_parameters_of_many_dates_are_read_once() {
    let dates = vec!["20260108T000000"; 9_000].join(",");
    let lines = format!(
        "DTSTART:20260101T000000Z\nRRULE:FREQ=WEEKLY\nEXDATE;X-A={};TZID=UTC:{dates}",
        "a".repeat(1_000_000)
    );
    assert_eq!(found(&event(&lines), window("20260101", "20260116")), (2, false));
}

#[test]
fn a_long_text_is_written_out_as_far_as_one_request_may_ask_and_no_further() {
    let year = window("20270101", "20280101");
    let words = format!("DESCRIPTION:{}", "w".repeat(3_000_000));
    let lines = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY\n{words}");
    let text = event(&lines);
    let (bytes, all) = with(&text, |it, context| ical::expand(it, year, context, 10_000)).unwrap();
    assert!(all.truncated);
    assert!((EXPANDED_MAX_BYTES..2 * EXPANDED_MAX_BYTES).contains(&bytes.len()));
    let size = with(&text, |it, context| {
        let outline = ical::Outline::read(it, context, "", year.start()).unwrap();
        outline.expanded(it.as_bytes(), year, context.floating).0.len()
    });
    assert!((EXPANDED_MAX_BYTES..2 * EXPANDED_MAX_BYTES).contains(&size));
}

#[test]
fn what_instances_do_not_repeat_is_not_gone_through_for_each() {
    let year = window("20270101", "20280101");
    let rules = "\nEXRULE:FREQ=DAILY".repeat(100_000);
    let lines = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=HOURLY{rules}");
    let (bytes, all) =
        with(&event(&lines), |it, context| ical::expand(it, year, context, 10_000)).unwrap();
    assert_eq!((all.found.len(), all.truncated), (24 * 365, false));
    assert!(bytes.len() < 2_000_000);
}

#[test]
fn so_many_names_of_zones_are_described_and_no_more() {
    let name = |number: u32| -> String {
        let letters = "europe/berlin".chars().enumerate();
        let is_capital = |place: usize| number >> place & 1 == 1;
        letters.map(|it| if is_capital(it.0) { it.1.to_ascii_uppercase() } else { it.1 }).collect()
    };
    let lines: String =
        (0..4_096).map(|it| format!("\nX-A;TZID={}:20260101T000000", name(it))).collect();
    let text = event(&format!("DTSTART:20260101T000000Z{lines}"));
    let whole = with(&text, |it, context| zone_text::with_timezones(it, context.zones));
    let whole = String::from_utf8(whole).unwrap();
    assert_eq!(whole.matches("BEGIN:VTIMEZONE").count(), OBJECT_ZONES_MAX);
}
