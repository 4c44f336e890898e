//! `PROPPATCH`: properties that clients set, all of a request or none (RFC 4918 §9.2).

use app::{App, Delegation, PropertyChange, Refusal};
use http::StatusCode;
use model::limit::PROPERTIES_MAX;

use super::change::{Fate, changes, propstats};
use super::{collection, not_allowed, tree};
use crate::admit::Admitted;
use crate::body::Body;
use crate::listing::Listing;
use crate::path::Resource;
use crate::property::zone;
use crate::wire::names::DAV;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let root = match tree(body) {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    if !root.is(DAV, "propertyupdate") {
        return problem::plain(StatusCode::BAD_REQUEST, "the body is no DAV:propertyupdate");
    }
    let changes = changes(&root);
    if changes.is_empty() || changes.len() > PROPERTIES_MAX {
        return problem::plain(StatusCode::BAD_REQUEST, "no properties, or too many");
    }
    if let Resource::Delegates(name, of) = &request.resource {
        return set_delegates(app, request, (name, *of), &root).await;
    }
    let fates: Vec<Fate> = changes.iter().map(|it| Fate::of(app, &request.resource, it)).collect();
    if fates.iter().any(|it| *it != Fate::Good) {
        // What is not there, or not to be seen, has no properties to speak of.
        if let Err(refusal) = Listing::of(app, request, &request.resource) {
            return problem::refused(&refusal);
        }
        return told(request, &changes, &fates);
    }
    let settled: Vec<PropertyChange> =
        changes.iter().map(|it| zone::settled(app, it.clone())).collect();
    match carry_out(app, request, &settled).await {
        Ok(()) => told(request, &changes, &fates),
        Err(Refusal::Forbidden) if matches!(request.resource, Resource::Collection(..)) => {
            told(request, &changes, &vec![Fate::Forbidden; changes.len()])
        }
        Err(Refusal::TooMany(_)) => told(request, &changes, &vec![Fate::NoRoom; changes.len()]),
        Err(Refusal::Forbidden) => not_allowed(),
        Err(refusal) => problem::refused(&refusal),
    }
}

async fn carry_out(
    app: &App,
    request: &Admitted,
    changes: &[PropertyChange],
) -> Result<(), Refusal> {
    match &request.resource {
        Resource::Collection(..) => {
            let (_, collection) = collection(app, request)?;
            app.change_properties(&request.ctx, &collection, changes).await
        }
        Resource::Object(_, _, name) => {
            let (_, collection) = collection(app, request)?;
            app.change_member_properties(&request.ctx, &collection, name, changes).await
        }
        Resource::Principal(name) | Resource::Home(name) => {
            let user = app.user_named(&request.ctx, name)?;
            let word = word_of(&request.resource);
            app.change_user_properties(&request.ctx, &user, word, changes).await
        }
        _ => Err(Refusal::Forbidden),
    }
}

/// Who stands in for somebody: the only property that a group of delegates can be given.
async fn set_delegates(
    app: &App,
    request: &Admitted,
    (name, of): (&str, Delegation),
    root: &Element,
) -> Answer {
    let changes = changes(root);
    let members = root
        .all(DAV, "set")
        .flat_map(|it| it.all(DAV, "prop"))
        .find_map(|it| it.child(DAV, "group-member-set"));
    let (Some(members), [_]) = (members, changes.as_slice()) else {
        return told(request, &changes, &vec![Fate::Protected; changes.len()]);
    };
    let named = |href: &Element| match Resource::of_href(&href.text) {
        Ok(Resource::Principal(name)) => Some(app.user_named(&request.ctx, &name).ok()?.id),
        _ => None,
    };
    let ids: Option<Vec<_>> = members.all(DAV, "href").map(named).collect();
    let Some(ids) = ids else {
        return told(request, &changes, &[Fate::Forbidden]);
    };
    let set = async {
        let user = app.user_named(&request.ctx, name)?;
        app.set_delegates(&request.ctx, &user, of, ids).await
    };
    match set.await {
        Ok(()) => told(request, &changes, &[Fate::Good]),
        Err(refusal) => problem::refused(&refusal),
    }
}

/// The word under which a resource's properties are kept.
fn word_of(resource: &Resource) -> &'static str {
    match resource {
        Resource::Principal(_) => "principal",
        _ => "home",
    }
}

/// The answer: each property with what became of it.
fn told(request: &Admitted, changes: &[PropertyChange], fates: &[Fate]) -> Answer {
    if fates.iter().all(|it| *it == Fate::Good) && request.prefer.is_minimal() {
        let mut answer = http::Response::new(Body::default());
        request.prefer.tell_listing(answer.headers_mut());
        return answer;
    }
    let xml = multistatus::document(|out| {
        out.element("D:response", |out| {
            out.href(&request.resource.href());
            propstats(out, changes, fates);
        });
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}
