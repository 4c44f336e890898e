//! `PUT`: a member, stored byte for byte (RFC 4791 §5.3.2, RFC 4918 §9.7).

use std::borrow::Cow;
use std::sync::Arc;

use app::{App, Collection, CollectionKind, Condition, Put, Refusal};
use http::{HeaderValue, Response, StatusCode, header};

use super::{bulk, collection, get, not_allowed};
use crate::admit::Admitted;
use crate::body::Body;
use crate::media::{self, Form};
use crate::path::Resource;
use crate::prefer::tell_representation;
use crate::{Answer, condition, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let (user, slug, name) = match &request.resource {
        Resource::Object(user, slug, name) => (user, slug, name),
        Resource::Collection(..) => return bulk::import(app, request, body).await,
        _ => return not_allowed(),
    };
    if request.header(header::CONTENT_RANGE).is_some() {
        return problem::plain(StatusCode::BAD_REQUEST, "a part of an object cannot be put");
    }
    if slug.is_empty() {
        let made = async {
            let owner = app.user_named(&request.ctx, user)?;
            app.home_folder(&request.ctx, &owner).await
        };
        if let Err(refusal) = made.await {
            return problem::refused(&refusal);
        }
    }
    let collection = match collection(app, request) {
        Ok((_, collection)) => collection,
        // Nothing can be put where there is no collection (RFC 4918 §9.7.1).
        Err(Refusal::NotFound) => return problem::refused(&Refusal::NoParent),
        Err(refusal) => return problem::refused(&refusal),
    };
    let condition = match condition::of_request(app, request) {
        Ok(condition) => condition,
        Err(answer) => return answer,
    };
    match store(app, request, (&collection, name), body, &condition).await {
        Ok(put) => stored(app, request, (&collection, name), &put),
        Err(refusal) => {
            let put_refused = problem::put_refused(&refusal, user, slug);
            let is_guarded = condition.if_match.is_some() || condition.if_none_match.is_some();
            if refusal == Refusal::PreconditionFailed && is_guarded {
                return current(app, request, put_refused);
            }
            put_refused
        }
    }
}

/// Stores a body where it belongs.
async fn store(
    app: &App,
    request: &Admitted,
    (collection, name): (&Arc<Collection>, &str),
    body: &[u8],
    condition: &Condition,
) -> Result<Put, Refusal> {
    let told = request.header(header::CONTENT_TYPE);
    if collection.kind == CollectionKind::Folder {
        let file = (body, told.unwrap_or("application/octet-stream"));
        return app.put_file(&request.ctx, collection, name, file, condition).await;
    }
    let text = objects(told, body)?;
    app.put(&request.ctx, collection, name, &text, condition).await
}

/// A body as iCalendar.
///
/// # Errors
///
/// [`Refusal::WrongMediaType`], or [`Refusal::Invalid`] for jCal that cannot be read.
pub(super) fn objects<'b>(
    content_type: Option<&str>,
    body: &'b [u8],
) -> Result<Cow<'b, [u8]>, Refusal> {
    if let Some(why) = content_type.and_then(wrong_type) {
        return Err(Refusal::WrongMediaType(why));
    }
    if content_type.and_then(Form::of) != Some(Form::Jcal) {
        return Ok(Cow::Borrowed(body));
    }
    Ok(Cow::Owned(ical::jcal::from_jcal(body)?))
}

/// The answer to a put that was done.
pub(super) fn stored(
    app: &App,
    request: &Admitted,
    (collection, name): (&Collection, &str),
    put: &Put,
) -> Answer {
    let mut answer = Response::new(Body::default());
    *answer.status_mut() = if put.is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    if request.prefer.is_representation()
        && let Ok((_, text)) = app.stored(&request.ctx, collection, name)
    {
        let (text, kind) = media::negotiated(app, &request.head.headers, text);
        *answer.body_mut() = text.into();
        if !put.is_new {
            *answer.status_mut() = StatusCode::OK;
        }
        let place = request.resource.href();
        get::insert(&mut answer, [(header::CONTENT_TYPE, kind), (header::CONTENT_LOCATION, place)]);
        tell_representation(answer.headers_mut());
    }
    let told = request.header(header::CONTENT_TYPE);
    // What is stored is not what was sent: the client has to read it (RFC 4791 §5.3.4).
    let is_changed = put.is_changed || told.and_then(Form::of) == Some(Form::Jcal);
    let etag = match request.prefer.is_representation() {
        true => Form::accepted(&request.head.headers).etag(&put.etag),
        false => put.etag.clone(),
    };
    if let (false, Ok(etag)) = (is_changed, HeaderValue::from_str(&etag)) {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    answer
}

/// A refusal with what stands there now, for a client that wants to see it (RFC 8144 §3.2).
fn current(app: &App, request: &Admitted, mut refused: Answer) -> Answer {
    if !request.prefer.is_representation() {
        return refused;
    }
    let Resource::Object(_, _, name) = &request.resource else { return refused };
    let found = collection(app, request)
        .and_then(|(_, collection)| app.stored(&request.ctx, &collection, name));
    if let Ok((entry, text)) = found {
        let (text, kind) = media::negotiated(app, &request.head.headers, text);
        *refused.body_mut() = text.into();
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_LOCATION, request.resource.href()),
            (header::ETAG, Form::accepted(&request.head.headers).etag(&entry.etag)),
        ];
        get::insert(&mut refused, headers);
        tell_representation(refused.headers_mut());
    }
    refused
}

/// Why a body of that type is no calendar object; nothing if it may be one.
fn wrong_type(content_type: &str) -> Option<&'static str> {
    let mut parts = content_type.split(';').map(str::trim);
    if parts.next().and_then(Form::of).is_none() {
        return Some("only text/calendar and application/calendar+json can be stored");
    }
    let charset = parts.find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    let is_known = charset
        .is_none_or(|it| it.eq_ignore_ascii_case("utf-8") || it.eq_ignore_ascii_case("us-ascii"));
    if is_known { None } else { Some("only UTF-8 can be stored") }
}
