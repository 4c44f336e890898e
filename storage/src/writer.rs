//! The one thread that changes the store: it takes commits from a queue, group by group.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;

use crate::engine::{Commit, Key, StoreError};
use crate::journal::{Entry, Journal};
use crate::keeper::Keeper;
use crate::sled_engine::{Shared, SledOptions};

/// Commits made durable by one barrier, at most.
const GROUP_MAX: usize = 256;
/// Bytes of one group after which no further commit joins it.
const GROUP_MAX_BYTES: usize = 8 << 20;

/// Bytes of fresh rows after which sled is filled beside the writer.
const FILL_BYTES: usize = 256 << 10;
/// Bytes of fresh rows after which the writer fills sled itself, before it goes on.
const FRESH_MAX_BYTES: usize = 4 << 20;

/// A commit and whoever waits for its answer.
pub(crate) struct Message {
    pub(crate) commit: Commit,
    pub(crate) answer: oneshot::Sender<Result<u64, StoreError>>,
}

/// The state of the writing thread.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    journal: Journal,
    keeper: Keeper,
    options: SledOptions,
    /// Once set, every commit is refused: what is on disk is not known any more.
    broken: Option<StoreError>,
}

/// The commits that one barrier makes durable, and those already refused.
#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    accepted: Vec<(u64, oneshot::Sender<Result<u64, StoreError>>)>,
    refused: Vec<(StoreError, oneshot::Sender<Result<u64, StoreError>>)>,
    /// The versions that rows will have once the group is applied.
    versions: HashMap<Key, u64>,
    bytes: usize,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        journal: Journal,
        keeper: Keeper,
        options: SledOptions,
    ) -> Self {
        Self { shared, journal, keeper, options, broken: None }
    }

    /// Works until the last sender of `inbox` is gone, then brings sled up to date.
    pub(crate) fn run(mut self, inbox: &mpsc::Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            let mut group = Group::default();
            self.admit(&mut group, first);
            while group.accepted.len() < GROUP_MAX
                && group.bytes < GROUP_MAX_BYTES
                && let Ok(message) = inbox.try_recv()
            {
                self.admit(&mut group, message);
            }
            self.write(group);
            self.fill();
            if self.broken.is_none() && self.journal.length() >= self.options.checkpoint_bytes {
                self.checkpoint();
            }
        }
        if self.broken.is_none() && self.journal.length() > 0 {
            self.checkpoint();
        }
        self.keeper.finish();
    }

    /// Checks what a commit expects against the rows as they will be, and takes it in.
    fn admit(&self, group: &mut Group, message: Message) {
        let Message { commit, answer } = message;
        match self.check(group, &commit) {
            Ok(()) => group.accept(self.shared.last_seq.load(Ordering::Relaxed), commit, answer),
            Err(cause) => group.refused.push((cause, answer)),
        }
    }

    fn check(&self, group: &Group, commit: &Commit) -> Result<(), StoreError> {
        if let Some(cause) = &self.broken {
            return Err(cause.clone());
        }
        let last = self.shared.last_seq.load(Ordering::Relaxed) + group.entries.len() as u64;
        if commit.last.is_some_and(|it| it != last) {
            return Err(StoreError::Conflict);
        }
        for (key, expected) in &commit.expected {
            let version = match group.versions.get(key) {
                Some(version) => *version,
                None => self.shared.version(key)?,
            };
            if version != *expected {
                return Err(StoreError::Conflict);
            }
        }
        Ok(())
    }

    /// Makes the group durable, then visible, then known to its writers.
    fn write(&mut self, group: Group) {
        let Group { entries, accepted, refused, bytes, .. } = group;
        let outcome = self.persist(&entries, bytes);
        if outcome.is_ok() {
            for entry in entries {
                self.shared.last_seq.store(entry.seq, Ordering::Release);
                self.shared.announce(entry);
            }
        }
        for (seq, answer) in accepted {
            let _ = answer.send(outcome.clone().map(|()| seq));
        }
        // A conflict is told only now: its cause can be read only now.
        for (cause, answer) in refused {
            let _ = answer.send(Err(cause));
        }
    }

    fn persist(&mut self, entries: &[Entry], bytes: usize) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.shared.check_room(bytes, self.options.reserve_bytes)?;
        let outcome = self.journal.append(entries);
        if outcome.is_ok() {
            self.shared.fresh.add(entries);
        }
        if let Err(cause @ (StoreError::Broken(_) | StoreError::Damaged(_))) = &outcome {
            self.broken = Some(cause.clone());
        }
        outcome
    }

    /// Has sled filled once that is worth it.
    fn fill(&mut self) {
        let bytes = self.shared.fresh.bytes();
        if bytes >= FRESH_MAX_BYTES {
            if let Err(cause) = self.shared.settle() {
                self.broken = Some(cause);
            }
        } else if bytes >= FILL_BYTES && !self.shared.is_filling.swap(true, Ordering::AcqRel) {
            self.keeper.fill();
        }
    }

    /// Starts a new journal file and has sled brought up to date with the old ones.
    fn checkpoint(&mut self) {
        let next_seq = self.shared.last_seq.load(Ordering::Relaxed) + 1;
        match self.journal.rotate(next_seq) {
            Ok(()) => self.keeper.checkpoint(next_seq),
            // The old file goes on; the next group tries again.
            Err(cause) => self.keeper.complain(&cause.to_string()),
        }
    }
}

impl Group {
    fn accept(
        &mut self,
        last_seq: u64,
        commit: Commit,
        answer: oneshot::Sender<Result<u64, StoreError>>,
    ) {
        let seq = last_seq + 1 + self.entries.len() as u64;
        let mut writes = commit.writes;
        for (index, entry) in commit.log.into_iter().enumerate() {
            let mut key = entry.prefix;
            key.extend_from_slice(&seq.to_be_bytes());
            key.extend_from_slice(&u16::try_from(index).unwrap_or(u16::MAX).to_be_bytes());
            writes.push((key, Some(entry.value)));
        }
        for (key, value) in &writes {
            self.versions.insert(key.clone(), if value.is_some() { seq } else { 0 });
            self.bytes += key.len() + value.as_ref().map_or(0, |it| it.len());
        }
        self.entries.push(Entry { seq, writes });
        self.accepted.push((seq, answer));
    }
}
