//! Rows that the journal has and sled has not yet: sled is filled in larger steps.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::engine::Key;
use crate::journal::Entry;

/// A row: the commit that wrote it, and its payload; nothing where it went.
pub(crate) type FreshRow = (u64, Option<Arc<[u8]>>);

/// The newest state of rows that were committed of late.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rows: BTreeMap<Key, FreshRow>,
    bytes: usize,
}

impl Fresh {
    /// Takes in commits, all at once for whoever reads.
    pub(crate) fn add(&self, entries: &[Entry]) {
        let mut inner = self.inner.write();
        for entry in entries {
            for (key, value) in &entry.writes {
                inner.bytes += weight(key, value.as_deref());
                let old = inner.rows.insert(key.clone(), (entry.seq, value.clone()));
                if let Some((_, old)) = old {
                    inner.bytes -= weight(key, old.as_deref());
                }
            }
        }
    }

    /// The row at `key`, if it was committed of late.
    pub(crate) fn find(&self, key: &[u8]) -> Option<FreshRow> {
        self.inner.read().rows.get(key).cloned()
    }

    /// The rows from `from` up to, but not including, `until`, in order.
    pub(crate) fn between(&self, from: &[u8], until: &[u8]) -> Vec<(Key, FreshRow)> {
        let inner = self.inner.read();
        if from >= until {
            return Vec::new();
        }
        let range = inner.rows.range::<[u8], _>((Bound::Included(from), Bound::Excluded(until)));
        range.map(|(key, row)| (key.clone(), row.clone())).collect()
    }

    /// All rows, in order.
    pub(crate) fn all(&self) -> Vec<(Key, FreshRow)> {
        let inner = self.inner.read();
        inner.rows.iter().map(|(key, row)| (key.clone(), row.clone())).collect()
    }

    /// Forgets `rows` where they have not been written again meanwhile.
    pub(crate) fn forget(&self, rows: &[(Key, FreshRow)]) {
        let mut inner = self.inner.write();
        for (key, (seq, value)) in rows {
            if inner.rows.get(key).is_some_and(|it| it.0 == *seq) {
                inner.rows.remove(key);
                inner.bytes -= weight(key, value.as_deref());
            }
        }
    }

    /// Bytes of all rows, about.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.read().bytes
    }
}

fn weight(key: &[u8], value: Option<&[u8]>) -> usize {
    64 + key.len() + value.map_or(0, <[u8]>::len)
}
