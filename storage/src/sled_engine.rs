//! The embedded engine: sled for looking up, a synced journal for not losing.
//!
//! sled 0.34 never syncs its files, so a commit counts once the journal has it;
//! sled is filled afterwards, in steps, and synced at checkpoints. What sled lost in a power
//! cut is replayed; a sled that cannot be opened is built anew.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use parking_lot::{Mutex, RwLock};
use sled::{Batch, Db, Tree};
use tokio::sync::oneshot;

use crate::chunk;
use crate::engine::{Commit, Committed, Engine, Key, Row, StoreError, Watcher, broken};
use crate::envelope;
use crate::export;
use crate::fresh::{Fresh, FreshRow};
use crate::journal::{self, Entry, Journal};
use crate::keeper::Keeper;
use crate::writer::{Message, Writer};

/// How the embedded engine may use the machine.
#[derive(Clone, Copy, Debug)]
pub struct SledOptions {
    /// Bytes that sled keeps of its pages in memory.
    pub cache_bytes: u64,
    /// Bytes of journal after which sled is brought up to date on disk.
    pub checkpoint_bytes: u64,
    /// Bytes that stay free on the disk: sled breaks where it finds no room for what it holds back.
    pub reserve_bytes: u64,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes: 16 << 20, checkpoint_bytes: 16 << 20, reserve_bytes: 48 << 20 }
    }
}

/// The trees and what is shared between readers, writer and keeper.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) rows: Tree,
    pub(crate) rest: Tree,
    /// What the journal has and sled has not.
    pub(crate) fresh: Fresh,
    /// Held while sled is filled: one at a time.
    filling: Mutex<()>,
    /// Whether the keeper was told to fill sled, and has not begun yet.
    pub(crate) is_filling: AtomicBool,
    pub(crate) last_seq: AtomicU64,
    pub(crate) watchers: RwLock<Vec<Watcher>>,
    /// What was committed since a backup began, while one is written.
    pub(crate) tap: Mutex<Option<Vec<Entry>>>,
    pub(crate) folder: PathBuf,
}

/// The embedded engine in one folder.
pub struct SledEngine {
    shared: Arc<Shared>,
    queue: Mutex<Option<mpsc::Sender<Message>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held while a backup is written: one at a time.
    exporting: Mutex<()>,
    /// Held for as long as the folder is ours.
    _lock: File,
}

impl SledEngine {
    /// Opens the store in `folder`, or makes one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Broken`] if another process has it open or it cannot be read.
    pub fn open(folder: &Path, options: SledOptions) -> Result<Self, StoreError> {
        fs::create_dir_all(journal_folder(folder)).map_err(broken)?;
        let lock = lock(folder)?;
        let (shared, journal) = recover(folder, options)?;
        let (queue, inbox) = mpsc::channel();
        let (keeper, keeper_thread) = Keeper::start(Arc::clone(&shared))?;
        let writer = Writer::new(Arc::clone(&shared), journal, keeper, options);
        let writer_thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run(&inbox))
            .map_err(broken)?;
        Ok(Self {
            shared,
            queue: Mutex::new(Some(queue)),
            threads: Mutex::new(vec![writer_thread, keeper_thread]),
            exporting: Mutex::new(()),
            _lock: lock,
        })
    }
}

impl Engine for SledEngine {
    fn read(&self, key: &[u8]) -> Result<Option<Row>, StoreError> {
        self.shared.read(key)
    }

    fn scan(&self, from: &[u8], until: &[u8], limit: usize) -> Result<Vec<(Key, Row)>, StoreError> {
        // Taken first: what goes from here to sled meanwhile is then found in both.
        let mut fresh = self.shared.fresh.between(from, until).into_iter().peekable();
        let mut found = Vec::new();
        for item in self.shared.rows.range(from..until) {
            let (key, head) = item.map_err(broken)?;
            while found.len() < limit
                && let Some((key, row)) = fresh.next_if(|it| it.0.as_slice() < &key[..])
            {
                found.extend(opened(row).map(|row| (key, row)));
            }
            if found.len() >= limit {
                return Ok(found);
            }
            // A row that was replaced meanwhile is read again, one that went is left out.
            let row = match chunk::join(&self.shared.rest, &key, &head)? {
                Some(sealed) => Some(envelope::open(&key, &sealed)?),
                None => self.shared.read(&key)?,
            };
            let newer = fresh.next_if(|it| it.0.as_slice() == &key[..]).map(|it| it.1);
            let row = match newer {
                Some(newer) if row.as_ref().is_none_or(|it| it.version < newer.0) => opened(newer),
                _ => row,
            };
            found.extend(row.map(|row| (key.to_vec(), row)));
        }
        let rest = fresh.filter_map(|(key, row)| Some((key, opened(row)?)));
        let room = limit.saturating_sub(found.len());
        found.extend(rest.take(room));
        Ok(found)
    }

    fn submit(&self, commit: Commit) -> oneshot::Receiver<Result<u64, StoreError>> {
        let (answer, receiver) = oneshot::channel();
        if let Some(queue) = &*self.queue.lock() {
            // A writer that has ended drops the message, and with it the answer's sender.
            let _ = queue.send(Message { commit, answer });
        }
        receiver
    }

    fn last_seq(&self) -> u64 {
        self.shared.last_seq.load(Ordering::Acquire)
    }

    fn watch(&self, watcher: Watcher) {
        self.shared.watchers.write().push(watcher);
    }

    fn export(&self, file: &Path) -> Result<u64, StoreError> {
        let _one_at_a_time = self.exporting.lock();
        *self.shared.tap.lock() = Some(Vec::new());
        let written = export::write(&self.shared, file, || {
            // Once this is answered, whatever the walk over the rows may have seen was told.
            let barrier = self.submit(Commit::default()).blocking_recv();
            barrier.map_err(|_| broken("it is closed"))??;
            Ok(self.shared.tap.lock().take().unwrap_or_default())
        });
        *self.shared.tap.lock() = None;
        written
    }

    fn close(&self) {
        drop(self.queue.lock().take());
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for SledEngine {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<Row>, StoreError> {
        if let Some(row) = self.fresh.find(key) {
            return Ok(opened(row));
        }
        for _ in 0..64 {
            let Some(head) = self.rows.get(key).map_err(broken)? else { return Ok(None) };
            if let Some(sealed) = chunk::join(&self.rest, key, &head)? {
                return envelope::open(key, &sealed).map(Some);
            }
        }
        Err(StoreError::Damaged(format!("{} (a piece is missing)", envelope::name(key))))
    }

    /// The version of the row at `key`; zero where there is none.
    pub(crate) fn version(&self, key: &[u8]) -> Result<u64, StoreError> {
        if let Some((seq, value)) = self.fresh.find(key) {
            return Ok(if value.is_some() { seq } else { 0 });
        }
        let head = self.rows.get(key).map_err(broken)?;
        Ok(head.and_then(|it| chunk::version(&it)).unwrap_or(0))
    }

    /// Brings what is fresh into sled: readers find a row in the one or the other at any moment.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.filling.lock();
        self.is_filling.store(false, Ordering::Release);
        let rows = self.fresh.all();
        if rows.is_empty() {
            return Ok(());
        }
        // In small steps: what sled replaces it gives back only between them.
        for some in rows.chunks(FILLED_AT_ONCE) {
            self.fill(some.iter().map(|(key, (seq, value))| (key, (*seq, value))))?;
            self.fresh.forget(some);
        }
        Ok(())
    }

    /// Brings `entries` into sled, in order, as one batch; of a row written twice the last counts.
    pub(crate) fn apply(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let mut last = BTreeMap::new();
        for entry in entries {
            last.extend(entry.writes.iter().map(|(key, value)| (key, (entry.seq, value))));
        }
        self.fill(last)
    }

    fn fill<'a>(
        &self,
        last: impl IntoIterator<Item = (&'a Key, (u64, &'a Option<Arc<[u8]>>))>,
    ) -> Result<(), StoreError> {
        let (mut rows, mut rest) = (Batch::default(), Batch::default());
        let mut stale = Batch::default();
        let (mut row_count, mut rest_count, mut stale_count) = (0, 0, 0);
        for (key, (seq, value)) in last {
            row_count += 1;
            if let Some(head) = self.rows.get(key).map_err(broken)?
                && chunk::version(&head) != Some(seq)
            {
                stale_count += chunk::forget(&mut stale, key, &head);
            }
            match value {
                Some(value) => {
                    let sealed = envelope::seal(key, seq, value);
                    rest_count += chunk::put(&mut rows, &mut rest, key, seq, &sealed);
                }
                None => rows.remove(key.as_slice()),
            }
        }
        // Pieces before heads, and old pieces last: a reader finds a whole row at any moment.
        let steps = [
            (&self.rest, rest, rest_count),
            (&self.rows, rows, row_count),
            (&self.rest, stale, stale_count),
        ];
        for (tree, batch, _) in steps.into_iter().filter(|it| it.2 > 0) {
            tree.apply_batch(batch).map_err(broken)?;
            // Its threads must not fall behind: once all of them wait for what only one of them
            // could do, sled waits for ever (docs/decisions/0013).
            self.db.flush().map_err(broken)?;
        }
        Ok(())
    }

    /// The first sequence number that sled may lack; zero if it may lack any.
    fn checkpoint_seq(&self) -> Result<u64, StoreError> {
        let noted = self.db.get(CHECKPOINT).map_err(broken)?;
        Ok(noted.and_then(|it| Some(u64::from_be_bytes(*it.first_chunk()?))).unwrap_or(0))
    }

    /// Notes within sled that it has everything before `next_seq`: what sled loses, it forgets too.
    pub(crate) fn note_checkpoint(&self, next_seq: u64) -> Result<(), StoreError> {
        self.db.insert(CHECKPOINT, &next_seq.to_be_bytes()).map_err(broken)?;
        Ok(())
    }

    /// Refuses a group of commits that would eat into the reserve.
    pub(crate) fn check_room(
        &self,
        group_bytes: usize,
        reserve_bytes: u64,
    ) -> Result<(), StoreError> {
        let disk = rustix::fs::statvfs(&self.folder).map_err(broken)?;
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        let is_enough = free_bytes >= reserve_bytes.saturating_add(4 * group_bytes as u64);
        if is_enough { Ok(()) } else { Err(StoreError::Full) }
    }

    /// Tells everyone who watches.
    pub(crate) fn announce(&self, entry: Entry) {
        if let Some(tap) = &mut *self.tap.lock() {
            tap.push(entry.clone());
        }
        let committed = Committed { seq: entry.seq, writes: entry.writes };
        for watcher in self.watchers.read().iter() {
            watcher(&committed);
        }
    }
}

/// A fresh row as readers know it.
fn opened((version, value): FreshRow) -> Option<Row> {
    Some(Row { version, value: value?.to_vec() })
}

/// Rows brought into sled in one step.
const FILLED_AT_ONCE: usize = 64;

/// Bytes of the journal that are replayed in one step, but for the last group of them.
const REPLAYED_AT_ONCE_BYTES: usize = 1 << 20;

/// The key in sled's own tree under which the last checkpoint stands.
const CHECKPOINT: &[u8] = b"checkpoint";

pub(crate) fn journal_folder(folder: &Path) -> PathBuf {
    folder.join("journal")
}

pub(crate) fn rows_folder(folder: &Path) -> PathBuf {
    folder.join("rows")
}

/// Takes the folder for this process.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let file = File::create(folder.join("lock")).map_err(broken)?;
    file.try_lock()
        .map_err(|_| broken(format!("{} is in use by another process", folder.display())))?;
    Ok(file)
}

/// Opens sled, or builds it anew from snapshot and journal, then replays what it may lack.
fn recover(folder: &Path, options: SledOptions) -> Result<(Arc<Shared>, Journal), StoreError> {
    let rows = rows_folder(folder);
    let db = match open_sled(&rows, options) {
        Ok(db) => db,
        Err(Unopened::Damaged) => {
            let aside = folder.join("rows.damaged");
            if aside.exists() {
                fs::remove_dir_all(&aside).map_err(broken)?;
            }
            fs::rename(&rows, aside).map_err(broken)?;
            open_sled(&rows, options).map_err(|it| broken(format!("{it:?}")))?
        }
        Err(Unopened::Refused(cause)) => return Err(cause),
    };
    let shared = Shared {
        rows: db.open_tree("rows").map_err(broken)?,
        rest: db.open_tree("rest").map_err(broken)?,
        fresh: Fresh::default(),
        filling: Mutex::new(()),
        is_filling: AtomicBool::new(false),
        db,
        last_seq: AtomicU64::new(0),
        watchers: RwLock::new(Vec::new()),
        tap: Mutex::new(None),
        folder: folder.to_owned(),
    };
    let files = journal::files(&journal_folder(folder)).map_err(broken)?;
    let mut replay_from = shared.checkpoint_seq()?;
    let mut last_seq = 0;
    let is_behind = files.first().is_some_and(|it| replay_from < it.0);
    if is_behind && let Some((_, snapshot)) = export::latest(folder) {
        // What lies between sled and the journal is in the snapshot alone.
        shared.rows.clear().map_err(broken)?;
        shared.rest.clear().map_err(broken)?;
        last_seq = export::load(&shared, &snapshot)?;
        replay_from = 0;
    } else if files.is_empty() && replay_from == 0 {
        last_seq = export::load_latest(&shared)?;
    } else if files.first().is_some_and(|it| it.0 > replay_from.max(1)) {
        return Err(StoreError::Damaged("the journal lacks what the rows have not".into()));
    }
    for (index, (first_seq, path)) in files.iter().enumerate() {
        last_seq = last_seq.max(first_seq.saturating_sub(1));
        let next = files.get(index + 1).map(|it| it.0);
        if next.is_some_and(|next| next <= replay_from) {
            continue;
        }
        let (mut gathered, mut bytes) = (Vec::new(), 0);
        journal::replay(path, next.is_none(), |group| {
            last_seq = last_seq.max(group.last().map_or(0, |it| it.seq));
            let writes = group.iter().flat_map(|it| &it.writes);
            bytes +=
                writes.map(|it| it.0.len() + it.1.as_ref().map_or(0, |it| it.len())).sum::<usize>();
            gathered.extend(group);
            if bytes < REPLAYED_AT_ONCE_BYTES {
                return Ok(());
            }
            bytes = 0;
            shared.apply(&std::mem::take(&mut gathered))
        })?;
        shared.apply(&gathered)?;
    }
    shared.last_seq.store(last_seq, Ordering::Release);
    let journal = Journal::begin(&journal_folder(folder), files.last().map_or(1, |it| it.0));
    Ok((Arc::new(shared), journal.map_err(broken)?))
}

/// Why sled could not be opened.
#[derive(Debug)]
enum Unopened {
    /// Its files cannot be read: they can be built anew.
    Damaged,
    /// The machine would not let us.
    Refused(StoreError),
}

impl From<std::io::Error> for Unopened {
    fn from(cause: std::io::Error) -> Self {
        Self::Refused(broken(cause))
    }
}

/// Opens sled so that its files can be trusted after a barrier: no blobs, nothing unsynced.
fn open_sled(folder: &Path, options: SledOptions) -> Result<Db, Unopened> {
    let config = sled::Config::new()
        .path(folder)
        .cache_capacity(options.cache_bytes)
        .segment_size(4 << 20)
        .flush_every_ms(None);
    // sled panics on some of the files that a power cut leaves behind.
    let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
    let db = opened.map_err(|_| Unopened::Damaged)?.map_err(|cause| match cause {
        sled::Error::Io(cause) if is_of_machine(&cause) => Unopened::Refused(broken(cause)),
        _ => Unopened::Damaged,
    })?;
    for name in ["conf", "db", "."] {
        File::open(folder.join(name))?.sync_all()?;
    }
    if let Some(parent) = folder.parent() {
        File::open(parent)?.sync_all()?;
    }
    Ok(db)
}

/// Whether an error says something of the machine, not of the file.
fn is_of_machine(cause: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull, WouldBlock};
    const TOO_MANY_FILES: [i32; 2] = [23, 24];
    let is_kind =
        matches!(cause.kind(), PermissionDenied | ReadOnlyFilesystem | StorageFull | WouldBlock);
    is_kind || cause.raw_os_error().is_some_and(|it| TOO_MANY_FILES.contains(&it))
}
