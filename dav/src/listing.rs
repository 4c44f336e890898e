//! A resource that the asker may see, with what is directly in it, ready to be written.

use std::sync::Arc;

use app::{App, Chunk, Collection, Entry, Members, PropertyRecord, Refusal, User};

use crate::admit::Admitted;
use crate::multistatus;
use crate::path::Resource;
use crate::pattern::Pattern;
use crate::property::{Subject, Wanted, What};
use crate::wire::out::Out;

/// A resource, with all that its answer needs.
pub(crate) struct Listing<'a> {
    app: &'a App,
    request: &'a Admitted,
    resource: Resource,
    owner: Option<Arc<User>>,
    collection: Option<Arc<Collection>>,
    entry: Option<Arc<Entry>>,
    /// The properties that clients gave it.
    dead: Vec<PropertyRecord>,
}

impl<'a> Listing<'a> {
    /// The resource, if it is there and the asker may see it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] or [`Refusal::Lacks`].
    pub(crate) fn of(
        app: &'a App,
        request: &'a Admitted,
        resource: &Resource,
    ) -> Result<Self, Refusal> {
        let resource = resource.clone();
        let (owner, collection, entry, dead) = (None, None, None, Vec::new());
        let mut listing = Self { app, request, resource, owner, collection, entry, dead };
        let ctx = &request.ctx;
        match &listing.resource {
            Resource::Root | Resource::Principals | Resource::Homes => {}
            Resource::Attachment(..) | Resource::Subscription(_) => return Err(Refusal::NotFound),
            Resource::Principal(name) | Resource::Delegates(name, _) => {
                let owner = app.user_named(ctx, name)?;
                if matches!(listing.resource, Resource::Principal(_)) {
                    listing.dead = app.user_properties(ctx, &owner, "principal")?;
                }
                listing.owner = Some(owner);
            }
            Resource::Home(name) => {
                let owner = app.user_named(ctx, name)?;
                app.may_read_home(ctx, &owner)?;
                listing.dead = app.user_properties(ctx, &owner, "home")?;
                listing.owner = Some(owner);
            }
            Resource::Collection(name, slug) | Resource::Object(name, slug, _) => {
                let owner = app.user_named(ctx, name)?;
                let member = match &listing.resource {
                    Resource::Object(_, _, member) => Some(member.as_str()),
                    _ => None,
                };
                let collection = app.collection_around(ctx, &owner, slug, member)?;
                if let Resource::Object(_, _, name) = &listing.resource {
                    listing.entry = Some(app.entry(ctx, &collection, name)?);
                    let members = collection.members();
                    let extra = members.extra(name);
                    listing.dead = extra.map(|it| it.properties.clone()).unwrap_or_default();
                } else {
                    app.may_read(ctx, &collection)?;
                    listing.dead.clone_from(&collection.properties);
                }
                listing.owner = Some(owner);
                listing.collection = Some(collection);
            }
        }
        Ok(listing)
    }

    /// The home that was asked for, for whoever may see something in it but not the home itself.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if there is nothing in it that they may see.
    pub(crate) fn of_open(app: &'a App, request: &'a Admitted) -> Result<Self, Refusal> {
        let resource = request.resource.clone();
        let Resource::Home(name) = &resource else { return Err(Refusal::NotFound) };
        let owner = app.user_named(&request.ctx, name)?;
        app.home(&request.ctx, &owner)?;
        let (collection, entry, dead) = (None, None, Vec::new());
        Ok(Self { app, request, resource, owner: Some(owner), collection, entry, dead })
    }

    /// Writes the resource itself.
    pub(crate) fn write(&self, out: &mut Out, wanted: &Wanted) {
        self.with(|subject| multistatus::properties(out, subject, wanted));
    }

    /// Hands the resource over as somebody sees it.
    pub(crate) fn with(&self, see: impl FnOnce(&Subject<'_>)) {
        let members;
        let what = match (&self.resource, self.owner.as_deref(), self.collection.as_deref()) {
            (Resource::Root, ..) => What::Root,
            (Resource::Principals, ..) => What::Principals,
            (Resource::Homes, ..) => What::Homes,
            (Resource::Principal(_), Some(user), _) => What::Principal(user),
            (Resource::Delegates(_, of), Some(user), _) => What::Delegates(user, *of),
            (Resource::Home(_), Some(user), _) => What::Home(user),
            (Resource::Collection(..), Some(user), Some(collection)) => {
                members = collection.members();
                What::Collection(user, collection, &members)
            }
            (Resource::Object(..), Some(user), Some(collection)) => match &self.entry {
                Some(entry) => What::Object(user, collection, entry, None),
                None => return,
            },
            _ => return,
        };
        see(&self.subject(what, &self.dead));
    }

    fn subject<'s>(&'s self, what: What<'s>, dead: &'s [PropertyRecord]) -> Subject<'s> {
        Subject { app: self.app, request: self.request, what, dead }
    }

    /// Writes what is directly in it, as far as the asker may see that.
    pub(crate) fn write_members(&self, out: &mut Out, wanted: &Wanted) {
        let viewer = &self.request.user;
        let mut one = |what| multistatus::properties(out, &self.subject(what, &[]), wanted);
        match (&self.resource, self.owner.as_deref(), self.collection.as_deref()) {
            (Resource::Root, ..) => {
                one(What::Principals);
                one(What::Homes);
            }
            (Resource::Principals, ..) => one(What::Principal(viewer)),
            (Resource::Homes, ..) => one(What::Home(viewer)),
            (Resource::Principal(_), Some(user), _) => {
                one(What::Delegates(user, app::Delegation::Read));
                one(What::Delegates(user, app::Delegation::Write));
            }
            (Resource::Home(_), Some(user), _) => {
                self.write_collections(out, wanted, user, "");
                if let Ok(files) = self.app.collection(&self.request.ctx, user, "") {
                    self.write_objects(out, wanted, user, &files);
                }
            }
            (Resource::Collection(..), Some(user), Some(collection)) => {
                let within = format!("{}/", collection.slug);
                self.write_collections(out, wanted, user, &within);
                self.write_objects(out, wanted, user, collection);
            }
            _ => {}
        }
    }

    /// Writes the collections whose names begin with `within`, but none that are deeper.
    fn write_collections(&self, out: &mut Out, wanted: &Wanted, user: &User, within: &str) {
        for collection in self.app.home(&self.request.ctx, user).unwrap_or_default() {
            let is_here = collection
                .slug
                .strip_prefix(within)
                .is_some_and(|it| !it.is_empty() && !it.contains('/'));
            if is_here {
                let members = collection.members();
                let what = What::Collection(user, &collection, &members);
                multistatus::properties(out, &self.subject(what, &collection.properties), wanted);
            }
        }
    }

    fn write_objects(&self, out: &mut Out, wanted: &Wanted, user: &User, collection: &Collection) {
        let members = collection.members();
        let of = (user, collection);
        let pattern = Pattern::of(self.app, self.request, of, wanted, (&members, None));
        for chunk in members.chunks() {
            match &pattern {
                Some(pattern) if !chunk.has_extras => pattern.write_chunk(out, chunk),
                _ => self.write_each(out, wanted, of, (&members, chunk)),
            }
        }
    }

    fn write_each(
        &self,
        out: &mut Out,
        wanted: &Wanted,
        (user, collection): (&User, &Collection),
        (members, chunk): (&Members, Chunk<'_>),
    ) {
        let reading = self.app.reading(&self.request.ctx, collection);
        for entry in chunk.entries().filter(|it| reading.require(&it.name).is_ok()) {
            let what = What::Object(user, collection, entry, None);
            let extra = members.extra(&entry.name);
            let dead = extra.map_or(&[][..], |it| &it.properties);
            multistatus::properties(out, &self.subject(what, dead), wanted);
        }
    }
}
