//! `free-busy-query`: when the owner of a calendar is busy (RFC 4791 §7.10).

use app::{App, Refusal};
use http::{HeaderValue, Response, StatusCode, header};

use super::filter;
use super::scope::calendars_or;
use crate::admit::Admitted;
use crate::body::Body;
use crate::media::Form;
use crate::path::Resource;
use crate::wire::names::CALDAV;
use crate::wire::tree::Element;
use crate::{Answer, problem};

/// Who may not know of it does not hear that it is there (RFC 4791 §7.10).
fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Lacks(_) => problem::refused(&Refusal::NotFound),
        other => problem::refused(other),
    }
}

pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let range = root.child(CALDAV, "time-range").ok_or_else(|| {
        problem::plain(StatusCode::BAD_REQUEST, "free-busy-query needs a time range")
    })?;
    let window = filter::window(range)?;
    if matches!(request.resource, Resource::Object(..)) {
        let why = "only of calendars can it be asked when somebody is busy";
        return Err(problem::precondition(StatusCode::FORBIDDEN, "D:supported-report", why));
    }
    let mut calendars = calendars_or(app, request, refused)?;
    // One that takes no time is asked by itself alone (RFC 6638 §9.1).
    calendars.retain(|it| {
        let own = Resource::Collection(it.owner.name.clone(), it.collection.slug.clone());
        it.collection.takes_time || own == request.resource
    });
    let calendars: Vec<_> = calendars.iter().map(|it| &*it.collection).collect();
    let text = app.free_busy(&request.ctx, &calendars, window);
    let text = text.map_err(|refusal| refused(&refusal))?;
    let kind = "text/calendar; charset=utf-8; component=vfreebusy".to_owned();
    let (text, kind) = Form::accepted(&request.head.headers).write(text.into(), kind);
    let mut answer = Response::new(Body::from(text));
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(answer)
}
