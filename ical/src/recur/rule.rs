//! A recurrence rule as parsed: tolerant of what it does not know, strict about what it does.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use jiff::civil::{Date, DateTime, Time, Weekday};
use model::interval::Instant;
use model::limit::COUNT_MAX;
use model::zone::wall;

use super::foreign::{self, Foreign};
use super::{Asked, Steps, scan};
use crate::moment;

/// How often a rule's period comes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Frequency {
    /// Every second.
    Secondly,
    /// Every minute.
    Minutely,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

/// The last moment at which a rule may occur, itself included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Until {
    /// The whole of that day.
    Date(Date),
    /// That time of the series' own clock.
    Local(DateTime),
    /// That moment, as seconds since the epoch.
    Utc(Instant),
}

/// A recurrence rule (RFC 5545 §3.3.10); parts that nobody knows are passed over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: u32,
    pub(crate) count: Option<u32>,
    pub(crate) until: Option<Until>,
    pub(crate) by_second: Vec<u8>,
    pub(crate) by_minute: Vec<u8>,
    pub(crate) by_hour: Vec<u8>,
    pub(crate) by_day: Vec<(i16, Weekday)>,
    pub(crate) by_month_day: Vec<i8>,
    pub(crate) by_year_day: Vec<i16>,
    pub(crate) by_week_no: Vec<i8>,
    pub(crate) by_month: Vec<u8>,
    pub(crate) by_set_pos: Vec<i16>,
    pub(crate) week_start: Weekday,
    /// RFC 7529: what it says in the numbers of another calendar system.
    pub(crate) foreign: Option<Foreign>,
    pub(crate) skip: Skip,
}

/// What becomes of a day that a month or year does not have (RFC 7529 §4.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Skip {
    /// It is left out.
    #[default]
    Omit,
    /// It becomes the day before: the last of its month.
    Backward,
    /// It becomes the day after: the first of the next month.
    Forward,
}

/// Why a text is no recurrence rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RuleError(String);

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "recurrence rule: {}", self.0)
    }
}

impl std::error::Error for RuleError {}

impl Rule {
    /// Reads a rule such as `FREQ=WEEKLY;BYDAY=MO,WE`.
    ///
    /// # Errors
    ///
    /// [`RuleError`] with the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let mut rule = Self::every(Frequency::Daily);
        let scale = rscale(text);
        // What numbers there are depends on the calendar system (RFC 7529 §4).
        let other = scale.filter(|it| !is_like_ours(it));
        rule.foreign =
            other.map(|it| Foreign { system: foreign::system(it), ..Foreign::default() });
        let mut frequency = None;
        let mut seen: Vec<String> = Vec::new();
        for part in text.trim().split(';').filter(|it| !it.trim().is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| bad(part))?;
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim());
            if name.len() > 32 || seen.len() > 32 {
                return Err(bad(part));
            }
            if seen.contains(&name) {
                return Err(RuleError(format!("{name} comes twice")));
            }
            seen.push(name.clone());
            match name.as_str() {
                "FREQ" => frequency = Some(frequency_of(value).ok_or_else(|| bad(part))?),
                _ => rule.set(&name, value).ok_or_else(|| bad(part))?,
            }
        }
        rule.frequency = frequency.ok_or_else(|| RuleError("FREQ is missing".into()))?;
        if rule.count.is_some() && rule.until.is_some() {
            return Err(RuleError("COUNT and UNTIL exclude each other".into()));
        }
        if scale.is_none() {
            // RFC 7529 §4: SKIP has no place in a rule without RSCALE.
            rule.skip = Skip::Omit;
        }
        Ok(rule)
    }

    /// The rule that has nothing but a frequency.
    pub(crate) const fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
            foreign: None,
            skip: Skip::Omit,
        }
    }

    /// Takes in one part; nothing if its value is wrong.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        if let Some(foreign) = &mut self.foreign {
            match name {
                "BYMONTHDAY" => {
                    return signed(value, FOREIGN_MAX).map(|it| foreign.month_days = it);
                }
                "BYYEARDAY" => return signed(value, FOREIGN_MAX).map(|it| foreign.year_days = it),
                "BYMONTH" => return list(value, foreign_month).map(|it| foreign.months = it),
                "BYWEEKNO" => {
                    foreign.has_weeks = true;
                    return signed::<i16>(value, FOREIGN_MAX).map(|_| ());
                }
                _ => {}
            }
        }
        match name {
            "INTERVAL" => self.interval = number(value).filter(|it| *it > 0)?,
            "COUNT" => self.count = Some(number::<u32>(value)?.min(COUNT_MAX)),
            "UNTIL" => self.until = Some(until(value)?),
            "BYSECOND" => self.by_second = numbers(value, 0..=60)?,
            "BYMINUTE" => self.by_minute = numbers(value, 0..=59)?,
            "BYHOUR" => self.by_hour = numbers(value, 0..=23)?,
            "BYDAY" => self.by_day = list(value, ordinal_weekday)?,
            "BYMONTHDAY" => self.by_month_day = signed(value, 31)?,
            "BYYEARDAY" => self.by_year_day = signed(value, 366)?,
            "BYWEEKNO" => self.by_week_no = signed(value, 53)?,
            "BYMONTH" => self.by_month = numbers(value, 1..=12)?,
            "BYSETPOS" => self.by_set_pos = signed(value, 366)?,
            "WKST" => self.week_start = weekday(value)?,
            "SKIP" => self.skip = skip(value)?,
            _ => {}
        }
        if name == "BYSECOND" {
            self.by_second.iter_mut().for_each(|it| *it = (*it).min(59));
            self.by_second.dedup();
        }
        Some(())
    }

    /// The last local time at which it may occur, if it says so.
    pub(crate) fn last(&self) -> Option<DateTime> {
        Some(match self.until? {
            Until::Date(date) => date.to_datetime(Time::constant(23, 59, 59, 0)),
            Until::Local(local) => local,
            Until::Utc(at) => wall(at),
        })
    }

    /// Whether an occurrence at `local` matches every part of the rule, intervals aside.
    pub(super) fn matches(&self, local: DateTime, steps: &Steps<'_>) -> bool {
        let single = Self { interval: 1, count: None, until: None, ..self.clone() };
        let until = wall(model::zone::wall_s(local) + 1);
        let asked = Asked { start: local, from: local, until, limit: 1, steps };
        scan::matching(&single, asked).is_some_and(|it| it == [local])
    }

    /// The same rule with every part that `start` gives by default written out.
    #[must_use]
    pub(crate) fn made_explicit(&self, start: DateTime) -> Self {
        let mut rule = self.clone();
        let default = |list: &mut Vec<u8>, value: i8| {
            if list.is_empty() {
                list.push(value.unsigned_abs());
            }
        };
        let frequency = self.frequency;
        if frequency > Frequency::Secondly {
            default(&mut rule.by_second, start.second());
        }
        if frequency > Frequency::Minutely {
            default(&mut rule.by_minute, start.minute());
        }
        if frequency > Frequency::Hourly {
            default(&mut rule.by_hour, start.hour());
        }
        let has_no_days =
            self.by_day.is_empty() && self.by_month_day.is_empty() && self.by_year_day.is_empty();
        let weekday = (0, start.weekday());
        match frequency {
            Frequency::Weekly if self.by_day.is_empty() => rule.by_day.push(weekday),
            Frequency::Monthly if has_no_days => rule.by_month_day.push(start.day()),
            Frequency::Yearly if has_no_days && !self.by_week_no.is_empty() => {
                rule.by_day.push(weekday);
            }
            Frequency::Yearly if has_no_days => {
                default(&mut rule.by_month, start.month());
                rule.by_month_day.push(start.day());
            }
            _ => {}
        }
        rule
    }
}

/// Days, weeks or months that a year of any calendar system has, with room to spare.
const FOREIGN_MAX: i16 = 400;

/// The calendar system that a rule names (RFC 7529 §4).
pub(crate) fn rscale(text: &str) -> Option<&str> {
    text.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("RSCALE").then_some(value.trim())
    })
}

/// Whether the calendar has our months and days, whatever it calls its years.
fn is_like_ours(scale: &str) -> bool {
    let names = ["GREGORIAN", "GREGORY", "ISO8601", "BUDDHIST", "JAPANESE", "ROC"];
    names.iter().any(|it| scale.eq_ignore_ascii_case(it))
}

/// A month of a calendar that may have more than twelve, such as `13` or `5L`.
fn foreign_month(text: &str) -> Option<(u8, bool)> {
    let digits = text.strip_suffix(['L', 'l']);
    let month = number::<u8>(digits.unwrap_or(text)).filter(|it| (1..=13).contains(it))?;
    Some((month, digits.is_some()))
}

fn skip(text: &str) -> Option<Skip> {
    Some(match text.to_ascii_uppercase().as_str() {
        "OMIT" => Skip::Omit,
        "BACKWARD" => Skip::Backward,
        "FORWARD" => Skip::Forward,
        _ => return None,
    })
}

fn bad(part: &str) -> RuleError {
    RuleError(format!("{:?} is wrong", part.chars().take(60).collect::<String>()))
}

fn frequency_of(text: &str) -> Option<Frequency> {
    Some(match text.to_ascii_uppercase().as_str() {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

/// A number of digits only; one too large for its type counts as the largest.
fn number<N: std::str::FromStr + TryFrom<u64>>(text: &str) -> Option<N> {
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let value = text.parse::<u64>().unwrap_or(u64::MAX).min(u64::from(u32::MAX));
    N::try_from(value).ok()
}

fn list<T: Copy + Eq + Hash>(text: &str, item: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    for text in text.split(',') {
        let item = item(text.trim())?;
        if seen.insert(item) {
            items.push(item);
        }
    }
    Some(items)
}

fn numbers(text: &str, range: std::ops::RangeInclusive<u8>) -> Option<Vec<u8>> {
    let mut items = list(text, |it| number::<u8>(it).filter(|it| range.contains(it)))?;
    items.sort_unstable();
    Some(items)
}

/// Numbers from -`max` to `max` without zero.
fn signed<N: TryFrom<i16> + Copy + Eq + Hash>(text: &str, max: i16) -> Option<Vec<N>> {
    list(text, |it| {
        let value: i16 = it.parse().ok()?;
        let fits = value != 0 && (-max..=max).contains(&value);
        fits.then(|| N::try_from(value).ok()).flatten()
    })
}

/// `MO`, `1MO`, `-1FR`; an ordinal of zero is none.
fn ordinal_weekday(text: &str) -> Option<(i16, Weekday)> {
    let split = text.len().checked_sub(2).filter(|&it| text.is_char_boundary(it))?;
    let (ordinal, name) = text.split_at(split);
    let ordinal = match ordinal {
        "" => 0,
        digits => digits.parse().ok().filter(|it| (-53..=53).contains(it) && *it != 0)?,
    };
    Some((ordinal, weekday(name)?))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

fn until(text: &str) -> Option<Until> {
    if let Some(date) = moment::date(text) {
        return Some(Until::Date(date));
    }
    let (local, is_utc) = moment::date_time(text)?;
    Some(if is_utc { Until::Utc(model::zone::wall_s(local)) } else { Until::Local(local) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_rule_is_named() {
        let cases = [
            ("BYDAY=MO", "FREQ is missing"),
            ("FREQ=DAILY;INTERVAL=0", "\"INTERVAL=0\" is wrong"),
            ("FREQ=DAILY;INTERVAL=-1", "\"INTERVAL=-1\" is wrong"),
            ("FREQ=WEEKLY;BYDAY=MO,WE\u{397}H", "\"BYDAY=MO,WE\u{397}H\" is wrong"),
            ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "COUNT and UNTIL exclude each other"),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ comes twice"),
            ("FREQ=DAILY;BYMONTHDAY=32", "\"BYMONTHDAY=32\" is wrong"),
        ];
        for (text, expected) in cases {
            let found = Rule::parse(text).unwrap_err().to_string();
            assert_eq!(found, format!("recurrence rule: {expected}"));
        }
    }

    #[test]
    fn months_of_other_calendars_are_read_and_those_of_ours_are_not() {
        let good = [
            "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD",
            "FREQ=MONTHLY;BYMONTH=13;RSCALE=ethiopic",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=omit",
        ];
        for text in good {
            assert!(Rule::parse(text).is_ok(), "{text}");
        }
        let bad = [
            "FREQ=MONTHLY;BYMONTH=13",
            "RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=5L",
            "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=14",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=UP",
        ];
        for text in bad {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
        assert_eq!(Rule::parse("FREQ=YEARLY;SKIP=FORWARD").unwrap().skip, Skip::Omit);
    }

    #[test]
    fn unknown_parts_and_lower_case_are_tolerated() {
        let rule = Rule::parse("freq=weekly;X-OWN=1;byday=mo,-1fr;").unwrap();
        assert_eq!(rule.frequency, Frequency::Weekly);
        assert_eq!(rule.by_day, [(0, Weekday::Monday), (-1, Weekday::Friday)]);
    }
}
