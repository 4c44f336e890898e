//! Booking: what is offered, holds, promises, and changing them.

mod cancel;
mod confirm;
mod hold;
mod manage;
mod offer;
mod reschedule;

use model::booking::{Booking, State, Visitor};
use model::id::{BookingId, EventTypeId, UserId};
use model::interval::Interval;
use storage::record::BookingRecord;

pub use confirm::{ConfirmForm, Confirmed};
pub use hold::{Held, HoldRequest};
pub(crate) use hold::{count_booking, release};
pub use manage::ManagedBooking;
pub use offer::MonthAnswer;

/// The booking that a row holds.
pub(crate) fn booking_of(id: BookingId, record: &BookingRecord) -> Booking {
    let length_s = u32::try_from(record.end - record.start).unwrap_or(1);
    Booking {
        id,
        host: UserId::from_bytes(record.host),
        event_type: EventTypeId::from_bytes(record.event_type),
        span: Interval::from(record.start, length_s),
        before_s: record.before_s,
        after_s: record.after_s,
        visitor: Visitor {
            name: record.visitor_name.clone(),
            email: record.visitor_email.clone(),
            phone: record.visitor_phone.clone(),
            notes: record.visitor_notes.clone(),
            zone: record.visitor_zone.clone(),
        },
        state: if record.is_cancelled { State::Cancelled } else { State::Confirmed },
        object: record.object.clone(),
        sequence: record.sequence,
    }
}
