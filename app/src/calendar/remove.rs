//! Removing a calendar object, or a calendar with all that is in it.

use model::id::CollectionId;
use storage::{WriteError, table};

use crate::App;
use crate::calendar::Condition;
use crate::calendar::sync::{MARK, home_mark};
use crate::commit::uid_row;
use crate::context::Ctx;
use crate::index::Collection;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

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
        permit(ctx.actor, Action::WriteEvents, collection.owner)?;
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
        permit(ctx.actor, Action::WriteEvents, collection.owner)?;
        if collection.is_for_bookings {
            return Err(Refusal::Forbidden);
        }
        // First the calendar goes, so that nothing can be put into it any more.
        let change = |action| ctx.change(action, &collection.id.to_string());
        let key = table::collection(collection.owner, collection.id);
        self.store
            .write(&change("remove calendar"), |tx| {
                tx.read(&key)?.ok_or(Refusal::NotFound)?;
                tx.remove(&key);
                tx.put(&home_mark(collection.owner), &MARK);
                Ok::<_, storage::WriteError<Refusal>>(())
            })
            .await?;
        self.clear(ctx, collection.id).await?;
        self.sweep_busy(ctx, collection.owner).await
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
