//! `COPY` and `MOVE` (RFC 4918 §9.8, §9.9), which never cross what the policy allows.

use std::sync::Arc;

use app::Transfer;
use app::{App, Collection, CollectionKind, Condition, LeftOut, Overwrite, Place, Refusal};
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
    let overwrite = match request.header("overwrite").map(str::trim) {
        None | Some("T" | "t") => Overwrite::Allowed,
        Some("F" | "f") => Overwrite::Refused,
        Some(_) => return problem::plain(StatusCode::BAD_REQUEST, "Overwrite is T or F"),
    };
    let condition = match condition::of_request(app, request) {
        Ok(condition) => condition,
        Err(answer) => return answer,
    };
    let done = match (&request.resource, &target) {
        (Resource::Object(..), Resource::Object(..)) => {
            object(app, request, &target, (transfer, overwrite), &condition).await
        }
        (Resource::Object(..), Resource::Collection(..)) => {
            over_collection(app, request, &target, (transfer, overwrite), &condition).await
        }
        (Resource::Collection(..), Resource::Collection(..)) => {
            collection(app, request, &target, (transfer, overwrite)).await
        }
        (Resource::Collection(..), Resource::Object(..)) => {
            over_member(app, request, &target, (transfer, overwrite)).await
        }
        (Resource::Object(..) | Resource::Collection(..), _) => Err(Refusal::Forbidden),
        _ => return not_allowed(),
    };
    match done {
        Ok(Done { left, .. }) if !left.is_empty() => partly(&target, &left),
        Ok(Done { is_new, .. }) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() =
                if is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
            if let (true, Ok(place)) = (is_new, HeaderValue::from_str(&target.href())) {
                answer.headers_mut().insert(header::LOCATION, place);
            }
            answer
        }
        Err(refusal @ Refusal::UidConflict(_)) => match &target {
            Resource::Object(user, slug, _) => problem::put_refused(&refusal, user, slug),
            _ => problem::refused(&refusal),
        },
        Err(refusal) => problem::refused(&refusal),
    }
}

/// What a copy or a move did.
struct Done {
    /// Whether there was nothing at the target.
    is_new: bool,
    /// What was left out.
    left: Vec<LeftOut>,
}

impl Done {
    fn whole(is_new: bool) -> Self {
        Self { is_new, left: Vec::new() }
    }
}

/// The answer that names what was left out (RFC 4918 §9.8.3).
fn partly(target: &Resource, left: &[LeftOut]) -> Answer {
    let (Resource::Collection(home, _) | Resource::Object(home, ..)) = target else {
        return problem::refused(&Refusal::Forbidden);
    };
    let xml = multistatus::document(|out| {
        for LeftOut { slug, name, refusal } in left {
            let place = match name {
                Some(name) => Resource::Object(home.clone(), slug.clone(), name.clone()),
                None => Resource::Collection(home.clone(), slug.clone()),
            };
            let status = problem::refused(refusal).status();
            let reason = status.canonical_reason().unwrap_or("Refused");
            let line = format!("HTTP/1.1 {} {reason}", status.as_u16());
            multistatus::status(out, &place.href(), &line);
        }
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
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
    // A member that is to be in the home itself.
    let is_member = matches!(request.resource, Resource::Object(..)) && !text.ends_with('/');
    match (&found, found.in_home()) {
        (Resource::Collection(name, slug), Some(file)) if is_member => {
            let owner = app.user_named(&request.ctx, name);
            let is_there = owner.is_ok_and(|it| app.has_collection(&request.ctx, &it, slug));
            Ok(if is_there { found } else { file })
        }
        _ => Ok(found),
    }
}

/// The collection that a member is in, or is to be in, and the member's name.
async fn place<'r>(
    app: &App,
    request: &Admitted,
    resource: &'r Resource,
) -> Result<(Arc<Collection>, &'r str), Refusal> {
    let Resource::Object(name, slug, object) = resource else { return Err(Refusal::Forbidden) };
    let owner = app.user_named(&request.ctx, name)?;
    let found = match slug.as_str() {
        "" => app.home_folder(&request.ctx, &owner).await,
        slug => app.collection_around(&request.ctx, &owner, slug, Some(object)),
    };
    let found = found.map_err(|it| if it == Refusal::NotFound { Refusal::NoParent } else { it });
    Ok((found?, object))
}

/// The member that is to be copied or moved, by whoever may do that.
fn source<'r>(
    app: &App,
    request: &'r Admitted,
    transfer: Transfer,
) -> Result<(Arc<Collection>, &'r str), Refusal> {
    let Resource::Object(_, _, name) = &request.resource else { return Err(Refusal::Forbidden) };
    let (_, from) = super::collection(app, request)?;
    app.may_transfer(&request.ctx, Place { collection: &from, name }, transfer)?;
    Ok((from, name))
}

async fn object(
    app: &App,
    request: &Admitted,
    target: &Resource,
    (transfer, overwrite): (Transfer, Overwrite),
    condition: &Condition,
) -> Result<Done, Refusal> {
    let (from, name) = source(app, request, transfer)?;
    let (to, new_name) = place(app, request, target).await?;
    let places = (Place { collection: &from, name }, Place { collection: &to, name: new_name });
    app.transfer(&request.ctx, places, transfer, overwrite, condition).await.map(Done::whole)
}

/// A member in place of a folder (RFC 4918 §9.8.4); no calendar goes that way.
async fn over_collection(
    app: &App,
    request: &Admitted,
    target: &Resource,
    (transfer, overwrite): (Transfer, Overwrite),
    condition: &Condition,
) -> Result<Done, Refusal> {
    let Resource::Collection(name, slug) = target else { return Err(Refusal::Forbidden) };
    let owner = app.user_named(&request.ctx, name)?;
    let there = match app.collection(&request.ctx, &owner, slug) {
        Err(Refusal::NotFound) => return Err(Refusal::NoParent),
        found => found?,
    };
    // What cannot go on afterwards shall not have removed the folder.
    let (from, own_name) = source(app, request, transfer)?;
    let own = app.entry(&request.ctx, &from, own_name)?;
    condition.check_quoted(Some(&own.etag))?;
    let is_within = matches!(&request.resource, Resource::Object(home, within, _)
        if home == name && (within == slug || within.starts_with(&format!("{slug}/"))));
    if is_within {
        return Err(Refusal::Forbidden);
    }
    if overwrite == Overwrite::Refused {
        return Err(Refusal::PreconditionFailed);
    }
    let member = target.as_member().filter(|_| there.kind == CollectionKind::Folder);
    let member = member.ok_or(Refusal::Forbidden)?;
    let (into, _) = place(app, request, &member).await?;
    app.may_add(&request.ctx, &into)?;
    app.remove_collection(&request.ctx, &there).await?;
    let mut done = object(app, request, &member, (transfer, overwrite), condition).await?;
    done.is_new = false;
    Ok(done)
}

/// A collection in place of a member, or where there is nothing.
async fn over_member(
    app: &App,
    request: &Admitted,
    target: &Resource,
    (transfer, overwrite): (Transfer, Overwrite),
) -> Result<Done, Refusal> {
    let Resource::Object(home, _, _) = target else { return Err(Refusal::Forbidden) };
    let (within, name) = place(app, request, target).await?;
    let is_there = within.members().find(name).is_some();
    let target = target.as_collection().ok_or(Refusal::Forbidden)?;
    if is_there {
        // What cannot go on afterwards shall not have removed the member.
        let (_, from) = super::collection(app, request)?;
        let owner = app.user_named(&request.ctx, home)?;
        let Resource::Collection(_, slug) = &target else { return Err(Refusal::Forbidden) };
        is_deep(request, transfer)?;
        app.may_transfer_collection(&request.ctx, &from, (&owner, slug), transfer)?;
        if overwrite == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        app.remove(&request.ctx, &within, name, &Condition::default()).await?;
    }
    let mut done = collection(app, request, &target, (transfer, overwrite)).await?;
    done.is_new &= !is_there;
    Ok(done)
}

/// Whether what is in a collection goes with it (RFC 4918 §9.8.3, §9.9.2).
fn is_deep(request: &Admitted, transfer: Transfer) -> Result<bool, Refusal> {
    match request.header("depth").map(str::trim) {
        None | Some("infinity" | "Infinity") => Ok(true),
        Some("0") if transfer == Transfer::Copy => Ok(false),
        Some(_) => Err(Refusal::BadRequest("Depth is 0 or infinity".into())),
    }
}

async fn collection(
    app: &App,
    request: &Admitted,
    target: &Resource,
    (transfer, overwrite): (Transfer, Overwrite),
) -> Result<Done, Refusal> {
    let Resource::Collection(name, slug) = target else { return Err(Refusal::Forbidden) };
    let (_, from) = super::collection(app, request)?;
    let is_deep = is_deep(request, transfer)?;
    let ctx = &request.ctx;
    let owner = app.user_named(ctx, name)?;
    // What cannot go on afterwards shall not have removed what is there.
    app.may_transfer_collection(ctx, &from, (&owner, slug), transfer)?;
    let is_new = !app.has_collection(ctx, &owner, slug);
    if !is_new {
        if overwrite == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        let there = app.collection(ctx, &owner, slug)?;
        app.remove_collection(ctx, &there).await?;
    }
    let is_same_home = matches!(&request.resource, Resource::Collection(home, _) if home == name);
    let left = match transfer {
        Transfer::Move if is_same_home => {
            app.rename_collection(ctx, &from, slug).await?;
            Vec::new()
        }
        Transfer::Copy => app.copy_collection(ctx, &from, (&owner, slug), is_deep).await?,
        Transfer::Move => app.move_collection(ctx, &from, (&owner, slug)).await?,
    };
    Ok(Done { is_new, left })
}
