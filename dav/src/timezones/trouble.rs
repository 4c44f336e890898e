//! What can be wrong with a question for time zones, and how it is told (RFC 7808 §4.1.7, §10.2).

use crate::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::Answer;

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Trouble {
    InvalidAction,
    InvalidChangedSince,
    TzidNotFound,
    InvalidFormat,
    InvalidStart,
    InvalidEnd,
    InvalidPattern,
}

impl Trouble {
    /// The status, the last part of the type, and a title for people.
    const fn told(self) -> (StatusCode, &'static str, &'static str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::InvalidAction => (bad, "invalid-action", "There is no such action here"),
            Self::InvalidChangedSince => {
                (bad, "invalid-changedsince", "The token to compare with is given twice")
            }
            Self::TzidNotFound => (
                StatusCode::NOT_FOUND,
                "tzid-not-found",
                "Time zone identifier was not found on this server",
            ),
            Self::InvalidFormat => (
                StatusCode::NOT_ACCEPTABLE,
                "invalid-format",
                "Time zones are told as text/calendar or application/calendar+json",
            ),
            Self::InvalidStart => (
                bad,
                "invalid-start",
                "The start must be given once, as a date and time in UTC such as \
                 2026-01-01T00:00:00Z",
            ),
            Self::InvalidEnd => (
                bad,
                "invalid-end",
                "The end must be given once, as a date and time in UTC after the start, at most \
                 500 years after it",
            ),
            Self::InvalidPattern => (
                bad,
                "invalid-pattern",
                "The pattern must be given once, with an asterisk at its ends only",
            ),
        }
    }
}

/// The answer: a problem in JSON.
pub(super) fn told(trouble: Trouble) -> Answer {
    let (status, code, title) = trouble.told();
    let problem = json!({
        "type": format!("urn:ietf:params:tzdist:error:{code}"),
        "title": title,
        "status": status.as_u16(),
        // The member of drafts before RFC 7808, which Apple's clients read.
        "error-code": code,
    });
    let mut answer = Response::new(Body::from(problem.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static("en"));
    answer
}
