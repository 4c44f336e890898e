//! Which instances and components touch a window, by the tables of RFC 4791 §9.9.

use std::collections::BTreeSet;

use model::interval::{Instant, Interval};

use crate::document::{Component, Document, Property};
use crate::instances::{Clocks, Context, Instance, Instances, anchor, instances};
use crate::moment::{Length, Moment, Values};
use crate::validate::Invalid;

/// What of an object touches a window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touching {
    /// Instances of the components that say when they start.
    pub(crate) instances: Instances,
    /// The numbers of those components that do not, or that are no series.
    pub(crate) others: BTreeSet<usize>,
}

/// What of `document` touches `window`, at most `max` instances.
///
/// # Errors
///
/// [`Invalid`] where a date, a duration or a rule cannot be read.
pub(crate) fn touching(
    document: &Document,
    window: Interval,
    context: &Context<'_>,
    max: usize,
) -> Result<Touching, Invalid> {
    let look = Look { clocks: Clocks::of(document, context), window };
    let components: Vec<Component<'_>> = document.calendar().children().collect();
    // Both ends of a task count, so one that ends where the window starts may touch it.
    let has_todo = components.iter().any(|it| it.is("VTODO"));
    let wide = if has_todo { window.widened(1, 1) } else { window };
    let mut all = instances(document, wide, context, max)?;
    // Once for each component, however many instances and properties it has.
    let rows: Vec<Row> = components.iter().map(|it| Row::of(*it)).collect();
    all.found.retain(|it| rows.get(it.component).is_some_and(|row| row.touches(it, window)));
    let others = components.iter().enumerate().filter(|(_, it)| look.other_touches(**it));
    Ok(Touching { others: others.map(|(number, _)| number).collect(), instances: all })
}

/// Whether the component is one stretch of time, whatever recurs in it.
fn is_one_span(component: Component<'_>) -> bool {
    component.is("VFREEBUSY") || component.is("VAVAILABILITY")
}

/// By which row of a table an instance touches a window.
#[derive(Clone, Copy)]
enum Row {
    /// It has no instances.
    OneSpan,
    /// What touches a window by itself.
    Plain,
    /// VTODO with DTSTART and DUE.
    Due,
    /// VTODO with DUE alone.
    Ended,
    /// VTODO with DTSTART and DURATION.
    Lasting,
    /// VTODO with DTSTART alone.
    Started,
}

impl Row {
    fn of(component: Component<'_>) -> Self {
        let has = |name| component.property(name).is_some();
        match component.is("VTODO") {
            true if has("DUE") && !has("DTSTART") => Self::Ended,
            true if has("DUE") => Self::Due,
            true if has("DURATION") => Self::Lasting,
            true => Self::Started,
            false if is_one_span(component) => Self::OneSpan,
            false => Self::Plain,
        }
    }

    fn touches(self, instance: &Instance, window: Interval) -> bool {
        let (start, end) = (window.start(), window.end());
        let (from, to) = (instance.start, instance.end);
        let ends_after = end > from || end >= to;
        match self {
            Self::OneSpan => false,
            Self::Plain => true,
            Self::Due => (start < to || start <= from) && ends_after,
            Self::Ended => start < to && end >= to,
            Self::Lasting => start <= to && ends_after,
            Self::Started => window.holds(from),
        }
    }
}

struct Look<'a> {
    clocks: Clocks<'a>,
    window: Interval,
}

impl Look<'_> {
    /// The rows of all that has no instances.
    fn other_touches(&self, component: Component<'_>) -> bool {
        if component.is("VFREEBUSY") {
            return self.free_busy_touches(component);
        }
        if component.is("VAVAILABILITY") {
            return self.availability_touches(component);
        }
        component.is("VTODO") && anchor(component).is_none() && self.undated_todo_touches(component)
    }

    fn undated_todo_touches(&self, component: Component<'_>) -> bool {
        let (start, end) = (self.window.start(), self.window.end());
        let at = |name| self.instant(component, name);
        match (at("COMPLETED"), at("CREATED")) {
            (Some(completed), Some(created)) => {
                (start <= created || start <= completed) && (end >= created || end >= completed)
            }
            (Some(completed), None) => start <= completed && end >= completed,
            (None, Some(created)) => end > created,
            (None, None) => true,
        }
    }

    /// A DURATION has another meaning there, and is not looked at.
    fn free_busy_touches(&self, component: Component<'_>) -> bool {
        match (self.instant(component, "DTSTART"), self.instant(component, "DTEND")) {
            (Some(from), Some(to)) => self.window.start() <= to && self.window.end() > from,
            _ => component.all("FREEBUSY").any(|it| {
                let (mut values, forms) = (it.value().split(','), Values::of(it, &self.clocks));
                values.any(|value| {
                    let period = period(value, &forms, &self.clocks);
                    period.is_some_and(|it| it.overlaps(self.window))
                })
            }),
        }
    }

    /// Without a start or an end it has been, or will be, for ever (RFC 7953 §3.1).
    fn availability_touches(&self, component: Component<'_>) -> bool {
        let from = self.instant(component, "DTSTART");
        let length = component.value("DURATION").and_then(Length::parse);
        let by_length = || {
            let start = Moment::read(component.property("DTSTART")?, &self.clocks).ok()?;
            Some(length?.after(&start, self.clocks.floating()))
        };
        let to = self.instant(component, "DTEND").or_else(by_length);
        from.is_none_or(|it| it < self.window.end()) && to.is_none_or(|it| self.window.start() < it)
    }

    fn instant(&self, component: Component<'_>, name: &str) -> Option<Instant> {
        instant(component.property(name)?, &self.clocks)
    }
}

/// The instant that a property says.
pub(crate) fn instant(property: Property<'_>, clocks: &Clocks<'_>) -> Option<Instant> {
    Some(Moment::read(property, clocks).ok()?.instant(clocks.floating()))
}

/// One `start/end` or `start/duration` of a property (RFC 5545 §3.3.9).
pub(crate) fn period(value: &str, forms: &Values<'_>, clocks: &Clocks<'_>) -> Option<Interval> {
    let (start, end) = value.trim().split_once('/')?;
    let start = forms.read(start).ok()?;
    let end = match Length::parse(end) {
        Some(length) => length.after(&start, clocks.floating()),
        None => forms.read(end).ok()?.instant(clocks.floating()),
    };
    Interval::new(start.instant(clocks.floating()), end).ok()
}
