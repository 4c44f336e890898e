//! The machine's clock, asked for waiting alone.

use std::thread;
use std::time::{Duration, Instant};

/// A time at which to give up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The time `seconds` from now.
    pub(crate) fn after_s(seconds: u64) -> Self {
        Self(now() + Duration::from_secs(seconds))
    }

    /// Whether it has come.
    pub(crate) fn is_over(self) -> bool {
        now() >= self.0
    }
}

/// Waits.
pub(crate) fn pause_ms(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
fn now() -> Instant {
    Instant::now()
}
