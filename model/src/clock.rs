//! The time of day, as something you are given rather than something you ask.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::interval::Instant;

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// The current moment, in seconds since the epoch.
    fn now(&self) -> Instant;

    /// Time that only ever goes forward, from an arbitrary beginning: for limits and time-outs.
    fn elapsed(&self) -> Duration;
}

/// The machine's own clock. The only code that may ask the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(std::time::Instant);

impl SystemClock {
    /// The machine's clock; its [`Clock::elapsed`] begins here.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Instant {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since_epoch.map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A clock that moves only when a test moves it.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `now`.
    pub fn at(now: Instant) -> Self {
        Self(AtomicI64::new(now))
    }

    /// Moves the clock forward by `seconds`.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.0.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.now()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(1_000);
        assert_eq!((clock.now(), clock.now()), (1_000, 1_000));
        clock.advance(300);
        assert_eq!(clock.now(), 1_300);
    }
}
