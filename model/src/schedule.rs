//! When a host can be booked: weekly hours and the dates that differ.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::id::ScheduleId;

/// Minutes in a day of the wall clock.
pub const DAY_MIN: u16 = 1_440;

/// A stretch of wall-clock time on one local date.
///
/// It may run past midnight (`end_min` up to two days); the whole stretch then
/// belongs to the date on which it starts (R2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// First minute, counted from local midnight.
    pub start_min: u16,
    /// First minute after the stretch, counted from the same midnight.
    pub end_min: u16,
}

/// Hours in which a host can be booked, in the wall-clock time of one zone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Schedule {
    /// Its identity.
    pub id: ScheduleId,
    /// What the host calls it.
    pub name: String,
    /// The IANA name of its zone.
    pub zone: String,
    /// The windows of each weekday, Monday first.
    pub weekly: [Vec<Window>; 7],
    /// The windows of single dates, instead of the weekday's; none means closed (R2).
    pub overrides: BTreeMap<Date, Vec<Window>>,
}

impl Schedule {
    /// The windows that begin on `date`.
    pub fn windows(&self, date: Date) -> &[Window] {
        self.overrides.get(&date).unwrap_or_else(|| {
            let monday_first = date.weekday().to_monday_zero_offset();
            &self.weekly[usize::try_from(monday_first).unwrap_or_default()]
        })
    }

    /// Whether `date` has hours of its own.
    pub fn is_overridden(&self, date: Date) -> bool {
        self.overrides.contains_key(&date)
    }
}
