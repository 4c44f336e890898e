//! The promise of a meeting, and the states that it goes through.

use crate::id::{BookingId, EventTypeId, UserId};
use crate::interval::Interval;

/// Where a booking stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It will take place.
    Confirmed,
    /// It will not.
    Cancelled,
}

/// Who booked, and what they said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Visitor {
    /// The name they gave.
    pub name: String,
    /// Where they can be written to.
    pub email: String,
    /// Where they can be called, or nothing.
    pub phone: String,
    /// What they want to say, or nothing.
    pub notes: String,
    /// The IANA name of the zone in which they saw the time.
    pub zone: String,
}

/// One promised meeting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Booking {
    /// Its identity.
    pub id: BookingId,
    /// Whose time it takes.
    pub host: UserId,
    /// What was booked.
    pub event_type: EventTypeId,
    /// The time, without buffers.
    pub span: Interval,
    /// Seconds kept free before.
    pub before_s: u32,
    /// Seconds kept free after.
    pub after_s: u32,
    /// Who booked.
    pub visitor: Visitor,
    /// Where it stands.
    pub state: State,
    /// The name of its event in the host's calendar of bookings.
    pub object: String,
    /// How often it was changed: RFC 5545 §3.8.7.4, SEQUENCE.
    pub sequence: u32,
}
