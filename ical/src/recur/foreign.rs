//! Rules of other calendar systems, by walking their months (RFC 7529).

use icu_calendar::{AnyCalendar, AnyCalendarKind, Date as ForeignDate, Ref};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use model::zone::{wall, wall_s};

use super::rule::{Frequency, Rule, Skip};
use super::{Asked, Steps, scan};

/// Steps that it takes to find a month or a day of another calendar: a microsecond.
const FOREIGN_STEPS: usize = 60;

/// What a rule says in the numbers of another calendar system.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Foreign {
    /// Nothing for one that we cannot compute, such as those that go by sight of the moon.
    pub(crate) system: Option<AnyCalendarKind>,
    /// BYMONTH: numbers, and whether the leap month after it is meant.
    pub(crate) months: Vec<(u8, bool)>,
    /// BYMONTHDAY.
    pub(crate) month_days: Vec<i16>,
    /// BYYEARDAY.
    pub(crate) year_days: Vec<i16>,
    /// Whether there is a BYWEEKNO, whose meaning RFC 7529 leaves open.
    pub(crate) has_weeks: bool,
}

/// The calendar system of that name; nothing for those that we cannot compute.
pub(crate) fn system(name: &str) -> Option<AnyCalendarKind> {
    Some(match name.to_ascii_uppercase().as_str() {
        "CHINESE" => AnyCalendarKind::Chinese,
        "COPTIC" => AnyCalendarKind::Coptic,
        "DANGI" => AnyCalendarKind::Dangi,
        "ETHIOAA" | "ETHIOPIC-AMETE-ALEM" => AnyCalendarKind::EthiopianAmeteAlem,
        "ETHIOPIC" => AnyCalendarKind::Ethiopian,
        "HEBREW" => AnyCalendarKind::Hebrew,
        "INDIAN" => AnyCalendarKind::Indian,
        "ISLAMIC-CIVIL" | "ISLAMICC" => AnyCalendarKind::HijriTabularTypeIIFriday,
        "ISLAMIC-TBLA" => AnyCalendarKind::HijriTabularTypeIIThursday,
        "ISLAMIC-UMALQURA" => AnyCalendarKind::HijriUmmAlQura,
        "PERSIAN" => AnyCalendarKind::Persian,
        _ => return None,
    })
}

/// The local starts in `from..until`, sorted, at most `limit`; `start` is the first of all.
pub(super) fn local_starts(rule: &Rule, foreign: &Foreign, asked: Asked<'_>) -> Vec<DateTime> {
    let Asked { start, from, until, limit, steps } = asked;
    let until = rule.last().map_or(until, |last| until.min(wall(wall_s(last) + 1)));
    let mut walk = Walk {
        explicit: rule.made_explicit(start),
        rule,
        foreign,
        start,
        from,
        until,
        limit,
        steps,
        found: Vec::new(),
        seen: 0,
        last: None,
    };
    if let (true, Some(system)) = (walk.take(start), foreign.system.filter(|_| !foreign.has_weeks))
    {
        let calendar = AnyCalendar::new(system);
        // Without a month or a day left there is nothing more to find.
        let _ended = match rule.frequency {
            Frequency::Yearly => walk.years(&calendar),
            Frequency::Monthly => walk.months(&calendar),
            _ => walk.days(&calendar),
        };
    }
    walk.found
}

/// A month of another calendar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Month {
    first: Date,
    length: i16,
    year: i32,
    number: u8,
    is_leap: bool,
}

impl Month {
    fn of(date: Date, calendar: &AnyCalendar) -> Option<Self> {
        let there = foreign(date, calendar)?;
        Some(Self {
            first: shifted(date, 1 - i64::from(there.day_of_month().0))?,
            length: i16::from(there.days_in_month()),
            year: there.year().extended_year(),
            number: there.month().number(),
            is_leap: there.month().to_input().is_leap(),
        })
    }

    fn next(&self, calendar: &AnyCalendar) -> Option<Self> {
        Self::of(shifted(self.first, i64::from(self.length))?, calendar)
    }

    fn is(&self, code: (u8, bool)) -> bool {
        (self.number, self.is_leap) == code
    }
}

fn foreign(date: Date, calendar: &AnyCalendar) -> Option<ForeignDate<Ref<'_, AnyCalendar>>> {
    let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
    let iso = ForeignDate::try_new_iso(i32::from(date.year()), month, day).ok()?;
    Some(iso.to_calendar(Ref(calendar)))
}

fn shifted(date: Date, days: i64) -> Option<Date> {
    date.checked_add(days.days()).ok()
}

/// Days of our calendar that are looked up in another for one series, at most.
const DAYS_MAX: usize = 100_000;

struct Walk<'a> {
    rule: &'a Rule,
    /// The rule with the hours, minutes and seconds that the start gives it.
    explicit: Rule,
    foreign: &'a Foreign,
    start: DateTime,
    from: DateTime,
    until: DateTime,
    limit: usize,
    steps: &'a Steps<'a>,
    found: Vec<DateTime>,
    seen: u32,
    last: Option<DateTime>,
}

impl Walk<'_> {
    fn years(&mut self, calendar: &AnyCalendar) -> Option<()> {
        let day = i64::from(foreign(self.start.date(), calendar)?.day_of_year().0);
        let mut month = Month::of(shifted(self.start.date(), 1 - day)?, calendar)?;
        let first_year = month.year;
        while self.steps.take(13 * FOREIGN_STEPS) {
            let year = month.year;
            let mut months = Vec::with_capacity(13);
            while month.year == year {
                months.push(month);
                month = month.next(calendar)?;
            }
            let is_due = i64::from(year - first_year) % i64::from(self.rule.interval) == 0;
            if self.is_after(months[0].first)
                || is_due && !self.take_days(&self.days_of_year(&months, month, calendar))
            {
                return None;
            }
        }
        None
    }

    fn months(&mut self, calendar: &AnyCalendar) -> Option<()> {
        let mut month = Month::of(self.start.date(), calendar)?;
        let mut number: u32 = 0;
        while self.steps.take(FOREIGN_STEPS) {
            let codes = &self.foreign.months;
            let is_due = number.is_multiple_of(self.rule.interval)
                && (codes.is_empty() || codes.iter().any(|it| month.is(*it)));
            if self.is_after(month.first)
                || is_due && !self.take_days(&self.days_of_month(month, calendar))
            {
                return None;
            }
            month = month.next(calendar)?;
            number += 1;
        }
        None
    }

    /// Whether a stretch that begins on `first` lies after all that is asked for.
    fn is_after(&self, first: Date) -> bool {
        first.to_datetime(Time::midnight()) >= self.until
    }

    /// Weeks, days and less: as in our own calendar, but for which days are left out.
    fn days(&mut self, calendar: &AnyCalendar) -> Option<()> {
        let plain = Rule { count: None, foreign: None, ..self.rule.clone() };
        let from = if self.rule.count.is_some() { self.start } else { self.from.max(self.start) };
        let (start, until, steps) = (self.start, self.until, self.steps);
        let asked = Asked { start, from, until, limit: DAYS_MAX, steps };
        let Foreign { months, month_days, year_days, .. } = self.foreign;
        let all = scan::matching(&plain, asked)?;
        let is_cut = all.len() == DAYS_MAX;
        for at in all {
            if !steps.take(FOREIGN_STEPS) {
                return None;
            }
            let month = Month::of(at.date(), calendar)?;
            let there = foreign(at.date(), calendar)?;
            let (day, days) = (i16::from(there.day_of_month().0), month.length);
            let (year_day, year_length) = (there.day_of_year().0, there.days_in_year());
            let (year_day, year_length) =
                (i16::try_from(year_day).ok()?, i16::try_from(year_length).ok()?);
            let is_in = |list: &[i16], day: i16, length: i16| {
                list.is_empty() || list.iter().any(|&it| it == day || it == day - length - 1)
            };
            let matches = (months.is_empty() || months.iter().any(|it| month.is(*it)))
                && is_in(month_days, day, days)
                && is_in(year_days, year_day, year_length);
            if matches && !self.take(at) {
                return None;
            }
        }
        if is_cut {
            steps.give_up();
        }
        Some(())
    }

    /// The days of one year that the rule names; `after` is the first month of the next.
    fn days_of_year(&self, months: &[Month], after: Month, calendar: &AnyCalendar) -> Vec<Date> {
        let Foreign { months: codes, month_days, year_days, .. } = self.foreign;
        let has_days = !(month_days.is_empty() && year_days.is_empty());
        let is_plain = !has_days && self.rule.by_day.is_empty();
        let own = Month::of(self.start.date(), calendar);
        let own_code = own.map(|it| (it.number, it.is_leap));
        let codes: Vec<(u8, bool)> = match own_code {
            Some(code) if is_plain && codes.is_empty() => vec![code],
            _ => codes.clone(),
        };
        let chosen: Vec<Month> = match codes.is_empty() {
            true => months.to_vec(),
            false => codes.iter().filter_map(|it| self.resolved(*it, months, after)).collect(),
        };
        if !year_days.is_empty() {
            let length: i16 = months.iter().map(|it| it.length).sum();
            let days = self.numbered(year_days, months[0].first, length);
            let is_chosen = |it: &Date| {
                self.steps.take(FOREIGN_STEPS)
                    && Month::of(*it, calendar)
                        .is_some_and(|found| chosen.iter().any(|it| it.first == found.first))
            };
            let days = days.into_iter().filter(|it| codes.is_empty() || is_chosen(it));
            return self.on_weekdays(days.collect(), &chosen);
        }
        if has_days || is_plain {
            let wanted = self.month_days_or_own(calendar);
            let days = chosen.iter().flat_map(|it| self.numbered(&wanted, it.first, it.length));
            return self.on_weekdays(days.collect(), &chosen);
        }
        let every = |it: &Month| {
            (0..i64::from(it.length)).filter_map(|day| shifted(it.first, day)).collect()
        };
        if codes.is_empty() {
            // A numbered weekday is one of the year.
            let length = months.iter().map(|it| it.length).sum();
            let year = Month { length, ..months[0] };
            return self.on_weekdays(every(&year), &[year]);
        }
        chosen.iter().flat_map(|it| self.on_weekdays(every(it), &[*it])).collect()
    }

    fn days_of_month(&self, month: Month, calendar: &AnyCalendar) -> Vec<Date> {
        let by_weekday = !self.rule.by_day.is_empty() && self.foreign.month_days.is_empty();
        let days = match by_weekday {
            true => {
                (0..i64::from(month.length)).filter_map(|it| shifted(month.first, it)).collect()
            }
            false => self.numbered(&self.month_days_or_own(calendar), month.first, month.length),
        };
        self.on_weekdays(days, &[month])
    }

    /// BYMONTHDAY, or the day of the month that the series starts on.
    fn month_days_or_own(&self, calendar: &AnyCalendar) -> Vec<i16> {
        if !self.foreign.month_days.is_empty() {
            return self.foreign.month_days.clone();
        }
        let there = foreign(self.start.date(), calendar);
        there.map(|it| i16::from(it.day_of_month().0)).into_iter().collect()
    }

    /// The month of that number, or what SKIP makes of a leap month that the year lacks.
    fn resolved(&self, code: (u8, bool), months: &[Month], after: Month) -> Option<Month> {
        let position = |code: (u8, bool)| months.iter().position(|it| it.is(code));
        if let Some(found) = position(code) {
            return Some(months[found]);
        }
        let regular = position((code.0, false)).filter(|_| code.1)?;
        match self.rule.skip {
            Skip::Omit => None,
            Skip::Backward => Some(months[regular]),
            Skip::Forward => Some(months.get(regular + 1).copied().unwrap_or(after)),
        }
    }

    /// Days by their numbers from the start or the end of a stretch, moved as SKIP says.
    fn numbered(&self, numbers: &[i16], first: Date, length: i16) -> Vec<Date> {
        let day = |&number: &i16| {
            let index = if number > 0 { number - 1 } else { length + number };
            let index = match self.rule.skip {
                _ if index < 0 => return None,
                _ if index < length => index,
                Skip::Omit => return None,
                Skip::Backward => length - 1,
                Skip::Forward => length,
            };
            shifted(first, i64::from(index))
        };
        numbers.iter().filter_map(day).collect()
    }

    /// Those of `days` that BYDAY lets pass, counted within the stretch that they lie in.
    fn on_weekdays(&self, days: Vec<Date>, stretches: &[Month]) -> Vec<Date> {
        let passes = |date: &Date| {
            let mut weekdays = self.rule.by_day.iter().filter(|it| it.1 == date.weekday());
            weekdays.any(|&(nth, _)| {
                nth == 0
                    || stretches.iter().any(|it| {
                        let index = (wall_s((*date).into()) - wall_s(it.first.into())) / 86_400;
                        let length = i64::from(it.length);
                        let is_within = (0..length).contains(&index);
                        let from_end = -((length - 1 - index) / 7 + 1);
                        is_within && (i64::from(nth) == index / 7 + 1 || i64::from(nth) == from_end)
                    })
            })
        };
        let steps = days.len() * stretches.len() * self.rule.by_day.len().div_ceil(4);
        match self.rule.by_day.is_empty() {
            true => days,
            false if !self.steps.take(steps) => Vec::new(),
            false => days.into_iter().filter(passes).collect(),
        }
    }

    /// Takes the times of one period's days; false when all is found.
    fn take_days(&mut self, days: &[Date]) -> bool {
        let explicit = &self.explicit;
        let of_day = explicit.by_hour.len() * explicit.by_minute.len() * explicit.by_second.len();
        if !self.steps.take(days.len() * of_day + self.rule.by_set_pos.len() / 8) {
            return false;
        }
        let mut times = Vec::new();
        for date in days {
            for &hour in &self.explicit.by_hour {
                for &minute in &self.explicit.by_minute {
                    for &second in &self.explicit.by_second {
                        let [hour, minute, second] = [hour, minute, second].map(u8::cast_signed);
                        times.push(date.at(hour, minute, second, 0));
                    }
                }
            }
        }
        times.sort_unstable();
        times.dedup();
        if !self.rule.by_set_pos.is_empty() {
            times = scan::positions(self.rule, &times);
        }
        times.into_iter().all(|it| self.take(it))
    }

    /// Counts one occurrence, and keeps it if it is in the window; false when all is found.
    fn take(&mut self, at: DateTime) -> bool {
        if self.last >= Some(at) {
            return true;
        }
        self.last = Some(at);
        self.seen += 1;
        if at >= self.until || self.rule.count.is_some_and(|count| self.seen > count) {
            return false;
        }
        if at >= self.from {
            self.found.push(at);
        }
        self.found.len() < self.limit
    }
}
