//! Dates, times, durations and periods of iCalendar, as far as comparing them needs.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::icalendar::Property;

/// When something is, in the form in which it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    Day(Date),
    Utc(DateTime),
    /// With the name of its zone, if it has one.
    Local(DateTime, Option<String>),
}

impl Moment {
    /// The moment that a property tells.
    pub(crate) fn of(property: &Property) -> Option<Self> {
        Self::parse(&property.value, property.first("TZID"))
    }

    /// Reads `20260302`, `20260302T090000` or `20260302T090000Z`.
    pub(crate) fn parse(text: &str, zone: Option<&str>) -> Option<Self> {
        if !text.contains('T') {
            return Some(Self::Day(Date::strptime("%Y%m%d", text).ok()?));
        }
        let (text, is_utc) = match text.strip_suffix('Z') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let clock = DateTime::strptime("%Y%m%dT%H%M%S", text).ok()?;
        Some(if is_utc { Self::Utc(clock) } else { Self::Local(clock, zone.map(str::to_owned)) })
    }

    /// How many seconds later `other` is, if that can be said.
    pub(crate) fn seconds_until(&self, other: &Self) -> Option<i64> {
        match (self, other) {
            (Self::Day(start), Self::Day(end)) => Some(end.duration_since(*start).as_secs()),
            (Self::Local(start, one), Self::Local(end, two)) if one == two => {
                Some(end.duration_since(*start).as_secs())
            }
            _ => Some(other.instant()?.duration_since(self.instant()?).as_secs()),
        }
    }

    /// The same moment as a clock shows it that is written like `like`.
    pub(crate) fn written_like(&self, like: &Self) -> Option<String> {
        match (self, like) {
            (Self::Day(day), _) => Some(day.strftime("%Y%m%d").to_string()),
            (Self::Local(clock, one), Self::Local(_, two)) if one == two => Some(local(*clock)),
            (_, Self::Local(_, Some(zone))) => {
                let zone = TimeZone::get(zone).ok()?;
                Some(local(self.instant()?.to_zoned(zone).datetime()))
            }
            (_, Self::Utc(_)) => {
                Some(format!("{}Z", local(self.instant()?.to_zoned(TimeZone::UTC).datetime())))
            }
            _ => None,
        }
    }

    fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Day(_) | Self::Local(_, None) => None,
            Self::Utc(clock) => clock.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp()),
            Self::Local(clock, Some(zone)) => {
                let zone = TimeZone::get(zone).ok()?;
                clock.to_zoned(zone).ok().map(|it| it.timestamp())
            }
        }
    }
}

/// A duration as iCalendar writes it, in seconds.
pub(crate) fn duration_s(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (days, clock) = match rest.strip_prefix('P')?.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (rest.strip_prefix('P')?, None),
    };
    if days.is_empty() && clock.is_none_or(str::is_empty) {
        return None;
    }
    let days = sum(days, &[('W', 604_800), ('D', 86_400)])?;
    let clock = sum(clock.unwrap_or_default(), &[('H', 3600), ('M', 60), ('S', 1)])?;
    Some(sign * (days + clock))
}

/// A period as its start and its end; what is no period is left as it is.
pub(crate) fn period(text: &str) -> (String, String) {
    let Some((start, end)) = text.split_once('/') else { return (text.to_owned(), String::new()) };
    let moved = duration_s(end).and_then(|seconds| later(start, seconds));
    (start.to_owned(), moved.unwrap_or_else(|| end.to_owned()))
}

/// The time `seconds` after a time written in UTC or without a zone.
fn later(start: &str, seconds: i64) -> Option<String> {
    let move_by = SignedDuration::from_secs(seconds);
    match Moment::parse(start, None)? {
        Moment::Utc(clock) => Some(format!("{}Z", local(clock.checked_add(move_by).ok()?))),
        Moment::Local(clock, _) => Some(local(clock.checked_add(move_by).ok()?)),
        Moment::Day(_) => None,
    }
}

fn local(clock: DateTime) -> String {
    clock.strftime("%Y%m%dT%H%M%S").to_string()
}

fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0;
    let mut digits = String::new();
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let (_, seconds) = units.iter().find(|it| it.0 == character)?;
        total += digits.parse::<i64>().ok()? * seconds;
        digits.clear();
    }
    digits.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_form() {
        for (text, expected) in [
            ("PT1H", Some(3600)),
            ("PT60M", Some(3600)),
            ("-PT15M", Some(-900)),
            ("P1DT2H", Some(93_600)),
            ("P1W", Some(604_800)),
            ("PT0S", Some(0)),
            ("P", None),
            ("PT1", None),
            ("20260101T000000Z", None),
        ] {
            assert_eq!(duration_s(text), expected, "{text}");
        }
    }

    #[test]
    fn periods_end_at_the_same_time_however_they_are_written() {
        let expected = ("20260302T233000Z".to_owned(), "20260303T003000Z".to_owned());
        assert_eq!(period("20260302T233000Z/PT1H"), expected);
        assert_eq!(period("20260302T233000Z/20260303T003000Z"), expected);
    }

    #[test]
    fn the_time_between_two_moments_minds_their_zones() {
        let at = |text, zone| Moment::parse(text, zone).unwrap();
        for (case, start, end, expected) in [
            ("days", at("20260301", None), at("20260303", None), Some(172_800)),
            ("utc", at("20260301T100000Z", None), at("20260301T110000Z", None), Some(3600)),
            (
                "two zones",
                at("20260601T100000", Some("Europe/Paris")),
                at("20260601T100000", Some("America/New_York")),
                Some(21_600),
            ),
            (
                "one unknown zone",
                at("20260601T100000", Some("Nowhere")),
                at("20260601T103000", Some("Nowhere")),
                Some(1800),
            ),
            ("a day and a time", at("20260301", None), at("20260301T110000Z", None), None),
        ] {
            assert_eq!(start.seconds_until(&end), expected, "{case}");
        }
    }
}
