//! Which path leads to which page, and what every answer carries.

use std::net::IpAddr;

use app::{Actor, App, Ctx, Refusal, VisitorToken};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;

use crate::form::Fields;
use crate::{Answer, assets, cookie, page, problem};

/// A request for a page.
pub struct Request<'a> {
    /// Its head.
    pub head: &'a Parts,
    /// Its body.
    pub body: Bytes,
    /// The address at the other end.
    pub from: IpAddr,
    /// Its number, for the log.
    pub number: u64,
    /// Whether it came by TLS.
    pub is_secure: bool,
    /// A random token for a visitor who has none yet.
    pub new_visitor: VisitorToken,
}

/// A request with all that pages need.
pub(crate) struct Asking<'a> {
    pub(crate) app: &'a App,
    pub(crate) ctx: Ctx,
    pub(crate) visitor: VisitorToken,
    pub(crate) query: Fields,
    pub(crate) fields: Fields,
    pub(crate) from: IpAddr,
}

/// Answers a request for a page.
pub async fn respond(app: &App, request: &Request<'_>) -> Answer {
    let path = request.head.uri.path();
    if let Some(answer) = assets::respond(path) {
        return with_headers(answer, request, None);
    }
    let known = cookie::visitor(&request.head.headers);
    let visitor = known.unwrap_or(request.new_visitor);
    let now = app.clock().now();
    let ctx = Ctx { actor: Actor::Visitor(visitor), now, request: request.number };
    let is_post = request.head.method == Method::POST;
    let fields = if is_post { Fields::read(&request.body) } else { Fields::default() };
    let query = Fields::read(request.head.uri.query().unwrap_or_default().as_bytes());
    let asking = Asking { app, ctx, visitor, query, fields, from: request.from };
    let answer = match request.head.method {
        Method::GET | Method::HEAD => get(&asking, path),
        Method::POST if !is_own_form(request, &asking, known) => problem::message(
            StatusCode::FORBIDDEN,
            "This form is out of date",
            "Please allow cookies for this site, go back, reload the page and try again.",
            None,
        ),
        Method::POST => post(&asking, path).await,
        _ => not_allowed(),
    };
    with_headers(answer, request, known.is_none().then_some(visitor))
}

/// Whether a form was sent from one of our pages by this visitor.
fn is_own_form(request: &Request<'_>, asking: &Asking<'_>, known: Option<VisitorToken>) -> bool {
    let site = request.head.headers.get("sec-fetch-site");
    let is_foreign = site.is_some_and(|it| it == "cross-site");
    let token = asking.fields.value("token").unwrap_or_default();
    !is_foreign && known.is_some_and(|it| asking.app.is_form_token(it, token))
}

fn get(asking: &Asking<'_>, path: &str) -> Answer {
    let segments = segments(path);
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    match names[..] {
        [] => page::welcome(),
        ["b", "r", token] => page::booking::show(asking, token),
        ["b", "r", token, "booking.ics"] => page::booking::event(asking, token),
        ["b", "r", token, "reschedule"] => page::booking::reschedule(asking, token),
        ["b", host] => page::host::show(asking, host),
        ["b", host, slug] => page::month::show(asking, host, slug),
        ["b", host, slug, "form"] => page::checkout::form(asking, host, slug),
        _ => problem::refused(&Refusal::NotFound, None),
    }
}

async fn post(asking: &Asking<'_>, path: &str) -> Answer {
    let segments = segments(path);
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    match names[..] {
        ["b", "r", token, "cancel"] => page::booking::cancel(asking, token).await,
        ["b", "r", token, "reschedule"] => page::booking::take(asking, token).await,
        ["b", host, slug, "hold"] => page::checkout::hold(asking, host, slug).await,
        ["b", host, slug, "confirm"] => page::checkout::confirm(asking, host, slug).await,
        ["b", ..] => not_allowed(),
        _ => problem::refused(&Refusal::NotFound, None),
    }
}

fn segments(path: &str) -> Vec<String> {
    let decoded = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
    path.split('/').filter(|it| !it.is_empty()).take(8).map(decoded).collect()
}

fn not_allowed() -> Answer {
    problem::message(
        StatusCode::METHOD_NOT_ALLOWED,
        "This cannot be done here",
        "Please use the pages of this site.",
        None,
    )
}

/// To another page, to be fetched anew: refreshing it sends no form again.
pub(crate) fn see_other(location: &str) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// What every answer carries: nothing from elsewhere, nothing in frames, nothing sniffed.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

fn with_headers(mut answer: Answer, request: &Request<'_>, new: Option<VisitorToken>) -> Answer {
    for (name, value) in HEADERS {
        answer.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    if request.is_secure {
        let year = HeaderValue::from_static("max-age=31536000");
        answer.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if !answer.headers().contains_key(header::CACHE_CONTROL) {
        let no_store = HeaderValue::from_static("no-store");
        answer.headers_mut().insert(header::CACHE_CONTROL, no_store);
    }
    if let Some(visitor) = new {
        cookie::give(&mut answer, visitor, request.is_secure);
    }
    if request.head.method == Method::HEAD {
        *answer.body_mut() = Bytes::new();
    }
    answer
}
