//! The starts that can be booked, by range, by day, or the next few.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use model::event_type::{BookingWindow, EventType};
use model::interval::{DAY_S, Instant, Interval};
use model::limit::WINDOW_MAX_DAYS;
use model::schedule::Schedule;
use model::zone::{Period, Zone};

use crate::busy::Busy;
use crate::explain::{Reason, day_reason};
use crate::grid::{Blocked, Grid, free_starts};
use crate::hours::{open_in, span_of};

/// Everything that decides whether a time may be booked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The host's hours.
    pub schedule: &'a Schedule,
    /// The zone of those hours.
    pub zone: &'a Zone,
    /// What is to be booked.
    pub event_type: &'a EventType,
    /// For how long.
    pub duration_s: u32,
    /// What takes the host's time, sorted by start.
    pub busy: &'a [Busy],
    /// The present.
    pub now: Instant,
}

/// One local date of the schedule's zone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Day {
    /// The date.
    pub date: Date,
    /// What may be booked on it.
    pub starts: Vec<Instant>,
    /// Why nothing may be; present if and only if there are no starts.
    pub reason: Option<Reason>,
}

/// The starts in `range` that can be booked, in order.
pub fn starts(question: &Question<'_>, range: Interval) -> Vec<Instant> {
    let bounds = question.bounds().and_then(|it| it.intersect(range));
    let Some(range) = bounds else { return Vec::new() };
    let length_s = i64::from(question.duration_s);
    let Ok(wide) = Interval::new(range.start(), range.end() + length_s) else { return Vec::new() };
    let periods = question.zone.periods(wide);
    let open = open_in(question.schedule, &periods, wide);
    let blocked = question.blocked(wide, &periods);
    let grid = Grid::new(question.event_type.step_min);
    let mut found = Vec::new();
    for period in &periods {
        for span in open.iter().filter(|it| it.overlaps(period.span)) {
            let fits = Interval::new(span.start(), span.end() - length_s + 1).ok();
            let here = fits.and_then(|it| it.intersect(period.span)?.intersect(range));
            if let Some(here) = here {
                free_starts(grid, here, period, &blocked, &mut found);
            }
        }
    }
    found
}

/// Each local date from `first` to `last` with its starts, or the reason why it has none.
pub fn days(question: &Question<'_>, first: Date, last: Date) -> Vec<Day> {
    let begin = question.zone.instant(first.to_datetime(Time::midnight()));
    let end = question.zone.instant(last.saturating_add(1.day()).to_datetime(Time::midnight()));
    let mut by_date: BTreeMap<Date, Vec<Instant>> = BTreeMap::new();
    // A clock set back across midnight shows a date twice: look a day further on both sides.
    if let Ok(range) = Interval::new(begin - DAY_S, end + DAY_S) {
        for start in starts(question, range) {
            by_date.entry(question.zone.local(start).date()).or_default().push(start);
        }
    }
    let mut dates = Vec::new();
    let mut date = first;
    while date <= last {
        let starts = by_date.remove(&date).unwrap_or_default();
        let reason = starts.is_empty().then(|| day_reason(question, date));
        dates.push(Day { date, starts, reason });
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    dates
}

/// The first `n` starts at or after `from`.
pub fn next(question: &Question<'_>, from: Instant, n: usize) -> Vec<Instant> {
    let Some(bounds) = question.bounds() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = from.max(bounds.start());
    while found.len() < n && from < bounds.end() {
        let until = (from + 14 * DAY_S).min(bounds.end());
        if let Ok(range) = Interval::new(from, until) {
            found.extend(starts(question, range));
        }
        from = until;
    }
    found.truncate(n);
    found
}

impl Question<'_> {
    /// When a booking may start, by notice (R5) and window (R6); nothing if never.
    pub(crate) fn bounds(&self) -> Option<Interval> {
        Interval::new(self.earliest(), i64::MAX >> 8).ok()?.intersect(self.window()?)
    }

    /// Whether the notice leaves nothing of a window that has not ended.
    pub(crate) fn is_never(&self) -> bool {
        self.bounds().is_none() && self.window().is_some_and(|it| self.now < it.end())
    }

    /// The first moment that the notice allows: elapsed time, inclusive (R5).
    pub(crate) fn earliest(&self) -> Instant {
        self.now + i64::from(self.event_type.notice_s)
    }

    /// The booking window, in local dates of the schedule (R6).
    pub(crate) fn window(&self) -> Option<Interval> {
        let midnight = |date: Date| self.zone.instant(date.to_datetime(Time::midnight()));
        match self.event_type.window {
            BookingWindow::Rolling { days } => {
                let today = self.zone.local(self.now).date();
                let days = i64::from(days.min(WINDOW_MAX_DAYS));
                let after = today.saturating_add((days + 1).days());
                Interval::new(Interval::EVER.start(), midnight(after)).ok()
            }
            BookingWindow::Range { first, last } => {
                // Busy time is known for so long ahead only.
                let today = self.zone.local(self.now).date();
                let last = last.min(today.saturating_add(i64::from(WINDOW_MAX_DAYS).days()));
                Interval::new(midnight(first), midnight(last.saturating_add(1.day()))).ok()
            }
        }
    }

    /// Half-open stretches in which nothing may start because of busy time or daily limits.
    fn blocked(&self, range: Interval, periods: &[Period]) -> Vec<(Instant, Instant)> {
        let (before_s, after_s) = (self.event_type.before_s, self.event_type.after_s);
        let mut blocked = Blocked::default();
        for busy in self.busy {
            let gap_before_s = i64::from(busy.before_s.max(after_s)) + i64::from(self.duration_s);
            let from = busy.span.start() - gap_before_s + 1;
            let until = busy.span.end() + i64::from(busy.after_s.max(before_s));
            if from < range.end() && range.start() < until {
                blocked.add(from, until);
            }
        }
        if let Some(max) = self.event_type.max_per_day {
            for (from, until) in self.full_days(max).flat_map(|day| day_in(periods, day)) {
                blocked.add(from, until);
            }
        }
        blocked.merged()
    }

    /// The local days, counted from the epoch, on which the limit of R7 is reached.
    pub(crate) fn full_days(&self, max: u16) -> impl Iterator<Item = i64> + use<> {
        let mut counts: BTreeMap<i64, u16> = BTreeMap::new();
        for busy in self.busy.iter().filter(|it| it.counts) {
            *counts.entry(local_day(self.zone, busy.span.start())).or_default() += 1;
        }
        let full = move |(day, count): (i64, u16)| (count >= max).then_some(day);
        let none_at_all = (max == 0).then_some(i64::MIN);
        counts.into_iter().filter_map(full).chain(none_at_all)
    }

    /// The instants of the local day of `date`, if the wall clock ever shows it.
    pub(crate) fn day(&self, date: Date) -> Option<Interval> {
        span_of(date, self.zone)
    }
}

/// The local day of `at`, counted from the epoch.
pub(crate) fn local_day(zone: &Zone, at: Instant) -> i64 {
    (at + i64::from(zone.offset_s(at))).div_euclid(DAY_S)
}

/// The instants of local day `day` within `periods`; all of them for the day that means always.
fn day_in(periods: &[Period], day: i64) -> impl Iterator<Item = (Instant, Instant)> + '_ {
    periods.iter().filter_map(move |period| {
        if day == i64::MIN {
            return Some((period.span.start(), period.span.end()));
        }
        let from = day * DAY_S - i64::from(period.offset_s);
        let here = Interval::new(from, from + DAY_S).ok()?.intersect(period.span)?;
        Some((here.start(), here.end()))
    })
}
