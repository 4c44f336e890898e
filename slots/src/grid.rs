//! The starts that a grid of wall-clock minutes allows.

use model::interval::{DAY_S, Instant, Interval};
use model::zone::Period;

/// Starts every `step_min` minutes after local midnight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    step_s: i64,
    /// Where the step divides the day, the grid simply goes on over midnight.
    divides_day: bool,
}

impl Grid {
    /// A grid of `step_min` minutes; at least one.
    pub(crate) fn new(step_min: u16) -> Self {
        let step_s = i64::from(step_min.max(1)) * 60;
        Self { step_s, divides_day: DAY_S % step_s == 0 }
    }

    /// The first start at or after `at`, read with the offset of `period`.
    pub(crate) fn at_or_after(self, at: Instant, period: &Period) -> Instant {
        let wall_s = at + i64::from(period.offset_s);
        let midnight_s = wall_s.div_euclid(DAY_S) * DAY_S;
        let since_midnight_s = wall_s - midnight_s;
        let rounded_s = (since_midnight_s + self.step_s - 1) / self.step_s * self.step_s;
        // A step that does not divide the day begins anew at midnight.
        midnight_s + rounded_s.min(DAY_S) - i64::from(period.offset_s)
    }

    /// The start after `at`, which is one itself.
    fn after(self, at: Instant, period: &Period) -> Instant {
        if self.divides_day { at + self.step_s } else { self.at_or_after(at + 1, period) }
    }

    /// Whether `at` is a start.
    pub(crate) fn allows(self, at: Instant, period: &Period) -> bool {
        self.at_or_after(at, period) == at
    }
}

/// Stretches of time in which nothing may start: half-open, sorted and merged at the end.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    stretches: Vec<(Instant, Instant)>,
    is_unsorted: bool,
}

impl Blocked {
    /// Adds a stretch; what comes in order is merged at once.
    pub(crate) fn add(&mut self, from: Instant, until: Instant) {
        match self.stretches.last_mut() {
            Some(last) if last.0 <= from && from <= last.1 => last.1 = last.1.max(until),
            Some(last) => {
                self.is_unsorted |= from < last.0;
                self.stretches.push((from, until));
            }
            None => self.stretches.push((from, until)),
        }
    }

    /// The stretches, sorted and merged.
    pub(crate) fn merged(mut self) -> Vec<(Instant, Instant)> {
        if self.is_unsorted {
            self.stretches.sort_unstable();
            self.stretches.dedup_by(|next, kept| {
                let touches = next.0 <= kept.1;
                if touches {
                    kept.1 = kept.1.max(next.1);
                }
                touches
            });
        }
        self.stretches
    }
}

/// The grid's starts in `span`, all within `period`, that are outside of `blocked`.
///
/// The cost is that of the answer and of the busy spans within.
pub(crate) fn free_starts(
    grid: Grid,
    span: Interval,
    period: &Period,
    blocked: &[(Instant, Instant)],
    found: &mut Vec<Instant>,
) {
    let mut skip = blocked.partition_point(|it| it.1 <= span.start());
    let mut at = grid.at_or_after(span.start(), period);
    while at < span.end() {
        while blocked.get(skip).is_some_and(|it| it.1 <= at) {
            skip += 1;
        }
        match blocked.get(skip) {
            Some(&(from, until)) if from <= at => at = grid.at_or_after(until, period),
            _ => {
                found.push(at);
                at = grid.after(at, period);
            }
        }
    }
}
