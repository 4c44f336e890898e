//! `PUT`: a calendar object, stored byte for byte (RFC 4791 §5.3.2).

use app::{App, Refusal};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::{collection, not_allowed};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::{Answer, condition, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let Resource::Object(user, slug, name) = &request.resource else { return not_allowed() };
    if request.header(header::CONTENT_RANGE).is_some() {
        return problem::plain(StatusCode::BAD_REQUEST, "a part of an object cannot be put");
    }
    if let Some(why) = request.header(header::CONTENT_TYPE).and_then(wrong_type) {
        return problem::precondition(StatusCode::FORBIDDEN, "C:supported-calendar-data", why);
    }
    let collection = match collection(app, request) {
        Ok((_, collection)) => collection,
        // Nothing can be put where there is no calendar (RFC 4918 §9.7.1).
        Err(Refusal::NotFound) if *user == request.user.name => {
            return problem::refused(&Refusal::NoParent);
        }
        Err(refusal) => return problem::refused(&refusal),
    };
    let condition = condition::of(&request.head.headers);
    match app.put(&request.ctx, &collection, name, body, &condition).await {
        Ok(put) => {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() =
                if put.is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
            if let Ok(etag) = HeaderValue::from_str(&put.etag) {
                answer.headers_mut().insert(header::ETAG, etag);
            }
            answer
        }
        Err(refusal) => problem::put_refused(&refusal, user, slug),
    }
}

/// Why a body of that type is no calendar object; nothing if it may be one.
fn wrong_type(content_type: &str) -> Option<&'static str> {
    let mut parts = content_type.split(';').map(str::trim);
    let is_calendar = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("text/calendar"));
    if !is_calendar {
        return Some("only text/calendar can be stored");
    }
    let charset = parts.find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    let is_known = charset
        .is_none_or(|it| it.eq_ignore_ascii_case("utf-8") || it.eq_ignore_ascii_case("us-ascii"));
    if is_known { None } else { Some("only UTF-8 can be stored") }
}
