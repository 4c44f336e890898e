//! The slot engine: which times may be booked, and why the others may not.
//!
//! Pure functions on intervals: no clock, no disk, no iCalendar. R-numbers name
//! the rules that `docs/slots.md` explains.

mod busy;
mod explain;
mod grid;
pub mod hours;
mod question;
pub mod set;

pub use busy::{Busy, Kind};
pub use explain::{Reason, check};
pub use question::{Day, Question, days, next, starts};
