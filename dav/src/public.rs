//! Published calendars: what their links lead to, for anybody who has one.

use crate::body::Body;
use app::{Actor, App, Ctx, Refusal, VisitorToken};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};

use crate::{Answer, condition, problem};

/// Where the links begin.
const ROOT: &str = "/dav/public/";

/// The path of the link with that secret.
pub(crate) fn href(secret: &str) -> String {
    format!("{ROOT}{secret}.ics")
}

/// Where all links begin, for those that have no secret yet.
pub(crate) const fn root() -> &'static str {
    ROOT
}

/// Whether a path may be that of a link.
pub(crate) fn is_within(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// Answers a `GET`.
pub(crate) fn respond(app: &App, head: &Parts, request: u64) -> Answer {
    let actor = Actor::Visitor(VisitorToken([0; 16]));
    let ctx = Ctx { actor, now: app.clock().now(), request };
    let mut answer = calendar(app, &ctx, head).unwrap_or_else(|it| problem::refused(&it));
    let headers = answer.headers_mut();
    // What was taken back must be gone at once, and searches should never find it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    answer
}

fn calendar(app: &App, ctx: &Ctx, head: &Parts) -> Result<Answer, Refusal> {
    let name = head.uri.path().strip_prefix(ROOT).unwrap_or_default();
    let (secret, kind) = name.rsplit_once('.').ok_or(Refusal::NotFound)?;
    let published = app.published(ctx, secret)?;
    let (etag, media_type) = match kind {
        "ics" => (&published.etag, "text/calendar; charset=utf-8"),
        "ifb" => (&published.busy_etag, "text/calendar; charset=utf-8; component=vfreebusy"),
        _ => return Err(Refusal::NotFound),
    };
    let is_known = condition::has(&head.headers, etag).unwrap_or(false);
    let mut answer = Response::new(Body::default());
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let text = match kind {
            "ics" => app.published_text(&published)?,
            _ => app.published_busy(&published)?,
        };
        *answer.body_mut() = Body::from(text);
        let media_type = HeaderValue::from_static(media_type);
        answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    if let Ok(etag) = HeaderValue::from_str(etag) {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    Ok(answer)
}
