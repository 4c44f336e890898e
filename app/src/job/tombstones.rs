//! Forgetting what was deleted long ago, together with the tokens that would ask for it.

use model::id::CollectionId;
use model::interval::DAY_S;
use model::limit::TOMBSTONE_DAYS;
use storage::record::MetaRecord;
use storage::table::{self, RowKey};
use storage::{WriteError, table::meta};

use crate::App;
use crate::context::Ctx;
use crate::refusal::Refusal;

/// Rows removed by one commit.
const AT_ONCE: usize = 200;

/// The row that says up to which change a calendar has forgotten deletions.
pub(crate) fn floor_of(id: CollectionId) -> RowKey<MetaRecord> {
    meta(&format!("forgotten {id}"))
}

/// The number in such a row.
pub(crate) fn floor_in(record: Option<MetaRecord>) -> u64 {
    record.and_then(|it| Some(u64::from_be_bytes(*it.0.first_chunk()?))).unwrap_or(0)
}

impl App {
    /// Removes what is left of objects that went more than [`TOMBSTONE_DAYS`] ago.
    pub(super) async fn forget_deletions(&self, ctx: &Ctx) -> Result<(), Refusal> {
        let oldest = ctx.now - TOMBSTONE_DAYS * DAY_S;
        let mut old = Vec::new();
        self.store.scan(&table::objects(), |rest, version, record| {
            let id = table::split_id(rest).map(|(id, name)| {
                (CollectionId::from_bytes(id), String::from_utf8_lossy(name).into_owned())
            });
            let Some((id, name)) = id else { return };
            // The last change of all stays: tags and tokens are made of it, and never go back.
            let is_last = || self.index.members(id).seq() <= version;
            if record.is_deleted && record.modified < oldest && !is_last() {
                old.push((id, name, version, record.change_index));
            }
        })?;
        let change = ctx.change("forget deletions", "");
        for some in old.chunks(AT_ONCE) {
            let written = self.store.write(&change, |tx| {
                for (id, name, version, index) in some {
                    let key = table::object(*id, name);
                    if tx.read(&key)?.is_none_or(|it| !it.is_deleted) {
                        continue;
                    }
                    let floor = floor_of(*id);
                    let known = floor_in(tx.read(&floor)?);
                    tx.put(&floor, &MetaRecord(known.max(*version).to_be_bytes().to_vec()));
                    tx.remove(&table::change(*id, *version, *index));
                    tx.remove(&key);
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        Ok(())
    }
}
