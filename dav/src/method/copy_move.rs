//! `COPY` and `MOVE` (RFC 4918 §9.8, §9.9), which never cross what the policy allows.

use std::sync::Arc;

use app::{App, Collection, CollectionKind, Condition, Overwrite, Place, Refusal, Transfer, User};
use http::{HeaderValue, Response, StatusCode, header};

use super::not_allowed;
use crate::admit::{Admitted, settled};
use crate::body::Body;
use crate::path::Resource;
use crate::{Answer, condition, problem};

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
        Ok(is_new) => {
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
            let is_there = owner.is_ok_and(|it| app.has_collection(&it, slug));
            Ok(if is_there { found } else { file })
        }
        _ => Ok(found),
    }
}

/// A member of a collection in somebody's home.
async fn place<'r>(
    app: &App,
    request: &Admitted,
    resource: &'r Resource,
) -> Result<(Arc<User>, Arc<Collection>, &'r str), Refusal> {
    let Resource::Object(name, slug, object) = resource else { return Err(Refusal::Forbidden) };
    let owner = app.user_named(&request.ctx, name)?;
    let collection = match slug.as_str() {
        "" => app.home_folder(&request.ctx, &owner).await?,
        slug => app.collection(&request.ctx, &owner, slug)?,
    };
    Ok((owner, collection, object))
}

async fn object(
    app: &App,
    request: &Admitted,
    target: &Resource,
    (transfer, overwrite): (Transfer, Overwrite),
    condition: &Condition,
) -> Result<bool, Refusal> {
    let (_, from, name) = place(app, request, &request.resource).await?;
    let (_, to, new_name) = match place(app, request, target).await {
        Err(Refusal::NotFound) => return Err(Refusal::NoParent),
        found => found?,
    };
    let places = (Place { collection: &from, name }, Place { collection: &to, name: new_name });
    app.transfer(&request.ctx, places, transfer, overwrite, condition).await
}

/// A member in place of a folder (RFC 4918 §9.8.4); no calendar goes that way.
async fn over_collection(
    app: &App,
    request: &Admitted,
    target: &Resource,
    how: (Transfer, Overwrite),
    condition: &Condition,
) -> Result<bool, Refusal> {
    let Resource::Collection(name, slug) = target else { return Err(Refusal::Forbidden) };
    let owner = app.user_named(&request.ctx, name)?;
    let there = match app.collection(&request.ctx, &owner, slug) {
        Err(Refusal::NotFound) => return Err(Refusal::NoParent),
        found => found?,
    };
    if how.1 == Overwrite::Refused {
        return Err(Refusal::PreconditionFailed);
    }
    let member = target.as_member().filter(|_| there.kind == CollectionKind::Folder);
    let member = member.ok_or(Refusal::Forbidden)?;
    // Who may not put the member there shall not have removed the folder.
    let (_, into, _) = place(app, request, &member).await?;
    app.may_add(&request.ctx, &into)?;
    app.remove_collection(&request.ctx, &there).await?;
    object(app, request, &member, how, condition).await.map(|_| false)
}

/// A collection in place of a member, or where there is nothing.
async fn over_member(
    app: &App,
    request: &Admitted,
    target: &Resource,
    how: (Transfer, Overwrite),
) -> Result<bool, Refusal> {
    let (_, within, name) = match place(app, request, target).await {
        Err(Refusal::NotFound) => return Err(Refusal::NoParent),
        found => found?,
    };
    let is_there = within.members().find(name).is_some();
    if is_there {
        if how.1 == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        app.may_add(&request.ctx, &within)?;
        app.remove(&request.ctx, &within, name, &Condition::default()).await?;
    }
    let target = target.as_collection().ok_or(Refusal::Forbidden)?;
    collection(app, request, &target, how).await.map(|is_new| is_new && !is_there)
}

async fn collection(
    app: &App,
    request: &Admitted,
    target: &Resource,
    (transfer, overwrite): (Transfer, Overwrite),
) -> Result<bool, Refusal> {
    let Resource::Collection(name, slug) = target else { return Err(Refusal::Forbidden) };
    let (_, from) = super::collection(app, request)?;
    let is_deep = match request.header("depth").map(str::trim) {
        None | Some("infinity" | "Infinity") => true,
        Some("0") if transfer == Transfer::Copy => false,
        Some(_) => return Err(Refusal::BadRequest("Depth is 0 or infinity".into())),
    };
    let ctx = &request.ctx;
    let owner = app.user_named(ctx, name)?;
    if request.resource == *target {
        return Err(Refusal::Forbidden);
    }
    let is_new = !app.has_collection(&owner, slug);
    if !is_new {
        if overwrite == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        let there = app.collection(ctx, &owner, slug)?;
        app.remove_collection(ctx, &there).await?;
    }
    let is_same_home = matches!(&request.resource, Resource::Collection(home, _) if home == name);
    match transfer {
        Transfer::Move if is_same_home => app.rename_collection(ctx, &from, slug).await?,
        Transfer::Copy => app.copy_collection(ctx, &from, (&owner, slug), is_deep).await?,
        Transfer::Move => {
            app.copy_collection(ctx, &from, (&owner, slug), true).await?;
            app.remove_collection(ctx, &from).await?;
        }
    }
    Ok(is_new)
}
