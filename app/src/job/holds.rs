//! Removing holds that lapsed: nobody counts them any more, they only take room.

use model::id::HoldId;
use model::interval::DAY_S;
use storage::{WriteError, table};

use crate::App;
use crate::booking::release;
use crate::context::Ctx;
use crate::refusal::Refusal;

impl App {
    /// Removes lapsed holds; one that became a booking stays a day, for a form sent twice.
    pub(super) async fn clear_lapsed_holds(&self) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        let mut lapsed = Vec::new();
        self.store.scan(&table::holds(), |rest, _, record| {
            let kept_s = if record.booking.is_some() { DAY_S } else { 0 };
            if let (Some((id, _)), true) =
                (table::split_id(rest), record.expires + kept_s <= ctx.now)
            {
                lapsed.push(id);
            }
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
        Ok(())
    }
}
