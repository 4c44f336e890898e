//! `sync-collection`: what changed in a collection since a token (RFC 6578 §3).

use app::{App, CollectionKind, HomeChange, SyncChange, User};
use http::StatusCode;

use super::data::Data;
use super::{Objects, data, wanted};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::property::{Subject, Wanted, What};
use crate::wire::names::DAV;
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, method, multistatus, problem};

/// What a client asks.
struct Question<'r> {
    token: Option<&'r str>,
    limit: Option<usize>,
    is_deep: bool,
    wanted: Wanted,
    data: Data,
}

/// `Depth` is 0, 1 or missing, as clients send it: the level stands in the body.
pub(super) fn respond(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let refused = |refusal| problem::refused(&refusal);
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    let token = root.child(DAV, "sync-token").map_or("", |it| it.text.trim());
    // Apple's older clients leave the level out and mean what Depth says.
    let depth = request.header("depth").unwrap_or("1").trim();
    let of_depth = if depth.eq_ignore_ascii_case("infinity") { "infinite" } else { "1" };
    let level = root.child(DAV, "sync-level").map_or(of_depth, |it| it.text.trim());
    if !matches!(level, "1" | "infinite" | "infinity") {
        return Err(bad("sync-level is 1 or infinite"));
    }
    let question = Question {
        token: Some(token).filter(|it| !it.is_empty()),
        limit: limit(root)?,
        is_deep: level != "1",
        wanted: wanted(root)?,
        data: data::read(request, root)?,
    };
    match &request.resource {
        Resource::Home(name) => {
            let user = app.user_named(&request.ctx, name).map_err(refused)?;
            of_home(app, request, &user, &question)
        }
        Resource::Collection(..) => of_collection(app, request, &question),
        Resource::Object(..) => Err(bad("only a collection can be synchronized")),
        _ => {
            let why = "this cannot be synchronized";
            Err(problem::precondition(StatusCode::FORBIDDEN, "D:supported-report", why))
        }
    }
}

fn of_collection(app: &App, request: &Admitted, question: &Question<'_>) -> Result<Answer, Answer> {
    let refused = |refusal| problem::refused(&refusal);
    let (owner, collection) = method::collection(app, request).map_err(refused)?;
    if matches!(collection.kind, CollectionKind::Folder | CollectionKind::Outbox) {
        let why = "a folder is synchronized with its home, an outbox not at all";
        return Err(problem::precondition(StatusCode::FORBIDDEN, "D:supported-report", why));
    }
    let (token, limit) = (question.token, question.limit);
    let answer = app.sync(&request.ctx, &collection, token, limit).map_err(refused)?;
    let of = (&*owner, &*collection);
    let objects = Objects::of(app, request, of, (&question.wanted, &question.data));
    let changed = answer.changes.iter().filter_map(|it| match it {
        SyncChange::Changed(entry) => Some(&**entry),
        SyncChange::Removed(_) => None,
    });
    objects.check_size(changed).map_err(refused)?;
    if answer.is_whole {
        objects.check_size(objects.reading.members().iter().map(|it| &**it)).map_err(refused)?;
    }
    let xml = multistatus::document(|out| {
        if answer.is_whole {
            objects.write_all(out);
        }
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
        end(out, request, answer.is_truncated, &answer.token);
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

fn of_home(
    app: &App,
    request: &Admitted,
    user: &User,
    question: &Question<'_>,
) -> Result<Answer, Answer> {
    let Question { token, limit, is_deep, ref wanted, ref data } = *question;
    let answer = app
        .sync_home(&request.ctx, user, token, limit, is_deep)
        .map_err(|refusal| problem::refused(&refusal))?;
    let href = |slug: &str| Resource::Collection(user.name.clone(), slug.to_owned()).href();
    let xml = multistatus::document(|out| {
        for change in &answer.changes {
            match change {
                // Nothing is ever in it that could be synchronized (RFC 6578 §3.2).
                HomeChange::Collection(outbox) if outbox.kind == CollectionKind::Outbox => {
                    let error = "D:supported-report";
                    multistatus::failed(out, &href(&outbox.slug), (multistatus::FORBIDDEN, error));
                }
                HomeChange::Collection(collection) => {
                    let members = collection.members();
                    let what = What::Collection(user, collection, &members);
                    let dead = &collection.properties;
                    let subject = Subject { app, request, what, dead };
                    multistatus::properties(out, &subject, wanted);
                }
                HomeChange::RemovedCollection(slug) => {
                    multistatus::status(out, &href(slug), multistatus::NOT_FOUND);
                }
                HomeChange::Member(collection, entry) => {
                    let of = (user, &**collection);
                    Objects::of(app, request, of, (wanted, data)).write(out, entry, None);
                }
                HomeChange::RemovedMember(collection, name) => {
                    let (user, slug) = (user.name.clone(), collection.slug.clone());
                    let href = Resource::Object(user, slug, name.clone()).href();
                    multistatus::status(out, &href, multistatus::NOT_FOUND);
                }
            }
        }
        end(out, request, answer.is_truncated, &answer.token);
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

/// Whether there is more (RFC 6578 §3.6), and the token for the next question.
fn end(out: &mut Out, request: &Admitted, is_truncated: bool, token: &str) {
    if is_truncated {
        multistatus::truncated(out, &request.resource.href());
    }
    out.leaf("D:sync-token", token);
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
