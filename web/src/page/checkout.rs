//! From a chosen time to a booking: hold, form, confirmation.

use app::{ConfirmForm, Held, HoldRequest, OfferedType, Refusal, User};
use askama::Template;
use http::StatusCode;
use model::id::HoldId;
use model::zone::Zone;

use super::{Slot, Slots, in_both_zones, render};
use crate::form::Fields;
use crate::link::{segment, with_query};
use crate::problem::words;
use crate::route::{Asking, see_other};
use crate::{Answer, problem, when};

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    host: String,
    title: String,
    when: String,
    host_when: String,
    held_until: String,
    error: Option<String>,
    action: String,
    back: String,
    hold: String,
    zone: String,
    token: String,
    values: Values,
}

/// What the visitor typed.
#[derive(Clone, Default)]
struct Values {
    name: String,
    email: String,
    phone: String,
    notes: String,
}

#[derive(Template)]
#[template(path = "conflict.html")]
struct ConflictPage {
    why: String,
    alternatives: Vec<Slot>,
    back: String,
}

impl Values {
    fn of(fields: &Fields) -> Self {
        Self {
            name: fields.text("name"),
            email: fields.text("email"),
            phone: fields.text("phone"),
            notes: fields.text("notes"),
        }
    }

    fn kept(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("name", &self.name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("notes", &self.notes),
        ];
        let typed = all.into_iter().filter(|it| !it.1.is_empty());
        typed.map(|(name, value)| (name, value.clone())).collect()
    }
}

/// `POST /b/HOST/TYPE/hold`: keeps the time, then shows the form.
pub(crate) async fn hold(asking: &Asking<'_>, host: &str, slug: &str) -> Answer {
    let back = format!("/b/{}/{}", segment(host), segment(slug));
    let fields = &asking.fields;
    let start = fields.value("start").and_then(when::instant);
    let duration_min = fields.value("duration").and_then(|it| it.parse().ok());
    let (Some(start), Some(duration_min)) = (start, duration_min) else {
        let why = Refusal::BadRequest("no time was chosen".into());
        return problem::refused(&why, Some(&back));
    };
    let request = HoldRequest { host, slug, duration_min, start, from: asking.from };
    match asking.app.hold(&asking.ctx, &request).await {
        Ok(held) => {
            let values = Values::of(fields);
            if !values.kept().is_empty() {
                // Typed before the first choice was taken: shown at once, never in an address.
                return form_page(asking, host, slug, held.id, values, None);
            }
            let (hold, zone) = (held.id.to_string(), fields.text("tz"));
            let base = format!("{back}/form");
            see_other(&with_query(&base, &[("hold", &hold), ("tz", &zone)]))
        }
        Err(refusal) => conflict(asking, host, slug, &refusal, duration_min),
    }
}

/// `GET /b/HOST/TYPE/form`: the form for a time that is kept.
pub(crate) fn form(asking: &Asking<'_>, host: &str, slug: &str) -> Answer {
    let back = format!("/b/{}/{}", segment(host), segment(slug));
    match asking.query.value("hold").and_then(|it| it.parse().ok()) {
        Some(id) => form_page(asking, host, slug, id, Values::default(), None),
        None => see_other(&back),
    }
}

/// `POST /b/HOST/TYPE/confirm`: makes the booking; twice makes one.
pub(crate) async fn confirm(asking: &Asking<'_>, host: &str, slug: &str) -> Answer {
    let values = Values::of(&asking.fields);
    let back = format!("/b/{}/{}", segment(host), segment(slug));
    let Some(hold) = asking.fields.value("hold").and_then(|it| it.parse().ok()) else {
        return see_other(&back);
    };
    let form = ConfirmForm {
        name: values.name.clone(),
        email: values.email.clone(),
        phone: values.phone.clone(),
        notes: values.notes.clone(),
        zone: asking.zone(asking.fields.value("tz"), &Zone::utc()).0.name().to_owned(),
        from: asking.from,
    };
    match asking.app.confirm(&asking.ctx, hold, &form).await {
        Ok(confirmed) => see_other(&format!("/b/r/{}", confirmed.token)),
        Err(Refusal::BadRequest(why)) => form_page(asking, host, slug, hold, values, Some(why)),
        Err(refusal) => {
            let held = asking.app.held(&asking.ctx, hold);
            let length_min = held.map_or(0, |it| it.2.span.length_s() / 60);
            conflict(asking, host, slug, &refusal, u16::try_from(length_min).unwrap_or(0))
        }
    }
}

fn form_page(
    asking: &Asking<'_>,
    host: &str,
    slug: &str,
    id: HoldId,
    values: Values,
    error: Option<String>,
) -> Answer {
    let back = format!("/b/{}/{}", segment(host), segment(slug));
    match asking.app.held(&asking.ctx, id) {
        Ok((_, _, _, Some(token))) => see_other(&format!("/b/r/{token}")),
        Ok((owner, offered, held, None)) => {
            let status =
                if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let page = filled(asking, (&owner, &offered, &held), &back, values, error);
            render(status, &page)
        }
        // A hold that lapsed long ago, or is somebody else's.
        Err(Refusal::NotFound) => see_other(&back),
        Err(refusal) => problem::refused(&refusal, Some(&back)),
    }
}

fn filled(
    asking: &Asking<'_>,
    (owner, offered, held): (&User, &OfferedType, &Held),
    back: &str,
    values: Values,
    error: Option<String>,
) -> FormPage {
    let host_zone = asking.zone_of(&offered.schedule.zone);
    let named = asking.query.value("tz").or_else(|| asking.fields.value("tz"));
    let (zone, _) = asking.zone(named, &host_zone);
    let (when, host_when) = in_both_zones(held.span, &zone, &host_zone);
    let date = zone.local(held.span.start()).date();
    let duration = (held.span.length_s() / 60).to_string();
    let choices = [
        ("month", when::month_text(date)),
        ("date", date.to_string()),
        ("tz", zone.name().to_owned()),
        ("duration", duration),
    ];
    let choices: Vec<(&str, &str)> = choices.iter().map(|it| (it.0, it.1.as_str())).collect();
    FormPage {
        host: owner.display_name.clone(),
        title: offered.event_type.title.clone(),
        when,
        host_when,
        held_until: crate::when::time(zone.local(held.expires)),
        error,
        action: format!("{back}/confirm"),
        back: with_query(back, &choices),
        hold: held.id.to_string(),
        zone: zone.name().to_owned(),
        token: asking.token(),
        values,
    }
}

/// The page for a time that was taken meanwhile, with the next ones that are free.
fn conflict(
    asking: &Asking<'_>,
    host: &str,
    slug: &str,
    refusal: &Refusal,
    duration_min: u16,
) -> Answer {
    let back = format!("/b/{}/{}", segment(host), segment(slug));
    let Refusal::Unavailable(reasons, next) = refusal else {
        return problem::refused(refusal, Some(&back));
    };
    let Ok((_, offered)) = asking.app.offered_type(&asking.ctx, host, slug) else {
        return problem::refused(&Refusal::NotFound, None);
    };
    let host_zone = asking.zone_of(&offered.schedule.zone);
    let (zone, _) = asking.zone(asking.fields.value("tz"), &host_zone);
    let (action, token) = (format!("{back}/hold"), asking.token());
    let kept = Values::of(&asking.fields).kept();
    let slots = Slots {
        action: &action,
        duration_min,
        zone: &zone,
        host_zone: &host_zone,
        token: &token,
        kept: &kept,
    };
    render(StatusCode::CONFLICT, &taken(reasons, next, &slots, &back))
}

fn taken(
    reasons: &[app::Reason],
    next: &[model::interval::Instant],
    slots: &Slots<'_>,
    back: &str,
) -> ConflictPage {
    let why = reasons.first().map_or("it was taken", |it| words(*it).1);
    ConflictPage {
        why: format!("It cannot be booked: {why}. Nothing was booked."),
        alternatives: next.iter().map(|it| slots.slot(*it, true, false)).collect(),
        back: with_query(back, &[("tz", slots.zone.name())]),
    }
}

/// The same page for a booking that could not be moved.
pub(crate) fn move_conflict(
    reasons: &[app::Reason],
    next: &[model::interval::Instant],
    slots: &Slots<'_>,
    back: &str,
) -> Answer {
    let mut page = taken(reasons, next, slots, back);
    page.why = page.why.replace("Nothing was booked.", "Your booking stays as it was.");
    render(StatusCode::CONFLICT, &page)
}
