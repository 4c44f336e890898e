//! `PROPFIND`: properties of a resource, and of what is directly in it (RFC 4918 §9.1).

use app::App;
use http::StatusCode;
use model::limit::{NAMES_MAX_BYTES, PROPERTIES_MAX};

use super::tree;
use crate::admit::Admitted;
use crate::listing::Listing;
use crate::property::{Asked, Wanted};
use crate::wire::names::DAV;
use crate::wire::tree::Element;
use crate::{Answer, multistatus, problem};

pub(super) fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let wanted = match wanted(body) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    let with_members = match request.header("depth").map(str::trim) {
        Some("0") => false,
        Some("1") => true,
        // A missing header means infinity, which is more than is given at once.
        None | Some("infinity" | "Infinity") => {
            let why = "ask with Depth 0 or 1";
            let finite = "D:propfind-finite-depth";
            return problem::precondition(StatusCode::FORBIDDEN, finite, why);
        }
        Some(_) => return problem::plain(StatusCode::BAD_REQUEST, "Depth is 0, 1 or infinity"),
    };
    let found = Listing::of(app, request, &request.resource);
    let is_closed = found.is_err();
    // Whoever may not see a home is told of what they may see in it (RFC 4918 §9.1).
    let found = found.or_else(|refusal| match with_members {
        true => Listing::of_open(app, request).map_err(|_| refusal),
        false => Err(refusal),
    });
    let listing = match found {
        Ok(listing) => listing,
        Err(refusal) => return problem::refused(&refusal),
    };
    let xml = multistatus::document(|out| {
        if !(with_members && request.prefer.is_noroot) {
            match is_closed {
                true => multistatus::status(out, &request.resource.href(), multistatus::FORBIDDEN),
                false => listing.write(out, &wanted),
            }
        }
        if with_members {
            listing.write_members(out, &wanted);
        }
    });
    let mut answer = problem::xml(StatusCode::MULTI_STATUS, xml);
    request.prefer.tell_listing(answer.headers_mut());
    answer
}

/// What the body asks for; no body asks for all (RFC 4918 §9.1).
fn wanted(body: &[u8]) -> Result<Wanted, Answer> {
    if body.is_empty() {
        return Ok(Wanted::All(Vec::new()));
    }
    let root = tree(body)?;
    let bad = |why| problem::plain(StatusCode::BAD_REQUEST, why);
    if !root.is(DAV, "propfind") {
        return Err(bad("the body is no DAV:propfind"));
    }
    let kinds = ["allprop", "propname", "prop"];
    if kinds.iter().filter(|it| root.child(DAV, it).is_some()).count() > 1 {
        return Err(bad("DAV:propfind asks for more than one thing"));
    }
    if root.child(DAV, "propname").is_some() {
        return Ok(Wanted::Names);
    }
    if let Some(prop) = root.child(DAV, "prop") {
        return asked(prop).map(Wanted::These);
    }
    let include = root.child(DAV, "include").map(asked).transpose()?.unwrap_or_default();
    match root.child(DAV, "allprop") {
        Some(_) => Ok(Wanted::All(include)),
        None => Err(bad("DAV:propfind asks for nothing")),
    }
}

/// The properties named in `DAV:prop`.
pub(crate) fn asked(prop: &Element) -> Result<Vec<Asked>, Answer> {
    let bytes: usize = prop.children.iter().map(|it| it.namespace.len() + it.name.len()).sum();
    if prop.children.len() > PROPERTIES_MAX || bytes > NAMES_MAX_BYTES {
        return Err(problem::plain(StatusCode::BAD_REQUEST, "too many properties, or too long"));
    }
    let mut asked: Vec<Asked> = Vec::new();
    for element in &prop.children {
        if !asked.iter().any(|it| it.name == element.name && it.namespace == element.namespace) {
            asked.push(Asked::of(element));
        }
    }
    Ok(asked)
}
