//! `/b/r/TOKEN`: a booking for whoever has its secret link.

use app::{ManagedBooking, Refusal};
use askama::Template;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use model::booking::State;

use super::checkout::move_conflict;
use super::month::{self, Purpose};
use super::{Slots, in_both_zones, render};
use crate::link::segment;
use crate::route::{Asking, see_other};
use crate::{Answer, problem, when};

#[derive(Template)]
#[template(path = "booking.html")]
struct Page {
    state: &'static str,
    is_cancelled: bool,
    can_move: bool,
    host: String,
    host_email: String,
    title: String,
    when: String,
    host_when: String,
    place: String,
    name: String,
    email: String,
    base: String,
    again: String,
    token: String,
}

/// `GET /b/r/TOKEN`.
pub(crate) fn show(asking: &Asking<'_>, token: &str) -> Answer {
    match asking.app.managed(&asking.ctx, token) {
        Ok(managed) => render(StatusCode::OK, &page(asking, token, &managed)),
        Err(refusal) => problem::refused(&refusal, None),
    }
}

fn page(asking: &Asking<'_>, token: &str, managed: &ManagedBooking) -> Page {
    let ManagedBooking { booking, host, offered } = managed;
    let is_cancelled = booking.state == State::Cancelled;
    let host_zone = offered.as_ref().map_or("UTC", |it| it.schedule.zone.as_str());
    let host_zone = asking.zone_of(host_zone);
    let named = asking.query.value("tz").unwrap_or(&booking.visitor.zone);
    let (zone, _) = asking.zone(Some(named), &host_zone);
    let (when, host_when) = in_both_zones(booking.span, &zone, &host_zone);
    let type_of = |it: &app::OfferedType| it.event_type.clone();
    let event_type = offered.as_ref().map(type_of);
    Page {
        state: if is_cancelled { "Cancelled" } else { "Confirmed" },
        is_cancelled,
        can_move: event_type.is_some() && booking.span.start() > asking.ctx.now,
        host: host.display_name.clone(),
        host_email: host.email.clone(),
        title: event_type.as_ref().map_or_else(|| "Meeting".into(), |it| it.title.clone()),
        when,
        host_when,
        place: event_type.map(|it| it.place).unwrap_or_default(),
        name: booking.visitor.name.clone(),
        email: booking.visitor.email.clone(),
        base: format!("/b/r/{}", segment(token)),
        again: format!("/b/{}", segment(&host.name)),
        token: asking.token(),
    }
}

/// `GET /b/r/TOKEN/booking.ics`.
pub(crate) fn event(asking: &Asking<'_>, token: &str) -> Answer {
    match asking.app.managed(&asking.ctx, token) {
        Ok(managed) if managed.booking.state == State::Confirmed => {
            let text = asking.app.visitor_event(&asking.ctx, &managed);
            let mut answer = Response::new(Bytes::from(text));
            let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
            let name = HeaderValue::from_static("attachment; filename=\"booking.ics\"");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
            answer
        }
        Ok(_) => problem::refused(&Refusal::NotFound, None),
        Err(refusal) => problem::refused(&refusal, None),
    }
}

/// `POST /b/r/TOKEN/cancel`.
pub(crate) async fn cancel(asking: &Asking<'_>, token: &str) -> Answer {
    match asking.app.cancel(&asking.ctx, token).await {
        Ok(()) => see_other(&format!("/b/r/{}", segment(token))),
        Err(refusal) => problem::refused(&refusal, None),
    }
}

/// `GET /b/r/TOKEN/reschedule`: the month page, for choosing another time.
pub(crate) fn reschedule(asking: &Asking<'_>, token: &str) -> Answer {
    let back = format!("/b/r/{}", segment(token));
    let shown = asking.app.managed(&asking.ctx, token).and_then(|managed| {
        let offered = managed.offered.as_ref().ok_or(Refusal::NotFound)?;
        if managed.booking.state == State::Cancelled {
            return Err(Refusal::NotFound);
        }
        let host_zone = asking.zone_of(&offered.schedule.zone);
        let named = asking.query.value("tz").unwrap_or(&managed.booking.visitor.zone);
        let (zone, _) = asking.zone(Some(named), &host_zone);
        let purpose = Purpose {
            host: &managed.host.name,
            slug: &offered.event_type.slug,
            base: format!("{back}/reschedule"),
            action: format!("{back}/reschedule"),
            duration_min: u16::try_from(managed.booking.span.length_s() / 60).ok(),
            moving: Some(when::span(managed.booking.span, &zone)),
        };
        month::page(asking, &purpose)
    });
    shown.unwrap_or_else(|refusal| problem::refused(&refusal, Some(&back)))
}

/// `POST /b/r/TOKEN/reschedule`: takes the other time.
pub(crate) async fn take(asking: &Asking<'_>, token: &str) -> Answer {
    let back = format!("/b/r/{}", segment(token));
    let Some(start) = asking.fields.value("start").and_then(when::instant) else {
        return see_other(&back);
    };
    match asking.app.reschedule(&asking.ctx, token, start).await {
        Ok(()) => see_other(&back),
        Err(Refusal::Unavailable(reasons, next)) => {
            let action = format!("{back}/reschedule");
            let Ok(managed) = asking.app.managed(&asking.ctx, token) else {
                return see_other(&back);
            };
            let host_zone = managed.offered.as_ref().map_or("UTC", |it| it.schedule.zone.as_str());
            let host_zone = asking.zone_of(host_zone);
            let (zone, _) = asking.zone(asking.fields.value("tz"), &host_zone);
            let slots = Slots {
                action: &action,
                duration_min: u16::try_from(managed.booking.span.length_s() / 60).unwrap_or(0),
                zone: &zone,
                host_zone: &host_zone,
                token: &asking.token(),
                kept: &[],
            };
            move_conflict(&reasons, &next, &slots, &action)
        }
        Err(refusal) => problem::refused(&refusal, Some(&back)),
    }
}
