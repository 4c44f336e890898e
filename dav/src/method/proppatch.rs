//! `PROPPATCH`: properties that clients set, all of a request or none (RFC 4918 §9.2).

use app::{App, Delegation, PropertyChange, PropertyRecord, Refusal};
use http::StatusCode;
use ical::Document;
use model::limit::PROPERTIES_MAX;

use super::{collection, not_allowed, tree};
use crate::admit::Admitted;
use crate::body::Body;
use crate::listing::Listing;
use crate::path::Resource;
use crate::property::{is_settable, zone};
use crate::wire::names::{CALDAV, CALENDAR_SERVER, DAV};
use crate::wire::out::{Out, kept};
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
    let is_bad = |it: &PropertyChange| !is_good(&request.resource, it) || zone::is_unknown(app, it);
    let bad: Vec<bool> = changes.iter().map(is_bad).collect();
    if bad.contains(&true) {
        // What is not there, or not to be seen, has no properties to speak of.
        if let Err(refusal) = Listing::of(app, request, &request.resource) {
            return problem::refused(&refusal);
        }
        return told(request, &changes, &bad);
    }
    let settled: Vec<PropertyChange> =
        changes.iter().map(|it| zone::settled(app, it.clone())).collect();
    match carry_out(app, request, &settled).await {
        Ok(()) => told(request, &changes, &bad),
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
        return told(request, &changes, &vec![true; changes.len()]);
    };
    let named = |href: &Element| match Resource::of_href(&href.text) {
        Ok(Resource::Principal(name)) => Some(app.user_named(&request.ctx, &name).ok()?.id),
        _ => None,
    };
    let ids: Option<Vec<_>> = members.all(DAV, "href").map(named).collect();
    let Some(ids) = ids else {
        return told(request, &changes, &[true]);
    };
    let set = async {
        let user = app.user_named(&request.ctx, name)?;
        app.set_delegates(&request.ctx, &user, of, ids).await
    };
    match set.await {
        Ok(()) => told(request, &changes, &[false]),
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

/// The changes of a `DAV:propertyupdate`, in order.
fn changes(root: &Element) -> Vec<PropertyChange> {
    let mut changes = Vec::new();
    for part in &root.children {
        let properties = part.all(DAV, "prop").flat_map(|it| &it.children);
        if part.is(DAV, "set") {
            changes.extend(properties.map(|it| PropertyChange::Set(record(it))));
        } else if part.is(DAV, "remove") {
            changes.extend(
                properties.map(|it| PropertyChange::Remove(it.namespace.clone(), it.name.clone())),
            );
        }
    }
    changes
}

/// A property as it is kept.
pub(super) fn record(element: &Element) -> PropertyRecord {
    PropertyRecord {
        namespace: element.namespace.clone(),
        name: element.name.clone(),
        xml: kept(element),
    }
}

/// Whether a property may be set to that value.
pub(super) fn is_good(resource: &Resource, change: &PropertyChange) -> bool {
    match change {
        PropertyChange::Remove(namespace, name) => is_settable(resource, namespace, name),
        PropertyChange::Set(property) => {
            is_settable(resource, &property.namespace, &property.name) && has_good_value(property)
        }
    }
}

/// Whether the value of a property that the server itself reads is as it must be.
fn has_good_value(property: &PropertyRecord) -> bool {
    let component = match (property.namespace.as_str(), property.name.as_str()) {
        (CALDAV, "calendar-timezone") => "VTIMEZONE",
        (CALDAV | CALENDAR_SERVER, "calendar-availability") => "VAVAILABILITY",
        _ => return true,
    };
    let tree = crate::wire::tree::read(property.xml.as_bytes());
    tree.is_ok_and(|it| {
        let document = Document::parse(it.text.trim().as_bytes());
        document.is_ok_and(|it| it.calendar().children().any(|it| it.is(component)))
    })
}

/// The answer: each property with what became of it.
fn told(request: &Admitted, changes: &[PropertyChange], bad: &[bool]) -> Answer {
    let is_failed = bad.contains(&true);
    if !is_failed && request.prefer.is_minimal() {
        let mut answer = http::Response::new(Body::default());
        request.prefer.tell_listing(answer.headers_mut());
        return answer;
    }
    let which =
        |is_bad: bool| changes.iter().zip(bad).filter(move |it| *it.1 == is_bad).map(|it| it.0);
    let name = |out: &mut Out, changes: &[&PropertyChange]| {
        for change in changes {
            match change {
                PropertyChange::Set(it) => out.empty_of(&it.namespace, &it.name),
                PropertyChange::Remove(namespace, name) => out.empty_of(namespace, name),
            }
        }
    };
    let xml = multistatus::document(|out| {
        out.element("D:response", |out| {
            out.href(&request.resource.href());
            let good: Vec<_> = which(false).collect();
            if !good.is_empty() {
                let status =
                    if is_failed { "HTTP/1.1 424 Failed Dependency" } else { multistatus::OK };
                multistatus::propstat(out, status, |out| name(out, &good));
            }
            if is_failed {
                let (zones, others): (Vec<_>, Vec<_>) = which(true).partition(|it| zone::sets(it));
                if !others.is_empty() {
                    multistatus::propstat(out, multistatus::FORBIDDEN, |out| name(out, &others));
                }
                if !zones.is_empty() {
                    multistatus::refused(out, "C:valid-timezone", |out| name(out, &zones));
                }
            }
        });
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}
