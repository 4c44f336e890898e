//! `/b/HOST/TYPE`: the days of a month that can be booked, and the times of one of them.

use app::{Day, MonthAnswer, Refusal};
use askama::Template;
use http::StatusCode;
use jiff::ToSpan;
use jiff::civil::Date;
use model::interval::Instant;
use model::zone::Zone;

use super::{Slot, Slots, initial, render};
use crate::link::{segment, with_query};
use crate::problem::words;
use crate::route::Asking;
use crate::{Answer, problem, when};

/// Zones offered for choosing; any other can be typed.
const COMMON_ZONES: &[&str] = &[
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Toronto",
    "America/Vancouver",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Melbourne",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Kyiv",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Moscow",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Pacific/Auckland",
    "UTC",
];

#[derive(Template)]
#[template(path = "month.html")]
struct Page {
    host: String,
    initial: String,
    title: String,
    description: String,
    place: String,
    length: String,
    durations: Vec<Choice>,
    duration: u16,
    zone: String,
    zone_error: bool,
    zones: &'static [&'static str],
    host_zone: String,
    host_zone_href: String,
    month: String,
    month_name: String,
    date: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    weekdays: Vec<(String, String)>,
    weeks: Vec<Vec<Option<Cell>>>,
    is_empty: bool,
    next_free: Option<(String, String)>,
    times: Option<Times>,
    /// The time of the booking that is being moved.
    moving: Option<String>,
}

struct Choice {
    label: String,
    href: String,
    current: bool,
}

struct Cell {
    number: i8,
    href: Option<String>,
    label: String,
    word: &'static str,
    current: bool,
}

struct Times {
    day: String,
    groups: Vec<Group>,
    reason: &'static str,
}

struct Group {
    name: &'static str,
    starts: Vec<Slot>,
}

/// What a month page is for: a new booking, or moving one.
pub(crate) struct Purpose<'a> {
    pub(crate) host: &'a str,
    pub(crate) slug: &'a str,
    /// The page itself, for its own links.
    pub(crate) base: String,
    /// Where a chosen time is sent.
    pub(crate) action: String,
    /// The only length that can be chosen, where there is no choice.
    pub(crate) duration_min: Option<u16>,
    /// The time of the booking that is being moved.
    pub(crate) moving: Option<String>,
}

pub(crate) fn show(asking: &Asking<'_>, host: &str, slug: &str) -> Answer {
    let base = format!("/b/{}/{}", segment(host), segment(slug));
    let action = format!("{base}/hold");
    let purpose = Purpose { host, slug, base, action, duration_min: None, moving: None };
    page(asking, &purpose).unwrap_or_else(|refusal| problem::refused(&refusal, None))
}

/// The month page for any purpose.
pub(crate) fn page(asking: &Asking<'_>, purpose: &Purpose<'_>) -> Result<Answer, Refusal> {
    let (_, offered) = asking.app.offered_type(&asking.ctx, purpose.host, purpose.slug)?;
    let host_zone = asking.zone_of(&offered.schedule.zone);
    let (zone, zone_error) = asking.zone(asking.query.value("tz"), &host_zone);
    let usual = offered.event_type.durations_min.first().copied().unwrap_or(30);
    let asked_min = asking.query.value("duration").and_then(|it| it.parse().ok());
    let asked_min = asked_min.filter(|it| offered.event_type.durations_min.contains(it));
    let duration_min = purpose.duration_min.or(asked_min).unwrap_or(usual);
    let today = zone.local(asking.ctx.now).date();
    let date: Option<Date> = asking.query.value("date").and_then(|it| it.parse().ok());
    let asked = asking.query.value("month").and_then(when::month_of).or(date);
    let mut first = asked.unwrap_or(today).first_of_month();
    let offer = |first: Date| {
        let range = (first, first.last_of_month());
        asking.app.offer(&asking.ctx, purpose.host, purpose.slug, duration_min, &zone, range)
    };
    let mut answer = offer(first)?;
    // Nobody should have to leaf through empty months to the first free time.
    if let (None, Some(next), true) =
        (asked, answer.next, answer.days.iter().all(|it| it.starts.is_empty()))
    {
        first = zone.local(next).date().first_of_month();
        answer = offer(first)?;
    }
    let links = Links { base: &purpose.base, zone: &zone, duration_min };
    let view =
        View { asking, purpose, answer: &answer, links: &links, zone: &zone, today, first, date };
    Ok(render(StatusCode::OK, &view.page(zone_error)))
}

/// Links of a month page to itself.
struct Links<'a> {
    base: &'a str,
    zone: &'a Zone,
    duration_min: u16,
}

impl Links<'_> {
    fn to(&self, month: Date, date: Option<Date>, zone: &str, duration_min: u16) -> String {
        let date = date.map(|it| it.to_string()).unwrap_or_default();
        let fields = [
            ("month", when::month_text(month)),
            ("date", date),
            ("tz", zone.to_owned()),
            ("duration", duration_min.to_string()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|it| (it.0, it.1.as_str())).collect();
        with_query(self.base, &fields)
    }

    fn month(&self, month: Date) -> String {
        self.to(month, None, self.zone.name(), self.duration_min)
    }

    fn day(&self, date: Date) -> String {
        let link = self.to(date, Some(date), self.zone.name(), self.duration_min);
        format!("{link}#times")
    }
}

/// A month about to be shown.
struct View<'a> {
    asking: &'a Asking<'a>,
    purpose: &'a Purpose<'a>,
    answer: &'a MonthAnswer,
    links: &'a Links<'a>,
    zone: &'a Zone,
    today: Date,
    first: Date,
    date: Option<Date>,
}

impl View<'_> {
    fn page(&self, zone_error: bool) -> Page {
        let event_type = &self.answer.offered.event_type;
        let host_zone = self.answer.host_zone.name().to_owned();
        let duration_min = self.links.duration_min;
        let is_empty = self.answer.days.iter().all(|it| it.starts.is_empty());
        let last = self.first.last_of_month();
        let previous = (self.first > self.today.first_of_month())
            .then(|| self.links.month(self.first.saturating_sub(1.month())));
        let is_last =
            self.answer.days.iter().rev().any(|it| it.reason == Some(app::Reason::AfterWindow));
        let next = (!is_last).then(|| self.links.month(last.saturating_add(1.day())));
        let next_free = self.answer.next.map(|it| {
            let date = self.zone.local(it).date();
            (self.links.day(date), when::long_date(date))
        });
        Page {
            host: self.answer.host.display_name.clone(),
            initial: initial(&self.answer.host.display_name),
            title: event_type.title.clone(),
            description: event_type.description.clone(),
            place: event_type.place.clone(),
            length: when::length(i64::from(duration_min)),
            durations: self.durations(),
            duration: duration_min,
            zone: self.zone.name().to_owned(),
            zone_error,
            zones: COMMON_ZONES,
            host_zone_href: self.links.to(self.first, self.date, &host_zone, duration_min),
            host_zone,
            month: when::month_text(self.first),
            month_name: when::month_name(self.first),
            date: self.date.map(|it| it.to_string()),
            previous,
            next,
            weekdays: when::weekdays(),
            weeks: self.weeks(),
            is_empty,
            next_free,
            times: self.date.and_then(|it| self.times(it)),
            moving: self.purpose.moving.clone(),
        }
    }

    fn durations(&self) -> Vec<Choice> {
        if self.purpose.duration_min.is_some() {
            return Vec::new();
        }
        let lengths = self.answer.offered.event_type.durations_min.iter();
        let choice = |it: &u16| Choice {
            label: when::length(i64::from(*it)),
            href: self.links.to(self.first, self.date, self.zone.name(), *it),
            current: *it == self.links.duration_min,
        };
        lengths.map(choice).collect()
    }

    /// The month as weeks that begin on Monday.
    fn weeks(&self) -> Vec<Vec<Option<Cell>>> {
        let blanks = usize::try_from(self.first.weekday().to_monday_zero_offset()).unwrap_or(0);
        let mut cells: Vec<Option<Cell>> = (0..blanks).map(|_| None).collect();
        cells.extend(self.answer.days.iter().map(|it| Some(self.cell(it))));
        while !cells.len().is_multiple_of(7) {
            cells.push(None);
        }
        let mut weeks = Vec::new();
        let mut cells = cells.into_iter().peekable();
        while cells.peek().is_some() {
            weeks.push(cells.by_ref().take(7).collect());
        }
        weeks
    }

    fn cell(&self, day: &Day) -> Cell {
        let name = when::long_date(day.date);
        let (word, why) = day.reason.map(words).unwrap_or_default();
        let label = match day.starts.len() {
            0 => format!("{name}, not available: {why}"),
            1 => format!("{name}, 1 time"),
            n => format!("{name}, {n} times"),
        };
        Cell {
            number: day.date.day(),
            href: (!day.starts.is_empty()).then(|| self.links.day(day.date)),
            label,
            word,
            current: self.date == Some(day.date),
        }
    }

    /// The times of one day, by part of the day.
    fn times(&self, date: Date) -> Option<Times> {
        let day = self.answer.days.iter().find(|it| it.date == date)?;
        let token = self.asking.token();
        let slots = Slots {
            action: &self.purpose.action,
            duration_min: self.links.duration_min,
            zone: self.zone,
            host_zone: &self.answer.host_zone,
            token: &token,
            kept: &[],
        };
        // On a day whose clock is set back, an hour comes twice: only its zone tells which.
        let offsets: Vec<i32> = day.starts.iter().map(|it| self.zone.offset_s(*it)).collect();
        let is_changing = offsets.windows(2).any(|it| it[0] != it[1]);
        let parts = [("Morning", 0..12), ("Afternoon", 12..17), ("Evening", 17..24)];
        let group = |(name, hours): (&'static str, std::ops::Range<i8>)| {
            let is_in = |it: &&Instant| hours.contains(&self.zone.local(**it).hour());
            let starts = day.starts.iter().filter(is_in);
            Group { name, starts: starts.map(|it| slots.slot(*it, false, is_changing)).collect() }
        };
        let groups = parts.into_iter().map(group).filter(|it| !it.starts.is_empty()).collect();
        let reason = day.reason.map(words).unwrap_or_default().1;
        Some(Times { day: when::long_date(date), groups, reason })
    }
}
