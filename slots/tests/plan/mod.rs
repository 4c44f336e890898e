//! Random hosts and meetings in weeks near the changes of a clock, as plain data.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use model::event_type::BookingWindow;
use model::interval::{Instant, Interval};
use model::schedule::Window;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use slots::{Busy, Kind};

use crate::setting::{DAY_S, Setting, after, interval, midnight};

/// Windows of one date in minutes after its midnight.
pub(crate) type Hours = Vec<(u16, u16)>;

/// Local dates on which each plan has its five days.
pub(crate) const DAYS: i32 = 5;

/// All that decides which starts are offered.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) zone: &'static str,
    pub(crate) first: Date,
    pub(crate) weekly: [Hours; 7],
    pub(crate) overrides: BTreeMap<Date, Hours>,
    pub(crate) terms: Terms,
    pub(crate) until: Until,
    pub(crate) busy: Vec<Taken>,
    pub(crate) now: Instant,
}

/// What the event type asks for.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) duration_min: u16,
    pub(crate) step_min: u16,
    pub(crate) before_s: u32,
    pub(crate) after_s: u32,
    pub(crate) notice_s: u32,
    pub(crate) max_per_day: Option<u16>,
}

/// The dates on which a meeting may start.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Days after the date of now.
    Rolling(u16),
    /// First and last date.
    Range(Date, Date),
}

/// Time that is taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) before_s: u32,
    pub(crate) after_s: u32,
    pub(crate) by: By,
    pub(crate) counts: bool,
}

/// What takes the time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Booking,
    Hold,
    Calendar,
    Maybe,
}

/// Dates with something to trip over: clocks change, a year ends, February is long.
const ANCHORS: &[(&str, Date)] = &[
    ("UTC", date(2024, 2, 29)),
    ("UTC", date(2025, 12, 31)),
    ("Europe/Paris", date(2019, 3, 31)),
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Asia/Kathmandu", date(2025, 1, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2019, 2, 17)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2019, 4, 7)),
    ("Pacific/Apia", date(2019, 9, 29)),
];

/// Any plan at all.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let place = (prop::sample::select(ANCHORS), prop_oneof![5 => -4i32..=0, 1 => -150i32..150]);
    let week = (prop::array::uniform7(hours()), btree_map(-1i32..=DAYS, hours(), 0..=2));
    let clock = prop_oneof![3 => -172_800i64..172_800, 1 => (-24i64..24).prop_map(|it| it * 3_600)];
    let windows = (0u16..=9, -1i32..DAYS, 0i32..6, any::<bool>());
    (place, week, terms(), windows, vec(taken(), 0..10), clock).prop_map(
        |(((zone, anchor), shift), week, terms, windows, mut busy, clock)| {
            let first = after(anchor, shift);
            let (weekly, overrides) = week;
            let overrides = overrides.into_iter().map(|(n, it)| (after(first, n), it)).collect();
            let (days, from, more, is_rolling) = windows;
            let until = if is_rolling {
                Until::Rolling(days)
            } else {
                Until::Range(after(first, from), after(first, from + more))
            };
            for it in &mut busy {
                it.start += midnight(first);
                it.end += midnight(first);
            }
            let now = midnight(first) + clock;
            Plan { zone, first, weekly, overrides, terms, until, busy, now }
        },
    )
}

/// Any terms: most meetings and steps are whole quarters of an hour, some are not.
fn terms() -> impl Strategy<Value = Terms> {
    let duration_min = prop_oneof![4 => (1u16..=12).prop_map(|it| it * 15), 1 => 15u16..=180];
    let usual = prop::sample::select(vec![5u16, 10, 15, 20, 30, 45, 60]);
    let step_min = prop_oneof![4 => usual, 1 => 5u16..=60];
    let notice_s = prop_oneof![2 => Just(0u32), 1 => Just(86_400u32), 2 => 0u32..172_800];
    let max_per_day = prop::option::of(1u16..=3);
    (duration_min, step_min, buffer_s(), buffer_s(), notice_s, max_per_day).prop_map(
        |(duration_min, step_min, before_s, after_s, notice_s, max_per_day)| Terms {
            duration_min,
            step_min,
            before_s,
            after_s,
            notice_s,
            max_per_day,
        },
    )
}

/// Time taken, counted from the midnight at which the plan begins in UTC.
pub(crate) fn taken() -> impl Strategy<Value = Taken> {
    let start = prop_oneof![
        4 => (-96i64..576).prop_map(|it| it * 900),
        1 => -86_400i64..518_400,
    ];
    let length = prop_oneof![
        6 => (1i64..=16).prop_map(|it| it * 900),
        2 => 1i64..20_000,
        1 => 86_400i64..172_800,
    ];
    let by = prop_oneof![
        4 => Just(By::Booking),
        1 => Just(By::Hold),
        1 => Just(By::Calendar),
        1 => Just(By::Maybe),
    ];
    (start, length, buffer_s(), buffer_s(), by, any::<bool>()).prop_map(
        |(start, length, before_s, after_s, by, counts)| {
            let is_ours = matches!(by, By::Booking | By::Hold);
            let (before_s, after_s) = if is_ours { (before_s, after_s) } else { (0, 0) };
            Taken { start, end: start + length, before_s, after_s, by, counts: counts && is_ours }
        },
    )
}

/// A buffer, often none.
fn buffer_s() -> impl Strategy<Value = u32> {
    prop_oneof![2 => Just(0u32), 3 => (1u32..=8).prop_map(|it| it * 900), 1 => 0u32..7_200]
}

/// Windows of one date, in no order; they may touch, overlap and run into the next date.
fn hours() -> impl Strategy<Value = Hours> {
    let start = prop_oneof![4 => (0u16..96).prop_map(|it| it * 15), 1 => 0u16..1_440];
    let length = prop_oneof![5 => (1u16..=32).prop_map(|it| it * 15), 1 => 1u16..=1_440];
    let window = (start, length).prop_map(|(start, length)| (start, start + length));
    prop_oneof![
        1 => Just(Hours::new()),
        1 => Just(vec![(0u16, 1_440u16)]),
        1 => Just(vec![(540u16, 720u16), (720, 1_020)]),
        6 => vec(window, 1..=3),
    ]
}

impl Plan {
    /// The windows of `date`, whether or not it begins with the end of the night before.
    pub(crate) fn hours(&self, date: Date) -> &Hours {
        let weekly = &self.weekly[crate::setting::weekday(date)];
        self.overrides.get(&date).unwrap_or(weekly)
    }

    /// The five days in UTC, moved by `shift_s` seconds.
    pub(crate) fn range(&self, shift_s: i64) -> Interval {
        let start = midnight(self.first) + shift_s;
        interval(start, start + i64::from(DAYS) * DAY_S)
    }

    /// The plan in the words of the engine.
    pub(crate) fn setting(&self) -> Setting {
        let mut setting = Setting::new(self.zone, self.now);
        setting.schedule.weekly = std::array::from_fn(|index| windows(&self.weekly[index]));
        setting.schedule.overrides =
            self.overrides.iter().map(|(date, hours)| (*date, windows(hours))).collect();
        setting.duration_min = self.terms.duration_min;
        let event_type = &mut setting.event_type;
        event_type.durations_min = vec![self.terms.duration_min];
        event_type.step_min = self.terms.step_min;
        event_type.before_s = self.terms.before_s;
        event_type.after_s = self.terms.after_s;
        event_type.notice_s = self.terms.notice_s;
        event_type.max_per_day = self.terms.max_per_day;
        event_type.window = match self.until {
            Until::Rolling(days) => BookingWindow::Rolling { days },
            Until::Range(first, last) => BookingWindow::Range { first, last },
        };
        for it in &self.busy {
            setting.taken(it.busy());
        }
        setting
    }
}

impl Taken {
    fn busy(&self) -> Busy {
        let kind = match self.by {
            By::Booking => Kind::Booked,
            By::Hold => Kind::Held,
            By::Calendar => Kind::Calendar,
            By::Maybe => Kind::Tentative,
        };
        Busy {
            span: interval(self.start, self.end),
            before_s: self.before_s,
            after_s: self.after_s,
            kind,
            counts: self.counts,
        }
    }
}

fn windows(hours: &[(u16, u16)]) -> Vec<Window> {
    hours.iter().map(|&(start_min, end_min)| Window { start_min, end_min }).collect()
}
