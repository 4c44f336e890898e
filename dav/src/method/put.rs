//! `PUT`: a member, stored byte for byte (RFC 4791 §5.3.2, RFC 4918 §9.7).

use std::sync::Arc;

use app::{App, Collection, CollectionKind, Condition, Put, Refusal};
use http::{HeaderValue, Response, StatusCode, header};

use super::{collection, get, import, not_allowed};
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::{Answer, condition, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let (user, slug, name) = match &request.resource {
        Resource::Object(user, slug, name) => (user, slug, name),
        Resource::Collection(..) => return import::respond(app, request, body).await,
        _ => return not_allowed(),
    };
    if request.header(header::CONTENT_RANGE).is_some() {
        return problem::plain(StatusCode::BAD_REQUEST, "a part of an object cannot be put");
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
        Err(Ok(refusal)) => {
            let put_refused = problem::put_refused(&refusal, user, slug);
            let is_guarded = condition.if_match.is_some() || condition.if_none_match.is_some();
            if refusal == Refusal::PreconditionFailed && is_guarded {
                return current(app, request, put_refused);
            }
            put_refused
        }
        Err(Err(answer)) => answer,
    }
}

/// Stores a body where it belongs; an answer instead of a refusal if its type is wrong.
async fn store(
    app: &App,
    request: &Admitted,
    (collection, name): (&Arc<Collection>, &str),
    body: &[u8],
    condition: &Condition,
) -> Result<Put, Result<Refusal, Answer>> {
    let content_type = request.header(header::CONTENT_TYPE);
    if collection.kind == CollectionKind::Folder {
        let file = (body, content_type.unwrap_or("application/octet-stream"));
        return app.put_file(&request.ctx, collection, name, file, condition).await.map_err(Ok);
    }
    if let Some(why) = content_type.and_then(wrong_type) {
        let element = "C:supported-calendar-data";
        return Err(Err(problem::precondition(StatusCode::FORBIDDEN, element, why)));
    }
    app.put(&request.ctx, collection, name, body, condition).await.map_err(Ok)
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
    if request.prefer.is_representation
        && let Ok((entry, text)) = app.stored(&request.ctx, collection, name)
    {
        *answer.body_mut() = text.into();
        if !put.is_new {
            *answer.status_mut() = StatusCode::OK;
        }
        let kind = crate::property::calendar::content_type(&entry);
        let place = request.resource.href();
        get::insert(
            &mut answer,
            [(header::CONTENT_TYPE, kind), (header::CONTENT_LOCATION, place)],
        );
        request.prefer.tell(answer.headers_mut(), &["return=representation"]);
    }
    if let Ok(etag) = HeaderValue::from_str(&put.etag) {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    answer
}

/// A refusal with what stands there now, for a client that wants to see it (RFC 8144 §3.2).
fn current(app: &App, request: &Admitted, mut refused: Answer) -> Answer {
    if !request.prefer.is_representation {
        return refused;
    }
    let found = get::respond(app, request);
    if found.status() == StatusCode::OK {
        let (head, body) = found.into_parts();
        *refused.body_mut() = body;
        refused.headers_mut().extend(head.headers);
        let place = request.resource.href();
        get::insert(&mut refused, [(header::CONTENT_LOCATION, place)]);
        request.prefer.tell(refused.headers_mut(), &["return=representation"]);
    }
    refused
}

/// Why a body of that type is no calendar object; nothing if it may be one.
pub(super) fn wrong_type(content_type: &str) -> Option<&'static str> {
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
