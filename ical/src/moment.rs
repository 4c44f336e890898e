//! Dates, times and durations as properties hold them (RFC 5545 §3.3.4–§3.3.6).

use std::cell::OnceCell;

use jiff::civil::{Date, DateTime, Time};
use model::interval::Instant;
use model::zone::{Zone, wall, wall_s};

use crate::document::Property;
use crate::instances::Clocks;

/// A date, or a time in one of its three forms.
#[derive(Clone, Debug)]
pub enum Moment {
    /// A whole day, wherever one is.
    Date(Date),
    /// A time, wherever one is.
    Floating(DateTime),
    /// A moment in UTC.
    Utc(DateTime),
    /// A time of the wall clock in a zone.
    Zoned(DateTime, Zone),
}

impl Moment {
    /// The wall-clock reading, midnight for a date.
    pub fn local(&self) -> DateTime {
        match self {
            Self::Date(date) => date.to_datetime(Time::midnight()),
            Self::Floating(local) | Self::Utc(local) | Self::Zoned(local, _) => *local,
        }
    }

    /// The moment that `local` is in the same form and zone.
    #[must_use]
    pub fn at(&self, local: DateTime) -> Self {
        match self {
            Self::Date(_) => Self::Date(local.date()),
            Self::Floating(_) => Self::Floating(local),
            Self::Utc(_) => Self::Utc(local),
            Self::Zoned(_, zone) => Self::Zoned(local, zone.clone()),
        }
    }

    /// The instant, with `floating` for the forms that have no zone of their own.
    pub fn instant(&self, floating: &Zone) -> Instant {
        match self {
            Self::Date(_) | Self::Floating(_) => floating.instant(self.local()),
            Self::Utc(local) => wall_s(*local),
            Self::Zoned(local, zone) => zone.instant(*local),
        }
    }

    /// Whether it is a whole day.
    pub const fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// Whether its instant depends on who looks.
    pub const fn floats(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Floating(_))
    }

    /// The moment that `at` is in the same form and zone.
    #[must_use]
    pub fn from_instant(&self, at: Instant, floating: &Zone) -> Self {
        match self {
            Self::Utc(_) => Self::Utc(wall(at)),
            Self::Zoned(_, zone) => Self::Zoned(zone.local(at), zone.clone()),
            Self::Date(_) | Self::Floating(_) => self.at(floating.local(at)),
        }
    }

    /// Reads the value of a date or date-time property.
    ///
    /// # Errors
    ///
    /// What is wrong with the value.
    pub fn read(property: Property<'_>, clocks: &Clocks<'_>) -> Result<Self, String> {
        Self::parse(property.value().trim(), property, clocks)
    }

    /// Reads the values of a property that may hold several, such as EXDATE.
    ///
    /// # Errors
    ///
    /// What is wrong with the first value that is wrong.
    pub fn read_all(property: Property<'_>, clocks: &Clocks<'_>) -> Result<Vec<Self>, String> {
        let values = property.value().split(',').map(str::trim).filter(|it| !it.is_empty());
        let forms = Values::of(property, clocks);
        values.map(|it| forms.read(it)).collect()
    }

    pub(crate) fn parse(
        value: &str,
        property: Property<'_>,
        clocks: &Clocks<'_>,
    ) -> Result<Self, String> {
        Values::of(property, clocks).read(value)
    }
}

/// The dates and times of one property, whose zone is looked up once for all of them.
pub(crate) struct Values<'a> {
    property: Property<'a>,
    clocks: &'a Clocks<'a>,
    zone: OnceCell<Option<Zone>>,
}

impl<'a> Values<'a> {
    pub(crate) fn of(property: Property<'a>, clocks: &'a Clocks<'a>) -> Self {
        Self { property, clocks, zone: OnceCell::new() }
    }

    /// Reads one of them.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn read(&self, value: &str) -> Result<Moment, String> {
        let name = self.property.name();
        let bad = || format!("{name}: {:?} is no date or time", shortened(value));
        if value.len() == 8 {
            return date(value).map(Moment::Date).ok_or_else(bad);
        }
        let (local, is_utc) = date_time(value).ok_or_else(bad)?;
        if is_utc {
            return Ok(Moment::Utc(local));
        }
        let zone = self.zone.get_or_init(|| self.clocks.zone(&self.property.param("TZID")?));
        Ok(match zone {
            Some(zone) => Moment::Zoned(local, zone.clone()),
            None => Moment::Floating(local),
        })
    }
}

/// At most forty characters of a value that somebody else wrote, for a message.
fn shortened(value: &str) -> String {
    value.chars().take(40).collect()
}

/// Whether `text` is a date or a time in any of its forms.
pub(crate) fn is_moment(text: &str) -> bool {
    date(text).is_some() || date_time(text).is_some()
}

/// `YYYYMMDD`.
pub(crate) fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let year = text[..4].parse().ok().filter(|&it| it >= 1)?;
    Date::new(year, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// `YYYYMMDDTHHMMSS`, and whether a `Z` follows; a leap second is read as the one before.
pub(crate) fn date_time(text: &str) -> Option<(DateTime, bool)> {
    let (text, is_utc) = match text.strip_suffix(['Z', 'z']) {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (day, time) = text.split_at_checked(8)?;
    let time = time.strip_prefix(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let second: i8 = time[4..].parse().ok()?;
    let second = if second == 60 { 59 } else { second };
    let time = Time::new(time[..2].parse().ok()?, time[2..4].parse().ok()?, second, 0).ok()?;
    Some((date(day)?.to_datetime(time), is_utc))
}

/// The instant of a `YYYYMMDDTHHMMSSZ`; nothing for any other form.
pub fn utc_instant(text: &str) -> Option<Instant> {
    let (local, is_utc) = date_time(text)?;
    is_utc.then(|| wall_s(local))
}

/// A duration: days that follow the calendar, and seconds that follow the clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Length {
    /// Days of the wall clock, weeks included.
    pub days: i64,
    /// Seconds elapsed.
    pub seconds: i64,
}

/// The longest duration read: a century keeps sums within the years that exist.
const LENGTH_MAX_DAYS: i64 = 36_525;

impl Length {
    /// Reads `P1W`, `P1DT2H`, `-PT15M` and their like (RFC 5545 §3.3.6).
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let text = text.strip_prefix(['P', 'p'])?;
        let (day_part, time_part) = text.split_once(['T', 't']).unwrap_or((text, ""));
        if day_part.is_empty() && time_part.is_empty() {
            return None;
        }
        let days = sum(day_part, &[('W', 7), ('D', 1)])?;
        let seconds = sum(time_part, &[('H', 3600), ('M', 60), ('S', 1)])?;
        let fits = days <= LENGTH_MAX_DAYS && seconds <= LENGTH_MAX_DAYS * 86_400;
        fits.then_some(Self { days: sign * days, seconds: sign * seconds })
    }

    /// The instant that lies this far after `start`.
    pub fn after(self, start: &Moment, floating: &Zone) -> Instant {
        if self.days == 0 {
            return start.instant(floating) + self.seconds;
        }
        let local = wall(wall_s(start.local()) + self.days * 86_400);
        start.at(local).instant(floating) + self.seconds
    }
}

/// Adds up `12H30M` by its units, each a number and a letter.
fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total: i64 = 0;
    let mut number = None;
    for letter in text.chars() {
        if let Some(digit) = letter.to_digit(10) {
            let so_far: i64 = number.unwrap_or(0);
            number = Some(so_far.checked_mul(10)?.checked_add(i64::from(digit))?);
        } else {
            let unit = units.iter().find(|it| it.0 == letter.to_ascii_uppercase())?;
            total = total.checked_add(number.take()?.checked_mul(unit.1)?)?;
        }
    }
    number.is_none().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_days_and_seconds_apart() {
        let cases = [
            ("P1W", Some((7, 0))),
            ("P15DT5H0M20S", Some((15, 18_020))),
            ("-PT15M", Some((0, -900))),
            ("+PT1H", Some((0, 3_600))),
            ("P", None),
            ("PT", None),
            ("P1", None),
            ("PT99999999999999999999H", None),
            ("1D", None),
        ];
        for (text, expected) in cases {
            let found = Length::parse(text).map(|it| (it.days, it.seconds));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn times_that_do_not_exist_are_no_times() {
        for text in ["20260230T000000", "20261301T000000", "20260101T250000", "2026010T000000"] {
            assert!(date_time(text).is_none(), "{text}");
        }
        assert_eq!(date_time("20161231T235960Z").unwrap().0.second(), 59);
        assert!(date("00000101").is_none() && date("99991231").is_some());
    }
}
