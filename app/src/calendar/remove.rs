//! Removing a calendar object, or a calendar with all that is in it.

use storage::{Change, table};

use crate::App;
use crate::calendar::Condition;
use crate::calendar::sync::{MARK, home_mark};
use crate::commit::{BusyPlan, change_busy};
use crate::context::Ctx;
use crate::index::Collection;
use crate::planned::{all_days, source_of, spans_of};
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

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
        for entry in collection.members().iter() {
            self.clear(ctx, collection, &entry.name, &change("clear calendar")).await?;
        }
        Ok(())
    }

    /// Removes the rows of one object of a calendar that is gone, its time included.
    async fn clear(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        change: &Change,
    ) -> Result<(), Refusal> {
        let source = source_of(collection, name);
        let old = self.old_text(ctx, collection, name)?;
        let spans =
            old.map(|it| spans_of(&it, collection, source, crate::planned::Gaps::default()));
        let old_days = all_days(&spans.unwrap_or_default());
        let busy = BusyPlan { source, old_days, ..BusyPlan::default() };
        let object = table::object(collection.id, name);
        let write = self.store.write(change, |tx| {
            let known = tx.read(&object)?;
            let version = tx.version(&object)?;
            if let Some(known) = known {
                tx.remove(&table::change(collection.id, version, known.change_index));
            }
            tx.remove(&object);
            tx.remove(&table::body(collection.id, name));
            change_busy(tx, collection.owner, &busy, ctx.now)
        });
        Ok(write.await?)
    }
}
