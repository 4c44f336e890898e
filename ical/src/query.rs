//! Filters of `calendar-query` on one object (RFC 4791 §9.7).

mod validity;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Time;
use model::interval::{DAY_S, Instant, Interval};
use model::limit::{ALARM_INSTANCES_MAX, OBJECT_INSTANCES_MAX};

pub use crate::collation::Collation;
use crate::document::{Component, Document, Property, split_unquoted};
use crate::instances::{Clocks, Context, Instance, anchor, instances};
use crate::moment::{Length, Moment};
use crate::text::{decode_param, unescape};
use crate::touch::{instant, touching};
pub use validity::{BadFilter, check};

/// Instances that are looked at before all of them are.
const FIRST_INSTANCES: usize = 16;

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
    let calendar = document.calendar();
    if !calendar.is(&filter.name) {
        return filter.is_not_defined;
    }
    let look = Look {
        document,
        context,
        clocks: Clocks::of(document, context),
        known: RefCell::default(),
        alarm_instances: Cell::new(ALARM_INSTANCES_MAX),
    };
    let whole = Place { component: calendar, number: None };
    !filter.is_not_defined && look.passes(whole, filter)
}

/// A component, and its number in the calendar if it lies directly in it.
#[derive(Clone, Copy)]
struct Place<'a> {
    component: Component<'a>,
    number: Option<usize>,
}

struct Look<'a> {
    document: &'a Document,
    context: &'a Context<'a>,
    clocks: Clocks<'a>,
    /// The instances in the windows that were asked for before, at most so many.
    known: RefCell<BTreeMap<(Interval, usize), Rc<Known>>>,
    /// Instances that alarms may still be looked for at.
    alarm_instances: Cell<usize>,
}

/// Instances in a window.
#[derive(Default)]
struct Known {
    /// By the number of the component that describes them.
    by_component: BTreeMap<usize, Vec<Instance>>,
    /// Whether there are more.
    truncated: bool,
}

impl Look<'_> {
    /// Whether the properties and inner components of a component are as wanted.
    fn passes(&self, place: Place<'_>, filter: &ComponentFilter) -> bool {
        filter.properties.iter().all(|it| self.has_property(place, it))
            && filter.components.iter().all(|it| self.has_component(place, it))
    }

    fn has_component(&self, parent: Place<'_>, filter: &ComponentFilter) -> bool {
        let is_outermost = parent.component.is("VCALENDAR");
        let named = parent.component.children().enumerate();
        let mut named = named.filter(|(_, it)| it.is(&filter.name));
        if filter.is_not_defined {
            return named.next().is_none();
        }
        let passing: BTreeSet<usize> = named
            .filter(|(number, component)| {
                let number = is_outermost.then_some(*number);
                self.passes(Place { component: *component, number }, filter)
            })
            .map(|(number, _)| number)
            .collect();
        match filter.window.filter(|_| !passing.is_empty()) {
            Some(window) if is_outermost => self.one_touches(&passing, window),
            Some(window) => !self.alarms(parent, window).is_disjoint(&passing),
            None => !passing.is_empty(),
        }
    }

    /// Whether one of the components of those numbers touches `window`.
    ///
    /// A series without an end mostly does soon after the window begins.
    fn one_touches(&self, numbers: &BTreeSet<usize>, window: Interval) -> bool {
        for max in [FIRST_INSTANCES, OBJECT_INSTANCES_MAX] {
            let all = touching(self.document, window, self.context, max).unwrap_or_default();
            let mut found = all.instances.found.iter().map(|it| &it.component).chain(&all.others);
            if found.any(|it| numbers.contains(it)) {
                return true;
            }
            if !all.instances.truncated {
                return false;
            }
        }
        false
    }

    /// The alarms in `parent` that ring in `window`, for any instance.
    fn alarms(&self, parent: Place<'_>, window: Interval) -> BTreeSet<usize> {
        let alarms = parent.component.children().enumerate().filter(|(_, it)| it.is("VALARM"));
        let rings = |alarm| {
            Alarm::read(alarm, &self.clocks).is_some_and(|it| self.rings(parent, &it, window))
        };
        alarms.filter(|(_, it)| rings(*it)).map(|(number, _)| number).collect()
    }

    /// Whether the alarm rings in `window`, for any instance near enough to it.
    fn rings(&self, parent: Place<'_>, alarm: &Alarm, window: Interval) -> bool {
        let (length, is_from_end) = match &alarm.trigger {
            Trigger::At(at) => return alarm.rings_in(*at, window),
            Trigger::FromStart(length) => (*length, false),
            Trigger::FromEnd(length) => (*length, true),
        };
        // A task without a start has an end at most (RFC 5545 §3.8.6.3).
        let anchor = anchor(parent.component).filter(|it| is_from_end || it.is("DTSTART"));
        let form = anchor.and_then(|it| Moment::read(it, &self.clocks).ok());
        let Some(form) = form else { return false };
        let reach = length.days.abs() * DAY_S + length.seconds.abs() + DAY_S;
        let near = widened(window, reach.saturating_add(alarm.repeats_s()));
        let floating = self.clocks.floating();
        let trigger = |it: &Instance| {
            let from = if is_from_end { it.end } else { it.start };
            // Days follow the wall clock, even where it is set forward.
            let from = match &form {
                Moment::Date(date) => Moment::Floating(date.to_datetime(Time::midnight()))
                    .from_instant(from, floating),
                form => form.from_instant(from, floating),
            };
            length.after(&from, floating)
        };
        self.has_instance(parent, near, |it| {
            let left = self.alarm_instances.get();
            self.alarm_instances.set(left.saturating_sub(1));
            left > 0 && alarm.rings_in(trigger(it), window)
        })
    }

    /// Whether a component has an instance that touches `window` and is as wanted.
    fn has_instance(
        &self,
        place: Place<'_>,
        window: Interval,
        is_wanted: impl Fn(&Instance) -> bool,
    ) -> bool {
        let Some(number) = place.number else { return false };
        for max in [FIRST_INSTANCES, OBJECT_INSTANCES_MAX] {
            let known = self.instances_in(window, max);
            let own = known.by_component.get(&number).map_or(&[][..], Vec::as_slice);
            if own.iter().any(&is_wanted) {
                return true;
            }
            if !known.truncated {
                return false;
            }
        }
        false
    }

    /// The instances that touch `window`, worked out once however many filters and alarms ask.
    fn instances_in(&self, window: Interval, max: usize) -> Rc<Known> {
        if let Some(known) = self.known.borrow().get(&(window, max)) {
            return Rc::clone(known);
        }
        let all = instances(self.document, window, self.context, max).unwrap_or_default();
        let mut known = Known { truncated: all.truncated, ..Known::default() };
        for instance in all.found {
            known.by_component.entry(instance.component).or_default().push(instance);
        }
        let known = Rc::new(known);
        self.known.borrow_mut().insert((window, max), Rc::clone(&known));
        known
    }

    fn has_property(&self, place: Place<'_>, filter: &PropertyFilter) -> bool {
        let mut all = place.component.all(&filter.name).peekable();
        if filter.is_not_defined {
            return all.peek().is_none();
        }
        let passes_params =
            |it: Property<'_>| filter.params.iter().all(|wanted| has_param(it, wanted));
        if let Some(window) = filter.window {
            let is_present = all.peek().is_some();
            let by_itself = all.any(|it| self.is_in(it, window) && passes_params(it));
            return by_itself
                || self.is_inferred(place, filter, is_present, window)
                    && (place.component.all(&filter.name).any(passes_params)
                        || !is_present && filter.params.iter().all(|it| it.is_not_defined));
        }
        all.any(|it| {
            filter.text.as_ref().is_none_or(|wanted| wanted.finds(&unescape(it.value())))
                && passes_params(it)
        })
    }

    fn is_in(&self, property: Property<'_>, window: Interval) -> bool {
        instant(property, &self.clocks).is_some_and(|it| window.holds(it))
    }

    /// Whether an instance has the property in `window`: a series for each of its instances,
    /// and an end that only DURATION tells (RFC 4791 §9.9).
    fn is_inferred(
        &self,
        place: Place<'_>,
        filter: &PropertyFilter,
        is_present: bool,
        window: Interval,
    ) -> bool {
        let is = |name: &str| filter.name.eq_ignore_ascii_case(name);
        let component = place.component;
        let is_end = is("DTEND") && component.is("VEVENT") || is("DUE") && component.is("VTODO");
        let has_length = component.property("DURATION").is_some();
        if !(is("DTSTART") && is_present || is_end && (is_present || has_length)) {
            return false;
        }
        self.has_instance(place, window.widened(1, 1), |it| {
            window.holds(if is_end { it.end } else { it.start })
        })
    }
}

/// A window and so much more on both sides, rounded up so that few windows stand for all alarms.
fn widened(window: Interval, by_s: i64) -> Interval {
    let days = u32::try_from(by_s.unsigned_abs().div_ceil(DAY_S.unsigned_abs()));
    let days = days.ok().and_then(u32::checked_next_power_of_two);
    let by_s = days.and_then(|it| it.checked_mul(86_400)).unwrap_or(u32::MAX);
    window.widened(by_s, by_s)
}

/// When an alarm rings (RFC 5545 §3.6.6).
struct Alarm {
    trigger: Trigger,
    /// How often it rings again.
    repeats: i64,
    /// Seconds between two times.
    every_s: i64,
}

enum Trigger {
    At(Instant),
    FromStart(Length),
    FromEnd(Length),
}

impl Alarm {
    fn read(alarm: Component<'_>, clocks: &Clocks<'_>) -> Option<Self> {
        let property = alarm.property("TRIGGER")?;
        let is_end = property.param("RELATED").is_some_and(|it| it.eq_ignore_ascii_case("END"));
        let trigger = match Length::parse(property.value().trim()) {
            Some(length) if is_end => Trigger::FromEnd(length),
            Some(length) => Trigger::FromStart(length),
            None => Trigger::At(instant(property, clocks)?),
        };
        let every = alarm.value("DURATION").and_then(Length::parse).unwrap_or_default();
        let repeats = alarm.value("REPEAT").and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
        let every_s = every.days * DAY_S + every.seconds;
        let repeats = if every_s > 0 { i64::from(repeats) } else { 0 };
        Some(Self { trigger, repeats, every_s })
    }

    /// The seconds from the first time to the last.
    fn repeats_s(&self) -> i64 {
        self.repeats.saturating_mul(self.every_s)
    }

    /// Whether it rings in `window` if it rings first at `first`.
    fn rings_in(&self, first: Instant, window: Interval) -> bool {
        if self.repeats == 0 || first >= window.start() {
            return window.holds(first);
        }
        let before = (window.start() - first + self.every_s - 1) / self.every_s;
        before <= self.repeats && window.holds(first + before * self.every_s)
    }
}

fn has_param(property: Property<'_>, filter: &ParamFilter) -> bool {
    let mut all = property.raw_params().filter(|it| it.0.eq_ignore_ascii_case(&filter.name));
    if filter.is_not_defined {
        return all.next().is_none();
    }
    let finds = |raw: &str, wanted: &TextMatch| {
        // A value may be a list; what is looked for must be in one of them, or in none.
        let mut values = split_unquoted(raw, b',').map(decode_param);
        values.any(|it| wanted.collation.contains(&it, &wanted.text)) != wanted.is_negated
    };
    all.any(|(_, raw)| filter.text.as_ref().is_none_or(|wanted| finds(raw, wanted)))
}

impl TextMatch {
    /// Whether `text` is as wanted.
    fn finds(&self, text: &str) -> bool {
        self.collation.contains(text, &self.text) != self.is_negated
    }
}
