//! The reports about principals: finding them, and what one's own are (RFC 3744 §9).

use std::sync::Arc;

use app::{App, Delegation, User, Who};
use http::StatusCode;
use model::limit::FOUND_MAX;

use super::wanted;
use crate::admit::Admitted;
use crate::listing::Listing;
use crate::method;
use crate::path::Resource;
use crate::property::{Asked, Live, Subject, Wanted, What, live, user_type};
use crate::wire::names::{CALENDAR_SERVER, DAV};
use crate::wire::out::Out;
use crate::wire::tree::{Element, read};
use crate::{Answer, multistatus, problem};

/// What principals can be searched for, and what that is called.
const SEARCHABLE: &[(Live, &str, &str)] = &[
    (Live::DisplayName, "D:displayname", "Display Name"),
    (Live::EmailAddressSet, "CS:email-address-set", "Email Addresses"),
    (Live::CalendarUserAddressSet, "C:calendar-user-address-set", "Calendar User Address"),
    (Live::CalendarUserType, "C:calendar-user-type", "Calendar User Type"),
    (Live::CalendarHomeSet, "C:calendar-home-set", "Calendar Home"),
];

/// `principal-search-property-set`: answered with 200, not 207.
pub(super) fn searchable() -> Answer {
    let xml = Out::document("D:principal-search-property-set", |out| {
        for (_, name, description) in SEARCHABLE {
            out.element("D:principal-search-property", |out| {
                out.element("D:prop", |out| out.empty(name));
                out.leaf_in("D:description", "en", description);
            });
        }
    });
    problem::xml(StatusCode::OK, xml)
}

/// `principal-property-search`: among all principals, as long as there are not too many.
pub(super) fn search(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let wanted = match wanted(root)? {
        // The library caldav asks for nothing and expects to hear where the calendars are.
        Wanted::These(asked) if asked.is_empty() => Wanted::These(usual()),
        other => other,
    };
    let searches: Vec<&Element> = root.all(DAV, "property-search").collect();
    let is_any = root.attribute("test") == Some("anyof") && !searches.is_empty();
    let is_found = |user: &Arc<User>| match is_any {
        true => searches.iter().any(|it| matches(app, user, it)),
        false => searches.iter().all(|it| matches(app, user, it)),
    };
    let mut found: Vec<Arc<User>> = Vec::new();
    if !searches.is_empty() {
        let users = app.users(&request.ctx).map_err(|it| problem::refused(&it))?;
        found.extend(users.into_iter().filter(is_found));
    }
    let is_under = !matches!(request.resource, Resource::Root | Resource::Principals);
    if is_under && root.child(DAV, "apply-to-principal-collection-set").is_none() {
        found.retain(|it| request.resource == Resource::Principal(it.name.clone()));
    }
    Ok(answer(app, request, &found, &wanted))
}

/// `calendarserver-principal-search`: people by words in what is known of them.
pub(super) fn by_words(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let wanted = wanted(root)?;
    let words: Vec<String> = root
        .all(CALENDAR_SERVER, "search-token")
        .map(|it| it.text.trim().to_lowercase())
        .filter(|it| !it.is_empty())
        .collect();
    let kinds: &[&str] = match root.attribute("context") {
        Some("user") => &["INDIVIDUAL"],
        Some("group") => &["GROUP"],
        Some("location") => &["ROOM"],
        Some("resource") => &["RESOURCE"],
        _ => &["INDIVIDUAL", "GROUP", "ROOM", "RESOURCE"],
    };
    let knows = |user: &Arc<User>, word: &String| {
        [&user.display_name, &user.email, &user.name]
            .iter()
            .any(|it| it.to_lowercase().contains(word.as_str()))
    };
    let is_found = |user: &Arc<User>| {
        kinds.contains(&user_type(app.principal(user).kind))
            && words.iter().all(|it| knows(user, it))
    };
    let mut found: Vec<Arc<User>> = Vec::new();
    if !words.is_empty() {
        let users = app.users(&request.ctx).map_err(|it| problem::refused(&it))?;
        found.extend(users.into_iter().filter(is_found));
    }
    Ok(answer(app, request, &found, &wanted))
}

/// `principal-match`: one's own principal, or what in a collection is one's own (§9.3).
pub(super) fn own(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let wanted = wanted(root)?;
    let is_self = root.child(DAV, "self").is_some();
    let property = root.child(DAV, "principal-property");
    if !is_self && property.is_none() {
        let why = "principal-match asks for oneself or by a property";
        return Err(problem::plain(StatusCode::BAD_REQUEST, why));
    }
    let user = &request.user;
    let is_among = match &request.resource {
        Resource::Root | Resource::Principals => true,
        Resource::Principal(name) => *name == user.name,
        _ => false,
    };
    let mut found = Vec::new();
    if is_among {
        found.push(Arc::clone(user));
        if is_self {
            found.extend(app.groups_of(user));
        }
    }
    if !matches!(request.resource, Resource::Home(_) | Resource::Collection(..)) {
        return Ok(answer(app, request, &found, &wanted));
    }
    let listing =
        Listing::of(app, request, &request.resource).map_err(|it| problem::refused(&it))?;
    let own = Resource::Principal(user.name.clone()).href();
    let xml = multistatus::document(|out| {
        // Of what is one's own in a home, the home itself is enough to say.
        listing.with(|subject| {
            let is_own = property
                .and_then(|it| it.children.first())
                .is_some_and(|it| links(subject, &Asked::of(it)).contains(&own));
            if is_own {
                multistatus::properties(out, subject, &wanted);
            }
        });
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

/// The links in a property.
fn links(subject: &Subject<'_>, asked: &Asked) -> Vec<String> {
    let plain = Out::document("D:prop", |out| subject.write(out, asked)).whole();
    let element = read(&plain).ok().and_then(|it| it.children.into_iter().next());
    element.iter().flat_map(|it| it.all(DAV, "href")).map(|it| it.text.clone()).collect()
}

/// `acl-principal-prop-set`: those whom a list names (§9.2).
pub(super) fn of_acl(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let refused = |refusal| problem::refused(&refusal);
    let wanted = wanted(root)?;
    if request.header("depth").is_some_and(|it| it.trim() != "0") {
        return Err(problem::plain(StatusCode::BAD_REQUEST, "this report has Depth 0"));
    }
    if root.all(DAV, "prop").count() > 1 || root.children.iter().any(|it| !it.is(DAV, "prop")) {
        let why = "acl-principal-prop-set has one DAV:prop at most";
        return Err(problem::plain(StatusCode::BAD_REQUEST, why));
    }
    let name = match &request.resource {
        Resource::Object(_, _, name) => Some(name.as_str()),
        Resource::Collection(..) => None,
        _ => {
            Listing::of(app, request, &request.resource).map_err(refused)?;
            let (Resource::Principal(name) | Resource::Delegates(name, _) | Resource::Home(name)) =
                &request.resource
            else {
                // Nobody is named there.
                return Ok(answer(app, request, &[], &wanted));
            };
            let owner = app.user_named(&request.ctx, name).map_err(refused)?;
            let others = app.administrators().into_iter().filter(|it| it.id != owner.id);
            let named: Vec<_> = [Arc::clone(&owner)].into_iter().chain(others).collect();
            return Ok(answer(app, request, &named, &wanted));
        }
    };
    let (_, collection) = method::collection(app, request).map_err(refused)?;
    let aces = app.acl(&request.ctx, &collection, name).map_err(refused)?;
    let sharees = app.shared_with(&request.ctx, &collection).unwrap_or_default();
    let mut found: Vec<Arc<User>> = app.users_of(&[collection.owner]);
    let owner = found.first().cloned();
    let named = aces.into_iter().chain(sharees).filter_map(|it| match it.who {
        Who::User(user) => Some(user),
        _ => None,
    });
    for user in app.administrators().into_iter().chain(named) {
        if !found.iter().any(|it| it.id == user.id) {
            found.push(user);
        }
    }
    let xml = multistatus::document(|out| {
        let mut one = |what| {
            let subject = Subject { app, request, what, dead: &[] };
            multistatus::properties(out, &subject, &wanted);
        };
        found.iter().take(FOUND_MAX).for_each(|it| one(What::Principal(it)));
        if let Some(owner) = &owner {
            one(What::Delegates(owner, Delegation::Read));
            one(What::Delegates(owner, Delegation::Write));
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

fn answer(app: &App, request: &Admitted, found: &[Arc<User>], wanted: &Wanted) -> Answer {
    let xml = multistatus::document(|out| {
        for user in found.iter().take(FOUND_MAX) {
            let subject = Subject { app, request, what: What::Principal(user), dead: &[] };
            multistatus::properties(out, &subject, wanted);
        }
        if found.len() > FOUND_MAX {
            multistatus::truncated(out, &request.resource.href());
        }
    });
    problem::xml(StatusCode::MULTI_STATUS, xml)
}

/// What is told of a principal to whoever does not say what they want.
fn usual() -> Vec<Asked> {
    [Live::DisplayName, Live::CalendarHomeSet, Live::PrincipalUrl].map(Asked::named).into()
}

/// Whether every property of one `DAV:property-search` matches, whatever its case.
fn matches(app: &App, user: &User, search: &Element) -> bool {
    let Some(text) = search.child(DAV, "match") else { return false };
    let wanted = text.text.trim().to_lowercase();
    let kind = text.attribute("match-type").or_else(|| search.attribute("match-type"));
    let fits = |value: &str| {
        let value = value.to_lowercase();
        match kind {
            Some("equals") => value == wanted,
            Some("starts-with") => value.starts_with(&wanted),
            Some("ends-with") => value.ends_with(&wanted),
            _ => value.contains(&wanted),
        }
    };
    let own = |resource: Resource| resource.href();
    let mut properties = search.all(DAV, "prop").flat_map(|it| &it.children).peekable();
    properties.peek().is_some()
        && properties.all(|it| match (live(&it.namespace, &it.name), it.namespace.as_str()) {
            (Some(Live::DisplayName), _) => fits(&user.display_name),
            (Some(Live::CalendarUserAddressSet), _) => {
                fits(&format!("mailto:{}", user.email))
                    || fits(&own(Resource::Principal(user.name.clone())))
            }
            (Some(Live::EmailAddressSet), _) => fits(&user.email),
            (Some(Live::CalendarUserType), _) => fits(user_type(app.principal(user).kind)),
            (Some(Live::CalendarHomeSet), _) => fits(&own(Resource::Home(user.name.clone()))),
            (None, CALENDAR_SERVER) if matches!(it.name.as_str(), "first-name" | "last-name") => {
                fits(&user.display_name)
            }
            _ => false,
        })
}
