//! `principal-property-search` and what can be searched for (RFC 3744 §9.4, §9.5).

use app::{App, User};
use http::StatusCode;

use super::wanted;
use crate::admit::Admitted;
use crate::property::{Asked, Live, Subject, Wanted, What, live};
use crate::wire::names::{CALDAV, DAV};
use crate::wire::out::Out;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

/// What principals can be searched for, and what that is called.
const SEARCHABLE: &[(Live, &str, &str)] = &[
    (Live::DisplayName, "D:displayname", "Name"),
    (Live::CalendarUserAddressSet, "C:calendar-user-address-set", "Address"),
    (Live::EmailAddressSet, "CS:email-address-set", "E-mail address"),
    (Live::CalendarUserType, "C:calendar-user-type", "Kind"),
];

/// `principal-search-property-set`: answered with 200, not 207.
pub(super) fn searchable() -> Answer {
    let xml = Out::document("D:principal-search-property-set", |out| {
        for (_, name, description) in SEARCHABLE {
            out.element("D:principal-search-property", |out| {
                out.element("D:prop", |out| out.empty(name));
                out.leaf("D:description", description);
            });
        }
    });
    problem::xml(StatusCode::OK, xml)
}

/// `principal-property-search`: among the principals that the asker may see, which is their own.
pub(super) fn search(app: &App, request: &Admitted, root: &Element) -> Result<Answer, Answer> {
    let wanted = match wanted(root)? {
        // The library caldav asks for nothing and expects to hear where the calendars are.
        Wanted::These(asked) if asked.is_empty() => Wanted::These(usual()),
        other => other,
    };
    let user = &request.user;
    let mut tests = root.all(DAV, "property-search").map(|it| matches(user, it)).peekable();
    let is_any = root.attribute("test") == Some("anyof") && tests.peek().is_some();
    let is_found = if is_any { tests.any(|it| it) } else { tests.all(|it| it) };
    let xml = multistatus::document(|out| {
        if is_found {
            let subject = Subject { app, viewer: user, what: What::Principal(user), dead: &[] };
            multistatus::properties(out, &subject, &wanted);
        }
    });
    Ok(problem::xml(StatusCode::MULTI_STATUS, xml))
}

/// What is told of a principal to whoever does not say what they want.
fn usual() -> Vec<Asked> {
    let names = [(DAV, "displayname"), (CALDAV, "calendar-home-set"), (DAV, "principal-URL")];
    let asked = |(namespace, name): (&str, &str)| Asked {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        live: live(namespace, name),
    };
    names.map(asked).into()
}

/// Whether every property of one `DAV:property-search` matches, whatever its case.
fn matches(user: &User, search: &Element) -> bool {
    let Some(text) = search.child(DAV, "match") else { return false };
    let wanted = text.text.trim().to_lowercase();
    let fits = |value: &str| {
        let value = value.to_lowercase();
        match text.attribute("match-type") {
            Some("equals") => value == wanted,
            Some("starts-with") => value.starts_with(&wanted),
            Some("ends-with") => value.ends_with(&wanted),
            _ => value.contains(&wanted),
        }
    };
    let mut properties = search.all(DAV, "prop").flat_map(|it| &it.children).peekable();
    properties.peek().is_some()
        && properties.all(|it| match live(&it.namespace, &it.name) {
            Some(Live::DisplayName) => fits(&user.display_name),
            Some(Live::CalendarUserAddressSet) => fits(&format!("mailto:{}", user.email)),
            Some(Live::EmailAddressSet) => fits(&user.email),
            Some(Live::CalendarUserType) => fits("INDIVIDUAL"),
            _ => false,
        })
}
