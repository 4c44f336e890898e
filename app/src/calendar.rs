//! Calendars and what is in them.

mod acl;
mod collections;
mod duplicate;
mod free_busy;
mod home;
mod import;
mod memory;
pub(crate) mod properties;
mod put;
mod query;
mod reading;
mod relocate;
mod remove;
mod sync;
mod transfer;

use std::sync::Arc;

use bytes::Bytes;
use model::privilege::Privileges;
use storage::record::Id;
use storage::table;

use crate::App;
use crate::context::{Actor, Ctx};
use crate::index::{Collection, Entry, User};
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

pub use acl::{Ace, Who};
pub use collections::NewCollection;
pub(crate) use collections::{named, put_record};
pub use home::{HomeChange, HomeSync};
pub(crate) use home::{note_changed, note_removed};
pub use import::Sent;
pub(crate) use memory::Memory;
pub use properties::PropertyChange;
pub use put::Put;
pub use query::{Budget, Queried, Stored};
pub use reading::Reading;
pub use sync::{SyncAnswer, SyncChange};
pub use transfer::{Destination, LeftOut, Manner, Overwrite, Place, Transfer, Transferred};

/// What a client takes for granted of an object (RFC 9110 §13.1).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Condition {
    /// `If-Match`: one of these, as entity tags with quotes; `*` for any.
    pub if_match: Option<Vec<String>>,
    /// `If-None-Match`: none of these.
    pub if_none_match: Option<Vec<String>>,
}

impl Condition {
    /// Whether an object with the entity tag `etag`, or no object, is as expected.
    pub(crate) fn check(&self, etag: Option<Id>) -> Result<(), Refusal> {
        self.check_quoted(etag.map(crate::index::quoted).as_deref())
    }

    /// Whether an object with that entity tag, or no object, is as expected.
    ///
    /// # Errors
    ///
    /// [`Refusal::PreconditionFailed`] if it is not.
    pub fn check_quoted(&self, etag: Option<&str>) -> Result<(), Refusal> {
        let is_among = |list: &Vec<String>| {
            etag.as_ref().is_some_and(|etag| list.iter().any(|it| it == "*" || it == etag))
        };
        let is_met = self.if_match.as_ref().is_none_or(is_among)
            && !self.if_none_match.as_ref().is_some_and(is_among);
        if is_met { Ok(()) } else { Err(Refusal::PreconditionFailed) }
    }
}

/// Looks at an object and its text until both are of one commit.
const READS_MAX: usize = 10_000;

impl App {
    /// The user of that name.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, or none that the asker may know of.
    pub fn owner(&self, ctx: &Ctx, name: &str, action: Action) -> Result<Arc<User>, Refusal> {
        let user = self.index.user_named(name).ok_or(Refusal::NotFound)?;
        permit(ctx.actor, action, user.id)?;
        Ok(user)
    }

    /// The user of that name, whom everybody with an account may know of.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none.
    pub fn user_named(&self, ctx: &Ctx, name: &str) -> Result<Arc<User>, Refusal> {
        match ctx.actor {
            Actor::Visitor(_) => Err(Refusal::NotFound),
            Actor::User(_) | Actor::Server => self.index.user_named(name).ok_or(Refusal::NotFound),
        }
    }

    /// All users, whom everybody with an account may know of.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] for anybody else.
    pub fn users(&self, ctx: &Ctx) -> Result<Vec<Arc<User>>, Refusal> {
        match ctx.actor {
            Actor::Visitor(_) => Err(Refusal::NotFound),
            Actor::User(_) | Actor::Server => Ok(self.index.users()),
        }
    }

    /// The collections in a user's home that the asker may see, the oldest first.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may see none.
    pub fn home(&self, ctx: &Ctx, owner: &User) -> Result<Vec<Arc<Collection>>, Refusal> {
        let is_open = self.require_home(ctx, Action::Read, owner).is_ok();
        let may_see = |it: &Arc<Collection>| {
            // What shows somebody else's tells of whose home it is in.
            (is_open || it.shown_in.is_none())
                && self.privileges(ctx, it, None).contain(Privileges::READ)
        };
        let mut seen = self.index.home(owner.id);
        seen.retain(may_see);
        if seen.is_empty() {
            self.require_home(ctx, Action::Read, owner)?;
        }
        Ok(seen)
    }

    /// A user's collection by the name in its link.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, [`Refusal::Lacks`] for whoever may do nothing
    /// with it, be it there or not.
    pub fn collection(
        &self,
        ctx: &Ctx,
        owner: &User,
        slug: &str,
    ) -> Result<Arc<Collection>, Refusal> {
        self.collection_around(ctx, owner, slug, None)
    }

    /// The same for whoever may do something with its member `name` alone.
    ///
    /// # Errors
    ///
    /// As [`App::collection`].
    pub fn collection_around(
        &self,
        ctx: &Ctx,
        owner: &User,
        slug: &str,
        name: Option<&str>,
    ) -> Result<Arc<Collection>, Refusal> {
        let found = self.index.collection(owner.id, slug).filter(|it| {
            // Who may do nothing at all is answered as though nothing were there.
            let of = |name| !self.privileges(ctx, it, name).is_empty();
            let is_shown_here =
                it.shown_in.is_none() || self.require_home(ctx, Action::Read, owner).is_ok();
            is_shown_here && (of(None) || name.is_some() && of(name))
        });
        if found.is_none() {
            self.require_home(ctx, Action::Read, owner)?;
        }
        found.ok_or(Refusal::NotFound)
    }

    /// Whether there is a collection of that name that the asker may know of.
    pub fn has_collection(&self, ctx: &Ctx, owner: &User, slug: &str) -> bool {
        self.collection(ctx, owner, slug).is_ok()
    }

    /// Whether there is a member of that name in a collection that the asker may know of.
    pub fn has_member(&self, ctx: &Ctx, owner: &User, slug: &str, name: &str) -> bool {
        let collection = self.collection_around(ctx, owner, slug, Some(name));
        collection.is_ok_and(|it| it.members().find(name).is_some())
    }

    /// The collection of somebody else's that `shown` shows; nothing if it is its own.
    pub(crate) fn source_of(&self, shown: &Collection) -> Option<Arc<Collection>> {
        shown.shown_in.and_then(|_| self.index.collection_of(shown.owner, shown.id))
    }

    /// The text of an object, as it was stored, with the entry that tells of that very text.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it went meanwhile.
    pub fn stored(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
    ) -> Result<(Arc<Entry>, Bytes), Refusal> {
        self.require(ctx, Action::Read, collection, Some(name))?;
        self.read_stored(collection, name)
    }

    /// The text of an object, for whoever asked for permission already.
    pub(crate) fn read_stored(
        &self,
        collection: &Collection,
        name: &str,
    ) -> Result<(Arc<Entry>, Bytes), Refusal> {
        let entry = collection.members().find(name).cloned().ok_or(Refusal::NotFound)?;
        self.read_entry(collection, entry)
    }

    /// The text of an object that was there a moment ago, as it is by now.
    pub(crate) fn read_entry(
        &self,
        collection: &Collection,
        mut entry: Arc<Entry>,
    ) -> Result<(Arc<Entry>, Bytes), Refusal> {
        for _ in 0..READS_MAX {
            if let Some(text) = self.memory.texts.find(&entry.number) {
                return Ok((entry, text));
            }
            match self.store.read_versioned(&table::body(collection.id, &entry.name))? {
                Some((version, body)) if version == entry.version => {
                    let text = Bytes::from(body.0);
                    self.memory.texts.keep(entry.number, text.clone(), text.len());
                    return Ok((entry, text));
                }
                // A commit is on its way from the rows to the index.
                _ => std::thread::yield_now(),
            }
            let newest = collection.members().find(&entry.name).cloned();
            entry = newest.ok_or(Refusal::NotFound)?;
        }
        Err(Refusal::Busy)
    }

    /// An object without its text.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none.
    pub fn entry(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
    ) -> Result<Arc<Entry>, Refusal> {
        self.require(ctx, Action::Read, collection, Some(name))?;
        collection.members().find(name).cloned().ok_or(Refusal::NotFound)
    }

    /// The owner of a calendar.
    pub(crate) fn owner_of(&self, collection: &Collection) -> Result<Arc<User>, Refusal> {
        self.index.user(collection.owner).ok_or(Refusal::NotFound)
    }
}
