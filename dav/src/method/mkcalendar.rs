//! `MKCALENDAR` (RFC 4791 §5.3.1) and extended `MKCOL` (RFC 5689): a new calendar.

use app::{Action, App, NewCollection, PropertyChange, Refusal};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::proppatch::{is_good, record};
use super::{not_allowed, tree};
use crate::admit::Admitted;
use crate::path::Resource;
use crate::property::{Live, live};
use crate::wire::names::{CALDAV, DAV};
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

pub(super) async fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let Resource::Collection(name, slug) = &request.resource else {
        return match &request.resource {
            Resource::Object(..) => {
                let why = "calendars are made directly in a home";
                let place = "C:calendar-collection-location-ok";
                problem::precondition(StatusCode::FORBIDDEN, place, why)
            }
            _ => not_allowed(),
        };
    };
    let is_mkcol = request.head.method.as_str() == "MKCOL";
    let root = match (body.is_empty(), is_mkcol) {
        (true, false) => Element::default(),
        (true, true) => {
            let why = "only calendars can be made here";
            return problem::precondition(StatusCode::FORBIDDEN, "D:valid-resourcetype", why);
        }
        (false, _) => match tree(body) {
            Ok(root) => root,
            Err(answer) => return answer,
        },
    };
    let new = match wanted(request, slug, &root, is_mkcol) {
        Ok(new) => new,
        Err(answer) => return answer,
    };
    let owner = match app.owner(&request.ctx, name, Action::WriteEvents) {
        Ok(owner) => owner,
        Err(refusal) => return problem::refused(&refusal),
    };
    match app.make_collection(&request.ctx, &owner, new).await {
        Ok(()) => {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::CREATED;
            let no_store = HeaderValue::from_static("no-cache");
            answer.headers_mut().insert(header::CACHE_CONTROL, no_store);
            answer
        }
        Err(Refusal::TooMuch(why)) => problem::plain(StatusCode::INSUFFICIENT_STORAGE, why),
        Err(refusal) => problem::refused(&refusal),
    }
}

/// The calendar that a body describes.
fn wanted(
    request: &Admitted,
    slug: &str,
    root: &Element,
    is_mkcol: bool,
) -> Result<NewCollection, Answer> {
    let is_right = match is_mkcol {
        true => root.is(DAV, "mkcol"),
        false => root.name.is_empty() || root.is(CALDAV, "mkcalendar"),
    };
    if !is_right {
        return Err(problem::plain(StatusCode::BAD_REQUEST, "the body is of another request"));
    }
    let mut new =
        NewCollection { slug: slug.to_owned(), components: Vec::new(), properties: Vec::new() };
    let mut is_calendar = !is_mkcol;
    let mut bad = Vec::new();
    for element in
        root.all(DAV, "set").flat_map(|it| it.all(DAV, "prop")).flat_map(|it| &it.children)
    {
        match live(&element.namespace, &element.name) {
            Some(Live::ResourceType) => is_calendar |= element.child(CALDAV, "calendar").is_some(),
            Some(Live::SupportedComponents) => {
                let names = element.all(CALDAV, "comp").filter_map(|it| it.attribute("name"));
                new.components.extend(names.map(str::to_ascii_uppercase));
            }
            _ => {
                let property = record(element);
                if is_good(&request.resource, &PropertyChange::Set(property.clone())) {
                    new.properties.push(property);
                } else {
                    bad.push(element);
                }
            }
        }
    }
    if !bad.is_empty() {
        return Err(failed(&bad, is_mkcol));
    }
    if !is_calendar {
        let why = "only calendars can be made here";
        return Err(problem::precondition(StatusCode::FORBIDDEN, "D:valid-resourcetype", why));
    }
    let is_known = |it: &String| {
        matches!(
            it.as_str(),
            "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VAVAILABILITY" | "VPOLL"
        )
    };
    if !new.components.iter().all(is_known) {
        let why = "a component of the set is not known";
        let element = "C:supported-calendar-component";
        return Err(problem::precondition(StatusCode::FORBIDDEN, element, why));
    }
    Ok(new)
}

/// The answer that names the properties that cannot be set: nothing was made.
fn failed(bad: &[&Element], is_mkcol: bool) -> Answer {
    let write = |out: &mut Out| {
        multistatus::propstat(out, "HTTP/1.1 403 Forbidden", |out| {
            for element in bad {
                out.empty_of(&element.namespace, &element.name);
            }
        });
    };
    let root = if is_mkcol { "D:mkcol-response" } else { "C:mkcalendar-response" };
    problem::xml(StatusCode::FORBIDDEN, Out::document(root, write))
}
