//! The free-busy URL of a home: when its owner is busy, for a plain `GET`, as the "Freebusy
//! Read URL" of the Calendaring and Scheduling Consortium has it (version 1.0).

use crate::body::Body;
use app::{App, Refusal};
use http::{Response, header};
use ical::Length;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use model::interval::{DAY_S, Instant, Interval};
use model::limit::PUBLIC_BUSY_DAYS;
use model::zone::{Zone, wall, wall_s};

use super::get::insert;
use crate::Answer;
use crate::admit::Admitted;
use crate::path::Resource;
use crate::query::Query;

/// The name of the resource in each home.
const NAME: &str = "freebusy";
const MEDIA_TYPE: &str = "text/calendar; charset=utf-8; component=vfreebusy";

/// Whether that is the free-busy URL of a home: a calendar of that name goes first.
pub(super) fn is_named(app: &App, request: &Admitted, resource: &Resource) -> bool {
    match resource {
        Resource::Collection(name, slug) if slug == NAME => {
            let owner = app.user_named(&request.ctx, name);
            owner.is_ok_and(|it| !app.has_collection(&request.ctx, &it, slug))
        }
        _ => false,
    }
}

pub(super) fn respond(app: &App, request: &Admitted) -> Result<Answer, Refusal> {
    let Resource::Collection(name, _) = &request.resource else { return Err(Refusal::NotFound) };
    let owner = app.user_named(&request.ctx, name)?;
    let query = Query::of(request.head.uri.query().unwrap_or_default());
    let window = window(&query, &owner.zone, request.ctx.now)?;
    let text = app.free_busy_of_home(&request.ctx, &owner, window)?;
    let mut answer = Response::new(Body::from(text));
    let kind = (header::CONTENT_TYPE, MEDIA_TYPE.to_owned());
    insert(&mut answer, [kind, (header::CACHE_CONTROL, "private, no-cache".to_owned())]);
    Ok(answer)
}

/// What is asked for: from `start`, or this morning, to `end`, for `period`, or for a while.
fn window(query: &Query, zone: &Zone, now: Instant) -> Result<Interval, Refusal> {
    let wrong = |why: &str| Refusal::BadRequest(why.to_owned());
    let once = |name: &str| query.once(name, wrong("a parameter is given twice"));
    let moment = |name: &str| match once(name)? {
        None => Ok(None),
        Some(text) => {
            let why = "start and end are dates, or dates with times, as ISO 8601 has them";
            instant(text, zone).map(Some).ok_or_else(|| wrong(why))
        }
    };
    if once("format")?.is_some_and(|it| !it.eq_ignore_ascii_case("text/calendar")) {
        return Err(wrong("busy time is told as text/calendar only"));
    }
    let today = zone.local(now).date();
    let start = moment("start")?.unwrap_or_else(|| morning(today, zone));
    let end = match (moment("end")?, once("period")?) {
        (Some(_), Some(_)) => return Err(wrong("there is an end and a period")),
        (Some(end), None) => end,
        (None, None) => start + PUBLIC_BUSY_DAYS * DAY_S,
        (None, Some(period)) => {
            let length = Length::parse(period).filter(|it| it.days >= 0 && it.seconds >= 0);
            let length = length.ok_or_else(|| wrong("a period is a duration such as P14D"))?;
            let local = wall(wall_s(zone.local(start)) + length.days * DAY_S);
            if length.days == 0 {
                start + length.seconds
            } else {
                zone.instant(local) + length.seconds
            }
        }
    };
    let window = Interval::new(start, end).map_err(|_| wrong("the end is not after the start"))?;
    match Interval::EVER.contains(window) {
        true => Ok(window),
        false => Err(wrong("there is no such time")),
    }
}

/// A date, a date and a time of the owner's clock, or a moment with its offset.
fn instant(text: &str, zone: &Zone) -> Option<Instant> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_second());
    }
    if text.contains(['T', 't']) {
        return Some(zone.instant(text.parse::<DateTime>().ok()?));
    }
    Some(morning(text.parse::<Date>().ok()?, zone))
}

fn morning(day: Date, zone: &Zone) -> Instant {
    zone.instant(day.to_datetime(Time::midnight()))
}
