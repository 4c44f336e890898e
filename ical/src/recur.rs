//! Recurrence rules, expanded into any window in bounded time (RFC 5545 §3.3.10).
//!
//! The `rrule` crate does the expansion where it is right and quick, after the rule
//! was made explicit and its start moved close to the window; [`scan`] does the rest.
//! Both count what they look at, and give up where that is more than was allowed.

mod days;
mod engine;
mod foreign;
mod rule;
pub mod scan;
mod size;
mod steps;

use jiff::civil::DateTime;
use model::limit::PERIOD_TIMES_MAX;
use model::zone::{wall, wall_s};

pub(crate) use rule::rscale;
pub use rule::{Frequency, Rule, RuleError, Until};
pub use steps::Steps;

/// What is asked of a series: its starts in `from..until`, sorted, at most `limit` of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The first occurrence, whether or not it matches the rule (RFC 5545 §3.8.5.3).
    pub(crate) start: DateTime,
    pub(crate) from: DateTime,
    pub(crate) until: DateTime,
    pub(crate) limit: usize,
    /// What may be looked at; where they are over, not all that was asked for is found.
    pub(crate) steps: &'a Steps<'a>,
}

/// The local starts of a series in `from..until`, sorted, at most `limit` of them.
///
/// The series begins with `start`, which counts as its first occurrence whether or not
/// it matches the rule (RFC 5545 §3.8.5.3). An UNTIL is read as local time here.
pub fn local_starts(
    rule: &Rule,
    start: DateTime,
    from: DateTime,
    until: DateTime,
    limit: usize,
) -> Vec<DateTime> {
    starts(rule, Asked { start, from, until, limit, steps: &Steps::of_object(None) })
}

/// The local starts of a series that are asked for, as far as the steps allow.
pub(crate) fn starts(rule: &Rule, asked: Asked<'_>) -> Vec<DateTime> {
    if engine::is_right_for(rule)
        && let Some(found) = with_start(rule, asked, engine::matching)
    {
        return found;
    }
    with_start(rule, asked, scan::matching).unwrap_or_default()
}

/// An engine: the matching starts from `start` on, or nothing if it cannot tell.
type Engine = fn(&Rule, Asked<'_>) -> Option<Vec<DateTime>>;

/// Adds what no engine knows: the first occurrence is `start` whether or not it matches.
fn with_start(rule: &Rule, asked: Asked<'_>, engine: Engine) -> Option<Vec<DateTime>> {
    let Asked { start, from, until, limit, steps } = asked;
    let alone = |until| match from <= start && start < until && limit > 0 {
        true => vec![start],
        false => Vec::new(),
    };
    if rule.times_per_period() > PERIOD_TIMES_MAX {
        // Nobody may store such a one any more.
        steps.give_up();
        return Some(alone(until));
    }
    if let Some(foreign) = &rule.foreign {
        return Some(foreign::local_starts(rule, foreign, asked));
    }
    if rule.last().is_some_and(|last| last < start) {
        return Some(alone(until));
    }
    let until = rule.last().map_or(until, |last| until.min(wall(wall_s(last) + 1)));
    let asked = Asked { until, ..asked };
    if rule.matches(start, steps) {
        return engine(rule, asked);
    }
    // The start that does not match takes one of COUNT all the same.
    let rest = Rule { count: rule.count.map(|it| it.saturating_sub(1)), ..rule.clone() };
    let anchored = rest.made_explicit(start);
    let mut found = match rest.count {
        Some(0) => Vec::new(),
        _ => engine(&anchored, asked)?,
    };
    found.splice(..0, alone(until));
    found.truncate(limit);
    Some(found)
}
