//! The thread that brings sled up to date on disk and keeps the journal short.

use std::fs::{self, File};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use crate::engine::{StoreError, broken};
use crate::export;
use crate::journal;
use crate::sled_engine::{Shared, journal_folder, rows_folder};

/// Bytes of journal kept beyond the last snapshot, at least.
const KEPT_MIN_BYTES: u64 = 64 << 20;

/// What the thread is told to do.
enum Order {
    /// Bring into sled what is fresh.
    Fill,
    /// Make durable in sled everything before this commit.
    Checkpoint(u64),
}

/// The writer's end of the line to the keeping thread.
pub(crate) struct Keeper {
    orders: Option<mpsc::Sender<Order>>,
    shared: Arc<Shared>,
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<(Self, JoinHandle<()>), StoreError> {
        let (orders, inbox) = mpsc::channel::<Order>();
        let worker = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("store-keeper".into())
            .spawn(move || {
                while let Ok(first) = inbox.recv() {
                    // Only the newest checkpoint counts: it covers those before, and fills.
                    let orders = std::iter::once(first).chain(inbox.try_iter());
                    let next_seq = orders.fold(None, |newest, order| match order {
                        Order::Fill => newest,
                        Order::Checkpoint(next_seq) => Some(next_seq),
                    });
                    let done = match next_seq {
                        Some(next_seq) => worker.checkpoint(next_seq),
                        None => worker.settle(),
                    };
                    if let Err(cause) = done {
                        worker.complain(&cause.to_string());
                    }
                }
            })
            .map_err(broken)?;
        Ok((Self { orders: Some(orders), shared }, thread))
    }

    /// Orders a checkpoint of everything before `next_seq`.
    pub(crate) fn checkpoint(&self, next_seq: u64) {
        self.order(Order::Checkpoint(next_seq));
    }

    /// Orders that sled be filled.
    pub(crate) fn fill(&self) {
        self.order(Order::Fill);
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// Notes a failure that loses nothing, for whoever looks after the store.
    pub(crate) fn complain(&self, cause: &str) {
        self.shared.complain(cause);
    }

    /// Lets the thread end once it has done what was ordered.
    pub(crate) fn finish(&mut self) {
        self.orders = None;
    }
}

impl Shared {
    /// Makes sled durable up to `next_seq`, says so on disk, and trims the journal.
    fn checkpoint(&self, next_seq: u64) -> Result<(), StoreError> {
        self.settle()?;
        self.sync()?;
        // Only now is it true, so only now may it be noted.
        self.note_checkpoint(next_seq)?;
        self.sync()?;
        if fs::read_dir(rows_folder(&self.folder).join("blobs"))
            .is_ok_and(|mut it| it.next().is_some())
        {
            return Err(broken("sled wrote a blob file, which it does not sync"));
        }
        self.trim(next_seq)
    }

    /// Has sled write what it holds back, and makes that durable: its flush alone does not.
    fn sync(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(broken)?;
        let file = File::open(rows_folder(&self.folder).join("db"));
        file.and_then(|it| it.sync_data()).map_err(broken)
    }

    /// Once enough journal has gathered, writes a snapshot and drops the journal before it.
    fn trim(&self, next_seq: u64) -> Result<(), StoreError> {
        let files = journal::files(&journal_folder(&self.folder)).map_err(broken)?;
        let size = |path: &std::path::PathBuf| fs::metadata(path).map_or(0, |it| it.len());
        let kept_bytes: u64 = files.iter().map(|(_, path)| size(path)).sum();
        let snapshot_bytes = export::latest(&self.folder).map_or(0, |(_, path)| size(&path));
        if kept_bytes < KEPT_MIN_BYTES.max(2 * snapshot_bytes) {
            return Ok(());
        }
        export::snapshot(self, next_seq)?;
        for pair in files.windows(2) {
            if pair[1].0 <= next_seq {
                fs::remove_file(&pair[0].1).map_err(broken)?;
            }
        }
        Ok(())
    }

    /// A failure that loses nothing goes to standard error: storage has no log of its own.
    #[expect(clippy::print_stderr, reason = "a failing checkpoint must be seen by someone")]
    fn complain(&self, cause: &str) {
        eprintln!("store {}: {cause}", self.folder.display());
    }
}
