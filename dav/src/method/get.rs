//! `GET` and `HEAD`: an object as it was stored, or a whole calendar as one stream.

use app::{App, Refusal};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};

use super::{collection, not_allowed};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::property::calendar::{content_type, http_date};
use crate::{Answer, condition, problem};

pub(super) fn respond(app: &App, request: &Admitted) -> Answer {
    let found = match &request.resource {
        Resource::Object(_, _, name) => object(app, request, name),
        Resource::Collection(..) => calendar(app, request),
        _ => return not_allowed(),
    };
    let mut answer = found.unwrap_or_else(|refusal| problem::refused(&refusal));
    if request.head.method == Method::HEAD {
        let length = HeaderValue::from(answer.body().len());
        *answer.body_mut() = Bytes::new();
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    answer
}

fn object(app: &App, request: &Admitted, name: &str) -> Result<Answer, Refusal> {
    let (_, collection) = collection(app, request)?;
    let (entry, text) = app.stored(&request.ctx, &collection, name)?;
    let asked = condition::of(&request.head.headers);
    if asked.if_match.is_some_and(|it| !it.iter().any(|it| *it == "*" || *it == entry.etag)) {
        return Err(Refusal::PreconditionFailed);
    }
    let is_known =
        asked.if_none_match.is_some_and(|it| it.iter().any(|it| *it == "*" || *it == entry.etag));
    let mut answer = if is_known {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else {
        Response::new(Bytes::from(text))
    };
    let headers = [
        (header::ETAG, entry.etag.clone()),
        (header::CONTENT_TYPE, content_type(&entry)),
        (header::LAST_MODIFIED, http_date(entry.modified)),
    ];
    insert(&mut answer, headers);
    Ok(answer)
}

fn calendar(app: &App, request: &Admitted) -> Result<Answer, Refusal> {
    let (_, collection) = collection(app, request)?;
    let mut answer = Response::new(Bytes::from(app.export(&request.ctx, &collection)?));
    let kind = "text/calendar; charset=utf-8".to_owned();
    insert(&mut answer, [(header::CONTENT_TYPE, kind)]);
    Ok(answer)
}

fn insert<const N: usize>(answer: &mut Answer, headers: [(header::HeaderName, String); N]) {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    let nosniff = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
}
