//! The stretch of time outside of which an object has no instance: what an index keeps.

use model::interval::{DAY_S, Instant, Interval};
use model::limit::OBJECT_INSTANCES_MAX;

use crate::document::Document;
use crate::instances::{Clocks, Context, instances};
use crate::moment::Moment;
use crate::recur::Rule;
use crate::validate::Invalid;

/// Where an object lies in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// No instance starts before.
    pub first: Instant,
    /// No instance ends after; [`Instant::MAX`] if there is no end.
    pub last: Instant,
    /// Whether the span alone cannot tell which windows the object touches.
    pub is_loose: bool,
}

/// Where `document` lies in time; floating times are taken to be in any zone.
///
/// # Errors
///
/// [`Invalid`] where a date or a rule cannot be read.
pub fn span(document: &Document, context: &Context<'_>) -> Result<Span, Invalid> {
    let clocks = Clocks::of(document, context);
    let mut is_loose = false;
    let mut endless = false;
    for component in document.calendar().children().filter(|it| !it.is("VTIMEZONE")) {
        let start = component.property("DTSTART").and_then(|it| Moment::read(it, &clocks).ok());
        is_loose |= start.as_ref().is_none_or(Moment::floats) || !component.is("VEVENT");
        is_loose |= component.property("RDATE").is_some();
        for rule in component.all("RRULE").filter_map(|it| Rule::parse(it.value()).ok()) {
            is_loose = true;
            endless |= rule.count.is_none() && rule.until.is_none();
        }
    }
    if document.calendar().children().any(|it| !it.is("VEVENT") && !it.is("VTIMEZONE")) {
        // Tasks, journals and free-busy follow rules of their own (RFC 4791 §9.9).
        return Ok(Span { first: Instant::MIN, last: Instant::MAX, is_loose: true });
    }
    let begin = instances(document, Interval::EVER, context, 1)?;
    let first = begin.found.first().map_or(Instant::MIN, |it| it.start - DAY_S);
    if !is_loose {
        let all = instances(document, Interval::EVER, context, OBJECT_INSTANCES_MAX)?;
        let first = all.found.iter().map(|it| it.start).min().unwrap_or(Instant::MIN);
        let last = all.found.iter().map(|it| it.end).max().unwrap_or(Instant::MAX);
        // Of an event whose only instance is taken out, no window is touched.
        return Ok(Span { first, last, is_loose: all.found.len() != 1 });
    }
    if endless {
        return Ok(Span { first, last: Instant::MAX, is_loose });
    }
    let all = instances(document, Interval::EVER, context, OBJECT_INSTANCES_MAX)?;
    let last = all.found.iter().map(|it| it.end + DAY_S).max();
    let last = if all.truncated { None } else { last };
    Ok(Span { first, last: last.unwrap_or(Instant::MAX), is_loose })
}
