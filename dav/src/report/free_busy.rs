//! `free-busy-query`: when the owner of a calendar is busy (RFC 4791 §7.10).

use app::App;
use bytes::Bytes;
use http::{HeaderValue, Response, header};

use super::filter;
use super::scope::calendars;
use crate::admit::Admitted;
use crate::media::Form;
use crate::wire::names::CALDAV;
use crate::wire::tree::Element;
use crate::{Answer, problem};

pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let range = root.child(CALDAV, "time-range").ok_or_else(|| {
        problem::plain(http::StatusCode::BAD_REQUEST, "free-busy-query needs a time range")
    })?;
    let window = filter::window(range)?;
    let refused = |refusal| problem::refused(&refusal);
    let calendars: Vec<_> = calendars(app, request)?;
    let calendars: Vec<_> = calendars.iter().map(|it| &*it.collection).collect();
    let text = app.free_busy(&request.ctx, &calendars, window).map_err(refused)?;
    let kind = "text/calendar; charset=utf-8; component=vfreebusy".to_owned();
    let (text, kind) = Form::accepted(&request.head.headers).write(text, kind);
    let mut answer = Response::new(Bytes::from(text));
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(answer)
}
