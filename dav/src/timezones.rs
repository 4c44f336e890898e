//! The time zone data distribution service (RFC 7808), for anybody who asks.

mod capabilities;
mod leap;
mod list;
mod trouble;
mod zone;

use crate::body::Body;
use app::App;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::query::Query;
use crate::{Answer, condition};
use trouble::Trouble;

/// The context path of the service: actions follow it, each after a slash.
pub(crate) const ROOT: &str = "/dav/timezones";
/// Who publishes the data.
const PUBLISHER: &str = "IANA";

/// Whether `path` belongs to the service.
pub(crate) fn is_within(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// Answers a `GET`.
pub(crate) fn respond(app: &App, head: &Parts) -> Answer {
    action(app, head).unwrap_or_else(trouble::told)
}

fn action(app: &App, head: &Parts) -> Result<Answer, Trouble> {
    let path = head.uri.path().strip_prefix(ROOT).unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let query = Query::of(head.uri.query().unwrap_or_default());
    match segments.as_slice() {
        ["capabilities"] => Ok(capabilities::respond(app)),
        ["leapseconds"] => Ok(leap::respond()),
        ["zones"] => list::respond(app, &query),
        ["zones", tzid] => zone::data(app, head, &decoded(tzid)?, &query),
        // The second form is that of drafts before RFC 7808, which Apple's clients keep to.
        ["zones", tzid, "observances"] | ["observances", tzid] => {
            zone::observances(app, head, &decoded(tzid)?, &query)
        }
        _ => Err(Trouble::InvalidAction),
    }
}

/// A name of a zone, whose slashes are encoded in a path (RFC 7808 §4.1.3).
fn decoded(segment: &str) -> Result<String, Trouble> {
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| Trouble::TzidNotFound)?;
    Ok(text.into_owned())
}

/// An answer in JSON that may be kept for `age`, as `Cache-Control` says it.
fn json(value: &Value, age: &'static str) -> Answer {
    let mut answer = Response::new(Body::from(value.to_string()));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(age));
    answer
}

/// The answer with its entity tag, or the word that the client has it already.
fn tagged(head: &Parts, etag: &str, answer: impl FnOnce() -> Answer) -> Answer {
    let etag = format!("\"{etag}\"");
    let is_known = condition::has(&head.headers, &etag).unwrap_or(false);
    let mut answer = match is_known {
        true => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            answer
        }
        false => answer(),
    };
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(DAY));
    answer
}

/// Zones change a few times a year, and announce it months before as a rule.
const DAY: &str = "public, max-age=86400";
/// The list says what has changed: it should be fresh.
const HOUR: &str = "public, max-age=3600";
