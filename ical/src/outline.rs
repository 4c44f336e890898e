//! When an event is and what its instances repeat, worked out once for many questions.
//!
//! An outline answers for the windows that it covers exactly what the text would; whatever
//! it could not answer exactly has none, and is asked of the text itself.

use std::ops::Range;

use model::interval::{DAY_S, Instant, Interval};
use model::limit::EXPANDED_MAX_BYTES;
use model::zone::{Zone, wall};

use crate::document::{Component, Document};
use crate::expand::{TIMES, exact_length};
use crate::freebusy::{Certainty, Taken, certainty, put_utc};
use crate::instances::{Clocks, Context, Instance, instances};
use crate::moment::Moment;
use crate::recur::{Frequency, Rule, Until};

/// Instances of one outline, at most: one a day of a series without an end.
const INSTANCES_MAX: usize = 1_000;
/// Days of a series without a near end that are outlined before and after the day given.
const DAYS_BEFORE: i64 = 300;
/// See [`DAYS_BEFORE`].
const DAYS_AFTER: i64 = 650;
/// The years within which a series is outlined as a whole: no scan gives up within them.
const WHOLE_YEARS: (i16, i16) = (1900, 2150);
/// Bytes of a component's name: a longer one would be folded.
const NAME_MAX_BYTES: usize = 40;

/// When an event is, and where in its text the parts lie that its instances repeat.
#[derive(Debug)]
pub struct Outline {
    /// The zone that floating times were taken to be in.
    floating: String,
    /// The address whose refusals free the time.
    owner: String,
    covers: Interval,
    parts: Box<[Part]>,
    times: Box<[Time]>,
    /// What the calendar says before its components.
    head: Pieces,
    /// Whether every time in it is written out as a date or in UTC.
    is_plain: bool,
}

/// Places in the text.
type Pieces = Box<[(u32, u32)]>;

/// A component as its instances repeat it.
#[derive(Debug)]
struct Part {
    is_event: bool,
    certainty: Option<Certainty>,
    name: Box<str>,
    has_end: bool,
    /// Its DURATION, if that is as long everywhere.
    exact: Option<Box<str>>,
    body: Pieces,
}

/// An instance, closely packed.
#[derive(Clone, Copy, Debug)]
struct Time {
    start: Instant,
    length_s: u32,
    /// Seconds from the start to when the series has it; [`i32::MIN`] for no series.
    id_after_s: i32,
    component: u16,
    is_date: bool,
}

impl Time {
    fn of(instance: &Instance) -> Option<Self> {
        let id_after_s = match instance.recurrence_id {
            Some(id) => i32::try_from(id - instance.start).ok().filter(|it| *it != i32::MIN)?,
            None => i32::MIN,
        };
        Some(Self {
            start: instance.start,
            length_s: u32::try_from(instance.end - instance.start).ok()?,
            id_after_s,
            component: u16::try_from(instance.component).ok()?,
            is_date: instance.is_date,
        })
    }

    fn end(self) -> Instant {
        self.start + i64::from(self.length_s)
    }

    /// RFC 4791 §9.9, for what has a start.
    fn touches(self, window: Interval) -> bool {
        match Interval::new(self.start, self.end()) {
            Ok(span) => span.overlaps(window),
            Err(_) => window.holds(self.start),
        }
    }
}

impl Outline {
    /// The outline of an event, good for windows around `day`; nothing if it has none.
    ///
    /// `owner` is the address whose refusals free the time.
    pub fn read(
        document: &Document,
        context: &Context<'_>,
        owner: &str,
        day: Instant,
    ) -> Option<Self> {
        let calendar = document.calendar();
        if !calendar.is("VCALENDAR") || document.as_bytes().len() >= u32::MAX as usize {
            return None;
        }
        let covers = stretch(calendar, day)?;
        let all = instances(document, covers, context, INSTANCES_MAX).ok()?;
        if all.truncated {
            return None;
        }
        let parts: Option<Vec<Part>> =
            calendar.children().map(|it| part(document, it, owner)).collect();
        let times: Option<Vec<Time>> = all.found.iter().map(Time::of).collect();
        let head = calendar.properties().map(|it| document.raw(it.line()));
        Some(Self {
            floating: context.floating.name().to_owned(),
            owner: owner.to_owned(),
            covers,
            parts: parts?.into(),
            times: times?.into(),
            head: pieces(head)?,
            is_plain: is_plain(document, context),
        })
    }

    /// Whether [`Outline::expanded`] can write it out: nothing in it floats or names a zone else.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whether it answers for all of `window` as things are now.
    pub fn is_for(&self, window: Interval, floating: &Zone, owner: &str) -> bool {
        self.covers.contains(window) && self.is_in(floating, owner)
    }

    /// Whether it was made for that zone and that owner.
    pub fn is_in(&self, floating: &Zone, owner: &str) -> bool {
        self.floating == floating.name() && self.owner == owner
    }

    /// Bytes that it takes in memory, about.
    pub fn weight(&self) -> usize {
        let pieces = |it: &Pieces| it.len() * size_of::<(u32, u32)>();
        let parts: usize =
            self.parts.iter().map(|it| size_of::<Part>() + it.name.len() + pieces(&it.body)).sum();
        let names = self.floating.len() + self.owner.len();
        size_of::<Self>() + names + parts + size_of_val(&*self.times) + pieces(&self.head)
    }

    /// Whether an event of it touches `window`; nothing if what it covers does not tell.
    pub fn touches(&self, window: Interval) -> Option<bool> {
        let is_event =
            |it: Time| self.parts.get(usize::from(it.component)).is_some_and(|part| part.is_event);
        let is_found = self.near(window).any(is_event);
        (is_found || self.covers.contains(window)).then_some(is_found)
    }

    /// The time that it takes in `window`, as [`crate::freebusy::taken`] tells it.
    pub fn taken(&self, window: Interval) -> impl Iterator<Item = Taken> {
        self.near(window).filter_map(|it| {
            let span = Interval::new(it.start, it.end()).ok()?;
            let certainty = self.parts.get(usize::from(it.component))?.certainty?;
            Some(Taken { span, certainty })
        })
    }

    /// Its instances in `window` written out, as [`crate::expand`] does, and how many there are.
    ///
    /// Where that is more than one request may expand to, it ends early.
    /// `text` must be the text that the outline was read from.
    pub fn expanded(&self, text: &[u8], window: Interval, floating: &Zone) -> (Vec<u8>, usize) {
        let count = self.near(window).count();
        let size = (text.len() + 64).saturating_mul(count + 1);
        let mut out = Vec::with_capacity(size.min(EXPANDED_MAX_BYTES));
        out.extend_from_slice(b"BEGIN:VCALENDAR\r\n");
        copy(&mut out, text, &self.head);
        for time in self.near(window) {
            if let Some(part) = self.parts.get(usize::from(time.component)) {
                part.write(&mut out, text, time, floating);
            }
            if out.len() > EXPANDED_MAX_BYTES {
                break;
            }
        }
        out.extend_from_slice(b"END:VCALENDAR\r\n");
        (out, count)
    }

    fn near(&self, window: Interval) -> impl Iterator<Item = Time> {
        let before = self.times.partition_point(|it| it.start < window.end());
        self.times[..before].iter().copied().filter(move |it| it.touches(window))
    }
}

impl Part {
    fn write(&self, out: &mut Vec<u8>, text: &[u8], time: Time, floating: &Zone) {
        let moment = |out: &mut Vec<u8>, at: Instant| {
            if time.is_date {
                let date = floating.local(at).date().strftime("%Y%m%d").to_string();
                out.extend_from_slice(b";VALUE=DATE:");
                out.extend_from_slice(date.as_bytes());
            } else {
                out.push(b':');
                put_utc(out, at);
            }
            out.extend_from_slice(b"\r\n");
        };
        out.extend_from_slice(b"BEGIN:");
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(b"\r\nDTSTART");
        moment(out, time.start);
        if let Some(exact) = &self.exact {
            out.extend_from_slice(b"DURATION:");
            out.extend_from_slice(exact.as_bytes());
            out.extend_from_slice(b"\r\n");
        } else if self.has_end {
            let is_todo = self.name.eq_ignore_ascii_case("VTODO");
            out.extend_from_slice(if is_todo { b"DUE" } else { b"DTEND" });
            moment(out, time.end());
        }
        if time.id_after_s != i32::MIN {
            out.extend_from_slice(b"RECURRENCE-ID");
            moment(out, time.start + i64::from(time.id_after_s));
        }
        copy(out, text, &self.body);
        out.extend_from_slice(b"END:");
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// The stretch that an outline can cover; nothing if a series is not for outlines.
fn stretch(calendar: Component<'_>, day: Instant) -> Option<Interval> {
    let mut is_near = false;
    for component in calendar.children().filter(|it| !it.is("VTIMEZONE")) {
        // Of two periods with one start, which one counts depends on the window.
        if component.all("RDATE").any(|it| it.value().contains('/')) {
            return None;
        }
        for property in component.all("RRULE") {
            let rule = Rule::parse(property.value()).ok()?;
            if rule.frequency < Frequency::Daily {
                return None;
            }
            is_near |= rule.count.is_none() && !ends_soon(&rule, component);
        }
    }
    if is_near {
        let (before_s, after_s) = (DAYS_BEFORE * DAY_S, DAYS_AFTER * DAY_S);
        return Interval::new(day - before_s, day + after_s).ok();
    }
    Some(Interval::EVER)
}

/// Whether a series lies in years that can be gone through as a whole.
fn ends_soon(rule: &Rule, component: Component<'_>) -> bool {
    let begins = component.value("DTSTART").and_then(|it| it.get(..4)?.parse::<i16>().ok());
    let ends = rule.until.map(|it| match it {
        Until::Date(date) => date.year(),
        Until::Local(at) => at.year(),
        Until::Utc(at) => wall(at).year(),
    });
    begins.is_some_and(|it| it >= WHOLE_YEARS.0) && ends.is_some_and(|it| it <= WHOLE_YEARS.1)
}

fn part(document: &Document, component: Component<'_>, owner: &str) -> Option<Part> {
    let has = |name| component.property(name).is_some();
    let name = component.name();
    let own = component.properties().filter(|it| !TIMES.iter().any(|name| it.is(name)));
    let own = own.map(|it| document.raw(it.line()));
    Some(Part {
        is_event: component.is("VEVENT"),
        certainty: certainty(component, owner),
        has_end: has("DTEND") || has("DUE") || has("DURATION"),
        exact: exact_length(component).map(Into::into),
        body: match component.is("VTIMEZONE") {
            // It is never written.
            true => Pieces::default(),
            false => pieces(own.chain(component.children().map(|it| it.range(document))))?,
        },
        name: (name.len() <= NAME_MAX_BYTES).then(|| name.into())?,
    })
}

/// Whether all starts are of one kind that an instance is written in, and no other property
/// tells a time of the wall clock.
fn is_plain(document: &Document, context: &Context<'_>) -> bool {
    let clocks = Clocks::of(document, context);
    let mut parts = document.calendar().children().filter(|it| !it.is("VTIMEZONE"));
    parts.all(|part| {
        let moment = |name| Some(Moment::read(part.property(name)?, &clocks));
        let starts: Vec<_> = ["DTSTART", "RECURRENCE-ID"].into_iter().filter_map(moment).collect();
        let is_fixed = |it: &Result<Moment, String>| {
            it.as_ref().is_ok_and(|it| !matches!(it, Moment::Floating(_)))
        };
        let is_date = |it: &Result<Moment, String>| it.as_ref().is_ok_and(Moment::is_date);
        let of_one_kind = starts.windows(2).all(|it| is_date(&it[0]) == is_date(&it[1]));
        let others = part.properties().filter(|it| !TIMES.iter().any(|name| it.is(name)));
        starts.iter().all(is_fixed)
            && of_one_kind
            && others.into_iter().all(|it| it.param("TZID").is_none())
    })
}

/// Places as pieces, those that touch joined.
fn pieces(places: impl Iterator<Item = Range<usize>>) -> Option<Pieces> {
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for place in places {
        let (start, end) = (u32::try_from(place.start).ok()?, u32::try_from(place.end).ok()?);
        match joined.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    Some(joined.into())
}

fn copy(out: &mut Vec<u8>, text: &[u8], pieces: &Pieces) {
    for (start, end) in pieces {
        out.extend_from_slice(text.get(*start as usize..*end as usize).unwrap_or_default());
    }
}
