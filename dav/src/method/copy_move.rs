//! `COPY` and `MOVE` (RFC 4918 §9.8, §9.9): what the headers ask for, and what came of it.

use app::{App, CollectionKind, Destination, LeftOut, Manner, Overwrite, Place, Refusal, Transfer};
use http::{HeaderValue, Response, StatusCode, header};

use super::not_allowed;
use crate::admit::{Admitted, settled};
use crate::body::Body;
use crate::path::Resource;
use crate::{Answer, condition, multistatus, problem};

pub(super) async fn respond(app: &App, request: &Admitted, transfer: Transfer) -> Answer {
    let target = match target(app, request) {
        Ok(target) => target,
        Err(answer) => return answer,
    };
    let manner = match manner(request, transfer) {
        Ok(manner) => manner,
        Err(answer) => return answer,
    };
    let Some((home, slug)) = place(&target) else {
        return problem::refused(&Refusal::Forbidden);
    };
    let owner = match app.user_named(&request.ctx, &home) {
        Ok(owner) => owner,
        Err(refusal) => return problem::refused(&refusal),
    };
    let to = Destination { owner: &owner, slug: &slug };
    match &request.resource {
        Resource::Object(_, _, name) => member(app, request, name, to, manner).await,
        Resource::Collection(..) => collection(app, request, to, manner).await,
        _ => not_allowed(),
    }
}

async fn member(
    app: &App,
    request: &Admitted,
    name: &str,
    to: Destination<'_>,
    manner: Manner,
) -> Answer {
    let condition = match condition::of_request(app, request) {
        Ok(condition) => condition,
        Err(answer) => return answer,
    };
    let from = match super::collection(app, request) {
        Ok((_, from)) => from,
        Err(refusal) => return problem::refused(&refusal),
    };
    let from = Place { collection: &from, name };
    let (parent, own) = to.slug.rsplit_once('/').unwrap_or(("", to.slug));
    match app.transfer_member(&request.ctx, from, to, manner, &condition).await {
        Ok(is_new) => {
            let place = Resource::Object(to.owner.name.clone(), parent.to_owned(), own.to_owned());
            whole(&place, is_new)
        }
        Err(refusal) => problem::put_refused(&refusal, &to.owner.name, parent),
    }
}

async fn collection(app: &App, request: &Admitted, to: Destination<'_>, manner: Manner) -> Answer {
    let from = match super::collection(app, request) {
        Ok((_, from)) => from,
        Err(refusal) => return problem::refused(&refusal),
    };
    match app.transfer_collection(&request.ctx, &from, to, manner).await {
        Ok(done) if !done.left.is_empty() => partly(&to.owner.name, &done.left),
        Ok(done) => {
            let place = Resource::Collection(to.owner.name.clone(), to.slug.to_owned());
            whole(&place, done.is_new)
        }
        Err(refusal) if from.kind == CollectionKind::Calendar => {
            problem::calendar_refused(&refusal)
        }
        Err(refusal) => problem::refused(&refusal),
    }
}

/// The answer that tells that all of it is done.
fn whole(place: &Resource, is_new: bool) -> Answer {
    let mut answer = Response::new(Body::default());
    *answer.status_mut() = if is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    if let (true, Ok(place)) = (is_new, HeaderValue::from_str(&place.href())) {
        answer.headers_mut().insert(header::LOCATION, place);
    }
    answer
}

/// The answer that names what was refused (RFC 4918 §9.8.3, §9.9.3).
fn partly(home: &str, left: &[LeftOut]) -> Answer {
    let xml = multistatus::document(|out| {
        for LeftOut { slug, name, refusal } in left {
            let (home, slug) = (home.to_owned(), slug.clone());
            let place = match name {
                Some(name) => Resource::Object(home, slug, name.clone()),
                None => Resource::Collection(home, slug),
            };
            let status = problem::outcome(refusal).0;
            let reason = status.canonical_reason().unwrap_or("Refused");
            let line = format!("HTTP/1.1 {} {reason}", status.as_u16());
            multistatus::status(out, &place.href(), &line);
        }
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}

/// What the headers `Overwrite` and `Depth` ask for (RFC 4918 §9.8.3, §9.9.2, §10.6).
fn manner(request: &Admitted, transfer: Transfer) -> Result<Manner, Answer> {
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    let overwrite = match request.header("overwrite").map(str::trim) {
        None | Some("T" | "t") => Overwrite::Allowed,
        Some("F" | "f") => Overwrite::Refused,
        Some(_) => return Err(bad("Overwrite is T or F")),
    };
    let is_deep = match request.header("depth").map(str::trim) {
        // For a member it means nothing.
        _ if !matches!(request.resource, Resource::Collection(..)) => true,
        None | Some("infinity" | "Infinity") => true,
        Some("0") if transfer == Transfer::Copy => false,
        Some(_) => return Err(bad("Depth is 0 or infinity")),
    };
    Ok(Manner { transfer, overwrite, is_deep })
}

/// The home that a target is in, and its name there; nothing where only the server puts things.
fn place(target: &Resource) -> Option<(String, String)> {
    match target.as_collection().as_ref().unwrap_or(target) {
        Resource::Collection(home, slug) => Some((home.clone(), slug.clone())),
        _ => None,
    }
}

/// What the header `Destination` names (RFC 4918 §10.3).
fn target(app: &App, request: &Admitted) -> Result<Resource, Answer> {
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    let Some(text) = request.header("destination") else {
        return Err(bad("there is no Destination"));
    };
    if !text.starts_with('/') {
        let uri: http::Uri = text.trim().parse().map_err(|_| bad("Destination is no address"))?;
        let host = request.header(header::HOST);
        let own = host.or_else(|| request.head.uri.authority().map(http::uri::Authority::as_str));
        let theirs = uri.authority().map(http::uri::Authority::as_str);
        if theirs.is_none_or(|it| own.is_none_or(|own| !own.eq_ignore_ascii_case(it))) {
            return Err(problem::plain(StatusCode::FORBIDDEN, "that is another server"));
        }
    }
    let found = Resource::of_href(text).map_err(|bad_path| match bad_path {
        crate::path::BadPath::Malformed => bad("Destination is no proper path"),
        crate::path::BadPath::Unknown => problem::refused(&Refusal::NoParent),
    })?;
    let found = settled(app, &request.ctx, found, text);
    let is_member = matches!(request.resource, Resource::Object(..));
    if let (true, Resource::Collection(name, slug)) = (is_member && text.ends_with('/'), &found) {
        // A member takes the place of a collection, but does not become one.
        let owner = app.user_named(&request.ctx, name);
        let there = owner.and_then(|it| app.collection(&request.ctx, &it, slug));
        there.map_err(|it| match it {
            Refusal::NotFound => problem::refused(&Refusal::NoParent),
            other => problem::refused(&other),
        })?;
    }
    Ok(found)
}
