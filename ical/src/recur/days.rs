//! Whether a day matches the day parts of a rule.

use jiff::civil::{Date, Weekday};

use super::rule::{Frequency, Rule, Skip};

/// Whether `date` matches BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY and BYDAY.
pub(super) fn matches(rule: &Rule, date: Date) -> bool {
    is_in(&rule.by_month, date.month().unsigned_abs())
        && (rule.by_month_day.is_empty() || month_day(rule, date))
        && (rule.by_day.is_empty() || weekday(rule, date))
        && (rule.by_year_day.is_empty() || year_day(rule, date))
        && (rule.by_week_no.is_empty() || week(rule, date))
}

fn is_in(list: &[u8], value: u8) -> bool {
    list.is_empty() || list.contains(&value)
}

fn month_day(rule: &Rule, date: Date) -> bool {
    if date.day() == date.days_in_month() && takes(rule, Skip::Backward) {
        // The last day stands for those that the month does not have.
        return lacks_month_day(rule, date)
            || rule.by_month_day.iter().any(|&it| it == date.day() || it == -1);
    }
    let from_end = date.day() - date.days_in_month() - 1;
    rule.by_month_day.iter().any(|&it| it == date.day() || it == from_end)
}

/// Whether days that do not exist are moved that way: a week or a day has them all.
pub(super) fn takes(rule: &Rule, skip: Skip) -> bool {
    rule.skip == skip && rule.frequency >= Frequency::Monthly
}

/// Whether the rule names a day that the month of `date` does not have.
pub(super) fn lacks_month_day(rule: &Rule, date: Date) -> bool {
    rule.by_month_day.iter().any(|&it| it > date.days_in_month())
}

/// Whether the rule names a day that the year of `date` does not have.
pub(super) fn lacks_year_day(rule: &Rule, date: Date) -> bool {
    rule.by_year_day.iter().any(|&it| it > date.days_in_year())
}

/// Whether a day that another one became matches what is decided after that: BYDAY.
pub(super) fn matches_moved(rule: &Rule, date: Date) -> bool {
    rule.by_day.is_empty() || weekday(rule, date)
}

fn year_day(rule: &Rule, date: Date) -> bool {
    let is_last = date.day_of_year() == date.days_in_year();
    if is_last && takes(rule, Skip::Backward) && lacks_year_day(rule, date) {
        return true;
    }
    let from_end = date.day_of_year() - date.days_in_year() - 1;
    rule.by_year_day.iter().any(|&it| it == date.day_of_year() || it == from_end)
}

/// A weekday, or the nth one of its month or year (RFC 5545 §3.3.10, notes 1 and 2).
fn weekday(rule: &Rule, date: Date) -> bool {
    let is_of_year = rule.frequency == Frequency::Yearly && rule.by_month.is_empty();
    let counts = rule.by_week_no.is_empty() && rule.frequency >= Frequency::Monthly;
    let (day, length) = if is_of_year {
        (date.day_of_year(), date.days_in_year())
    } else {
        (i16::from(date.day()), i16::from(date.days_in_month()))
    };
    let (nth, nth_from_end) = ((day - 1) / 7 + 1, -((length - day) / 7 + 1));
    let mut weekdays = rule.by_day.iter().filter(|it| it.1 == date.weekday());
    weekdays.any(|&(it, _)| it == 0 || !counts || it == nth || it == nth_from_end)
}

/// The week of the year, the first being the first with four days in it.
fn week(rule: &Rule, date: Date) -> bool {
    let (number, weeks) = week_of(date, rule.week_start);
    rule.by_week_no.iter().any(|&it| it == number || it == number - weeks - 1)
}

/// The number of the week that `date` lies in, and the number of weeks of that week's year.
fn week_of(date: Date, week_start: Weekday) -> (i8, i8) {
    // The day of the week that decides its year: the fourth.
    let since_start = date.weekday().since(week_start);
    let fourth = date.saturating_add(jiff::Span::new().days(i64::from(3 - since_start)));
    let number = (fourth.day_of_year() - 1) / 7 + 1;
    let left = (fourth.days_in_year() - fourth.day_of_year()) / 7;
    (i8::try_from(number).unwrap_or(0), i8::try_from(number + left).unwrap_or(0))
}
