//! The smallest world in which a start can be asked for.

#![allow(dead_code, reason = "each test file needs its own part of the setting")]
#![allow(clippy::expect_used, reason = "a setting that cannot be built should stop the test")]

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use model::event_type::{BookingWindow, EventType};
use model::id::{EventTypeId, ScheduleId};
use model::interval::{Instant, Interval};
use model::schedule::{Schedule, Window};
use model::zone::{Zone, ZoneDb};
use proptest::prelude::ProptestConfig;
use slots::set::Set;
use slots::{Busy, Kind, Question, Reason};

/// Seconds of a day on which no clock is changed.
pub(crate) const DAY_S: i64 = 86_400;

/// The local date most tables speak of.
pub(crate) const MONDAY: &str = "2026-06-01";

/// What the check answers for a start that may be booked.
pub(crate) const BOOKABLE: [Reason; 0] = [];

/// What a list holds when nothing may be booked.
pub(crate) const NONE: [Instant; 0] = [];

/// All that a question borrows.
pub(crate) struct Setting {
    pub(crate) schedule: Schedule,
    pub(crate) zone: Zone,
    pub(crate) event_type: EventType,
    pub(crate) duration_min: u16,
    pub(crate) busy: Vec<Busy>,
    pub(crate) now: Instant,
}

impl Setting {
    /// A host in `zone` without hours, and an hour's meeting every 30 minutes without conditions.
    pub(crate) fn new(zone: &str, now: Instant) -> Self {
        let id = ScheduleId::from_bytes([1; 16]);
        Self {
            schedule: Schedule {
                id,
                name: "Hours".into(),
                zone: zone.into(),
                weekly: std::array::from_fn(|_| Vec::new()),
                overrides: BTreeMap::new(),
            },
            zone: ZoneDb::bundled().zone(zone).expect("a zone of the bundled database"),
            event_type: EventType {
                id: EventTypeId::from_bytes([2; 16]),
                slug: "talk".into(),
                title: "Talk".into(),
                description: String::new(),
                place: String::new(),
                durations_min: vec![60],
                step_min: 30,
                before_s: 0,
                after_s: 0,
                notice_s: 0,
                window: BookingWindow::Rolling { days: 60 },
                max_per_day: None,
                schedule: id,
                is_active: true,
            },
            duration_min: 60,
            busy: Vec::new(),
            now,
        }
    }

    /// A host in UTC who works from 09:00 to 17:00 on weekdays, on Monday as the day begins.
    pub(crate) fn office() -> Self {
        let mut setting = Self::new("UTC", clock("00:00"));
        for hours in &mut setting.schedule.weekly[..5] {
            *hours = windows("09:00-17:00");
        }
        setting
    }

    /// The same hours on every day of the week.
    pub(crate) fn every_day(&mut self, hours: &str) {
        self.schedule.weekly = std::array::from_fn(|_| windows(hours));
    }

    /// Weekly hours for the weekday on which `date` falls.
    pub(crate) fn weekday_of(&mut self, date: &str, hours: &str) {
        self.schedule.weekly[weekday(day(date))] = windows(hours);
    }

    /// Hours for one date only; no hours at all close it.
    pub(crate) fn override_on(&mut self, date: &str, hours: &str) {
        self.schedule.overrides.insert(day(date), windows(hours));
    }

    /// Time taken on the Monday, such as `10:00-11:00`, without buffers.
    pub(crate) fn busy(&mut self, kind: Kind, hours: &str) {
        self.taken(Busy { span: span(hours), before_s: 0, after_s: 0, kind, counts: false });
    }

    /// Time taken, put where the order of starts wants it.
    pub(crate) fn taken(&mut self, busy: Busy) {
        self.busy.push(busy);
        self.busy.sort_by_key(|it| it.span.start());
    }

    /// A booking that counts toward the limit, from `start` for an hour.
    pub(crate) fn counted(&mut self, start: &str) {
        let start = utc(start);
        let span = interval(start, start + 3_600);
        self.taken(Busy { span, before_s: 0, after_s: 0, kind: Kind::Booked, counts: true });
    }

    /// Buffers of the meeting that is asked for, in minutes.
    pub(crate) fn buffers_min(&mut self, before_min: u32, after_min: u32) {
        self.event_type.before_s = before_min * 60;
        self.event_type.after_s = after_min * 60;
    }

    /// What the engine is asked.
    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            schedule: &self.schedule,
            zone: &self.zone,
            event_type: &self.event_type,
            duration_s: u32::from(self.duration_min) * 60,
            busy: &self.busy,
            now: self.now,
        }
    }

    /// The open time in `range`.
    pub(crate) fn open(&self, range: Interval) -> Set {
        slots::hours::open(&self.schedule, &self.zone, range)
    }

    /// The bookable starts in `range`.
    pub(crate) fn starts(&self, range: Interval) -> Vec<Instant> {
        slots::starts(&self.question(), range)
    }

    /// The bookable starts of one local date as the clock shows them: `09:00 09:30`.
    pub(crate) fn starts_on(&self, date: &str) -> String {
        let date = day(date);
        let starts = self.starts(around(date)).into_iter();
        let labels = starts.map(|start| self.zone.local(start)).filter(|it| it.date() == date);
        labels
            .map(|it| format!("{:02}:{:02}", it.hour(), it.minute()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Why `start` cannot be booked.
    pub(crate) fn check(&self, start: Instant) -> Vec<Reason> {
        slots::check(&self.question(), start)
    }

    /// Why nothing can be booked on `date`.
    pub(crate) fn reason(&self, date: &str) -> Option<Reason> {
        let days = slots::days(&self.question(), day(date), day(date));
        assert_eq!(days.len(), 1, "one local date was asked for");
        days[0].reason
    }
}

/// How often a property is tried; a failing input is printed, not kept in a file.
pub(crate) fn tries(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A moment such as `2026-06-01T08:00Z`.
pub(crate) fn utc(text: &str) -> Instant {
    text.parse::<Timestamp>().expect("a moment such as 2026-06-01T08:00Z").as_second()
}

/// A date such as `2026-06-01`.
pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a date such as 2026-06-01")
}

/// A time of the Monday in UTC, such as `10:00` or `10:00:30`.
pub(crate) fn clock(time: &str) -> Instant {
    utc(&format!("{MONDAY}T{time}Z"))
}

/// A part of the Monday in UTC, such as `10:00-11:00`.
pub(crate) fn span(hours: &str) -> Interval {
    let (start, end) = hours.split_once('-').expect("two times");
    interval(clock(start), clock(end))
}

/// The span between two moments in the right order.
pub(crate) fn interval(start: Instant, end: Instant) -> Interval {
    Interval::new(start, end).expect("a span that ends after it starts")
}

/// Spans such as `2026-03-28T23:00Z/2026-03-29T06:00Z`, parted by spaces.
pub(crate) fn intervals(text: &str) -> Vec<Interval> {
    text.split_whitespace()
        .map(|span| span.split_once('/').expect("two moments"))
        .map(|(start, end)| interval(utc(start), utc(end)))
        .collect()
}

/// Windows such as `09:00-12:00 22:00-26:00`; an hour above 24 is of the next date.
pub(crate) fn windows(text: &str) -> Vec<Window> {
    text.split_whitespace()
        .map(|window| window.split_once('-').expect("two times"))
        .map(|(start, end)| Window { start_min: minute(start), end_min: minute(end) })
        .collect()
}

/// Minutes after midnight of a time such as `26:30`.
fn minute(text: &str) -> u16 {
    let (hour, minute) = text.split_once(':').expect("an hour and a minute");
    let number = |digits: &str| digits.parse::<u16>().expect("a number");
    number(hour) * 60 + number(minute)
}

/// Monday is 0.
pub(crate) fn weekday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).expect("an offset from Monday")
}

/// The date that many days later.
pub(crate) fn after(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

/// The moment at which `date` begins in UTC.
pub(crate) fn midnight(date: Date) -> Instant {
    utc(&format!("{date}T00:00Z"))
}

/// A range that holds all of `date` in every zone, but not the same weekday twice.
pub(crate) fn around(date: Date) -> Interval {
    interval(midnight(date) - DAY_S, midnight(date) + 3 * DAY_S)
}
