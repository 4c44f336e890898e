//! Removing a calendar object, or a calendar with all that is in it.

use model::id::CollectionId;
use storage::record::CollectionKind;
use storage::{WriteError, table};

use crate::App;
use crate::calendar::Condition;
use crate::calendar::note_removed;
use crate::commit::uid_row;
use crate::context::Ctx;
use crate::index::Collection;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::share::identity;

/// Objects whose rows go in one commit.
const CLEARED_AT_ONCE: usize = 200;

impl App {
    /// Removes the object `name`; the booking whose event it was is cancelled.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, [`Refusal::PreconditionFailed`] if
    /// `condition` does not hold.
    pub async fn remove(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        condition: &Condition,
    ) -> Result<(), Refusal> {
        let held = self.source_of(collection);
        let collection = held.as_deref().unwrap_or(collection);
        self.require(ctx, Action::Remove, collection, Some(name))?;
        let change = ctx.change("remove object", &format!("{}/{name}", collection.id));
        self.change_planned(ctx, collection, name, (None, condition), &change).await?;
        Ok(())
    }

    /// Removes a calendar and everything in it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it is gone, [`Refusal::Forbidden`] for the calendar of bookings.
    pub async fn remove_collection(
        &self,
        ctx: &Ctx,
        collection: &Collection,
    ) -> Result<(), Refusal> {
        self.require_removal(ctx, collection)?;
        if collection.shown_in.is_some() {
            return self.remove_shown(ctx, collection).await;
        }
        let within = format!("{}/", collection.slug);
        for inner in self.index.home(collection.owner) {
            match inner.shown_in {
                _ if !inner.slug.starts_with(&within) => {}
                None => self.remove_one(ctx, &inner).await?,
                Some(_) => match self.remove_shown(ctx, &inner).await {
                    // Its owner took it back meanwhile.
                    Err(Refusal::NotFound) => {}
                    done => done?,
                },
            }
        }
        self.remove_one(ctx, collection).await?;
        self.sweep_busy(ctx, collection.owner).await
    }

    /// Lets the asker go on with removing a collection.
    pub(crate) fn require_removal(
        &self,
        ctx: &Ctx,
        collection: &Collection,
    ) -> Result<(), Refusal> {
        let home = self.index.user(collection.home()).ok_or(Refusal::NotFound)?;
        match (collection.slug.rsplit_once('/'), collection.shown_in) {
            (Some((parent, _)), None) => {
                let parent = self.collection(ctx, &home, parent)?;
                self.require(ctx, Action::Remove, &parent, None)?;
            }
            _ => self.require_home(ctx, Action::Remove, &home)?,
        }
        match collection.kind {
            CollectionKind::Calendar | CollectionKind::Folder | CollectionKind::Subscription => {}
            CollectionKind::Bookings
            | CollectionKind::Inbox
            | CollectionKind::Outbox
            | CollectionKind::Notifications => {
                if collection.shown_in.is_none() {
                    return Err(Refusal::Forbidden);
                }
            }
        }
        Ok(())
    }

    async fn remove_one(&self, ctx: &Ctx, collection: &Collection) -> Result<(), Refusal> {
        // First the calendar goes, so that nothing can be put into it any more.
        self.remove_record(ctx, collection).await?;
        self.clear(ctx, collection.id).await
    }

    /// Removes the row of a collection, with its link and what shows it in other homes.
    async fn remove_record(&self, ctx: &Ctx, collection: &Collection) -> Result<(), Refusal> {
        let key = collection.key();
        let link = table::public_link(collection.owner, collection.id);
        let change = ctx.change("remove collection", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let known = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            tx.remove(&key);
            if tx.read(&link)?.is_some() {
                tx.remove(&link);
            }
            self.withdraw_shown(tx, identity(collection), &known.invites)?;
            note_removed(tx, collection.owner, &known.slug);
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// Removes every row of a calendar that is gone; what was cut off goes on at the next start.
    pub(crate) async fn clear(&self, ctx: &Ctx, id: CollectionId) -> Result<(), Refusal> {
        let mut objects = Vec::new();
        self.store.scan(&table::objects_of(id), |name, version, record| {
            let name = String::from_utf8_lossy(name).into_owned();
            objects.push((name, version, record.uid, record.change_index));
        })?;
        let change = ctx.change("clear calendar", &id.to_string());
        for some in objects.chunks(CLEARED_AT_ONCE) {
            let written = self.store.write(&change, |tx| {
                for (name, version, uid, change_index) in some {
                    tx.remove(&table::change(id, *version, *change_index));
                    tx.remove(&uid_row(id, uid));
                    tx.remove(&table::body(id, name));
                    tx.remove(&table::extra(id, name));
                    tx.remove(&table::object(id, name));
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        self.index.forget_members(id);
        Ok(())
    }
}
