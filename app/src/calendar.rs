//! Calendars and what is in them.

mod collections;
mod free_busy;
mod import;
mod put;
mod query;
mod remove;
mod sync;

use std::sync::Arc;

use storage::record::Id;
use storage::table;

use crate::App;
use crate::context::Ctx;
use crate::index::{Collection, Entry, User};
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

pub use collections::{NewCollection, PropertyChange};
pub use put::Put;
pub use query::{Budget, Queried, Stored};
pub use sync::{SyncAnswer, SyncChange};

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
        let etag = etag.map(crate::index::quoted);
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

    /// All users, for the server's own use.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`] for anybody else.
    pub fn users(&self, ctx: &Ctx) -> Result<Vec<Arc<User>>, Refusal> {
        match ctx.actor {
            crate::Actor::Server => Ok(self.index.users()),
            crate::Actor::User(_) | crate::Actor::Visitor(_) => Err(Refusal::Forbidden),
        }
    }

    /// The calendars of a user, the oldest first.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if the asker may not see them.
    pub fn home(&self, ctx: &Ctx, owner: &User) -> Result<Vec<Arc<Collection>>, Refusal> {
        permit(ctx.actor, Action::ReadEvents, owner.id)?;
        Ok(self.index.collections(owner.id))
    }

    /// A user's calendar by the name in its link.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none that the asker may see.
    pub fn collection(
        &self,
        ctx: &Ctx,
        owner: &User,
        slug: &str,
    ) -> Result<Arc<Collection>, Refusal> {
        permit(ctx.actor, Action::ReadEvents, owner.id)?;
        self.index.collection(owner.id, slug).ok_or(Refusal::NotFound)
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
    ) -> Result<(Arc<Entry>, Vec<u8>), Refusal> {
        permit(ctx.actor, Action::ReadEvents, collection.owner)?;
        let key = table::body(collection.id, name);
        for _ in 0..READS_MAX {
            let entry = collection.members().find(name).cloned().ok_or(Refusal::NotFound)?;
            match self.store.read_versioned(&key)? {
                Some((version, body)) if version == entry.version => return Ok((entry, body.0)),
                // A commit is on its way from the rows to the index.
                _ => std::thread::yield_now(),
            }
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
        permit(ctx.actor, Action::ReadEvents, collection.owner)?;
        collection.members().find(name).cloned().ok_or(Refusal::NotFound)
    }

    /// The owner of a calendar.
    pub(crate) fn owner_of(&self, collection: &Collection) -> Result<Arc<User>, Refusal> {
        self.index.user(collection.owner).ok_or(Refusal::NotFound)
    }
}
