//! What every storage engine promises: rows by key, and commits that are data.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;

/// The bytes that name a row: table, then its key, in the order of scans.
pub type Key = Vec<u8>;

/// A row as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The sequence number of the commit that wrote it.
    pub version: u64,
    /// Its payload: schema byte, then the record.
    pub value: Vec<u8>,
}

/// A change of one row: its new payload, or nothing where it goes.
pub type Write = (Key, Option<Arc<[u8]>>);

/// An entry for a stream of changes; the engine gives it its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEntry {
    /// What comes before the sequence number in its key.
    pub prefix: Key,
    /// Its payload.
    pub value: Arc<[u8]>,
}

/// A transaction: applied in full, or not at all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Commit {
    /// The version that each row must still have; zero where there must be none.
    pub expected: Vec<(Key, u64)>,
    /// The commit that must still be the last one, if what was read is more than single rows.
    pub last: Option<u64>,
    /// The rows to change.
    pub writes: Vec<Write>,
    /// The entries to append, at `prefix`, sequence number (8 bytes), index (2 bytes).
    pub log: Vec<LogEntry>,
}

/// A commit that happened, told to those who keep something derived from rows.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Its place in the order of all commits.
    pub seq: u64,
    /// The rows that changed, log entries included.
    pub writes: Vec<Write>,
}

/// Why the store could not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StoreError {
    /// A row changed since it was read: read again, decide again.
    Conflict,
    /// There is no space left; nothing was changed.
    Full,
    /// A row cannot be trusted: which, and why.
    Damaged(String),
    /// Anything else; the store refuses writes until it is opened again.
    Broken(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("a row changed meanwhile"),
            Self::Full => f.write_str("no space left for the store"),
            Self::Damaged(row) => write!(f, "damaged row: {row}"),
            Self::Broken(cause) => write!(f, "the store is broken: {cause}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Told of each commit, in order, after it is durable and before its writer hears of it.
pub type Watcher = Box<dyn Fn(&Committed) + Send + Sync>;

/// A place to keep rows.
///
/// Reads see only commits that are durable, and never wait for one.
pub trait Engine: Send + Sync {
    /// The row at `key`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where its checksum is wrong.
    fn read(&self, key: &[u8]) -> Result<Option<Row>, StoreError>;

    /// The first `limit` rows from `from` up to, but not including, `until`, in order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where a checksum is wrong.
    fn scan(&self, from: &[u8], until: &[u8], limit: usize) -> Result<Vec<(Key, Row)>, StoreError>;

    /// Queues `commit`; the answer, its sequence number, comes once it is durable.
    fn submit(&self, commit: Commit) -> oneshot::Receiver<Result<u64, StoreError>>;

    /// The sequence number of the last durable commit.
    fn last_seq(&self) -> u64;

    /// Has `watcher` told of every commit from now on.
    fn watch(&self, watcher: Watcher);

    /// Writes the rows of one moment to `file`, while the store goes on; waits for the writer.
    ///
    /// # Errors
    ///
    /// What went wrong with the file or a row.
    fn export(&self, file: &Path) -> Result<u64, StoreError>;

    /// Ends cleanly: all that is queued is written, later commits are refused.
    fn close(&self);
}

pub(crate) fn broken(cause: impl fmt::Display) -> StoreError {
    StoreError::Broken(cause.to_string())
}
