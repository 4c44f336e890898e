//! What anybody may read without logging in: time zones, and calendars that are published.

use crate::body::Body;
use app::App;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};

use crate::{Answer, problem, public, timezones};

/// What can be done with what anybody may read.
const ALLOW: HeaderValue = HeaderValue::from_static("OPTIONS, GET, HEAD");

/// Whether anybody may read what is at `path`, if something is.
pub fn is_open(path: &str) -> bool {
    timezones::is_within(path) || public::is_within(path)
}

/// Answers a request for something at an [open](is_open) path. Its body does not matter.
pub fn respond_openly(app: &App, head: &Parts, request: u64) -> Answer {
    let mut answer = match head.method {
        Method::GET | Method::HEAD if public::is_within(head.uri.path()) => {
            public::respond(app, head, request)
        }
        Method::GET | Method::HEAD => timezones::respond(app, head),
        Method::OPTIONS => Response::new(Body::default()),
        _ => problem::plain(StatusCode::METHOD_NOT_ALLOWED, "this can only be read"),
    };
    if !matches!(head.method, Method::GET | Method::HEAD) {
        answer.headers_mut().insert(header::ALLOW, ALLOW);
    }
    if head.method == Method::HEAD {
        let length = HeaderValue::from(answer.body().len());
        *answer.body_mut() = Body::default();
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    let nosniff = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    answer
}
