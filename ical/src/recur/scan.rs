//! Our own expansion: exact for every rule, bounded by steps, quick to any window.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use model::zone::{wall, wall_s};

use super::rule::{Frequency, Rule, Skip};
use super::{Asked, Steps, days};

/// The same as [`super::local_starts`], without the crate.
pub fn local_starts(
    rule: &Rule,
    start: DateTime,
    from: DateTime,
    until: DateTime,
    limit: usize,
) -> Vec<DateTime> {
    let asked = Asked { start, from, until, limit, steps: &Steps::of_object(None) };
    super::with_start(rule, asked, matching).unwrap_or_default()
}

/// The matching starts in `from..until`, counted from `start`.
#[expect(clippy::unnecessary_wraps, reason = "an engine may be unable to tell; this one never is")]
pub(super) fn matching(rule: &Rule, asked: Asked<'_>) -> Option<Vec<DateTime>> {
    let Asked { start, from, until, limit, steps } = asked;
    let rule = rule.made_explicit(start);
    let rule = &rule;
    let mut search =
        Search { rule, start, from, until, limit, steps, found: Vec::new(), seen: 0, last: None };
    if rule.frequency < Frequency::Daily {
        search.by_clock()
    } else {
        search.by_calendar()
    }
    Some(search.found)
}

/// A walk over the periods of a rule.
struct Search<'a> {
    rule: &'a Rule,
    start: DateTime,
    from: DateTime,
    until: DateTime,
    limit: usize,
    steps: &'a Steps<'a>,
    found: Vec<DateTime>,
    /// Occurrences since the start, for COUNT.
    seen: u32,
    /// The last occurrence: a day moved into the next month may be there already.
    last: Option<DateTime>,
}

impl Search<'_> {
    /// Days, weeks, months or years.
    fn by_calendar(&mut self) {
        let interval = i64::from(self.rule.interval);
        let origin = self.period_of(self.start.date());
        let ahead = self.period_of(self.from.date()) - origin;
        // Without a COUNT nothing before the window matters.
        let mut index =
            if self.rule.count.is_none() { ahead.div_euclid(interval).max(0) } else { 0 };
        if days::takes(self.rule, Skip::Forward) {
            // The period before may reach into this one.
            index = (index - 1).max(0);
        }
        let steps = self.rule.steps_for(self.days_looked_at());
        while let Some(first) = self.first_day(origin + index * interval) {
            if first.to_datetime(Time::midnight()) >= self.until || !self.steps.take(steps) {
                return;
            }
            let mut times = Vec::new();
            self.days_of(first, &mut times);
            if !self.steps.take(times.len()) || !self.take(times) {
                return;
            }
            index += 1;
        }
    }

    /// The days of one period that are looked at.
    fn days_looked_at(&self) -> usize {
        match self.rule.frequency {
            Frequency::Yearly if self.rule.by_month.is_empty() => 366,
            Frequency::Yearly => 31 * self.rule.by_month.len(),
            Frequency::Monthly => 31,
            Frequency::Weekly => 7,
            _ => 1,
        }
    }

    /// The number of the period that `date` lies in.
    fn period_of(&self, date: Date) -> i64 {
        let day = wall_s(date.to_datetime(Time::midnight())).div_euclid(86_400);
        match self.rule.frequency {
            Frequency::Yearly => i64::from(date.year()),
            Frequency::Monthly => i64::from(date.year()) * 12 + i64::from(date.month()) - 1,
            // Day 0 was a Thursday, the fourth day of a week that starts on Monday.
            Frequency::Weekly => {
                let shift = i64::from(self.rule.week_start.to_monday_zero_offset());
                (day + 3 - shift).div_euclid(7)
            }
            _ => day,
        }
    }

    /// The first day of period `number`, while there are years left.
    fn first_day(&self, number: i64) -> Option<Date> {
        let of_month = |number: i64| {
            let year = i16::try_from(number.div_euclid(12)).ok()?;
            Date::new(year, i8::try_from(number.rem_euclid(12)).ok()? + 1, 1).ok()
        };
        let of_day = |day: i64| (day < 2_932_896).then(|| wall(day * 86_400).date());
        match self.rule.frequency {
            Frequency::Yearly => of_month(number.checked_mul(12)?),
            Frequency::Monthly => of_month(number),
            Frequency::Weekly => {
                let shift = i64::from(self.rule.week_start.to_monday_zero_offset());
                of_day(number.checked_mul(7)? - 3 + shift)
            }
            _ => of_day(number),
        }
    }

    /// All matching times of the period that begins with `first`.
    fn days_of(&self, first: Date, times: &mut Vec<DateTime>) {
        let length = match self.rule.frequency {
            Frequency::Yearly => return self.months_of(first, times),
            Frequency::Monthly => i64::from(first.days_in_month()),
            Frequency::Weekly => 7,
            _ => 1,
        };
        let mut date = first;
        for _ in 0..length {
            if days::matches(self.rule, date) {
                self.times_of(date, times);
            }
            let Ok(next) = date.tomorrow() else { return };
            date = next;
        }
        let is_of_rule = self.rule.by_month.is_empty()
            || self.rule.by_month.contains(&first.month().unsigned_abs());
        if self.rule.frequency == Frequency::Monthly && is_of_rule {
            self.moved_from(first, times);
        }
    }

    /// The first day of the next month, if it stands for days that this month does not have.
    fn moved_from(&self, first: Date, times: &mut Vec<DateTime>) {
        if !days::takes(self.rule, Skip::Forward) || !days::lacks_month_day(self.rule, first) {
            return;
        }
        if let Ok(next) = first.last_of_month().tomorrow()
            && days::matches_moved(self.rule, next)
        {
            self.times_of(next, times);
        }
    }

    /// All matching times of a year, months that cannot match passed over.
    fn months_of(&self, first: Date, times: &mut Vec<DateTime>) {
        for month in 1..=12_i8 {
            if !self.rule.by_month.is_empty() && !self.rule.by_month.contains(&month.unsigned_abs())
            {
                continue;
            }
            let Ok(month) = Date::new(first.year(), month, 1) else { return };
            for day in 0..month.days_in_month() {
                let date = month.saturating_add(i64::from(day).days());
                if days::matches(self.rule, date) {
                    self.times_of(date, times);
                }
            }
            self.moved_from(month, times);
        }
        if days::takes(self.rule, Skip::Forward)
            && days::lacks_year_day(self.rule, first)
            && let Ok(next) = first.last_of_year().tomorrow()
            && days::matches_moved(self.rule, next)
        {
            self.times_of(next, times);
        }
        times.sort_unstable();
        times.dedup();
    }

    /// The times that BYHOUR, BYMINUTE and BYSECOND give a day.
    fn times_of(&self, date: Date, times: &mut Vec<DateTime>) {
        for &hour in &self.rule.by_hour {
            for &minute in &self.rule.by_minute {
                for &second in &self.rule.by_second {
                    let [hour, minute, second] = [hour, minute, second].map(u8::cast_signed);
                    times.push(date.at(hour, minute, second, 0));
                }
            }
        }
    }

    /// Hours, minutes or seconds; days and hours that cannot match are passed over whole.
    fn by_clock(&mut self) {
        let unit_s = match self.rule.frequency {
            Frequency::Hourly => 3_600,
            Frequency::Minutely => 60,
            _ => 1,
        };
        let step_s = unit_s * i64::from(self.rule.interval);
        let origin_s = wall_s(self.start).div_euclid(unit_s) * unit_s;
        // The first step at or after a moment.
        let align = |at_s: i64| {
            origin_s + (at_s - origin_s + step_s - 1).div_euclid(step_s).max(0) * step_s
        };
        let mut at_s = origin_s;
        if self.rule.count.is_none() {
            at_s = align(wall_s(self.from) - unit_s + 1);
        }
        let steps = self.rule.steps_for(1);
        loop {
            let at = wall(at_s);
            if at >= self.until || !self.steps.take(steps) {
                return;
            }
            if let Some(skip_to_s) = self.next_possible(at, at_s) {
                at_s = align(skip_to_s).max(at_s + step_s);
                continue;
            }
            let mut times = Vec::new();
            self.times_within(at, &mut times);
            if !self.steps.take(times.len()) || !self.take(times) {
                return;
            }
            at_s += step_s;
        }
    }

    /// Where to look next if nothing in the day, hour or minute of `at` can match.
    fn next_possible(&self, at: DateTime, at_s: i64) -> Option<i64> {
        let rule = self.rule;
        let is_at_most = |frequency| rule.frequency <= frequency;
        if !days::matches(rule, at.date()) {
            return Some((at_s.div_euclid(86_400) + 1) * 86_400);
        }
        later(&rule.by_hour, at.hour(), (24, 3_600), at_s)
            .or_else(|| {
                let minutes = is_at_most(Frequency::Minutely).then_some(&rule.by_minute)?;
                later(minutes, at.minute(), (60, 60), at_s)
            })
            .or_else(|| {
                let seconds = is_at_most(Frequency::Secondly).then_some(&rule.by_second)?;
                later(seconds, at.second(), (60, 1), at_s)
            })
    }

    /// The matching times within the hour, minute or second that begins at `at`.
    fn times_within(&self, at: DateTime, times: &mut Vec<DateTime>) {
        let one = |value: i8| vec![value.unsigned_abs()];
        let minutes = match self.rule.frequency {
            Frequency::Hourly => self.rule.by_minute.clone(),
            _ => one(at.minute()),
        };
        let seconds = match self.rule.frequency {
            Frequency::Secondly => one(at.second()),
            _ => self.rule.by_second.clone(),
        };
        for minute in minutes {
            for &second in &seconds {
                let [minute, second] = [minute, second].map(u8::cast_signed);
                times.push(at.date().at(at.hour(), minute, second, 0));
            }
        }
    }

    /// Applies BYSETPOS, COUNT and the window to one period's times; false when all is found.
    fn take(&mut self, mut times: Vec<DateTime>) -> bool {
        if !self.rule.by_set_pos.is_empty() {
            times = positions(self.rule, &times);
        }
        for at in times {
            if at < self.start || self.last >= Some(at) {
                continue;
            }
            self.last = Some(at);
            self.seen += 1;
            if at >= self.until || self.rule.count.is_some_and(|count| self.seen > count) {
                return false;
            }
            if at >= self.from {
                self.found.push(at);
                if self.found.len() >= self.limit {
                    return false;
                }
            }
        }
        true
    }
}

/// When the clock next shows a number of `list`, or starts over; nothing if it shows one now.
///
/// There are `count` numbers, and each is shown for `unit_s` seconds.
fn later(list: &[u8], now: i8, (count, unit_s): (i64, i64), at_s: i64) -> Option<i64> {
    let now = now.unsigned_abs();
    if list.is_empty() || list.contains(&now) {
        return None;
    }
    let next = list.iter().find(|it| **it > now).map_or(count, |it| i64::from(*it));
    Some((at_s.div_euclid(unit_s) + next - i64::from(now)) * unit_s)
}

/// The times at the positions that BYSETPOS names, in order.
pub(super) fn positions(rule: &Rule, times: &[DateTime]) -> Vec<DateTime> {
    let length = i64::try_from(times.len()).unwrap_or(i64::MAX);
    let index = |position: i16| {
        let position = i64::from(position);
        let index = if position > 0 { position - 1 } else { length + position };
        times.get(usize::try_from(index).ok()?).copied()
    };
    let mut chosen: Vec<DateTime> = rule.by_set_pos.iter().filter_map(|it| index(*it)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
