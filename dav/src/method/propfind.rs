//! `PROPFIND`: properties of a resource, and of what is directly in it (RFC 4918 §9.1).

use std::sync::Arc;

use app::{Action, App, Collection, PropertyRecord, Refusal, User};
use http::StatusCode;
use model::limit::PROPERTIES_MAX;

use super::tree;
use crate::admit::Admitted;
use crate::path::Resource;
use crate::property::{Asked, Subject, Wanted, What};
use crate::wire::names::DAV;
use crate::wire::out::Out;
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
    match Listing::of(app, request) {
        Ok(listing) => {
            let xml = multistatus::document(|out| listing.write(out, &wanted, with_members));
            problem::xml(StatusCode::MULTI_STATUS, xml)
        }
        Err(refusal) => problem::refused(&refusal),
    }
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
    if prop.children.len() > PROPERTIES_MAX {
        return Err(problem::plain(StatusCode::BAD_REQUEST, "too many properties"));
    }
    let mut asked: Vec<Asked> = Vec::new();
    for element in &prop.children {
        if !asked.iter().any(|it| it.name == element.name && it.namespace == element.namespace) {
            asked.push(Asked::of(element));
        }
    }
    Ok(asked)
}

/// A resource that may be listed, with all that its answer needs.
struct Listing<'a> {
    app: &'a App,
    request: &'a Admitted,
    owner: Option<Arc<User>>,
    collection: Option<Arc<Collection>>,
    /// The properties that clients gave the principal or home.
    dead: Vec<PropertyRecord>,
}

impl<'a> Listing<'a> {
    fn of(app: &'a App, request: &'a Admitted) -> Result<Self, Refusal> {
        let mut listing = Self { app, request, owner: None, collection: None, dead: Vec::new() };
        match &request.resource {
            Resource::Root | Resource::Principals | Resource::Homes => {}
            Resource::Principal(name) | Resource::Home(name) => {
                let owner = app.owner(&request.ctx, name, Action::ReadEvents)?;
                let word = word_of(&request.resource);
                listing.dead = app.user_properties(&request.ctx, &owner, word)?;
                listing.owner = Some(owner);
            }
            Resource::Collection(..) | Resource::Object(..) => {
                let (owner, collection) = super::collection(app, request)?;
                if let Resource::Object(_, _, name) = &request.resource {
                    app.entry(&request.ctx, &collection, name)?;
                }
                listing.owner = Some(owner);
                listing.collection = Some(collection);
            }
        }
        Ok(listing)
    }

    fn write(&self, out: &mut Out, wanted: &Wanted, with_members: bool) {
        let viewer = &self.request.user;
        let own = |what, dead| Subject { app: self.app, viewer, what, dead };
        let root = |what| own(what, &[]);
        match (&self.request.resource, self.owner.as_deref(), self.collection.as_deref()) {
            (Resource::Root, ..) => {
                multistatus::properties(out, &root(What::Root), wanted);
                if with_members {
                    multistatus::properties(out, &root(What::Principals), wanted);
                    multistatus::properties(out, &root(What::Homes), wanted);
                }
            }
            (Resource::Principals, ..) => {
                multistatus::properties(out, &root(What::Principals), wanted);
                if with_members {
                    multistatus::properties(out, &root(What::Principal(viewer)), wanted);
                }
            }
            (Resource::Homes, ..) => {
                multistatus::properties(out, &root(What::Homes), wanted);
                if with_members {
                    multistatus::properties(out, &root(What::Home(viewer)), wanted);
                }
            }
            (Resource::Principal(_), Some(user), _) => {
                multistatus::properties(out, &own(What::Principal(user), &self.dead), wanted);
            }
            (Resource::Home(_), Some(user), _) => {
                multistatus::properties(out, &own(What::Home(user), &self.dead), wanted);
                if with_members {
                    self.write_calendars(out, wanted, user);
                }
            }
            (Resource::Collection(..), Some(user), Some(collection)) => {
                self.write_collection(out, wanted, user, collection, with_members);
            }
            (Resource::Object(_, _, name), Some(user), Some(collection)) => {
                if let Some(entry) = collection.members().find(name) {
                    let what = What::Object(user, collection, entry, None);
                    multistatus::properties(out, &own(what, &[]), wanted);
                }
            }
            _ => {}
        }
    }

    fn write_calendars(&self, out: &mut Out, wanted: &Wanted, user: &User) {
        for collection in self.app.home(&self.request.ctx, user).unwrap_or_default() {
            self.write_collection(out, wanted, user, &collection, false);
        }
    }

    fn write_collection(
        &self,
        out: &mut Out,
        wanted: &Wanted,
        user: &User,
        collection: &Collection,
        with_members: bool,
    ) {
        let members = collection.members();
        let subject =
            |what, dead| Subject { app: self.app, viewer: &self.request.user, what, dead };
        let what = What::Collection(user, collection, &members);
        multistatus::properties(out, &subject(what, &collection.properties), wanted);
        if with_members {
            for entry in members.iter() {
                let what = What::Object(user, collection, entry, None);
                multistatus::properties(out, &subject(what, &[]), wanted);
            }
        }
    }
}

/// The word under which a resource's dead properties are kept.
pub(crate) fn word_of(resource: &Resource) -> &'static str {
    match resource {
        Resource::Principal(_) => "principal",
        _ => "home",
    }
}
