//! Random recurrence rules: both engines against each other and against python-dateutil.

#![expect(clippy::unwrap_used, reason = "a rule that cannot be read should stop the test")]

use std::fmt::{Debug, Display};

use ical::recur::{Rule, local_starts, scan};
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

const DAYS: &[&str] = &["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const FREQUENCIES: &[&str] = &["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"];

/// More starts than any window here holds.
const MANY: usize = 60_000;
/// More starts than any series here has until the end of its window.
const ALL: usize = 1_000_000;

/// Why it is hard, DTSTART, RULE, STARTS.
const HARD: &[[&str; 4]] = &[
    [
        "a week keeps the weekday",
        "20260519T090000",
        "FREQ=YEARLY;BYWEEKNO=21;COUNT=4",
        "0519,20270525,20280523,20290522",
    ],
    [
        "so it does with a month",
        "20251230T090000",
        "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=12;COUNT=4",
        "1230,20301231,20311230,20361230",
    ],
    [
        "few years have a week 53",
        "20201228T090000",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=4",
        "1228,20261228,20321227,20371228",
    ],
    [
        "week 53 ends in January",
        "20210103T090000",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=4",
        "0103,20270103,20330102,20380103",
    ],
    [
        "the 52nd week from the end",
        "20210104T090000",
        "FREQ=YEARLY;BYWEEKNO=-52;BYDAY=MO;COUNT=7",
        "0104,20220103,20230102,20240101,1230,20260105,20270104",
    ],
    [
        "the 53rd week from the end",
        "20191230T090000",
        "FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO;COUNT=4",
        "1230,20251229,20311229,20361229",
    ],
    [
        "week 1 begins in December",
        "20241230T090000",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,SU;COUNT=7",
        "1230,20250105,1229,20260104,20270104,0110,20280103",
    ],
    [
        "weeks from Sunday",
        "20241229T090000",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU,SA;WKST=SU;COUNT=6",
        "1229,20250104,20260104,0110,20270103,0109",
    ],
    [
        "the second, although the first is before DTSTART",
        "20260107T090000",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;COUNT=3",
        "0107,0114,0121",
    ],
    [
        "the last, although the first is before DTSTART",
        "20260107T090000",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=1,-1;COUNT=4",
        "0107,0112,0114,0119",
    ],
    [
        "a weekday joins a numbered one",
        "20260106T090000",
        "FREQ=MONTHLY;BYDAY=TU,2MO;COUNT=7",
        "0106,0112,0113,0120,0127,0203,0209",
    ],
    [
        "also in the month of a year",
        "20260105T090000",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=1MO,FR;COUNT=7",
        "0105,0109,0116,0123,0130,20270101,0104",
    ],
    [
        "the fifth weekday from the end",
        "20260302T090000",
        "FREQ=MONTHLY;BYDAY=-5MO;COUNT=4",
        "0302,0601,0803,1102",
    ],
    [
        "the 53rd weekday from the end",
        "20240101T090000",
        "FREQ=YEARLY;BYDAY=-53MO;COUNT=3",
        "0101,20290101,20350101",
    ],
    [
        "DTSTART counts though it does not match",
        "20260106T090000",
        "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
        "0106,0112,0119",
    ],
    [
        "DTSTART stays though it does not match",
        "20260110T090000",
        "FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20260315",
        "0110,0115,0215,0315",
    ],
    [
        "DTSTART stays though no day matches",
        "20260101T090000",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "0101",
    ],
    [
        "DTSTART stays though no hour is reached",
        "20260105T100000",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=3",
        "0105",
    ],
    [
        "minutes keep step over two months",
        "20260131T225000",
        "FREQ=MINUTELY;INTERVAL=25;BYMONTHDAY=31;COUNT=7",
        "0131,T231500,T234000,0331T001000,T003500,T010000,T012500",
    ],
    [
        "hours keep step over a week",
        "20260105T080000",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO;COUNT=7",
        "0105,T130000,T180000,T230000,0112T000000,T050000,T100000",
    ],
    ["2100 is no leap year", "20960229T090000", "FREQ=YEARLY;COUNT=3", "0229,21040229,21080229"],
    [
        "short months are skipped",
        "20260131T090000",
        "FREQ=MONTHLY;COUNT=5",
        "0131,0331,0531,0731,0831",
    ],
    [
        "only leap years have a day 366",
        "20241231T090000",
        "FREQ=YEARLY;BYYEARDAY=366;COUNT=3",
        "1231,20281231,20321231",
    ],
    [
        "or a day -366",
        "20240101T090000",
        "FREQ=YEARLY;BYYEARDAY=-366;COUNT=3",
        "0101,20280101,20320101",
    ],
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_engines_agree_in_any_window(case in cases()) {
        let Case { rule, start, from, before } = case;
        let rule = Rule::parse(&rule).unwrap();
        for limit in [1, 50, MANY] {
            prop_assert_eq!(
                local_starts(&rule, start, from, before, limit),
                scan::local_starts(&rule, start, from, before, limit)
            );
        }
    }

    #[test]
    fn a_window_far_ahead_is_the_tail_of_a_long_expansion(case in cases()) {
        let Case { rule, start, from, before } = case;
        let rule = Rule::parse(&rule).unwrap();
        let mut tail = scan::local_starts(&rule, start, start, before, ALL);
        prop_assert!(tail.len() < ALL);
        tail.retain(|it| *it >= from);
        prop_assert!(tail.len() < MANY);
        prop_assert_eq!(&scan::local_starts(&rule, start, from, before, MANY), &tail);
        prop_assert_eq!(&local_starts(&rule, start, from, before, MANY), &tail);
    }

    #[test]
    fn starts_ascend_and_begin_with_dtstart(case in cases()) {
        let Case { rule, start, before, .. } = case;
        let rule = Rule::parse(&rule).unwrap();
        let found = local_starts(&rule, start, start, before.max(start + days(1)), 50);
        prop_assert_eq!(found.first(), Some(&start));
        prop_assert!(found.is_sorted_by(|one, next| one < next), "{found:?}");
    }
}

/// Rules and starts of `data/rules.txt`, which `data/make_rules.py` wrote and explains.
#[test]
fn both_engines_find_the_starts_that_dateutil_finds() {
    let table = include_str!("data/rules.txt");
    assert!(table.lines().count() >= 1000, "the table was cut");
    let wrong: Vec<String> = table.lines().flat_map(disagreements).collect();
    let some = wrong[..wrong.len().min(10)].join("\n");
    assert!(wrong.is_empty(), "{} wrong, such as\n{some}", wrong.len());
}

#[test]
fn both_engines_know_better_where_dateutil_or_the_rrule_crate_is_wrong() {
    for [case, start, rule, starts] in HARD {
        let wrong = disagreements(&format!("{start}|{rule}|{starts}"));
        assert_eq!(wrong, Vec::<String>::new(), "{case}");
    }
}

type Engine = fn(&Rule, DateTime, DateTime, DateTime, usize) -> Vec<DateTime>;

const ENGINES: [(&str, Engine); 2] = [("chosen", local_starts), ("scan", scan::local_starts)];

/// What the engines get wrong in a line of `DTSTART|RULE|STARTS`, asked from two places.
fn disagreements(line: &str) -> Vec<String> {
    const STARTS: usize = 20;
    const YEARS: i16 = 50;
    let fields: Vec<&str> = line.split('|').collect();
    let [start, text, starts] = fields[..] else { panic!("not DTSTART|RULE|STARTS: {line}") };
    let rule = Rule::parse(text).unwrap();
    let start = local(start);
    let before = date(start.year() + YEARS, 1, 1).at(0, 0, 0, 0);
    let expected = read_starts(starts, start);
    let mut wrong = Vec::new();
    for (engine, local_starts) in ENGINES {
        for first in [0, expected.len() / 2] {
            let (from, expected) = (expected[first], &expected[first..]);
            let found = local_starts(&rule, start, from, before, STARTS - first);
            if found != expected {
                wrong.push(format!("{engine} from {from}: {line}\n  found {found:?}"));
            }
        }
    }
    wrong
}

/// Reads `[[YYYY]MMDD][Thhmmss],..`, where what is left out is as in the start before.
fn read_starts(starts: &str, first: DateTime) -> Vec<DateTime> {
    let mut found = vec![first];
    for written in starts.split(',') {
        let before = found[found.len() - 1];
        let (day, time) = written.split_once('T').unwrap_or((written, ""));
        let day = match day.len() {
            0 => before.strftime("%Y%m%d").to_string(),
            4 => format!("{:04}{day}", before.year()),
            _ => day.to_owned(),
        };
        let time = match time {
            "" => before.strftime("%H%M%S").to_string(),
            _ => time.to_owned(),
        };
        found.push(local(&format!("{day}T{time}")));
    }
    found.split_off(1)
}

fn local(text: &str) -> DateTime {
    DateTime::strptime("%Y%m%dT%H%M%S", text).unwrap()
}

#[derive(Debug)]
struct Case {
    rule: String,
    start: DateTime,
    from: DateTime,
    before: DateTime,
}

#[derive(Clone, Debug)]
enum End {
    Never,
    Count(u8),
    /// So many thousandths of the reach of the frequency after the start.
    UntilDay(i32),
    UntilTime(i32),
}

impl End {
    fn text(&self, start: DateTime, thousandth: SignedDuration) -> String {
        match self {
            Self::Never => String::new(),
            Self::Count(count) => format!(";COUNT={count}"),
            Self::UntilDay(share) => {
                format!(";UNTIL={}", (start + thousandth * *share).strftime("%Y%m%d"))
            }
            Self::UntilTime(share) => {
                format!(";UNTIL={}", (start + thousandth * *share).strftime("%Y%m%dT%H%M%SZ"))
            }
        }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let start = (0..15_000_i64, 0..1440_i64, prop_oneof![4 => Just(0_i64), 1 => 0..60_i64])
        .prop_map(|(day, minute, second)| {
            let since_1997 = SignedDuration::from_secs((day * 1440 + minute) * 60 + second);
            date(1997, 1, 1).at(0, 0, 0, 0) + since_1997
        });
    let end = prop_oneof![
        4 => Just(End::Never),
        1 => (1..=40_u8).prop_map(End::Count),
        1 => (0..1000_i32).prop_map(End::UntilDay),
        1 => (0..1000_i32).prop_map(End::UntilTime),
    ];
    let interval = prop_oneof![2 => Just(1_u8), 2 => 2..=4_u8, 1 => 5..=60_u8];
    let week_start = weighted(0.3, select(DAYS));
    let window = (-10..1000_i32, 1..=60_i32);
    (select(FREQUENCIES), interval, by_parts(), week_start, end, start, window).prop_map(
        |(frequency, interval, parts, week_start, end, start, (ahead, width))| {
            let thousandth = thousandth_of_reach(frequency);
            let rule = [
                format!("FREQ={frequency};INTERVAL={interval}"),
                parts.allowed_with(frequency),
                week_start.map_or(String::new(), |it| format!(";WKST={it}")),
                end.text(start, thousandth),
            ]
            .concat();
            let from = start + thousandth * ahead;
            Case { rule, start, from, before: from + thousandth * width }
        },
    )
}

/// A thousandth of the time over which rules of this frequency are looked at.
fn thousandth_of_reach(frequency: &str) -> SignedDuration {
    match frequency {
        "YEARLY" => days(18),
        "MONTHLY" => days(8),
        "WEEKLY" => days(4),
        "DAILY" => days(3),
        "HOURLY" => SignedDuration::from_hours(9),
        _ => SignedDuration::from_mins(29),
    }
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// The BY parts of a rule, each empty or `;NAME=VALUES`.
#[derive(Debug)]
struct ByParts {
    month: String,
    month_day: String,
    year_day: String,
    week: String,
    day: String,
    numbered_day: String,
    hour: String,
    minute: String,
    position: String,
}

impl ByParts {
    /// The parts that RFC 5545 §3.3.10 lets stand together in a rule of this frequency.
    fn allowed_with(&self, frequency: &str) -> String {
        let yearly = frequency == "YEARLY";
        let mut text = self.month.clone();
        if frequency != "WEEKLY" {
            text += &self.month_day;
        }
        if matches!(frequency, "YEARLY" | "HOURLY" | "MINUTELY") {
            text += &self.year_day;
        }
        if yearly {
            text += &self.week;
        }
        let may_number = frequency == "MONTHLY" || (yearly && self.week.is_empty());
        if may_number && !self.numbered_day.is_empty() {
            text += &self.numbered_day;
        } else {
            text += &self.day;
        }
        text += &self.hour;
        text += &self.minute;
        if !text.is_empty() {
            text += &self.position;
        }
        text
    }
}

fn by_parts() -> impl Strategy<Value = ByParts> {
    let ordinal = prop_oneof![3 => -5..=5_i16, 1 => -53..=53_i16];
    let numbered_day = (ordinal, select(DAYS)).prop_map(|(ordinal, day)| match ordinal {
        0 => day.to_owned(),
        _ => format!("{ordinal}{day}"),
    });
    let parts = (
        listed("BYMONTH", 0.3, 1..=12_i16),
        listed("BYMONTHDAY", 0.3, signed(31)),
        listed("BYYEARDAY", 0.15, signed(366)),
        listed("BYWEEKNO", 0.2, signed(53)),
        listed("BYDAY", 0.4, select(DAYS)),
        listed("BYDAY", 0.4, numbered_day),
        listed("BYHOUR", 0.2, 0..24_i16),
        listed("BYMINUTE", 0.2, 0..60_i16),
        listed("BYSETPOS", 0.2, signed(6)),
    );
    parts.prop_map(|parts| ByParts {
        month: parts.0,
        month_day: parts.1,
        year_day: parts.2,
        week: parts.3,
        day: parts.4,
        numbered_day: parts.5,
        hour: parts.6,
        minute: parts.7,
        position: parts.8,
    })
}

fn signed(largest: i16) -> impl Strategy<Value = i16> {
    prop_oneof![2 => 1..=largest, 1 => -largest..=-1]
}

fn listed<T: Debug + Display>(
    name: &'static str,
    share: f64,
    values: impl Strategy<Value = T>,
) -> impl Strategy<Value = String> {
    weighted(share, vec(values, 1..=3)).prop_map(move |chosen| {
        let chosen: Vec<String> = chosen.iter().flatten().map(ToString::to_string).collect();
        if chosen.is_empty() { String::new() } else { format!(";{name}={}", chosen.join(",")) }
    })
}
