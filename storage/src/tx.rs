//! One attempt at a transaction: rows read with their versions, changes queued.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::{Commit, Engine, Key, LogEntry, StoreError};
use crate::envelope;
use crate::record::Record;
use crate::table::{RowKey, Rows};

/// What a closure given to [`crate::Store::write`] may do: no scan, no wait.
pub struct Tx<'a> {
    engine: &'a dyn Engine,
    versions: BTreeMap<Key, u64>,
    writes: BTreeMap<Key, Option<Arc<[u8]>>>,
    log: Vec<LogEntry>,
    last: Option<u64>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(engine: &'a dyn Engine) -> Self {
        let (versions, writes) = (BTreeMap::new(), BTreeMap::new());
        Self { engine, versions, writes, log: Vec::new(), last: None }
    }

    /// The row at `key`, as this transaction would leave it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where it is not a record of its table.
    pub fn read<R: Record>(&mut self, key: &RowKey<R>) -> Result<Option<R>, StoreError> {
        if let Some(written) = self.writes.get(&key.0) {
            return written.as_ref().map(|value| decode(&key.0, value)).transpose();
        }
        let row = self.engine.read(&key.0)?;
        let version = row.as_ref().map_or(0, |it| it.version);
        // A row that changed between two reads of one attempt is found out at the commit.
        self.versions.entry(key.0.clone()).or_insert(version);
        row.map(|it| decode(&key.0, &it.value)).transpose()
    }

    /// The version of the row at `key`, the number of the commit that wrote it; zero for none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where the row cannot be trusted.
    pub fn version<R: Record>(&mut self, key: &RowKey<R>) -> Result<u64, StoreError> {
        if !self.versions.contains_key(&key.0) {
            let version = self.engine.read(&key.0)?.map_or(0, |it| it.version);
            self.versions.insert(key.0.clone(), version);
        }
        Ok(self.versions.get(&key.0).copied().unwrap_or(0))
    }

    /// Lets nothing at all happen between the commit of that number and this one.
    ///
    /// For what depends on more than single rows; where others write all the time it may take
    /// many attempts. Of several numbers the oldest counts.
    pub fn expect_last(&mut self, seq: u64) {
        self.last = Some(self.last.map_or(seq, |it| it.min(seq)));
    }

    /// Puts `record` at `key`.
    pub fn put<R: Record>(&mut self, key: &RowKey<R>, record: &R) {
        self.writes.insert(key.0.clone(), Some(record.encode().into()));
    }

    /// Removes the row at `key`, if there is one.
    pub fn remove<R: Record>(&mut self, key: &RowKey<R>) {
        self.writes.insert(key.0.clone(), None);
    }

    /// Appends `record` to `stream`, under the sequence number of the commit and the index returned.
    pub fn append<R: Record>(&mut self, stream: &Rows<R>, record: &R) -> u16 {
        let index = u16::try_from(self.log.len()).unwrap_or(u16::MAX);
        self.log.push(LogEntry { prefix: stream.0.clone(), value: record.encode().into() });
        index
    }

    /// Whether a row that was read has changed since.
    pub(crate) fn is_stale(&self) -> Result<bool, StoreError> {
        for (key, version) in &self.versions {
            if self.engine.read(key)?.map_or(0, |it| it.version) != *version {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether nothing would change.
    pub(crate) fn is_idle(&self) -> bool {
        self.writes.is_empty() && self.log.is_empty()
    }

    pub(crate) fn into_commit(self) -> Commit {
        Commit {
            expected: self.versions.into_iter().collect(),
            writes: self.writes.into_iter().collect(),
            log: self.log,
            last: self.last,
        }
    }
}

/// The record in `value`.
pub(crate) fn decode<R: Record>(key: &[u8], value: &[u8]) -> Result<R, StoreError> {
    let unknown = || StoreError::Damaged(format!("{} (unknown shape)", envelope::name(key)));
    R::decode(value).ok_or_else(unknown)
}
