//! Reading many members of one collection: what holds for all of them is found out once.

use std::sync::Arc;

use bytes::Bytes;

use crate::App;
use crate::access::Asker;
use crate::context::Ctx;
use crate::index::{Collection, Entry, Members};
use crate::policy::Action;
use crate::refusal::Refusal;

/// Somebody about to read members of a collection.
pub struct Reading<'a> {
    app: &'a App,
    collection: &'a Collection,
    members: Arc<Members>,
    asker: Asker,
    /// The answer for every member without a list of its own.
    of_all: Result<(), Refusal>,
}

impl App {
    /// The asker about to read members of `collection`.
    pub fn reading<'a>(&'a self, ctx: &Ctx, collection: &'a Collection) -> Reading<'a> {
        let asker = self.asker(ctx, collection.owner);
        let of_all = self.allow(&asker, Action::Read, collection, None);
        Reading { app: self, collection, members: collection.members(), asker, of_all }
    }
}

impl Reading<'_> {
    /// The members, as they were when reading began.
    pub fn members(&self) -> &Arc<Members> {
        &self.members
    }

    /// The member of that name, if it is there and the asker may read it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, [`Refusal::Lacks`] if the asker may not see it.
    pub fn entry(&self, name: &str) -> Result<&Arc<Entry>, Refusal> {
        self.require(name)?;
        self.members.find(name).ok_or(Refusal::NotFound)
    }

    /// The text of a member, with the entry that tells of that very text.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it went meanwhile, [`Refusal::Lacks`] if the asker may not see it.
    pub fn text(&self, entry: &Arc<Entry>) -> Result<(Arc<Entry>, Bytes), Refusal> {
        self.require(&entry.name)?;
        self.app.read_entry(self.collection, Arc::clone(entry))
    }

    /// Lets the asker go on with the member of that name.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not see it.
    pub fn require(&self, name: &str) -> Result<(), Refusal> {
        match self.members.extra(name) {
            Some(_) => self.app.allow(&self.asker, Action::Read, self.collection, Some(name)),
            None => self.of_all.clone(),
        }
    }
}
