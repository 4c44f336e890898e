//! Backups taken while others write, and stores whose rows are older than their journal.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};

use storage::engine::{Commit, Engine, Key, Row, StoreError, Write};
use storage::{SledEngine, SledOptions, Store};

/// Threads that write while a backup is taken.
const WRITERS: usize = 6;
/// Rows between the two of a pair, so that a walk over all comes to them at different times.
const FILLERS: usize = 2_000;
/// Backups taken one after another.
const ROUNDS: usize = 5;
/// Commits that a backup has to cope with before it begins.
const AHEAD: u64 = 20;

fn open(folder: &Path) -> SledEngine {
    let options =
        SledOptions { cache_bytes: 1 << 20, checkpoint_bytes: 1 << 20, ..SledOptions::default() };
    SledEngine::open(folder, options).unwrap()
}

fn commit(engine: &SledEngine, writes: Vec<Write>) -> Result<u64, StoreError> {
    engine.submit(Commit { writes, ..Commit::default() }).blocking_recv().unwrap()
}

fn put(engine: &SledEngine, name: &str, value: &[u8]) {
    commit(engine, vec![(name.as_bytes().to_vec(), Some(Arc::from(value)))]).unwrap();
}

fn value(engine: &SledEngine, key: &[u8]) -> Option<Vec<u8>> {
    engine.read(key).unwrap().map(|it| it.value)
}

fn rows(engine: &SledEngine) -> Vec<(Key, Row)> {
    engine.scan(&[], &[u8::MAX; 40], usize::MAX).unwrap()
}

/// The two rows of a writer: the first of all rows and the last.
fn pair(writer: usize) -> [Key; 2] {
    ["first", "zlast"].map(|it| format!("{it} {writer}").into_bytes())
}

fn filler(number: usize) -> String {
    format!("middle {number:04}")
}

/// Writes both rows of its pair again and again, small and large; each seventh time both go.
fn write_pairs(engine: &SledEngine, writer: usize, is_over: &AtomicBool) {
    let mut count = 0_usize;
    while !is_over.load(Ordering::Acquire) {
        count += 1;
        let bytes = count.to_be_bytes().repeat(1 + count % 3 * 3_000);
        let value: Option<Arc<[u8]>> = (!count.is_multiple_of(7)).then(|| Arc::from(bytes));
        commit(engine, pair(writer).map(|key| (key, value.clone())).to_vec()).unwrap();
    }
}

/// A store with many rows, of which every tenth was removed.
fn furnished(folder: &Path) -> SledEngine {
    let engine = open(folder);
    let writes = |numbers: Vec<usize>, value: Option<Arc<[u8]>>| -> Vec<_> {
        numbers.iter().map(|it| (filler(*it).into_bytes(), value.clone())).collect()
    };
    let all = writes((0..FILLERS).collect(), Some(Arc::from(&[7_u8; 100][..])));
    commit(&engine, all).unwrap();
    commit(&engine, writes((0..FILLERS).step_by(10).collect(), None)).unwrap();
    engine
}

/// Takes a backup in the middle of things.
fn backup(engine: &SledEngine, file: &Path) -> Result<u64, StoreError> {
    let is_over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let start = |writer| scope.spawn(move || write_pairs(engine, writer, is_over));
        let writers: Vec<_> = (0..WRITERS).map(start).collect();
        let enough = engine.last_seq() + AHEAD;
        while engine.last_seq() < enough && !writers.iter().any(ScopedJoinHandle::is_finished) {
            thread::yield_now();
        }
        let written = engine.export(file);
        // Before anything is asserted: the writers wait for it.
        is_over.store(true, Ordering::Release);
        written
    })
}

#[test]
fn a_backup_taken_while_others_write_is_one_moment_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let engine = furnished(folder.path());
    for round in 0..ROUNDS {
        let file = elsewhere.path().join(format!("backup {round}"));
        backup(&engine, &file).unwrap();
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "round {round}: nobody else may read it");
        let restored = elsewhere.path().join(format!("restored {round}"));
        Store::restore(&file, &restored, 7).unwrap();
        let again = open(&restored);
        for writer in 0..WRITERS {
            let [first, last] = pair(writer).map(|it| again.read(&it).unwrap());
            assert!(first == last, "round {round}: writer {writer} is torn apart");
        }
        for number in 0..FILLERS {
            let is_there = value(&again, filler(number).as_bytes()).is_some();
            let was_removed = number.is_multiple_of(10);
            assert_eq!(is_there, !was_removed, "round {round}: row {number}");
        }
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|it| (it.path(), it.file_name())).unwrap();
        match path.is_dir() {
            true => copy_all(&path, &to.join(name)),
            false => fs::copy(&path, to.join(name)).map(|_| ()).unwrap(),
        }
    }
}

/// The files of a folder with that ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<_> =
        paths.filter(|it| it.extension().is_some_and(|it| it == ending)).collect();
    files.sort();
    files
}

/// A disk that forgot its last syncs, or an administrator who put an old copy back.
#[test]
fn rows_older_than_the_journal_reaches_back_come_from_the_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (rows_now, rows_then) = (folder.path().join("rows"), elsewhere.path().join("rows"));
    let engine = open(folder.path());
    put(&engine, "a", b"1");
    put(&engine, "gone", b"1");
    engine.close();
    drop(engine);
    copy_all(&rows_now, &rows_then);
    let oldest = files(&folder.path().join("journal"), "log").remove(0);
    let engine = open(folder.path());
    put(&engine, "a", b"2");
    commit(&engine, vec![(b"gone".to_vec(), None)]).unwrap();
    // A snapshot is taken once there are 64 MiB of journal.
    for number in 0..36_u8 {
        put(&engine, &format!("large {}", number % 3), &vec![number; 2 << 20]);
    }
    engine.close();
    let expected = rows(&engine);
    drop(engine);
    assert_eq!(files(folder.path(), "snapshot").len(), 1, "there is a snapshot");
    assert!(!oldest.exists(), "and the journal before it is gone");
    fs::remove_dir_all(&rows_now).unwrap();
    copy_all(&rows_then, &rows_now);
    let engine = open(folder.path());
    assert!(rows(&engine) == expected, "every row as it was, and none that went");
    put(&engine, "life", b"goes on");
    let expected = rows(&engine);
    drop(engine);
    assert!(rows(&open(folder.path())) == expected, "and stays");
}
