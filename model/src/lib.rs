//! The nouns of the product, right by construction: no disk, no text formats, no real time.

pub mod booking;
pub mod clock;
pub mod event_type;
pub mod id;
pub mod interval;
pub mod limit;
pub mod privilege;
pub mod schedule;
pub mod zone;
