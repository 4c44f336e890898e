//! The store as use cases see it: typed reads, and one way to write.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use model::interval::Instant;

use crate::engine::{Engine, Key, StoreError, Watcher, broken};
use crate::record::{AuditRecord, MetaRecord, Record};
use crate::sled_engine::{SledEngine, SledOptions};
use crate::table::{self, RowKey, Rows};
use crate::tx::{Tx, decode};
use crate::{envelope, export};

/// Attempts at one transaction before the store counts as too busy.
const ATTEMPTS_MAX: usize = 1_000;
/// Rows read by one step of a scan.
const SCAN_STEP: usize = 2_000;

/// Rows on some engine.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
}

/// Who does what: becomes the audit record of the commit.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What, as a verb.
    pub action: &'static str,
    /// To what.
    pub subject: String,
}

/// Why a transaction did not happen: the closure's own reason, or the store's.
#[derive(Debug)]
pub enum WriteError<E> {
    /// The closure decided against it; nothing was written.
    Refused(E),
    /// The store could not.
    Store(StoreError),
}

impl<E> From<StoreError> for WriteError<E> {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(cause) => cause.fmt(f),
            Self::Store(cause) => cause.fmt(f),
        }
    }
}

impl Store {
    /// The store in `folder` on the embedded engine, made if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Broken`] if it is in use or unreadable.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::on(Arc::new(SledEngine::open(folder, SledOptions::default())?)))
    }

    /// The store on `engine`.
    pub fn on(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Reads one row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where it cannot be trusted.
    pub fn read<R: Record>(&self, key: &RowKey<R>) -> Result<Option<R>, StoreError> {
        let row = self.engine.read(&key.0)?;
        row.map(|it| decode(&key.0, &it.value)).transpose()
    }

    /// Reads one row with the number of the commit that wrote it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where it cannot be trusted.
    pub fn read_versioned<R: Record>(
        &self,
        key: &RowKey<R>,
    ) -> Result<Option<(u64, R)>, StoreError> {
        let row = self.engine.read(&key.0)?;
        row.map(|it| Ok((it.version, decode(&key.0, &it.value)?))).transpose()
    }

    /// The number of the commit that wrote a row; zero if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where it cannot be trusted.
    pub fn version<R: Record>(&self, key: &RowKey<R>) -> Result<u64, StoreError> {
        Ok(self.engine.read(&key.0)?.map_or(0, |it| it.version))
    }

    /// Hands each of `rows`, with the rest of its key and its version, to `each`, in order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] at the first row that cannot be trusted.
    pub fn scan<R: Record>(
        &self,
        rows: &Rows<R>,
        mut each: impl FnMut(&[u8], u64, R),
    ) -> Result<(), StoreError> {
        self.walk(&rows.0, &after(&rows.0), |key, version, value| {
            each(
                key.strip_prefix(rows.0.as_slice()).unwrap_or_default(),
                version,
                decode(key, value)?,
            );
            Ok(())
        })
    }

    /// Carries out a transaction: `decide` runs until no row it read has changed meanwhile.
    ///
    /// It may run several times, so it must do nothing but read and queue. Returns once
    /// the change is on disk; a transaction that writes nothing returns at once.
    ///
    /// # Errors
    ///
    /// What `decide` refused with, or what kept the store from writing.
    pub async fn write<T, E>(
        &self,
        change: &Change,
        mut decide: impl FnMut(&mut Tx<'_>) -> Result<T, WriteError<E>>,
    ) -> Result<T, WriteError<E>> {
        for _ in 0..ATTEMPTS_MAX {
            let pending = {
                let mut tx = Tx::new(&*self.engine);
                let decided = match decide(&mut tx) {
                    Ok(decided) => decided,
                    // Rows read before and after some commit may contradict each other.
                    Err(_) if tx.is_stale()? => continue,
                    Err(refused) => return Err(refused),
                };
                if tx.is_idle() {
                    return Ok(decided);
                }
                tx.append(&table::audit(), &audit_record(change));
                (self.engine.submit(tx.into_commit()), decided)
            };
            match pending.0.await {
                Ok(Ok(_)) => return Ok(pending.1),
                Ok(Err(StoreError::Conflict)) => {}
                Ok(Err(cause)) => return Err(cause.into()),
                Err(_) => return Err(broken("it is closed").into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// The sequence number of the last change.
    pub fn last_seq(&self) -> u64 {
        self.engine.last_seq()
    }

    /// Has `watcher` told of every commit from now on, in order.
    pub fn watch(&self, watcher: Watcher) {
        self.engine.watch(watcher);
    }

    /// Reads every row and checks that it is what its table holds; returns how many there are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] with the first row that is not.
    pub fn verify(&self) -> Result<u64, StoreError> {
        let mut count = 0;
        self.walk(&[], &[u8::MAX], |key, _, _| {
            count += 1;
            let known = key.first().is_some_and(|id| table::TABLES.iter().any(|it| it.0 == *id));
            let unknown =
                || StoreError::Damaged(format!("{} (unknown table)", envelope::name(key)));
            known.then_some(()).ok_or_else(unknown)
        })?;
        Ok(count)
    }

    /// Writes every row to `file`, while the store goes on; returns how many.
    ///
    /// # Errors
    ///
    /// What went wrong with the file, or a damaged row.
    pub fn export(&self, file: &Path) -> Result<u64, StoreError> {
        self.engine.export(file)
    }

    /// Makes a new store in `folder` from an export.
    ///
    /// The epoch changes, so that clients notice that what they knew may have gone.
    ///
    /// # Errors
    ///
    /// [`StoreError::Broken`] if there is a store already, [`StoreError::Damaged`] if
    /// `file` is not a whole export.
    pub fn restore(file: &Path, folder: &Path, epoch: u32) -> Result<u64, StoreError> {
        let is_taken = |it: &str| folder.join(it).exists();
        if ["journal", "rows"].into_iter().any(is_taken) {
            return Err(broken(format!("{} holds a store already", folder.display())));
        }
        let mut count = 0;
        let mut last_seq = 0;
        export::read(file, |_, version, _| {
            count += 1;
            last_seq = last_seq.max(version);
            Ok(())
        })?;
        std::fs::create_dir_all(folder).map_err(broken)?;
        let snapshot = folder.join(format!("{:020}.snapshot", last_seq + 1));
        export::copy_with(
            file,
            &snapshot,
            table::meta("epoch").bytes(),
            &epoch_record(epoch).encode(),
        )?;
        let store = Self::open(folder)?;
        store.close();
        Ok(count)
    }

    /// Ends cleanly; later writes are refused.
    pub fn close(&self) {
        self.engine.close();
    }

    fn walk(
        &self,
        from: &[u8],
        until: &[u8],
        mut each: impl FnMut(&[u8], u64, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut from = from.to_vec();
        loop {
            let step = self.engine.scan(&from, until, SCAN_STEP)?;
            for (key, row) in &step {
                each(key, row.version, &row.value)?;
            }
            match step.last() {
                Some((last, _)) if step.len() == SCAN_STEP => {
                    from = [last.as_slice(), &[0]].concat()
                }
                _ => return Ok(()),
            }
        }
    }
}

/// The record of the epoch: what sync tokens begin with.
pub fn epoch_record(epoch: u32) -> MetaRecord {
    MetaRecord(epoch.to_be_bytes().to_vec())
}

fn audit_record(change: &Change) -> AuditRecord {
    AuditRecord {
        at: change.at,
        actor: change.actor.clone(),
        action: change.action.to_owned(),
        subject: change.subject.clone(),
    }
}

/// The first key after all that begin with `prefix`.
fn after(prefix: &[u8]) -> Key {
    let mut after = prefix.to_vec();
    while let Some(last) = after.pop() {
        if last < u8::MAX {
            after.push(last + 1);
            return after;
        }
    }
    vec![u8::MAX; 64]
}
