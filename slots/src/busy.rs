//! What takes a host's time, and how far from it another meeting must stay.

use model::interval::Interval;

/// What kind of thing takes the time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A booking.
    Booked,
    /// A slot kept for a visitor who is filling in the form.
    Held,
    /// An event of the host's own calendars.
    Calendar,
    /// An event that the host has not accepted for certain.
    Tentative,
}

/// A span in which the host cannot be booked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Busy {
    /// When it lasts, without buffers.
    pub span: Interval,
    /// Seconds to keep free before it; none for calendar events.
    pub before_s: u32,
    /// Seconds to keep free after it; none for calendar events.
    pub after_s: u32,
    /// What it is.
    pub kind: Kind,
    /// Whether it counts toward the event type's daily limit (R7).
    pub counts: bool,
}

impl Busy {
    /// Whether a meeting at `asked` with these buffers is too close, or in it (R4).
    ///
    /// Of two neighbours the larger buffer counts, not the sum.
    pub fn blocks(&self, asked: Interval, before_s: u32, after_s: u32) -> bool {
        self.span.widened(self.before_s.max(after_s), self.after_s.max(before_s)).overlaps(asked)
    }
}
