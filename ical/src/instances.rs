//! The instances of a calendar object in a window: series, additions, exceptions, overrides.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::DateTime;
use model::interval::{DAY_S, Instant, Interval};
use model::limit::{DATES_MAX, OBJECT_ZONES_MAX, RULES_MAX};
use model::zone::{Zone, ZoneDb, wall, wall_s};

use crate::document::{Component, Document, Property};
use crate::moment::{Length, Moment, Values};
use crate::recur::{Asked, Frequency, Rule, Steps, Until, starts};
use crate::validate::{Invalid, Precondition};
use crate::vtimezone;

/// What the meaning of an object depends on besides its text.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The zones that clients may name.
    pub zones: &'a ZoneDb,
    /// The zone of dates and of times without one (RFC 4791 §5.2.2).
    pub floating: &'a Zone,
    /// What all objects of one request may take together, if there are others.
    steps: Option<&'a Steps<'a>>,
}

impl<'a> Context<'a> {
    /// Those zones, and one object alone.
    pub const fn new(zones: &'a ZoneDb, floating: &'a Zone) -> Self {
        Self { zones, floating, steps: None }
    }

    /// The same for one of many objects, which take of `steps` all together.
    #[must_use]
    pub const fn within(self, steps: &'a Steps<'a>) -> Self {
        Self { steps: Some(steps), ..self }
    }
}

/// One instance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Instance {
    /// When it starts.
    pub start: Instant,
    /// When it ends; equal to the start where it has no length.
    pub end: Instant,
    /// Which of the calendar's components describes it.
    pub component: usize,
    /// When the series has it, for instances of a series.
    pub recurrence_id: Option<Instant>,
    /// Whether it is of whole days.
    pub is_date: bool,
}

/// The instances in a window.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Instances {
    /// Sorted by start.
    pub found: Vec<Instance>,
    /// Whether there are more than were asked for.
    pub truncated: bool,
}

/// The instances of `document` that touch `window`, at most `max`.
///
/// An instance without length touches a window that its start lies in (RFC 4791 §9.9).
///
/// # Errors
///
/// [`Invalid`] where a date, a duration or a rule cannot be read.
pub fn instances(
    document: &Document,
    window: Interval,
    context: &Context<'_>,
    max: usize,
) -> Result<Instances, Invalid> {
    let clocks = Clocks::of(document, context);
    let mut parts = Vec::new();
    for (number, component) in document.calendar().children().enumerate() {
        if anchor(component).is_some() && !component.is("VTIMEZONE") {
            parts.push(Part::read(number, component, &clocks)?);
        }
    }
    let overrides = Overrides::of(&parts);
    let mut collected = BTreeMap::new();
    let mut truncated = false;
    let steps = Steps::of_object(context.steps);
    let question = Question { overrides: &overrides, window, clocks: &clocks, max, steps: &steps };
    for master in parts.iter().filter(|it| it.recurrence_id.is_none()) {
        truncated |= master.expand(&question, &mut collected);
    }
    for part in &overrides.all {
        let instance = part.instance(&part.start, &clocks);
        if touches(&instance, window) {
            collected
                .insert((instance.start, instance.component, instance.recurrence_id), instance);
        }
    }
    let mut found: Vec<Instance> = collected.into_values().collect();
    steps.take_for_instances(found.len());
    truncated |= found.len() > max || steps.are_over();
    found.truncate(max);
    Ok(Instances { found, truncated })
}

/// The property that says when the instances of a component are: DTSTART, or the DUE of a task
/// that has none, which is then all that there is of each (RFC 5545 §3.6.2).
pub(crate) fn anchor(component: Component<'_>) -> Option<Property<'_>> {
    let due = || component.property("DUE").filter(|_| component.is("VTODO"));
    component.property("DTSTART").or_else(due)
}

/// Whether an instance lies in `window`, by the rows of RFC 4791 §9.9 that have a start.
fn touches(instance: &Instance, window: Interval) -> bool {
    match Interval::new(instance.start, instance.end) {
        Ok(span) => span.overlaps(window),
        Err(_) => window.holds(instance.start),
    }
}

/// The zones of one document: known ones first, then those that it describes itself.
pub struct Clocks<'a> {
    context: &'a Context<'a>,
    document: &'a Document,
    own: RefCell<HashMap<String, Option<Zone>>>,
    /// The places of the document's VTIMEZONEs by their names.
    described: OnceCell<HashMap<String, usize>>,
    /// How many of them may still be read.
    left: Cell<usize>,
}

/// Bytes of the name of a time zone, at most: clients put folders before it.
const TZID_MAX_BYTES: usize = 1_024;

impl<'a> Clocks<'a> {
    /// The zones of `document`.
    pub fn of(document: &'a Document, context: &'a Context<'a>) -> Self {
        let left = Cell::new(OBJECT_ZONES_MAX);
        Self { context, document, own: RefCell::default(), described: OnceCell::new(), left }
    }

    /// The zone that `tzid` means here; nothing if nobody says.
    pub fn zone(&self, tzid: &str) -> Option<Zone> {
        if tzid.len() > TZID_MAX_BYTES {
            return None;
        }
        if let Some(known) = self.context.zones.zone(tzid) {
            return Some(known);
        }
        if let Some(seen) = self.own.borrow().get(tzid) {
            return seen.clone();
        }
        let alias = self.context.zones.of_tzid(tzid);
        let found = alias.or_else(|| self.described(tzid));
        self.own.borrow_mut().insert(tzid.to_owned(), found.clone());
        found
    }

    /// The zone that the document describes under that name.
    fn described(&self, tzid: &str) -> Option<Zone> {
        let described = self.described.get_or_init(|| {
            let mut all = HashMap::new();
            for (place, zone) in self.document.calendar().children().enumerate() {
                if let Some(name) = zone.value("TZID").filter(|_| zone.is("VTIMEZONE")) {
                    all.entry(name.to_owned()).or_insert(place);
                }
            }
            all
        });
        let place = *described.get(tzid.trim())?;
        self.left.set(self.left.get().checked_sub(1)?);
        vtimezone::zone(self.document.calendar().children().nth(place)?, tzid)
    }

    /// The zone of what has none.
    pub fn floating(&self) -> &Zone {
        self.context.floating
    }
}

/// Seconds by which a wall clock may be set back or forward, with room to spare.
const CLOCK_SHIFT_S: i64 = 3 * 3_600;
/// Starts looked at beyond the window because of that, at most: one a second on both sides.
const OUTSIDE_MAX: usize = 6 * 3_600;

/// What a component says about when.
struct Part {
    number: usize,
    start: Moment,
    length: Extent,
    recurrence_id: Option<Instant>,
    is_this_and_future: bool,
    rules: Vec<Rule>,
    added: Vec<(Moment, Option<Extent>)>,
    excluded: Vec<Moment>,
}

/// What is asked of a series.
struct Question<'a> {
    overrides: &'a Overrides<'a>,
    window: Interval,
    clocks: &'a Clocks<'a>,
    max: usize,
    steps: &'a Steps<'a>,
}

/// The components that describe single instances, or all from one on.
struct Overrides<'a> {
    all: Vec<&'a Part>,
    /// The instances that they take the place of.
    replaced: BTreeSet<Instant>,
    /// Those that change what follows, by the first that they change.
    future: Vec<&'a Part>,
}

impl<'a> Overrides<'a> {
    fn of(parts: &'a [Part]) -> Self {
        let all: Vec<&Part> = parts.iter().filter(|it| it.recurrence_id.is_some()).collect();
        let replaced = all.iter().filter_map(|it| it.recurrence_id).collect();
        let mut future: Vec<&Part> =
            all.iter().copied().filter(|it| it.is_this_and_future).collect();
        future.sort_by_key(|it| it.recurrence_id);
        Self { all, replaced, future }
    }

    /// The last one that changes the instance which the series has at `id`, and what follows.
    fn since(&self, id: Instant) -> Option<&'a Part> {
        let until = self.future.partition_point(|it| it.recurrence_id <= Some(id));
        self.future[..until].last().copied()
    }
}

/// How long an instance lasts.
#[derive(Clone, Copy)]
enum Extent {
    /// So many seconds, whatever the wall clock does.
    Exact(i64),
    /// So many days of the wall clock, and seconds.
    Nominal(Length),
}

impl Part {
    fn read(number: usize, component: Component<'_>, clocks: &Clocks<'_>) -> Result<Self, Invalid> {
        let invalid = |why: String| Invalid { precondition: Precondition::ValidCalendarData, why };
        let moment = |property: Option<Property<'_>>| {
            property.map(|it| Moment::read(it, clocks)).transpose().map_err(invalid)
        };
        let start = moment(anchor(component))?;
        let start = start.ok_or_else(|| invalid("DTSTART is missing".into()))?;
        let length = extent(component, &start, clocks).map_err(invalid)?;
        let recurrence_id = moment(component.property("RECURRENCE-ID"))?;
        let recurrence_id = recurrence_id.map(|it| it.instant(clocks.floating()));
        let range = component.property("RECURRENCE-ID").and_then(|it| it.param("RANGE"));
        let mut part = Self {
            number,
            start,
            length,
            recurrence_id,
            is_this_and_future: range.is_some_and(|it| it.eq_ignore_ascii_case("THISANDFUTURE")),
            rules: Vec::new(),
            added: Vec::new(),
            excluded: Vec::new(),
        };
        for property in component.properties() {
            if property.is("RRULE") {
                let rule = Rule::parse(property.value()).map_err(|it| invalid(it.to_string()))?;
                part.rules.push(rule);
            } else if property.is("EXDATE") {
                part.excluded.extend(Moment::read_all(property, clocks).map_err(invalid)?);
            } else if property.is("RDATE") {
                part.added.extend(additions(property, clocks).map_err(invalid)?);
            }
            let dates = part.added.len().max(part.excluded.len());
            if dates > DATES_MAX || part.rules.len() > RULES_MAX {
                return Err(Invalid {
                    precondition: Precondition::MaxInstances,
                    why: "too many RRULE, RDATE or EXDATE values".into(),
                });
            }
        }
        Ok(part)
    }

    /// Adds the instances of a series to `collected`; true if there are more.
    fn expand(
        &self,
        question: &Question<'_>,
        collected: &mut BTreeMap<(Instant, usize, Option<Instant>), Instance>,
    ) -> bool {
        let Question { overrides, window, clocks, .. } = *question;
        let floating = clocks.floating();
        let is_series = !self.rules.is_empty() || !self.added.is_empty();
        let mut starts: Vec<(Moment, Option<Extent>)> = vec![(self.start.clone(), None)];
        let mut truncated = false;
        let reach = self.reach(&overrides.future, window, clocks);
        for rule in &self.rules {
            let (more, is_cut) = self.starts_of(rule, reach, question);
            truncated |= is_cut;
            starts.extend(more.into_iter().map(|it| (self.start.at(it), None)));
        }
        starts.extend(self.added.iter().cloned());
        let gone: BTreeSet<Instant> = self.excluded.iter().map(|it| it.instant(floating)).collect();
        let gone_days: BTreeSet<_> =
            self.excluded.iter().filter(|it| it.is_date()).map(|it| it.local().date()).collect();
        for (start, length) in starts {
            let id = start.instant(floating);
            let is_gone = gone.contains(&id) || gone_days.contains(&start.local().date());
            if is_gone || overrides.replaced.contains(&id) {
                continue;
            }
            let mut instance = match overrides.since(id) {
                Some(part) => part.shifted(&start, clocks),
                None => self.lasting(&start, length.unwrap_or(self.length), clocks),
            };
            instance.recurrence_id = is_series.then_some(id);
            if touches(&instance, window) {
                // The same start may come from DTSTART, a rule and an RDATE: it counts once.
                collected
                    .insert((instance.start, instance.component, instance.recurrence_id), instance);
            }
        }
        truncated
    }

    /// The stretch of local starts whose instances may touch `window`.
    fn reach(
        &self,
        future: &[&Self],
        window: Interval,
        clocks: &Clocks<'_>,
    ) -> (DateTime, DateTime) {
        let shift_s = |it: &&Self| {
            // As `shifted` moves them: by the wall clock of the override.
            let id = it.recurrence_id.unwrap_or_default();
            let id = it.start.from_instant(id, clocks.floating());
            (wall_s(it.start.local()) - wall_s(id.local())).abs() + it.length.most_s()
        };
        let moved = future.iter().map(shift_s).max();
        let margin_s = CLOCK_SHIFT_S + self.length.most_s().max(0) + moved.unwrap_or(0);
        let ahead_s = CLOCK_SHIFT_S + moved.unwrap_or(0);
        let local = |at| wall_s(self.start.from_instant(at, clocks.floating()).local());
        (wall(local(window.start()) - margin_s), wall(local(window.end()) + ahead_s))
    }

    /// The local starts of one rule; an UNTIL in UTC is compared as an instant.
    fn starts_of(
        &self,
        rule: &Rule,
        (from, until): (DateTime, DateTime),
        question: &Question<'_>,
    ) -> (Vec<DateTime>, bool) {
        let floating = question.clocks.floating();
        let mut rule = rule.clone();
        let mut last = Instant::MAX;
        if let (Some(Until::Utc(at)), false) = (rule.until, matches!(self.start, Moment::Utc(_))) {
            last = at;
            rule.until = Some(Until::Utc(at + DAY_S));
            if self.start.is_date() {
                // Some clients end a series of days at a time of day.
                rule.until = Some(Until::Date(floating.local(at).date()));
                last = Instant::MAX;
            }
        }
        // Periods that lie on both sides of the window in part, at most.
        let periods = match rule.frequency {
            Frequency::Secondly => OUTSIDE_MAX,
            Frequency::Minutely => 6 * 60 + 2,
            Frequency::Hourly => 6 + 2,
            _ => 4,
        };
        let outside = OUTSIDE_MAX.min(periods.saturating_mul(rule.times_per_period()));
        let passed_over = self.excluded.len() + question.overrides.replaced.len();
        let limit = question.max.saturating_add(1 + outside + passed_over);
        let start = self.start.local();
        let mut starts = starts(&rule, Asked { start, from, until, limit, steps: question.steps });
        let is_cut = starts.len() == limit;
        starts.retain(|it| last == Instant::MAX || self.start.at(*it).instant(floating) <= last);
        (starts, is_cut)
    }

    /// The instance that begins at `start`.
    fn instance(&self, start: &Moment, clocks: &Clocks<'_>) -> Instance {
        self.lasting(start, self.length, clocks)
    }

    /// The instance that begins at `start` and has a length of its own.
    fn lasting(&self, start: &Moment, length: Extent, clocks: &Clocks<'_>) -> Instance {
        let at = start.instant(clocks.floating());
        let end = match length {
            Extent::Exact(seconds) => at + seconds,
            Extent::Nominal(length) => length.after(start, clocks.floating()),
        };
        Instance {
            start: at,
            end: end.max(at),
            component: self.number,
            recurrence_id: self.recurrence_id,
            is_date: start.is_date(),
        }
    }

    /// The instance at `start` of the series, moved as far as this override moved its own.
    fn shifted(&self, start: &Moment, clocks: &Clocks<'_>) -> Instance {
        let floating = clocks.floating();
        let id = self.start.from_instant(self.recurrence_id.unwrap_or_default(), floating);
        let shift_s = wall_s(self.start.local()) - wall_s(id.local());
        let in_own_zone = self.start.from_instant(start.instant(floating), floating);
        self.instance(&self.start.at(wall(wall_s(in_own_zone.local()) + shift_s)), clocks)
    }
}

impl Extent {
    fn most_s(self) -> i64 {
        match self {
            Self::Exact(seconds) => seconds,
            Self::Nominal(length) => length.days * DAY_S + length.seconds,
        }
    }
}

/// How long an instance lasts, by DTEND, DUE or DURATION (RFC 5545 §3.6.1).
fn extent(component: Component<'_>, start: &Moment, clocks: &Clocks<'_>) -> Result<Extent, String> {
    if component.property("DTSTART").is_none() {
        return Ok(Extent::Exact(0));
    }
    let end = component.property("DTEND").or_else(|| component.property("DUE"));
    if let Some(end) = end {
        let end = Moment::read(end, clocks)?;
        if start.is_date() {
            let days = (wall_s(end.local()) - wall_s(start.local())).div_euclid(DAY_S);
            return Ok(Extent::Nominal(Length { days: days.max(1), seconds: 0 }));
        }
        let floating = clocks.floating();
        return Ok(Extent::Exact((end.instant(floating) - start.instant(floating)).max(0)));
    }
    if let Some(duration) = component.property("DURATION") {
        let length = Length::parse(duration.value().trim());
        let length = length.ok_or_else(|| "DURATION is no duration".to_owned())?;
        let is_forward = length.days >= 0 && length.seconds >= 0;
        return Ok(Extent::Nominal(if is_forward { length } else { Length::default() }));
    }
    let days = i64::from(start.is_date());
    Ok(Extent::Nominal(Length { days, seconds: 0 }))
}

/// The values of an RDATE: dates, times, or periods with lengths of their own.
fn additions(
    property: Property<'_>,
    clocks: &Clocks<'_>,
) -> Result<Vec<(Moment, Option<Extent>)>, String> {
    let values = property.value().split(',').map(str::trim).filter(|it| !it.is_empty());
    let forms = Values::of(property, clocks);
    values.map(|value| addition(value, &forms, clocks)).collect()
}

fn addition(
    value: &str,
    forms: &Values<'_>,
    clocks: &Clocks<'_>,
) -> Result<(Moment, Option<Extent>), String> {
    let Some((start, end)) = value.split_once('/') else {
        return Ok((forms.read(value)?, None));
    };
    let start = forms.read(start)?;
    let length = match Length::parse(end) {
        Some(length) => Extent::Nominal(length),
        None => {
            let end = forms.read(end)?.instant(clocks.floating());
            Extent::Exact((end - start.instant(clocks.floating())).max(0))
        }
    };
    Ok((start, Some(length)))
}
