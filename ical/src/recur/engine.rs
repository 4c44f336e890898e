//! The `rrule` crate, kept to the rules that it gets right and close to the window.
//!
//! It counts from the start of a series, so the start is moved ahead; it rejects or
//! gets wrong some classes of rules (see `docs/decisions/`), which are kept from it.

use chrono::{Datelike, NaiveDate, TimeZone, Timelike};
use jiff::civil::{Date, DateTime, Time, Weekday};
use model::limit::PERIOD_TIMES_MAX;
use model::zone::{wall, wall_s};
use rrule::{NWeekday, RRule, Tz};

use super::Asked;
use super::rule::{Frequency, Rule, Skip};

/// Times within one period that the crate is asked for, at most: it writes them all out at once.
const TIMES_MAX: usize = PERIOD_TIMES_MAX / 10;

/// Whether the crate is right and quick for `rule`.
pub(super) fn is_right_for(rule: &Rule) -> bool {
    let far_ordinal = match rule.frequency {
        Frequency::Monthly => -4,
        _ => -52,
    };
    rule.frequency >= Frequency::Daily
        && rule.foreign.is_none()
        && rule.skip == Skip::Omit
        && u16::try_from(rule.interval).is_ok()
        && rule.count.is_none_or(|it| it < 10_000)
        && rule.by_set_pos.is_empty()
        && rule.by_week_no.is_empty()
        && rule.by_year_day.is_empty()
        && rule.by_day.iter().all(|it| it.0 >= far_ordinal)
        // A plain weekday beside a numbered one is forgotten.
        && (rule.by_day.iter().all(|it| it.0 == 0) || rule.by_day.iter().all(|it| it.0 != 0))
        // A rule that may never match would keep it looking for thousands of years.
        && rule.by_month_day.iter().all(|it| (-28..=28).contains(it))
        && (rule.by_day.is_empty() || rule.by_month_day.is_empty())
        && (rule.frequency >= Frequency::Monthly || rule.by_day.iter().all(|it| it.0 == 0))
        && rule.times_per_period() <= TIMES_MAX
        && comes_often(rule)
}

/// Whether a rule is sure to match within a few hundred of its periods: the crate would look
/// at a hundred thousand of them for one that never does.
fn comes_often(rule: &Rule) -> bool {
    let is_of_month = rule.frequency == Frequency::Monthly || !rule.by_month.is_empty();
    let (always, often) = if is_of_month { (4, 5) } else { (52, 53) };
    let is_every = rule.interval == 1;
    let nth_max = if is_every { often } else { always };
    let is_in_all = match rule.frequency {
        Frequency::Yearly => true,
        Frequency::Monthly => rule.by_month.is_empty(),
        Frequency::Weekly => rule.by_month.is_empty() && rule.by_month_day.is_empty(),
        _ => rule.by_month.is_empty() && rule.by_month_day.is_empty() && rule.by_day.is_empty(),
    };
    rule.by_day.iter().all(|it| it.0.abs() <= nth_max) && (is_every || is_in_all)
}

/// The matching starts in `from..until`, or nothing if the crate refuses the rule.
pub(super) fn matching(rule: &Rule, asked: Asked<'_>) -> Option<Vec<DateTime>> {
    let Asked { start, from, until, limit, steps } = asked;
    if from >= until {
        return Some(Vec::new());
    }
    let explicit = rule.made_explicit(start);
    let begin = if rule.count.is_none() { moved_ahead(&explicit, start, from) } else { start };
    let built = translated(&explicit).build(instant(begin)?).ok()?.limit();
    let first = from.max(start);
    let (period_days, period_steps) = match rule.frequency {
        Frequency::Yearly => (365, 150),
        Frequency::Monthly => (30, 31),
        Frequency::Weekly => (7, 7),
        _ => (1, 1),
    };
    let interval_s = period_days * 86_400 * i64::from(rule.interval);
    let (mut found, mut before_s) = (Vec::new(), wall_s(begin));
    steps.take(explicit.times_per_period());
    for at in &built {
        // After the last year there is nothing more.
        let Some(at) = civil(&at) else { break };
        // It looks at every period between two occurrences.
        let periods = usize::try_from((wall_s(at) - before_s) / interval_s).unwrap_or(0);
        before_s = wall_s(at);
        if at >= until || found.len() >= limit || !steps.take(1 + periods * period_steps) {
            break;
        }
        if at >= first {
            found.push(at);
        }
    }
    Some(found)
}

/// The beginning of the last period of the series that begins at or before the window.
fn moved_ahead(rule: &Rule, start: DateTime, from: DateTime) -> DateTime {
    if from <= start {
        return start;
    }
    let interval = i64::from(rule.interval);
    let day = |date: Date| wall_s(date.to_datetime(Time::midnight())) / 86_400;
    let month = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let ahead = |origin: i64, at: i64| origin + (at - origin).div_euclid(interval) * interval;
    let (first, target) = (start.date(), from.date());
    let date = match rule.frequency {
        Frequency::Yearly => {
            let year = ahead(i64::from(first.year()), i64::from(target.year()));
            Date::new(i16::try_from(year).unwrap_or(first.year()), 1, 1)
        }
        Frequency::Monthly => {
            let number = ahead(month(first), month(target));
            let year = i16::try_from(number.div_euclid(12)).unwrap_or(first.year());
            Date::new(year, i8::try_from(number.rem_euclid(12)).unwrap_or(0) + 1, 1)
        }
        Frequency::Weekly => {
            let week = day(first) - i64::from(first.weekday().since(rule.week_start));
            let weeks = (day(target) - week).div_euclid(7 * interval) * interval;
            Ok(wall((week + weeks * 7) * 86_400).date())
        }
        _ => Ok(wall(ahead(day(first), day(target)) * 86_400).date()),
    };
    // The first period keeps its start: nothing comes before it.
    date.map_or(start, |date| date.to_datetime(Time::midnight())).max(start)
}

fn translated(rule: &Rule) -> RRule<rrule::Unvalidated> {
    let frequency = match rule.frequency {
        Frequency::Secondly => rrule::Frequency::Secondly,
        Frequency::Minutely => rrule::Frequency::Minutely,
        Frequency::Hourly => rrule::Frequency::Hourly,
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Yearly => rrule::Frequency::Yearly,
    };
    let months: Vec<chrono::Month> =
        rule.by_month.iter().filter_map(|&it| chrono::Month::try_from(it).ok()).collect();
    let by_day = rule.by_day.iter().map(|&(ordinal, day)| match ordinal {
        0 => NWeekday::Every(translated_weekday(day)),
        nth => NWeekday::Nth(nth, translated_weekday(day)),
    });
    let translated = RRule::new(frequency)
        .interval(u16::try_from(rule.interval).unwrap_or(u16::MAX))
        .week_start(translated_weekday(rule.week_start))
        .by_month(&months)
        .by_month_day(rule.by_month_day.clone())
        .by_weekday(by_day.collect())
        .by_hour(rule.by_hour.clone())
        .by_minute(rule.by_minute.clone())
        .by_second(rule.by_second.clone());
    match rule.count {
        Some(count) => translated.count(count),
        None => translated,
    }
}

fn translated_weekday(weekday: Weekday) -> rrule::Weekday {
    match weekday {
        Weekday::Monday => rrule::Weekday::Mon,
        Weekday::Tuesday => rrule::Weekday::Tue,
        Weekday::Wednesday => rrule::Weekday::Wed,
        Weekday::Thursday => rrule::Weekday::Thu,
        Weekday::Friday => rrule::Weekday::Fri,
        Weekday::Saturday => rrule::Weekday::Sat,
        Weekday::Sunday => rrule::Weekday::Sun,
    }
}

/// The wall clock as though it were UTC: daylight saving is decided later.
fn instant(local: DateTime) -> Option<chrono::DateTime<Tz>> {
    let [month, day, hour, minute, second] =
        [local.month(), local.day(), local.hour(), local.minute(), local.second()]
            .map(|it| u32::from(it.unsigned_abs()));
    let date = NaiveDate::from_ymd_opt(i32::from(local.year()), month, day)?;
    Tz::UTC.from_local_datetime(&date.and_hms_opt(hour, minute, second)?).single()
}

fn civil(at: &chrono::DateTime<Tz>) -> Option<DateTime> {
    let small = |value: u32| i8::try_from(value).ok();
    let date =
        Date::new(i16::try_from(at.year()).ok()?, small(at.month())?, small(at.day())?).ok()?;
    Some(date.at(small(at.hour())?, small(at.minute())?, small(at.second())?, 0))
}
