//! Keeping the audit trail as long as it is of use, and no longer.

use model::interval::DAY_S;
use model::limit::AUDIT_DAYS;
use storage::{WriteError, table};

use crate::App;
use crate::context::Ctx;
use crate::refusal::Refusal;

/// Entries removed by one commit.
const AT_ONCE: usize = 500;

impl App {
    /// Removes what is older than [`AUDIT_DAYS`].
    pub(super) async fn trim_audit(&self, ctx: &Ctx) -> Result<(), Refusal> {
        let oldest = ctx.now - AUDIT_DAYS * DAY_S;
        let mut old = Vec::new();
        self.store.scan(&table::audit(), |rest, _, record| {
            if record.at < oldest {
                old.push(table::audit_entry(rest));
            }
        })?;
        let change = ctx.change("trim audit trail", "");
        for keys in old.chunks(AT_ONCE) {
            let written = self.store.write(&change, |tx| {
                for key in keys {
                    tx.remove(key);
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        Ok(())
    }
}
