//! Finding the objects that pass a filter (RFC 4791 §7.8).

use std::sync::Arc;

use bytes::Bytes;
use ical::query::{ComponentFilter, matches};
use ical::recur::Steps;
use ical::{Clocks, Context, DataRequest, Document, Recurrence, Timezones, render};
use model::interval::Interval;
use model::limit::{EXPANDED_MAX_BYTES, INSTANCES_MAX, OBJECT_INSTANCES_MAX};
use model::privilege::Privileges;
use model::zone::Zone;

use crate::App;
use crate::context::Ctx;
use crate::index::{Collection, Entry};
use crate::policy::Action;
use crate::refusal::Refusal;

/// An object with its text, where that was read already.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The object.
    pub entry: Arc<Entry>,
    /// Its text.
    pub text: Option<Bytes>,
}

/// What one request may still look through, and expand to.
#[derive(Debug)]
pub struct Budget {
    bytes: usize,
    instances: usize,
    steps: Steps<'static>,
}

impl Default for Budget {
    fn default() -> Self {
        let steps = Steps::of_request();
        Self { bytes: EXPANDED_MAX_BYTES, instances: INSTANCES_MAX, steps }
    }
}

impl Budget {
    fn spend(&mut self, bytes: usize, instances: usize) -> Result<(), Refusal> {
        let left = self.bytes.checked_sub(bytes).zip(self.instances.checked_sub(instances));
        (self.bytes, self.instances) = left.ok_or(Refusal::TooMuch("instances in the window"))?;
        Ok(())
    }

    /// Refuses to tell of what could not be looked through to the end.
    fn check(&self) -> Result<(), Refusal> {
        match self.steps.are_over() {
            true => Err(Refusal::TooMuch("recurring events to look through")),
            false => Ok(()),
        }
    }
}

/// Bytes of texts that a query keeps because it has read them already.
const KEPT_MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a query found.
pub type Queried = Vec<Stored>;

impl App {
    /// The objects of `collection` that pass `filter`.
    ///
    /// What the index knows is not read again: a window costs what touches it.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if that is more than one request may look through.
    pub fn query(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        (filter, floating): (&ComponentFilter, Option<&Zone>),
        budget: &mut Budget,
    ) -> Result<Queried, Refusal> {
        self.require(ctx, Action::Read, collection, None)?;
        let setting = self.setting(collection, ctx.now, floating)?;
        let context = Context::new(&self.zones, &setting.floating).within(&budget.steps);
        let members = collection.members();
        let question = Known::of(filter);
        let candidates: Vec<&Arc<Entry>> = match question.window {
            Some(window) if question.is_of_events() => members.events_near(window).collect(),
            Some(window) => members.near(window).collect(),
            None => members.iter().collect(),
        };
        let mut found = Vec::new();
        let mut kept_bytes = 0;
        let is_open = self.open_members(ctx, collection, Privileges::READ);
        for entry in candidates.into_iter().filter(|it| is_open(&it.name)) {
            if question.component.is_some_and(|it| !entry.component.eq_ignore_ascii_case(it)) {
                continue;
            }
            if question.is_all && (question.window.is_none() || !entry.is_loose) {
                let touches = question.window.is_none_or(|it| touches(entry, it));
                found.extend(touches.then(|| Stored { entry: Arc::clone(entry), text: None }));
                continue;
            }
            if let (true, true, Some(window)) = (question.is_all, entry.is_event(), question.window)
                && let Some(outline) = self.outline(&setting, entry, &budget.steps)
                && let Some(touches) = outline.touches(window)
            {
                found.extend(touches.then(|| Stored { entry: Arc::clone(entry), text: None }));
                continue;
            }
            let Ok((entry, text)) = self.read_entry(collection, Arc::clone(entry)) else {
                continue;
            };
            // A text that cannot be read any more never fails the whole calendar.
            if Document::parse(&text).is_ok_and(|it| matches(&it, filter, &context)) {
                kept_bytes += text.len();
                let text = (kept_bytes <= KEPT_MAX_BYTES).then_some(text);
                found.push(Stored { entry, text });
            }
            budget.check()?;
        }
        found.sort_unstable_by(|one: &Stored, other| one.entry.name.cmp(&other.entry.name));
        Ok(found)
    }
}

impl App {
    /// What `request` asks for of the texts of `found` (RFC 4791 §9.6), in the given zone.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if that is more than one request may expand to.
    pub fn rendered(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        found: Queried,
        (request, floating): (&DataRequest, Option<&Zone>),
        budget: &mut Budget,
    ) -> Result<Queried, Refusal> {
        self.require(ctx, Action::Read, collection, None)?;
        let setting = self.setting(collection, ctx.now, floating)?;
        let expanded = only_expanded(request);
        let mut texts = Vec::with_capacity(found.len());
        for Stored { entry, text } in found {
            let (entry, text) = match text {
                Some(text) => (entry, text),
                None => match self.read_entry(collection, entry) {
                    Ok(stored) => stored,
                    Err(_) => continue,
                },
            };
            if let Some(window) = expanded.filter(|_| entry.is_event())
                && let Some(outline) = self.outline_for(&setting, &entry, (window, &budget.steps))
                && outline.is_plain()
            {
                let (text, count) = outline.expanded(&text, window, &setting.floating);
                budget.spend(text.len(), count)?;
                texts.push(Stored { entry, text: Some(text.into()) });
                continue;
            }
            let Ok(document) = Document::parse(&text) else { continue };
            let context = Context::new(&self.zones, &setting.floating).within(&budget.steps);
            let rendered = render(&document, request, &context, OBJECT_INSTANCES_MAX)?;
            if rendered.truncated {
                return Err(Refusal::TooMuch("instances in the window"));
            }
            budget.spend(rendered.text.len(), rendered.instances)?;
            texts.push(Stored { entry, text: Some(rendered.text.into()) });
        }
        Ok(texts)
    }
}

impl App {
    /// The text of an object, or of a stream of them, with those VTIMEZONEs that are wanted.
    pub fn with_timezones(&self, text: Bytes, timezones: Timezones) -> Bytes {
        if timezones == Timezones::Stored {
            return text;
        }
        let Ok(document) = Document::parse_stream(&text) else { return text };
        let utc = Zone::utc();
        let context = Context::new(&self.zones, &utc);
        let request = DataRequest { timezones, ..DataRequest::default() };
        let rendered = render(&document, &request, &context, OBJECT_INSTANCES_MAX);
        rendered.map_or(text, |it| it.text.into())
    }

    /// The zone that a text describes, if it describes exactly one.
    pub fn zone_of(&self, document: &Document) -> Option<Zone> {
        let mut zones = document.calendar().children().filter(|it| it.is("VTIMEZONE"));
        let (Some(one), None) = (zones.next(), zones.next()) else { return None };
        let tzid = one.text("TZID")?;
        let utc = Zone::utc();
        let context = Context::new(&self.zones, &utc);
        Clocks::of(document, &context).zone(&tzid)
    }
}

/// The window in which series are to be written out, if nothing else is asked for.
fn only_expanded(request: &DataRequest) -> Option<Interval> {
    let Recurrence::Expanded(window) = request.recurrence else { return None };
    let recurrence = Recurrence::Expanded(window);
    (*request == DataRequest { recurrence, ..DataRequest::default() }).then_some(window)
}

/// Whether an object with exactly one instance touches `window` (RFC 4791 §9.9).
fn touches(entry: &Entry, window: Interval) -> bool {
    if entry.first == entry.last {
        return window.holds(entry.first);
    }
    entry.first < window.end() && window.start() < entry.last
}

/// What of a filter the index can answer.
struct Known<'a> {
    component: Option<&'a str>,
    window: Option<Interval>,
    /// Whether that is all that the filter asks.
    is_all: bool,
}

impl<'a> Known<'a> {
    /// Whether only events can pass.
    fn is_of_events(&self) -> bool {
        self.component.is_some_and(|it| it.eq_ignore_ascii_case("VEVENT"))
    }

    fn of(filter: &'a ComponentFilter) -> Self {
        let is_calendar = filter.name.eq_ignore_ascii_case("VCALENDAR")
            && !filter.is_not_defined
            && filter.properties.is_empty()
            && filter.window.is_none();
        match filter.components.as_slice() {
            [] if is_calendar => Self { component: None, window: None, is_all: true },
            [one]
                if is_calendar
                    && !one.is_not_defined
                    && !one.name.eq_ignore_ascii_case("VTIMEZONE") =>
            {
                let is_all = one.properties.is_empty() && one.components.is_empty();
                Self { component: Some(&one.name), window: one.window, is_all }
            }
            _ => Self { component: None, window: None, is_all: false },
        }
    }
}
