//! Removing holds that lapsed: nobody counts them any more, they only take room.

use model::id::HoldId;
use model::interval::{DAY_S, Instant};
use storage::record::VisitorRecord;
use storage::{WriteError, table};

use crate::App;
use crate::booking::release;
use crate::context::Ctx;
use crate::refusal::Refusal;

impl App {
    /// Removes holds a day after they lapsed: until then their form may still be sent.
    pub(super) async fn clear_lapsed_holds(&self) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        let mut lapsed = Vec::new();
        self.store.scan(&table::holds(), |rest, _, record| {
            let is_over = record.expires + DAY_S <= ctx.now;
            lapsed.extend(table::split_id(rest).filter(|_| is_over).map(|it| it.0));
        })?;
        for id in lapsed {
            let key = table::hold(HoldId::from_bytes(id));
            let change = ctx.change("clear hold", &HoldId::from_bytes(id).to_string());
            let written = self.store.write(&change, |tx| {
                if let Some(record) = tx.read(&key)? {
                    release(tx, &record, id, ctx.now)?;
                    tx.remove(&key);
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        self.forget_visitors(&ctx).await
    }

    /// Forgets the visitors all of whose holds have lapsed.
    async fn forget_visitors(&self, ctx: &Ctx) -> Result<(), Refusal> {
        let mut gone = Vec::new();
        self.store.scan(&table::visitors(), |rest, _, record| {
            let has_lapsed = is_over(&record, ctx.now);
            gone.extend(table::split_id(rest).filter(|_| has_lapsed).map(|it| it.0));
        })?;
        for token in gone {
            let key = table::visitor(token);
            let change = ctx.change("forget visitor", "");
            let written = self.store.write(&change, |tx| {
                let known = tx.read(&key)?;
                if known.is_some_and(|it| is_over(&it, ctx.now)) {
                    tx.remove(&key);
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        Ok(())
    }
}

/// Whether nothing that is known of a visitor matters any more.
fn is_over(record: &VisitorRecord, now: Instant) -> bool {
    record.holds.iter().all(|it| it.1 <= now) && record.bookings.iter().all(|it| now - it >= 3_600)
}
