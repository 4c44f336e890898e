//! Wall-clock time to UTC and back: the one place where daylight saving is decided.

mod alias;
mod database;
mod link;

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::interval::{Instant, Interval};
pub use database::ZoneDb;
pub use link::LINKS;

/// A time zone: cheap to copy, with the rules of the zone data it came from.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

/// A stretch of UTC time in which a zone keeps one offset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Period {
    /// When it lasts.
    pub span: Interval,
    /// Seconds to add to UTC for the wall clock.
    pub offset_s: i32,
}

/// What a wall-clock time means in a zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resolved {
    /// The usual case: the clock shows this time once.
    Once(Instant),
    /// The clock is set back and shows this time twice.
    Twice {
        /// The first of the two.
        earlier: Instant,
        /// The second of the two.
        later: Instant,
    },
    /// The clock is set forward and never shows this time.
    Skipped {
        /// The time read with the offset in force before the jump.
        by_old_offset: Instant,
    },
}

impl Resolved {
    /// The instant iCalendar means: the first of two, or the old offset in a gap.
    ///
    /// RFC 5545 §3.3.5, form 3, "date with local time and time zone reference".
    pub const fn as_icalendar(self) -> Instant {
        match self {
            Self::Once(at) | Self::Twice { earlier: at, .. } => at,
            Self::Skipped { by_old_offset } => by_old_offset,
        }
    }
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC }
    }

    /// A zone that is always `offset_s` seconds ahead of UTC, within a day.
    pub fn fixed(offset_s: i32) -> Self {
        let offset = Offset::from_seconds(offset_s.clamp(-86_399, 86_399)).unwrap_or(Offset::UTC);
        Self { name: offset.to_string().into(), rules: TimeZone::fixed(offset) }
    }

    /// A zone by the rules in a file of RFC 8536; nothing if it is none.
    pub fn from_tzif(name: &str, file: &[u8]) -> Option<Self> {
        Some(Self { name: name.into(), rules: TimeZone::tzif(name, file).ok()? })
    }

    /// Its IANA name, or its offset.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds to add to UTC at `at` for the wall clock.
    pub fn offset_s(&self, at: Instant) -> i32 {
        self.rules.to_offset(timestamp(at)).seconds()
    }

    /// What the wall clock shows at `at`.
    pub fn local(&self, at: Instant) -> DateTime {
        self.rules.to_datetime(timestamp(at))
    }

    /// The letters people use for the zone at `at`, such as CEST.
    pub fn abbreviation(&self, at: Instant) -> String {
        self.rules.to_offset_info(timestamp(at)).abbreviation().to_owned()
    }

    /// Resolves `local`, keeping gaps and folds visible to the caller.
    pub fn resolve(&self, local: DateTime) -> Resolved {
        match self.rules.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => Resolved::Once(read(local, offset)),
            AmbiguousOffset::Gap { before, .. } => {
                Resolved::Skipped { by_old_offset: read(local, before) }
            }
            AmbiguousOffset::Fold { before, after } => {
                Resolved::Twice { earlier: read(local, before), later: read(local, after) }
            }
        }
    }

    /// The instant that iCalendar means by `local` (RFC 5545 §3.3.5).
    pub fn instant(&self, local: DateTime) -> Instant {
        self.resolve(local).as_icalendar()
    }

    /// The stretches of constant offset that cover `range`, in order.
    pub fn periods(&self, range: Interval) -> Vec<Period> {
        let mut found = Vec::with_capacity(2);
        let mut from = range.start();
        let mut offset_s = self.offset_s(from);
        for transition in self.rules.following(timestamp(from)) {
            let at = transition.timestamp().as_second();
            if at >= range.end() {
                break;
            }
            if transition.offset().seconds() != offset_s {
                found.extend(Interval::new(from, at).map(|span| Period { span, offset_s }));
                (from, offset_s) = (at, transition.offset().seconds());
            }
        }
        found.extend(Interval::new(from, range.end()).map(|span| Period { span, offset_s }));
        found
    }
}

/// The wall-clock reading as seconds since the epoch, as though it were UTC.
pub fn wall_s(local: DateTime) -> i64 {
    local.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs()
}

/// The reading that [`wall_s`] makes `seconds` of; years are kept within 1 to 9999.
pub fn wall(seconds: i64) -> DateTime {
    let seconds = seconds.clamp(Interval::EVER.start(), Interval::EVER.end() - 1);
    let since_epoch = SignedDuration::from_secs(seconds);
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0).saturating_add(since_epoch)
}

fn read(local: DateTime, offset: Offset) -> Instant {
    wall_s(local) - i64::from(offset.seconds())
}

fn timestamp(at: Instant) -> Timestamp {
    let at = at.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        ZoneDb::bundled().zone(name).unwrap()
    }

    #[test]
    fn wall_clock_times_resolve_as_rfc_5545_says() {
        let cases = [
            ("plain winter day", "Europe/Lisbon", "2026-01-15T09:00", "2026-01-15T09:00:00Z"),
            ("quarter-hour offset", "Asia/Kathmandu", "2026-01-15T09:00", "2026-01-15T03:15:00Z"),
            ("gap, one hour", "America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z"),
            ("fold, first of two", "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"),
            (
                "gap, half an hour",
                "Australia/Lord_Howe",
                "2026-10-04T02:15",
                "2026-10-03T15:45:00Z",
            ),
            ("gap, a whole day", "Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"),
        ];
        for (case, name, local, expected) in cases {
            let expected: Timestamp = expected.parse().unwrap();
            let found = zone(name).instant(local.parse().unwrap());
            assert_eq!(found, expected.as_second(), "{case}");
        }
    }

    #[test]
    fn the_zone_data_is_newer_than_that_of_chrono_tz() {
        // 2026e: British Columbia keeps -07:00 for good, which 2025b does not know.
        let noon: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        assert_eq!(zone("America/Vancouver").offset_s(noon.as_second()), -7 * 3600);
    }

    #[test]
    fn periods_cover_the_range_without_a_hole() {
        let year = Interval::new(1_767_225_600, 1_798_761_600).unwrap();
        let periods = zone("Europe/Paris").periods(year);
        assert_eq!(periods.iter().map(|it| it.offset_s).collect::<Vec<_>>(), [3600, 7200, 3600]);
        assert!(periods.windows(2).all(|it| it[0].span.end() == it[1].span.start()));
        assert_eq!((periods[0].span.start(), periods[2].span.end()), (year.start(), year.end()));
    }
}
