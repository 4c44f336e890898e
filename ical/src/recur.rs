//! Recurrence rules, expanded into any window in bounded time (RFC 5545 §3.3.10).
//!
//! The `rrule` crate does the expansion where it is right and quick, after the rule
//! was made explicit and its start moved close to the window; [`scan`] does the rest.

mod days;
mod engine;
mod foreign;
mod rule;
pub mod scan;

use jiff::civil::DateTime;
use model::zone::{wall, wall_s};

pub(crate) use rule::rscale;
pub use rule::{Frequency, Rule, RuleError, Until};

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
    if engine::is_right_for(rule) {
        let quick = with_start(rule, start, from, until, limit, engine::matching);
        if let Some(found) = quick {
            return found;
        }
    }
    scan::local_starts(rule, start, from, until, limit)
}

/// An engine: the matching starts from `start` on, or nothing if it cannot tell.
type Engine = fn(&Rule, DateTime, DateTime, DateTime, usize) -> Option<Vec<DateTime>>;

/// Adds what no engine knows: the first occurrence is `start` whether or not it matches.
fn with_start(
    rule: &Rule,
    start: DateTime,
    from: DateTime,
    until: DateTime,
    limit: usize,
    engine: Engine,
) -> Option<Vec<DateTime>> {
    if let Some(foreign) = &rule.foreign {
        return Some(foreign::local_starts(rule, foreign, start, (from, until), limit));
    }
    if rule.last().is_some_and(|last| last < start) {
        let begins = from <= start && start < until && limit > 0;
        return Some(if begins { vec![start] } else { Vec::new() });
    }
    let until = rule.last().map_or(until, |last| until.min(wall(wall_s(last) + 1)));
    let begins = from <= start && start < until;
    if rule.matches(start) {
        return engine(rule, start, from, until, limit);
    }
    // The start that does not match takes one of COUNT all the same.
    let rest = Rule { count: rule.count.map(|it| it.saturating_sub(1)), ..rule.clone() };
    let anchored = rest.made_explicit(start);
    let mut found = match rest.count {
        Some(0) => Vec::new(),
        _ => engine(&anchored, start, from, until, limit)?,
    };
    if begins {
        found.insert(0, start);
        found.truncate(limit);
    }
    Some(found)
}
