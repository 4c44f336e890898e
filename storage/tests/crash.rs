//! The embedded engine after power cuts and damage: nothing acknowledged is lost, nothing made up.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use storage::engine::{Commit, Engine, Key, Row, StoreError};
use storage::{SledEngine, SledOptions};
use tempfile::TempDir;

fn open(folder: &Path) -> Result<SledEngine, StoreError> {
    let options =
        SledOptions { cache_bytes: 1 << 20, checkpoint_bytes: 1 << 20, ..SledOptions::default() };
    SledEngine::open(folder, options)
}

fn put(engine: &SledEngine, name: &str, value: &[u8]) {
    engine.submit(putting(name, value)).blocking_recv().unwrap().unwrap();
}

fn putting(name: &str, value: &[u8]) -> Commit {
    let writes = vec![(name.as_bytes().to_vec(), Some(Arc::from(value)))];
    Commit { writes, ..Commit::default() }
}

fn rows(engine: &SledEngine) -> Vec<(Key, Row)> {
    engine.scan(&[], &[u8::MAX; 40], usize::MAX).unwrap()
}

/// The store as it would be found if the power went now.
fn crashed(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_all(folder, copy.path());
    copy
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

/// The largest file of the journal.
fn journal(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder.join("journal")).unwrap().map(|it| it.unwrap().path());
    let logs = files.filter(|it| it.extension().is_some_and(|it| it == "log"));
    logs.max_by_key(|it| fs::metadata(it).unwrap().len()).unwrap()
}

/// A closed store with some rows, small and large, and those rows.
fn filled(folder: &Path) -> Vec<(Key, Row)> {
    let engine = open(folder).unwrap();
    for number in 0..30_u8 {
        put(&engine, &format!("row {number}"), &vec![number; 1 + 3_000 * usize::from(number)]);
    }
    let all = rows(&engine);
    engine.close();
    all
}

#[test]
fn every_commit_that_was_answered_is_there_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    for number in 0..12_u8 {
        put(&engine, "last", &[number]);
        put(&engine, &format!("row {number}"), &vec![number; 7_000 * usize::from(number)]);
        let copy = crashed(folder.path());
        let again = open(copy.path()).unwrap();
        assert!(rows(&again) == rows(&engine), "after commit {number}");
        assert_eq!(again.last_seq(), engine.last_seq(), "after commit {number}");
        put(&again, "life", b"goes on");
    }
}

#[test]
fn a_crash_after_many_checkpoints_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    for number in 0..80_u32 {
        put(&engine, &format!("row {}", number % 7), &vec![7; 200_000]);
        put(&engine, "last", &number.to_be_bytes());
    }
    drop(engine);
    let engine = open(folder.path()).unwrap();
    put(&engine, "row 3", &vec![8; 200_000]);
    put(&engine, "after the last checkpoint", b"1");
    let copy = crashed(folder.path());
    let again = open(copy.path()).unwrap();
    assert!(rows(&again) == rows(&engine));
}

#[test]
fn what_was_not_written_to_its_end_never_happened() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    put(&engine, "a", b"1");
    let before = rows(&engine);
    let whole = fs::metadata(journal(folder.path())).unwrap().len();
    put(&engine, "a", b"2");
    put(&engine, "a", b"3");
    let end = fs::metadata(journal(folder.path())).unwrap().len();
    for length in [whole, whole + 1, whole + 8, whole + (end - whole) / 2 - 1] {
        let copy = crashed(folder.path());
        fs::remove_dir_all(copy.path().join("rows")).unwrap();
        let file = fs::OpenOptions::new().write(true).open(journal(copy.path())).unwrap();
        file.set_len(length).unwrap();
        drop(file);
        let again = open(copy.path()).unwrap();
        assert!(rows(&again) == before, "cut at {length}");
        put(&again, "a", b"4");
        drop(again);
        assert_eq!(open(copy.path()).unwrap().read(b"a").unwrap().unwrap().value, b"4");
    }
}

#[test]
fn damage_in_the_middle_is_an_error_that_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    for number in 0..20_u8 {
        put(&engine, &format!("row {number}"), &vec![number; 500]);
    }
    let whole = fs::read(journal(folder.path())).unwrap();
    for part in 1..8 {
        let copy = crashed(folder.path());
        let path = journal(copy.path());
        let mut damaged = whole.clone();
        let place = whole.len() * part / 9;
        damaged[place..place + 3].iter_mut().for_each(|it| *it ^= 0x55);
        fs::write(&path, &damaged).unwrap();
        let Err(StoreError::Damaged(text)) = open(copy.path()) else {
            panic!("damage at byte {place} went unnoticed");
        };
        assert!(text.contains("journal") && text.contains("at byte"), "{text}");
        assert_eq!(fs::read(&path).unwrap(), damaged, "nobody may make it worse");
    }
}

#[test]
fn a_folder_is_of_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    put(&engine, "a", b"1");
    assert!(matches!(open(folder.path()).map(|_| ()), Err(StoreError::Broken(_))));
    put(&engine, "a", b"2");
    drop(engine);
    assert_eq!(open(folder.path()).unwrap().read(b"a").unwrap().unwrap().value, b"2");
}

/// Ruins the file that rows are looked up in.
fn ruin(folder: &Path, how: &str) {
    let path = folder.join("rows").join("db");
    let bytes = fs::read(&path).unwrap();
    let ruined = match how {
        "nothing in it" => Vec::new(),
        "half of it" => bytes[..bytes.len() / 2].to_vec(),
        "words in it" => b"not a database".repeat(1_000),
        "other bytes in it" => bytes.iter().map(|it| it ^ 0xa5).collect(),
        other => panic!("nobody knows how to do {other}"),
    };
    fs::write(&path, ruined).unwrap();
}

fn check_ruined(how: &str) {
    let folder = tempfile::tempdir().unwrap();
    let expected = filled(folder.path());
    ruin(folder.path(), how);
    let engine = open(folder.path()).unwrap();
    assert!(rows(&engine) == expected, "all rows come back from the journal");
    put(&engine, "life", b"goes on");
    let expected = rows(&engine);
    drop(engine);
    assert!(rows(&open(folder.path()).unwrap()) == expected, "and stay");
}

#[test]
fn rows_come_back_when_the_file_they_are_looked_up_in_is_empty() {
    check_ruined("nothing in it");
}

#[test]
fn rows_come_back_when_the_file_they_are_looked_up_in_is_cut_off() {
    check_ruined("half of it");
}

#[test]
fn rows_come_back_when_the_file_they_are_looked_up_in_is_words() {
    check_ruined("words in it");
}

#[test]
fn rows_come_back_when_the_file_they_are_looked_up_in_is_other_bytes() {
    check_ruined("other bytes in it");
}

#[test]
fn rows_come_back_when_the_folder_they_are_looked_up_in_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let expected = filled(folder.path());
    fs::remove_dir_all(folder.path().join("rows")).unwrap();
    assert!(rows(&open(folder.path()).unwrap()) == expected);
}

/// The first rescue leaves a folder behind; it must not stand in the way of the second.
#[test]
fn rows_come_back_the_second_time_too() {
    let folder = tempfile::tempdir().unwrap();
    let expected = filled(folder.path());
    for time in ["the first", "the second"] {
        ruin(folder.path(), "other bytes in it");
        let engine = open(folder.path()).unwrap();
        assert!(rows(&engine) == expected, "{time} time");
        engine.close();
    }
}

/// What was built anew is not on disk yet, so the old checkpoint says nothing about it.
#[test]
fn a_crash_right_after_rows_were_built_anew_loses_nothing() {
    for how in ["other bytes in it", "nothing in it"] {
        let folder = tempfile::tempdir().unwrap();
        let expected = filled(folder.path());
        ruin(folder.path(), how);
        let engine = open(folder.path()).unwrap();
        assert!(rows(&engine) == expected, "{how}: built anew");
        let copy = crashed(folder.path());
        let again = open(copy.path()).unwrap();
        assert!(rows(&again) == expected, "{how}: after the crash");
    }
}

/// Takes the note of the last checkpoint out of sled.
fn forget_checkpoint(folder: &Path) {
    let config = sled::Config::new().path(folder.join("rows")).segment_size(4 << 20);
    let db = config.open().unwrap();
    assert!(db.remove(b"checkpoint").unwrap().is_some(), "there was no note");
    db.flush().unwrap();
}

/// A crash between the checkpoint and the note of it: everything is replayed over itself.
#[test]
fn replaying_what_is_there_already_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    let values: Vec<Vec<u8>> = (0..40_u8).map(|it| vec![it; 40_000]).collect();
    // Sent without waiting, so that several are made durable by one barrier.
    let answers: Vec<_> = values.iter().map(|it| engine.submit(putting("large", it))).collect();
    for answer in answers {
        answer.blocking_recv().unwrap().unwrap();
    }
    put(&engine, "small", b"1");
    let expected = rows(&engine);
    engine.close();
    drop(engine);
    forget_checkpoint(folder.path());
    let again = open(folder.path()).unwrap();
    assert_eq!(again.read(b"large").unwrap().map(|it| it.value), values.last().cloned());
    assert!(rows(&again) == expected);
}

#[test]
fn a_row_that_can_be_read_is_in_the_journal_already() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    for number in 0..50_u32 {
        let value = [&b"the value number "[..], &number.to_be_bytes()[..]].concat();
        let answer = engine.submit(putting("a", &value));
        while engine.read(b"a").unwrap().map(|it| it.value).as_ref() != Some(&value) {
            std::thread::yield_now();
        }
        let journal = fs::read(journal(folder.path())).unwrap();
        let is_there = journal.windows(value.len()).any(|it| it == value);
        assert!(is_there, "commit {number} was seen before it was kept");
        answer.blocking_recv().unwrap().unwrap();
    }
}

#[test]
fn without_room_to_spare_commits_are_refused_and_rows_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    put(&engine, "a", b"1");
    engine.close();
    drop(engine);
    // No disk has that much to spare.
    let options = SledOptions { reserve_bytes: u64::MAX / 2, ..SledOptions::default() };
    let engine = SledEngine::open(folder.path(), options).unwrap();
    let refused = engine.submit(putting("b", b"2")).blocking_recv().unwrap();
    assert_eq!(refused, Err(StoreError::Full));
    assert_eq!(engine.read(b"a").unwrap().map(|it| it.value), Some(b"1".to_vec()));
    assert_eq!(engine.read(b"b").unwrap(), None);
    drop(engine);
    put(&open(folder.path()).unwrap(), "b", b"2");
}
