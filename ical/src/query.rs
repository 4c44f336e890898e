//! Filters of `calendar-query` on one object (RFC 4791 §9.7).

use std::collections::BTreeSet;

use model::interval::{DAY_S, Instant, Interval};
use model::limit::OBJECT_INSTANCES_MAX;

use crate::document::{Component, Document, Property};
use crate::instances::{Clocks, Context, instances};
use crate::moment::{Length, Moment};
use crate::text::unescape;

/// `CALDAV:comp-filter`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ComponentFilter {
    /// The component that is meant.
    pub name: String,
    /// Whether there must be none.
    pub is_not_defined: bool,
    /// The window that it must touch.
    pub window: Option<Interval>,
    /// What its properties must be.
    pub properties: Vec<PropertyFilter>,
    /// What the components in it must be.
    pub components: Vec<ComponentFilter>,
}

/// `CALDAV:prop-filter`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PropertyFilter {
    /// The property that is meant.
    pub name: String,
    /// Whether there must be none.
    pub is_not_defined: bool,
    /// The window that its time must lie in.
    pub window: Option<Interval>,
    /// What its text must contain.
    pub text: Option<TextMatch>,
    /// What its parameters must be.
    pub params: Vec<ParamFilter>,
}

/// `CALDAV:param-filter`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ParamFilter {
    /// The parameter that is meant.
    pub name: String,
    /// Whether there must be none.
    pub is_not_defined: bool,
    /// What its value must contain.
    pub text: Option<TextMatch>,
}

/// How letters are compared (RFC 4790).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Collation {
    /// `i;ascii-casemap`, the default: A to Z without regard to case.
    #[default]
    AsciiCasemap,
    /// `i;octet`: byte by byte.
    Octet,
    /// `i;unicode-casemap`: all letters without regard to case.
    UnicodeCasemap,
}

/// `CALDAV:text-match`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TextMatch {
    /// What is looked for.
    pub text: String,
    /// How letters are compared.
    pub collation: Collation,
    /// Whether it must not be found.
    pub is_negated: bool,
}

/// Whether `document` passes `filter`, whose name is that of the outermost component.
pub fn matches(document: &Document, filter: &ComponentFilter, context: &Context<'_>) -> bool {
    let look = Look { document, context };
    let calendar = document.calendar();
    if !calendar.is(&filter.name) {
        return filter.is_not_defined;
    }
    !filter.is_not_defined && look.passes(calendar, filter)
}

struct Look<'a> {
    document: &'a Document,
    context: &'a Context<'a>,
}

impl Look<'_> {
    /// Whether the properties and inner components of `component` are as wanted.
    fn passes(&self, component: Component<'_>, filter: &ComponentFilter) -> bool {
        filter.properties.iter().all(|it| self.has_property(component, it))
            && filter.components.iter().all(|it| self.has_component(component, it))
    }

    fn has_component(&self, parent: Component<'_>, filter: &ComponentFilter) -> bool {
        let in_window = filter.window.map(|it| self.touching(parent, filter, it));
        let found = parent.children().enumerate().any(|(number, child)| {
            child.is(&filter.name)
                && (filter.is_not_defined
                    || in_window.as_ref().is_none_or(|it| it.contains(&number))
                        && self.passes(child, filter))
        });
        found != filter.is_not_defined
    }

    /// The numbers of the components in `parent` that touch `window`.
    fn touching(
        &self,
        parent: Component<'_>,
        filter: &ComponentFilter,
        window: Interval,
    ) -> BTreeSet<usize> {
        if filter.name.eq_ignore_ascii_case("VALARM") {
            return self.alarms(parent, window);
        }
        let margin = if filter.name.eq_ignore_ascii_case("VTODO") { 1 } else { 0 };
        let wide = window.widened(margin, margin);
        let all =
            instances(self.document, wide, self.context, OBJECT_INSTANCES_MAX).unwrap_or_default();
        let mut touching = BTreeSet::new();
        for instance in &all.found {
            let is_todo = margin == 1;
            if !is_todo || todo_with_start(instance.start, instance.end, window) {
                touching.insert(instance.component);
            }
        }
        let undated =
            parent.children().enumerate().filter(|(_, it)| it.property("DTSTART").is_none());
        for (number, component) in undated {
            if self.undated_touches(component, window) {
                touching.insert(number);
            }
        }
        touching
    }

    /// The rows of RFC 4791 §9.9 without a DTSTART.
    fn undated_touches(&self, component: Component<'_>, window: Interval) -> bool {
        let (start, end) = (window.start(), window.end());
        if component.is("VFREEBUSY") {
            return component.all("FREEBUSY").any(|it| self.has_period(it, window));
        }
        if !component.is("VTODO") {
            return false;
        }
        let at = |name| self.instant(component, name);
        match (at("DUE"), at("COMPLETED"), at("CREATED")) {
            (Some(due), _, _) => start < due && end >= due,
            (None, Some(completed), Some(created)) => {
                (start <= created || start <= completed) && (end >= created || end >= completed)
            }
            (None, Some(completed), None) => start <= completed && end >= completed,
            (None, None, Some(created)) => end > created,
            (None, None, None) => true,
        }
    }

    fn instant(&self, component: Component<'_>, name: &str) -> Option<Instant> {
        let clocks = Clocks::of(self.document, self.context);
        let moment = Moment::read(component.property(name)?, &clocks).ok()?;
        Some(moment.instant(clocks.floating()))
    }

    fn has_period(&self, property: Property<'_>, window: Interval) -> bool {
        let clocks = Clocks::of(self.document, self.context);
        property.value().split(',').any(|period| {
            let touches = || {
                let (start, end) = period.trim().split_once('/')?;
                let start = Moment::parse(start, property, &clocks).ok()?;
                let end = match Length::parse(end) {
                    Some(length) => length.after(&start, clocks.floating()),
                    None => Moment::parse(end, property, &clocks).ok()?.instant(clocks.floating()),
                };
                Some(Interval::new(start.instant(clocks.floating()), end).ok()?.overlaps(window))
            };
            touches().unwrap_or(false)
        })
    }

    /// The alarms in `parent` that ring in `window`, for any instance.
    fn alarms(&self, parent: Component<'_>, window: Interval) -> BTreeSet<usize> {
        let wide = window.widened(8 * 86_400, 8 * 86_400);
        let all =
            instances(self.document, wide, self.context, OBJECT_INSTANCES_MAX).unwrap_or_default();
        let own = self.document.calendar().children().position(|it| {
            it.value("UID") == parent.value("UID")
                && it.value("RECURRENCE-ID") == parent.value("RECURRENCE-ID")
                && it.is(parent.name())
        });
        let rings = |alarm: Component<'_>| {
            let trigger = alarm.property("TRIGGER")?;
            let Some(length) = Length::parse(trigger.value().trim()) else {
                return Some(window.holds(self.instant(alarm, "TRIGGER")?));
            };
            let from_end =
                trigger.param("RELATED").is_some_and(|it| it.eq_ignore_ascii_case("END"));
            let offset_s = length.days * DAY_S + length.seconds;
            let of_own = all.found.iter().filter(|it| Some(it.component) == own);
            Some(
                of_own
                    .map(|it| if from_end { it.end } else { it.start } + offset_s)
                    .any(|it| window.holds(it)),
            )
        };
        let ringing = parent.children().enumerate().filter(|(_, it)| rings(*it).unwrap_or(false));
        ringing.map(|(number, _)| number).collect()
    }

    fn has_property(&self, component: Component<'_>, filter: &PropertyFilter) -> bool {
        let found = component.all(&filter.name).any(|it| {
            filter.is_not_defined
                || filter.text.as_ref().is_none_or(|wanted| wanted.finds(&unescape(it.value())))
                    && filter.window.is_none_or(|window| self.is_in(it, window))
                    && filter.params.iter().all(|wanted| has_param(it, wanted))
        });
        found != filter.is_not_defined
    }

    fn is_in(&self, property: Property<'_>, window: Interval) -> bool {
        let clocks = Clocks::of(self.document, self.context);
        let moment = Moment::read(property, &clocks);
        moment.is_ok_and(|it| window.holds(it.instant(clocks.floating())))
    }
}

/// The rows of RFC 4791 §9.9 for a VTODO with a DTSTART; without a length, `end` is the start.
fn todo_with_start(start: Instant, end: Instant, window: Interval) -> bool {
    if start == end {
        return window.holds(start);
    }
    (window.start() < end || window.start() <= start)
        && (window.end() > start || window.end() >= end)
}

fn has_param(property: Property<'_>, filter: &ParamFilter) -> bool {
    let found = property.params().filter(|it| it.0.eq_ignore_ascii_case(&filter.name)).any(|it| {
        filter.is_not_defined || filter.text.as_ref().is_none_or(|wanted| wanted.finds(&it.1))
    });
    found != filter.is_not_defined
}

impl TextMatch {
    /// Whether `text` is as wanted.
    fn finds(&self, text: &str) -> bool {
        let found = match self.collation {
            Collation::Octet => text.contains(&self.text),
            Collation::AsciiCasemap => {
                text.to_ascii_lowercase().contains(&self.text.to_ascii_lowercase())
            }
            Collation::UnicodeCasemap => text.to_lowercase().contains(&self.text.to_lowercase()),
        };
        found != self.is_negated
    }
}
