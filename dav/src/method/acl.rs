//! `ACL`: who may do what with a collection or a member (RFC 3744 §8.1).

use app::{Ace, App, Refusal, Who};
use http::{Response, StatusCode};
use model::limit::ACES_MAX;
use model::privilege::{NAMED, Privileges};

use super::{collection, not_allowed, tree};
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::wire::names::{CALDAV, DAV};
use crate::wire::tree::Element;
use crate::{Answer, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let name = match &request.resource {
        Resource::Object(_, _, name) => Some(name.as_str()),
        Resource::Collection(..) => None,
        _ => return not_allowed(),
    };
    let changed = async {
        let refused = |refusal| problem::refused(&refusal);
        let (_, collection) = collection(app, request).map_err(refused)?;
        if collection.shown_in.is_some() {
            return Err(problem::refused(&Refusal::Forbidden));
        }
        let aces = aces(app, request, body)?;
        if let Some(name) = name {
            app.entry(&request.ctx, &collection, name).map_err(refused)?;
        }
        app.set_acl(&request.ctx, &collection, name, &aces).await.map_err(refused)
    };
    match changed.await {
        Ok(()) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::OK;
            answer
        }
        Err(answer) => answer,
    }
}

/// The entries of a body, as far as a list can have them.
fn aces(app: &App, request: &Admitted, body: &[u8]) -> Result<Vec<Ace>, Answer> {
    let root = tree(body)?;
    if !root.is(DAV, "acl") {
        return Err(problem::plain(StatusCode::BAD_REQUEST, "the body is no DAV:acl"));
    }
    if root.children.len() > ACES_MAX {
        return Err(conflict("D:limited-number-of-aces", "the list is too long"));
    }
    let mut aces: Vec<Ace> = Vec::new();
    for element in root.all(DAV, "ace") {
        if element.child(DAV, "invert").is_some() {
            return Err(conflict("D:no-invert", "entries cannot be inverted"));
        }
        if element.child(DAV, "protected").is_some() || element.child(DAV, "inherited").is_some() {
            return Err(conflict("D:no-ace-conflict", "such entries are not set by clients"));
        }
        aces.push(ace(app, request, element)?);
    }
    Ok(aces)
}

fn ace(app: &App, request: &Admitted, element: &Element) -> Result<Ace, Answer> {
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    let (grant, deny) = (element.child(DAV, "grant"), element.child(DAV, "deny"));
    let (list, is_denied) = match (grant, deny) {
        (Some(list), None) => (list, false),
        (None, Some(list)) => (list, true),
        _ => return Err(bad("an entry grants or denies")),
    };
    let mut privileges = Privileges::NONE;
    for element in list.all(DAV, "privilege").flat_map(|it| &it.children) {
        let named = NAMED.iter().find(|it| {
            let namespace = if it.is_of_caldav { CALDAV } else { DAV };
            element.is(namespace, it.name)
        });
        let unknown = || conflict("D:not-supported-privilege", "a privilege is not known here");
        privileges |= named.ok_or_else(unknown)?.set;
    }
    let principal = element.child(DAV, "principal").ok_or_else(|| bad("an entry is of nobody"))?;
    let who = who(app, request, principal)
        .ok_or_else(|| conflict("D:recognized-principal", "a principal is not known here"))?;
    Ok(Ace { who, privileges, is_denied })
}

/// Whom `DAV:principal` names, if that is somebody.
fn who(app: &App, request: &Admitted, principal: &Element) -> Option<Who> {
    let [one] = principal.children.as_slice() else { return None };
    if one.namespace != DAV {
        return None;
    }
    match one.name.as_str() {
        "all" => Some(Who::Everybody),
        "authenticated" => Some(Who::Authenticated),
        "unauthenticated" => Some(Who::Unauthenticated),
        // It is the principal itself that a list is of, which is nobody for a calendar.
        "property" => one.child(DAV, "owner").map(|_| Who::Owner),
        "href" => match Resource::of_href(&one.text).ok()? {
            Resource::Principal(name) => Some(Who::User(app.user_named(&request.ctx, &name).ok()?)),
            Resource::Delegates(name, of) => {
                let user = app.user_named(&request.ctx, &name).ok()?;
                Some(match of {
                    app::Delegation::Read => Who::ReadDelegates(user),
                    app::Delegation::Write => Who::WriteDelegates(user),
                })
            }
            _ => None,
        },
        _ => None,
    }
}

fn conflict(element: &str, why: &str) -> Answer {
    problem::precondition(StatusCode::FORBIDDEN, element, why)
}
