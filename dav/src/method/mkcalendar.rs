//! `MKCALENDAR` (RFC 4791 §5.3.1) and extended `MKCOL` (RFC 5689): a new calendar.

use app::{App, CollectionKind, NewCollection, PropertyChange, PropertyRecord, Refusal};
use http::{HeaderValue, Response, StatusCode, header};

use super::change::{Fate, propstats, record};
use super::{not_allowed, tree};
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::property::calendar::COMPONENTS;
use crate::property::{Live, live, zone};
use crate::wire::names::{CALDAV, CALENDAR_SERVER, DAV};
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let is_mkcol = request.head.method.as_str() == "MKCOL";
    let place = match &request.resource {
        it @ Resource::Collection(..) => it.clone(),
        it @ Resource::Object(..) => it.as_collection().unwrap_or_else(|| it.clone()),
        _ => return not_allowed(),
    };
    let Resource::Collection(name, slug) = &place else { return not_allowed() };
    let root = match read(request, body, is_mkcol) {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    let is_there = app
        .user_named(&request.ctx, name)
        .is_ok_and(|it| app.has_collection(&request.ctx, &it, slug));
    if is_there && !is_mkcol {
        let (element, why) = ("D:resource-must-be-null", Refusal::Exists.to_string());
        return problem::precondition(StatusCode::FORBIDDEN, element, &why);
    }
    let new = match wanted(app, &place, slug, &root, is_mkcol) {
        Ok(new) => new,
        Err(answer) => return answer,
    };
    let owner = match app.user_named(&request.ctx, name) {
        Ok(owner) => owner,
        Err(refusal) => return problem::refused(&refusal),
    };
    match app.make_collection(&request.ctx, &owner, new).await {
        Ok(()) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::CREATED;
            let no_store = HeaderValue::from_static("no-cache");
            answer.headers_mut().insert(header::CACHE_CONTROL, no_store);
            answer
        }
        Err(refusal @ Refusal::Exists) if !is_mkcol => {
            let (element, why) = ("D:resource-must-be-null", refusal.to_string());
            problem::precondition(StatusCode::FORBIDDEN, element, &why)
        }
        Err(refusal) if !is_mkcol => problem::calendar_refused(&refusal),
        Err(refusal) => problem::refused(&refusal),
    }
}

/// The body, if it may be one of this method.
fn read(request: &Admitted, body: &[u8], is_mkcol: bool) -> Result<Element, Answer> {
    if body.is_empty() {
        return Ok(Element::default());
    }
    let is_xml = request.header(header::CONTENT_TYPE).is_none_or(|it| {
        let essence = it.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // Some clients call everything they send to a calendar a calendar.
        essence.ends_with("xml") || essence == "text/calendar"
    });
    if is_mkcol && !is_xml {
        let why = "a collection is described in XML";
        return Err(problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    tree(body)
}

/// The collection that a body describes.
fn wanted(
    app: &App,
    place: &Resource,
    slug: &str,
    root: &Element,
    is_mkcol: bool,
) -> Result<NewCollection, Answer> {
    let is_right = match is_mkcol {
        true => root.name.is_empty() || root.is(DAV, "mkcol"),
        false => root.name.is_empty() || root.is(CALDAV, "mkcalendar"),
    };
    if !is_right {
        return Err(problem::plain(StatusCode::BAD_REQUEST, "the body is of another request"));
    }
    let mut new = NewCollection {
        slug: slug.to_owned(),
        kind: if is_mkcol { CollectionKind::Folder } else { CollectionKind::Calendar },
        components: Vec::new(),
        properties: Vec::new(),
    };
    let (mut changes, mut fates) = (Vec::new(), Vec::new());
    for element in
        root.all(DAV, "set").flat_map(|it| it.all(DAV, "prop")).flat_map(|it| &it.children)
    {
        match live(&element.namespace, &element.name) {
            Some(Live::ResourceType) => new.kind = kind(element).ok_or_else(wrong_type)?,
            Some(Live::SupportedComponents) => {
                let names = element.all(CALDAV, "comp").filter_map(|it| it.attribute("name"));
                new.components.extend(names.map(str::to_ascii_uppercase));
            }
            _ => {
                let change = PropertyChange::Set(record(element));
                fates.push(Fate::of(app, place, &change));
                changes.push(change);
            }
        }
    }
    if fates.iter().any(|it| !matches!(it, Fate::Good | Fate::UnknownZone)) {
        return Err(failed(place, (&changes, &fates), is_mkcol));
    }
    if fates.contains(&Fate::UnknownZone) {
        let why = "there is no time zone of that name";
        return Err(problem::precondition(StatusCode::FORBIDDEN, "C:valid-timezone", why));
    }
    for change in changes {
        if let PropertyChange::Set(property) = zone::settled(app, change) {
            let is_it = |it: &PropertyRecord| {
                (&it.namespace, &it.name) == (&property.namespace, &property.name)
            };
            new.properties.retain(|it| !is_it(it));
            new.properties.push(property);
        }
    }
    let is_known = |it: &String| COMPONENTS.contains(&it.as_str());
    if !new.components.iter().all(is_known) {
        let why = "a component of the set is not known";
        let element = "C:supported-calendar-component";
        return Err(problem::precondition(StatusCode::FORBIDDEN, element, why));
    }
    Ok(new)
}

/// What a `DAV:resourcetype` asks for, if that can be made.
fn kind(element: &Element) -> Option<CollectionKind> {
    element.child(DAV, "collection")?;
    let mut others = element.children.iter().filter(|it| !it.is(DAV, "collection"));
    match (others.next(), others.next()) {
        (None, _) => Some(CollectionKind::Folder),
        (Some(one), None) if one.is(CALDAV, "calendar") => Some(CollectionKind::Calendar),
        (Some(one), None) if one.is(CALENDAR_SERVER, "subscribed") => {
            Some(CollectionKind::Subscription)
        }
        _ => None,
    }
}

fn wrong_type() -> Answer {
    let why = "calendars, subscriptions and plain collections can be made here";
    problem::precondition(StatusCode::FORBIDDEN, "D:valid-resourcetype", why)
}

/// The answer that names the properties that cannot be set: nothing was made.
///
/// RFC 4791 §5.3.1 has a multistatus for that, RFC 5689 §3.3 a body of its own.
fn failed(
    place: &Resource,
    (changes, fates): (&[PropertyChange], &[Fate]),
    is_mkcol: bool,
) -> Answer {
    let propstats = |out: &mut Out| propstats(out, changes, fates);
    if is_mkcol {
        return problem::xml(StatusCode::FORBIDDEN, Out::document("D:mkcol-response", propstats));
    }
    let xml = multistatus::document(|out| {
        out.element("D:response", |out| {
            out.href(&place.href());
            propstats(out);
        });
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}
