//! `GET` and `HEAD`: a member as it was stored, a whole calendar as one stream, a list of links.

use app::{App, CollectionKind, Refusal};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use model::id::AttachmentId;

use super::{collection, free_busy_url};
use crate::admit::Admitted;
use crate::listing::Listing;
use crate::media::Form;
use crate::path::Resource;
use crate::property::calendar::http_date;
use crate::property::{Asked, Live, Wanted};
use crate::wire::tree::read;
use crate::{Answer, Body, condition, media, multistatus, problem};

/// A file of somebody runs nothing, and is not of the origin of the pages.
const HARMLESS: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// What the form of an answer depends on.
const FORMS: HeaderValue = HeaderValue::from_static("Accept, CalDAV-Timezones");

pub(super) fn respond(app: &App, request: &Admitted) -> Answer {
    let found = match &request.resource {
        Resource::Object(_, _, name) => object(app, request, name),
        it if free_busy_url::is_named(app, request, it) => free_busy_url::respond(app, request),
        Resource::Collection(..) => whole(app, request),
        Resource::Attachment(id, _) => attachment(app, request, *id),
        _ => links(app, request),
    };
    let mut answer = found.unwrap_or_else(|refusal| problem::refused(&refusal));
    if request.head.method == Method::HEAD {
        let length = HeaderValue::from(answer.body().len());
        *answer.body_mut() = Body::default();
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    answer
}

fn object(app: &App, request: &Admitted, name: &str) -> Result<Answer, Refusal> {
    let (_, collection) = collection(app, request)?;
    let (entry, text) = app.stored(&request.ctx, &collection, name)?;
    let members = collection.members();
    let kept = members.extra(name).and_then(|it| it.media_type.clone());
    let is_object = kept.is_none();
    let asked = &request.head.headers;
    let (text, media_type) = match kept {
        Some(kept) => (text, kept),
        None => media::negotiated(app, asked, text),
    };
    let etag = if is_object { Form::accepted(asked).etag(&entry.etag) } else { entry.etag.clone() };
    let headers = [
        (header::ETAG, etag),
        (header::CONTENT_TYPE, media_type),
        (header::LAST_MODIFIED, http_date(entry.modified)),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let mut answer = conditional(request, (&entry.etag, Some(entry.modified)), text)?;
    insert(&mut answer, headers);
    answer.headers_mut().insert(header::VARY, FORMS);
    if !is_object {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HARMLESS);
    }
    Ok(answer)
}

/// A file, which a browser is to save rather than to show.
fn attachment(app: &App, request: &Admitted, id: AttachmentId) -> Result<Answer, Refusal> {
    let file = app.attachment(&request.ctx, id)?;
    let etag = format!("\"{id}\"");
    let name = crate::path::encoded(&file.filename);
    let headers = [
        (header::ETAG, etag.clone()),
        (header::CONTENT_TYPE, file.media_type),
        (header::LAST_MODIFIED, http_date(file.modified)),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    let mut answer = conditional(request, (&etag, Some(file.modified)), file.bytes.into())?;
    insert(&mut answer, headers);
    Ok(answer)
}

/// The text, a part of it, or the word that the client has it already (RFC 9110 §13.2.2).
fn conditional(
    request: &Admitted,
    (etag, modified): (&str, Option<i64>),
    text: Bytes,
) -> Result<Answer, Refusal> {
    let headers = &request.head.headers;
    let asked = condition::of(headers);
    let is_this = |it: &Vec<String>| it.iter().any(|it| it == "*" || it == etag);
    let is_other = match &asked.if_match {
        Some(tags) => !is_this(tags),
        None => condition::is_later(headers, modified),
    };
    if is_other {
        return Err(Refusal::PreconditionFailed);
    }
    let is_known = condition::has(headers, etag)
        .unwrap_or_else(|| modified.is_some_and(|it| !condition::is_newer(headers, it)));
    if is_known {
        let mut answer = Response::new(Body::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(answer);
    }
    let is_same = headers.get(header::IF_RANGE).is_none_or(|it| it.as_bytes() == etag.as_bytes());
    // A range is of GET alone (RFC 9110 §14.2), and of what is stored: other forms share its tag.
    let is_stored = media::is_stored(headers);
    let is_asked = is_same && is_stored && request.head.method == Method::GET;
    Ok(match range(headers, text.len()).filter(|_| is_asked) {
        None => Response::new(text.into()),
        Some(Err(())) => {
            let why = "the text is not that long";
            let mut answer = problem::plain(StatusCode::RANGE_NOT_SATISFIABLE, why);
            insert(&mut answer, [(header::CONTENT_RANGE, format!("bytes */{}", text.len()))]);
            answer
        }
        Some(Ok((first, last))) => {
            let told = format!("bytes {first}-{last}/{}", text.len());
            let mut answer = Response::new(text.slice(first..=last).into());
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            insert(&mut answer, [(header::CONTENT_RANGE, told)]);
            answer
        }
    })
}

/// The first and last byte that a client wants, if it wants one part (RFC 9110 §14.2).
fn range(headers: &HeaderMap, length: usize) -> Option<Result<(usize, usize), ()>> {
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    let one = text.trim().strip_prefix("bytes=")?;
    let (first, last) = one.split_once('-')?;
    let number = |it: &str| it.trim().parse::<usize>().ok();
    match (first.trim(), last.trim()) {
        ("", last) => {
            let count = number(last)?;
            let is_there = count > 0 && length > 0;
            Some(if is_there { Ok((length.saturating_sub(count), length - 1)) } else { Err(()) })
        }
        (first, last) => {
            let first = number(first)?;
            let last = if last.is_empty() { length.wrapping_sub(1) } else { number(last)? };
            if last < first && first < length {
                return None;
            }
            Some(if first < length { Ok((first, last.min(length - 1))) } else { Err(()) })
        }
    }
}

/// A calendar as one stream; of other collections the links to what is in them.
fn whole(app: &App, request: &Admitted) -> Result<Answer, Refusal> {
    let (_, collection) = collection(app, request)?;
    if collection.kind == CollectionKind::Folder || !collection.is_calendar() {
        return links(app, request);
    }
    // A text that is newer than its tag is asked for once more; one that is older would stay.
    let etag = format!("\"{}\"", app.sync_token(&collection, &collection.members()));
    let text = app.export(&request.ctx, &collection)?.into();
    let (text, kind) = media::negotiated(app, &request.head.headers, text);
    let mut answer = conditional(request, (&etag, None), text)?;
    insert(&mut answer, [(header::ETAG, etag), (header::CONTENT_TYPE, kind)]);
    answer.headers_mut().insert(header::VARY, FORMS);
    Ok(answer)
}

/// A page of links to what the asker may see of what is in a collection.
fn links(app: &App, request: &Admitted) -> Result<Answer, Refusal> {
    let listing = Listing::of(app, request, &request.resource)?;
    let wanted = Wanted::These(vec![Asked::named(Live::ResourceType)]);
    let xml = multistatus::document(|out| listing.write_members(out, &wanted)).whole();
    let root = read(&xml).unwrap_or_default();
    let own = request.resource.href();
    // Paths are percent-encoded: nothing in them means anything to HTML.
    let links = root.children.iter().filter_map(|it| it.children.first());
    let links: Vec<String> =
        links.map(|it| format!("<li><a href=\"{0}\">{0}</a>\n", it.text)).collect();
    let page = format!(
        "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>{own}</title>\n<ul>\n{}</ul>\n",
        links.concat()
    );
    let mut answer = Response::new(page.into());
    insert(&mut answer, [(header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned())]);
    Ok(answer)
}

pub(super) fn insert<const N: usize>(
    answer: &mut Answer,
    headers: [(header::HeaderName, String); N],
) {
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    let nosniff = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
}
