//! What can be booked: durations, buffers, notice and window of one service.

use jiff::civil::Date;

use crate::id::{EventTypeId, ScheduleId};

/// How far ahead can be booked (R6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BookingWindow {
    /// Until the end of the local day that many days from now.
    Rolling {
        /// Days ahead, up to [`crate::limit::WINDOW_MAX_DAYS`].
        days: u16,
    },
    /// Starts on these local dates, both included.
    Range {
        /// The first date.
        first: Date,
        /// The last date.
        last: Date,
    },
}

/// A service that can be booked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventType {
    /// Its identity.
    pub id: EventTypeId,
    /// Its name in links.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// What it is, in a sentence or two.
    pub description: String,
    /// Where it takes place.
    pub place: String,
    /// The lengths to choose from, in minutes.
    pub durations_min: Vec<u16>,
    /// Minutes between two starts on the wall clock.
    pub step_min: u16,
    /// Seconds to keep free before (R4).
    pub before_s: u32,
    /// Seconds to keep free after (R4).
    pub after_s: u32,
    /// Seconds between now and the earliest start (R5).
    pub notice_s: u32,
    /// How far ahead can be booked.
    pub window: BookingWindow,
    /// Bookings of this type on one local day, at most (R7).
    pub max_per_day: Option<u16>,
    /// When it is offered.
    pub schedule: ScheduleId,
    /// Whether it is offered at all.
    pub is_active: bool,
}
