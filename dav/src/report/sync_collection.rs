//! `sync-collection`: what changed in a calendar since a token (RFC 6578 §3).

use app::{App, SyncChange};
use http::StatusCode;

use super::{Objects, wanted};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::wire::names::DAV;
use crate::wire::tree::Element;
use crate::{Answer, method, multistatus, problem};

/// `Depth` is 0, 1 or missing, as clients send it: the level stands in the body.
pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let refused = |refusal| problem::refused(&refusal);
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    let token = root.child(DAV, "sync-token").map_or("", |it| it.text.trim());
    let token = Some(token).filter(|it| !it.is_empty());
    // Apple's older clients leave the level out.
    let level = root.child(DAV, "sync-level").map_or("1", |it| it.text.trim());
    if !matches!(level, "1" | "infinite" | "infinity") {
        return Err(bad("sync-level is 1 or infinite"));
    }
    let limit = limit(root)?;
    let wanted = wanted(root)?;
    if matches!(request.resource, Resource::Object(..)) {
        return Err(bad("only a calendar can be synchronized"));
    }
    let (owner, collection) = method::collection(app, request).map_err(refused)?;
    let answer = app.sync(&request.ctx, &collection, token, limit).map_err(refused)?;
    let objects = Objects::of(app, request, (&owner, &collection), &wanted);
    let changed = answer.changes.iter().filter_map(|it| match it {
        SyncChange::Changed(entry) => Some(&**entry),
        SyncChange::Removed(_) => None,
    });
    objects.check_size(changed).map_err(refused)?;
    let own = Resource::Collection(owner.name.clone(), collection.slug.clone()).href();
    let xml = multistatus::document(|out| {
        for change in answer.changes {
            match change {
                SyncChange::Changed(entry) => {
                    objects.write(out, &entry, None);
                }
                SyncChange::Removed(name) => {
                    let (user, slug) = (owner.name.clone(), collection.slug.clone());
                    let href = Resource::Object(user, slug, name).href();
                    multistatus::status(out, &href, multistatus::NOT_FOUND);
                }
            }
        }
        if answer.is_truncated {
            out.element("D:response", |out| {
                out.href(&own);
                out.leaf("D:status", "HTTP/1.1 507 Insufficient Storage");
                out.element("D:error", |out| out.empty("D:number-of-matches-within-limits"));
            });
        }
        out.leaf("D:sync-token", &answer.token);
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

/// `DAV:limit`; a number too large to be one is no limit.
fn limit(root: &Element) -> Result<Option<usize>, Answer> {
    let Some(limit) = root.child(DAV, "limit") else { return Ok(None) };
    let text = limit.child(DAV, "nresults").map_or("", |it| it.text.trim());
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    match text.parse() {
        Ok(0) => Err(problem::plain(StatusCode::BAD_REQUEST, "a limit of nothing asks nothing")),
        Ok(limit) => Ok(Some(limit)),
        Err(_) if is_number => Ok(None),
        Err(_) => Err(problem::plain(StatusCode::BAD_REQUEST, "nresults is a number")),
    }
}
