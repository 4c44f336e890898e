//! What every storage engine keeps to, tried on each engine that there is.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use storage::engine::{Commit, Committed, Engine, Key, LogEntry, Row, StoreError};
use storage::{SledEngine, SledOptions, Store};

/// Opens the same store once more.
type Open<'a> = &'a dyn Fn() -> Box<dyn Engine>;

/// Runs each rule on the embedded engine, on a store of its own.
macro_rules! rules {
    ($($rule:ident)*) => {
        mod sled {
            $(#[test]
            fn $rule() {
                let folder = tempfile::tempdir().unwrap();
                super::$rule(&|| super::open_sled(folder.path()));
            })*
        }
    };
}

rules! {
    a_commit_can_be_read_once_it_is_answered
    a_row_must_have_the_version_that_was_read
    a_conflict_leaves_nothing
    nothing_may_have_happened_since_the_last_commit_that_is_expected
    no_row_is_expected_as_version_nought
    commits_are_numbered_in_one_order
    log_entries_get_the_number_of_their_commit_and_an_index
    a_scan_is_in_order_and_stops_at_its_limit
    a_scan_finds_what_is_old_and_what_is_new_in_one_order
    rows_of_every_size_survive_being_overwritten_and_opened_again
    a_row_that_was_removed_is_gone
    watchers_hear_of_commits_in_order_and_before_the_writer
    a_watcher_finds_what_it_is_told_of
    rows_survive_closing_and_opening
    numbers_go_on_after_opening
    after_closing_commits_are_refused_and_rows_can_be_read
    commits_that_were_queued_before_closing_are_kept
    many_counters_lose_no_step
    what_is_written_together_is_seen_together
    an_export_holds_every_row_and_makes_the_same_store
    an_export_that_is_not_whole_is_refused
}

fn open_sled(folder: &Path) -> Box<dyn Engine> {
    let options =
        SledOptions { cache_bytes: 1 << 20, checkpoint_bytes: 1 << 20, ..SledOptions::default() };
    Box::new(SledEngine::open(folder, options).unwrap())
}

/// A commit that puts these rows whatever stood there.
fn putting(rows: &[(&str, &[u8])]) -> Commit {
    let writes = rows.iter().map(|it| (key(it.0), Some(Arc::from(it.1)))).collect();
    Commit { writes, ..Commit::default() }
}

fn key(name: &str) -> Key {
    name.as_bytes().to_vec()
}

fn commit(engine: &dyn Engine, commit: Commit) -> Result<u64, StoreError> {
    engine.submit(commit).blocking_recv().unwrap()
}

fn value(engine: &dyn Engine, name: &str) -> Option<Vec<u8>> {
    engine.read(name.as_bytes()).unwrap().map(|it| it.value)
}

/// Every row there is.
fn rows(engine: &dyn Engine) -> Vec<(Key, Row)> {
    engine.scan(&[], &[u8::MAX; 40], usize::MAX).unwrap()
}

/// Bytes that differ from place to place.
fn bytes(length: usize, seed: usize) -> Vec<u8> {
    let number = |it: usize| (it * 31 + it / 251 + seed) % 256;
    (0..length).map(|it| u8::try_from(number(it)).unwrap()).collect()
}

fn a_commit_can_be_read_once_it_is_answered(open: Open<'_>) {
    let engine = open();
    assert_eq!(engine.read(b"a").unwrap(), None);
    for number in 0..50_u8 {
        let seq = commit(&*engine, putting(&[("a", &[number]), ("b", &[number, 0])])).unwrap();
        let expected = Row { version: seq, value: vec![number] };
        assert_eq!(engine.read(b"a").unwrap(), Some(expected));
        assert_eq!(value(&*engine, "b"), Some(vec![number, 0]));
        assert_eq!(engine.last_seq(), seq);
    }
}

fn a_row_must_have_the_version_that_was_read(open: Open<'_>) {
    let engine = open();
    let first = commit(&*engine, putting(&[("a", b"1")])).unwrap();
    let second = commit(&*engine, putting(&[("a", b"2")])).unwrap();
    let cases = [
        ("an older version", first, Err(StoreError::Conflict)),
        ("none", 0, Err(StoreError::Conflict)),
        ("one that will be", second + 1, Err(StoreError::Conflict)),
        ("the version it has", second, Ok(())),
        ("the version it had before that", second, Err(StoreError::Conflict)),
    ];
    for (case, version, expected) in cases {
        let expecting = Commit { expected: vec![(key("a"), version)], ..putting(&[("a", b"3")]) };
        assert_eq!(commit(&*engine, expecting).map(|_| ()), expected, "{case}");
    }
}

fn nothing_may_have_happened_since_the_last_commit_that_is_expected(open: Open<'_>) {
    let engine = open();
    let first = commit(&*engine, putting(&[("a", b"1")])).unwrap();
    let expecting = |last| Commit { last: Some(last), ..putting(&[("b", b"1")]) };
    assert_eq!(commit(&*engine, expecting(first - 1)), Err(StoreError::Conflict));
    assert_eq!(commit(&*engine, expecting(first + 1)), Err(StoreError::Conflict));
    let second = commit(&*engine, expecting(first)).unwrap();
    commit(&*engine, putting(&[("unrelated", b"1")])).unwrap();
    assert_eq!(commit(&*engine, expecting(second)), Err(StoreError::Conflict));
    // Those that wait for one barrier together happen one after the other, too.
    let last = engine.last_seq();
    let sent: Vec<_> = (0..20).map(|_| engine.submit(expecting(last))).collect();
    let done = sent.into_iter().filter_map(|it| it.blocking_recv().unwrap().ok()).count();
    assert_eq!((done, engine.last_seq()), (1, last + 1));
}

fn a_conflict_leaves_nothing(open: Open<'_>) {
    let engine = open();
    commit(&*engine, putting(&[("a", b"1"), ("gone", b"1")])).unwrap();
    let before = (rows(&*engine), engine.last_seq());
    let stale = Commit {
        expected: vec![(key("gone"), engine.last_seq()), (key("a"), 77)],
        writes: vec![(key("a"), Some(Arc::from(&b"2"[..]))), (key("gone"), None)],
        log: vec![LogEntry { prefix: key("log"), value: Arc::from(&b"x"[..]) }],
        ..Commit::default()
    };
    assert_eq!(commit(&*engine, stale), Err(StoreError::Conflict));
    assert_eq!((rows(&*engine), engine.last_seq()), before);
    engine.close();
    drop(engine);
    assert_eq!(rows(&*open()), before.0);
}

fn no_row_is_expected_as_version_nought(open: Open<'_>) {
    let engine = open();
    let making =
        |name: &str| Commit { expected: vec![(key(name), 0)], ..putting(&[(name, b"made")]) };
    commit(&*engine, making("a")).unwrap();
    assert_eq!(commit(&*engine, making("a")), Err(StoreError::Conflict));
    let removing = Commit { writes: vec![(key("a"), None)], ..Commit::default() };
    let removed = commit(&*engine, removing).unwrap();
    let stale = Commit { expected: vec![(key("a"), removed)], ..putting(&[("a", b"2")]) };
    assert_eq!(commit(&*engine, stale), Err(StoreError::Conflict), "what is gone has no version");
    commit(&*engine, making("a")).unwrap();
    let receivers: Vec<_> = (0..20).map(|_| engine.submit(making("once"))).collect();
    let answers = receivers.into_iter().map(|it| it.blocking_recv().unwrap());
    assert_eq!(answers.flatten().count(), 1, "of those sent at once one makes it");
}

fn commits_are_numbered_in_one_order(open: Open<'_>) {
    let engine = open();
    let receivers: Vec<_> =
        (0..300_u32).map(|it| engine.submit(putting(&[("a", &it.to_be_bytes())]))).collect();
    let numbers: Vec<u64> =
        receivers.into_iter().map(|it| it.blocking_recv().unwrap().unwrap()).collect();
    assert!(numbers.windows(2).all(|it| it[0] < it[1]), "{numbers:?}");
    assert_eq!(value(&*engine, "a"), Some(299_u32.to_be_bytes().to_vec()));
    assert_eq!(engine.read(b"a").unwrap().unwrap().version, numbers[299]);
}

fn log_entries_get_the_number_of_their_commit_and_an_index(open: Open<'_>) {
    let engine = open();
    let entry = |text: &str| LogEntry { prefix: key("log:"), value: Arc::from(text.as_bytes()) };
    let mut expected = Vec::new();
    for round in 0..40 {
        let texts = [format!("{round} one"), format!("{round} two"), format!("{round} three")];
        let log = texts.iter().map(|it| entry(it)).collect();
        let seq = commit(&*engine, Commit { log, ..putting(&[("a", b"1")]) }).unwrap();
        for (index, text) in texts.into_iter().enumerate() {
            let index = u16::try_from(index).unwrap();
            let place = [&b"log:"[..], &seq.to_be_bytes()[..], &index.to_be_bytes()[..]].concat();
            expected.push((place, Row { version: seq, value: text.into_bytes() }));
        }
    }
    assert_eq!(engine.scan(b"log:", b"log;", usize::MAX).unwrap(), expected);
}

fn a_scan_is_in_order_and_stops_at_its_limit(open: Open<'_>) {
    let engine = open();
    let mut names: Vec<String> = (0..500).map(|it| format!("k{:03}", it * 7 % 500)).collect();
    for chunk in names.chunks(50) {
        let rows: Vec<(&str, &[u8])> = chunk.iter().map(|it| (it.as_str(), &b"v"[..])).collect();
        commit(&*engine, putting(&rows)).unwrap();
    }
    commit(&*engine, putting(&[("k0100", b"v"), ("k", b"v"), ("j", b"v"), ("l", b"v")])).unwrap();
    names.extend(["k0100".to_owned(), "k".to_owned()]);
    names.sort();
    let found = |from: &str, until: &str, limit: usize| -> Vec<String> {
        let rows = engine.scan(from.as_bytes(), until.as_bytes(), limit).unwrap();
        rows.into_iter().map(|it| String::from_utf8(it.0).unwrap()).collect()
    };
    assert_eq!(found("k", "l", usize::MAX), names, "the first is in, the last is not");
    assert_eq!(found("k", "l", 7), names[..7]);
    assert_eq!(found("k010", "k012", 10), ["k010", "k0100", "k011"]);
    assert_eq!(found("k", "l", 0), Vec::<String>::new());
    assert_eq!(found("m", "z", 10), Vec::<String>::new());
}

fn rows_of_every_size_survive_being_overwritten_and_opened_again(open: Open<'_>) {
    const SIZES: [usize; 10] = [0, 1, 16_371, 16_372, 16_373, 40_000, 1 << 20, 3 << 20, 16_384, 1];
    let mut engine = open();
    for (seed, size) in SIZES.into_iter().enumerate() {
        let (large, other) = (bytes(size, seed), bytes(SIZES[SIZES.len() - 1 - seed], seed));
        commit(&*engine, putting(&[("large", &large), ("other", &other)])).unwrap();
        for time in ["at once", "opened again"] {
            assert!(value(&*engine, "large").as_ref() == Some(&large), "{size} bytes, {time}");
            assert!(value(&*engine, "other").as_ref() == Some(&other), "{size} bytes, {time}");
            let lengths: Vec<usize> = rows(&*engine).iter().map(|it| it.1.value.len()).collect();
            assert_eq!(lengths, [large.len(), other.len()], "{size} bytes, {time}");
            if time == "at once" {
                engine.close();
                drop(engine);
                engine = open();
            }
        }
    }
}

fn a_row_that_was_removed_is_gone(open: Open<'_>) {
    let engine = open();
    let large = bytes(200_000, 1);
    commit(&*engine, putting(&[("a", b"1"), ("large", &large), ("stays", b"1")])).unwrap();
    let removing = |names: &[&str]| Commit {
        writes: names.iter().map(|it| (key(it), None)).collect(),
        ..Commit::default()
    };
    commit(&*engine, removing(&["a", "large", "never was"])).unwrap();
    assert_eq!((value(&*engine, "a"), value(&*engine, "large")), (None, None));
    engine.close();
    drop(engine);
    let names: Vec<Key> = rows(&*open()).into_iter().map(|it| it.0).collect();
    assert_eq!(names, [key("stays")]);
}

fn watchers_hear_of_commits_in_order_and_before_the_writer(open: Open<'_>) {
    let engine = open();
    commit(&*engine, putting(&[("before", b"1")])).unwrap();
    let heard: Arc<Mutex<Vec<Committed>>> = Arc::default();
    let ear = Arc::clone(&heard);
    engine.watch(Box::new(move |it| ear.lock().unwrap().push(it.clone())));
    let log = vec![LogEntry { prefix: key("log:"), value: Arc::from(&b"x"[..]) }];
    let seq = commit(&*engine, Commit { log, ..putting(&[("a", b"1")]) }).unwrap();
    let first = heard.lock().unwrap().first().cloned().unwrap();
    assert_eq!((first.seq, first.writes.len()), (seq, 2), "the log entry is told too");
    let place = [&b"log:"[..], &seq.to_be_bytes()[..], &[0, 0]].concat();
    assert!(first.writes.iter().any(|it| it.0 == place), "{:?}", first.writes);
    let receivers: Vec<_> = (0..100_u8).map(|it| engine.submit(putting(&[("a", &[it])]))).collect();
    for receiver in receivers {
        let seq = receiver.blocking_recv().unwrap().unwrap();
        assert!(heard.lock().unwrap().iter().any(|it| it.seq == seq), "{seq} was not told");
    }
    let numbers: Vec<u64> = heard.lock().unwrap().iter().map(|it| it.seq).collect();
    assert_eq!(numbers.len(), 101);
    assert!(numbers.windows(2).all(|it| it[0] < it[1]), "{numbers:?}");
}

fn a_watcher_finds_what_it_is_told_of(open: Open<'_>) {
    let engine: Arc<dyn Engine> = Arc::from(open());
    let (inner, seen) = (Arc::downgrade(&engine), Arc::new(Mutex::new(0)));
    let counter = Arc::clone(&seen);
    engine.watch(Box::new(move |committed| {
        let engine = inner.upgrade().unwrap();
        for (key, _) in &committed.writes {
            let found = engine.read(key).unwrap().map_or(0, |it| it.version);
            *counter.lock().unwrap() += usize::from(found >= committed.seq);
        }
    }));
    for number in 0..50_u8 {
        commit(&*engine, putting(&[("a", &[number]), ("b", &[number])])).unwrap();
    }
    assert_eq!(*seen.lock().unwrap(), 100);
}

fn a_scan_finds_what_is_old_and_what_is_new_in_one_order(open: Open<'_>) {
    let (engine, folder) = (open(), tempfile::tempdir().unwrap());
    let mut expected = std::collections::BTreeMap::new();
    for round in 0..6_usize {
        for number in 0..60 {
            let name = format!("{:02}", (number * 7 + round * 13) % 60);
            // Some are put, some put again, some go, some are left alone.
            let writes = match (number + round) % 4 {
                0 => {
                    expected.remove(&key(&name));
                    vec![(key(&name), None)]
                }
                1 => continue,
                _ => {
                    let value = bytes(1 + number * 40, round);
                    expected.insert(key(&name), value.clone());
                    vec![(key(&name), Some(Arc::from(value)))]
                }
            };
            commit(&*engine, Commit { writes, ..Commit::default() }).unwrap();
        }
        let (from, until) = (key("10"), key("45"));
        for limit in [0, 1, 5, 17, 100] {
            let found = engine.scan(&from, &until, limit).unwrap();
            let found: Vec<_> = found.into_iter().map(|(key, row)| (key, row.value)).collect();
            let range = expected.range(from.clone()..until.clone()).take(limit);
            let range: Vec<_> = range.map(|(key, value)| (key.clone(), value.clone())).collect();
            assert_eq!(found, range, "round {round}, at most {limit}");
        }
        if round % 2 == 0 {
            // Whatever an engine holds back is where it belongs after this.
            engine.export(&folder.path().join(round.to_string())).unwrap();
        }
    }
}

fn rows_survive_closing_and_opening(open: Open<'_>) {
    let mut expected = Vec::new();
    for round in 0..4_u8 {
        let engine = open();
        assert_eq!(rows(&*engine), expected, "round {round}");
        let name = format!("row {round}");
        commit(&*engine, putting(&[(&name, &[round])])).unwrap();
        commit(&*engine, putting(&[("each time", &[round])])).unwrap();
        expected = rows(&*engine);
        // Every other time it is dropped as it is.
        if round.is_multiple_of(2) {
            engine.close();
        }
    }
}

fn numbers_go_on_after_opening(open: Open<'_>) {
    let mut last = 0;
    for _ in 0..3 {
        let engine = open();
        assert_eq!(engine.last_seq(), last);
        let seq = commit(&*engine, putting(&[("a", b"1")])).unwrap();
        assert!(seq > last, "{seq} comes after {last}");
        let removing = Commit { writes: vec![(key("a"), None)], ..Commit::default() };
        last = commit(&*engine, removing).unwrap();
    }
}

fn after_closing_commits_are_refused_and_rows_can_be_read(open: Open<'_>) {
    let engine = open();
    commit(&*engine, putting(&[("a", b"1")])).unwrap();
    engine.close();
    engine.close();
    assert!(!matches!(engine.submit(putting(&[("a", b"2")])).blocking_recv(), Ok(Ok(_))));
    assert_eq!(value(&*engine, "a"), Some(b"1".to_vec()));
}

fn commits_that_were_queued_before_closing_are_kept(open: Open<'_>) {
    let engine = open();
    let receivers: Vec<_> =
        (0..200_u8).map(|it| engine.submit(putting(&[(&format!("{it}"), &[it])]))).collect();
    engine.close();
    for receiver in receivers {
        receiver.blocking_recv().unwrap().unwrap();
    }
    drop(engine);
    assert_eq!(rows(&*open()).len(), 200);
}

fn many_counters_lose_no_step(open: Open<'_>) {
    const THREADS: u64 = 16;
    const STEPS: u64 = 100;
    let engine = open();
    let engine = &*engine;
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..STEPS).for_each(|_| step(engine)));
        }
    });
    let count = u64::from_be_bytes(value(engine, "count").unwrap().try_into().unwrap());
    assert_eq!(count, THREADS * STEPS);
}

/// Adds one to the counter, however often it takes.
fn step(engine: &dyn Engine) {
    loop {
        let row = engine.read(b"count").unwrap();
        let version = row.as_ref().map_or(0, |it| it.version);
        let count = row.map_or(0, |it| u64::from_be_bytes(it.value.try_into().unwrap()));
        let next = (count + 1).to_be_bytes();
        let expected = vec![(key("count"), version)];
        match commit(engine, Commit { expected, ..putting(&[("count", &next)]) }) {
            Ok(_) => return,
            Err(StoreError::Conflict) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn what_is_written_together_is_seen_together(open: Open<'_>) {
    let engine = open();
    let engine = &*engine;
    let large = |number: u32| [&number.to_be_bytes()[..], &bytes(50_000, 3)].concat();
    commit(engine, putting(&[("large", &large(0))])).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 1..100 {
                commit(engine, putting(&[("large", &large(number))])).unwrap();
            }
        });
        let mut last = 0;
        while !writer.is_finished() {
            let row = value(engine, "large").unwrap();
            let number = u32::from_be_bytes(row[..4].try_into().unwrap());
            assert!(row == large(number), "a row is whole, version {number}");
            assert!(number >= last, "{number} after {last}");
            last = number;
        }
    });
}

fn an_export_holds_every_row_and_makes_the_same_store(open: Open<'_>) {
    let elsewhere = tempfile::tempdir().unwrap();
    let (file, folder) = (elsewhere.path().join("export"), elsewhere.path().join("new"));
    let engine = open();
    let large = bytes(3 << 20, 5);
    commit(&*engine, putting(&[("a", b"1"), ("large", &large), ("empty", b"")])).unwrap();
    commit(&*engine, putting(&[("a", b"2"), ("gone", b"1")])).unwrap();
    let removing = Commit { writes: vec![(key("gone"), None)], ..Commit::default() };
    commit(&*engine, removing).unwrap();
    assert_eq!(engine.export(&file), Ok(3));
    commit(&*engine, putting(&[("later", b"1")])).unwrap();
    assert_eq!(Store::restore(&file, &folder, 7), Ok(3));
    let again = open_sled(&folder);
    let expected: Vec<_> = rows(&*engine).into_iter().filter(|it| it.0 != key("later")).collect();
    assert!(rows(&*again) == expected, "the same rows with the same versions");
    let seq = commit(&*again, putting(&[("a", b"3")])).unwrap();
    assert!(expected.iter().all(|it| it.1.version < seq));
    assert!(Store::restore(&file, &folder, 7).is_err(), "there is a store already");
}

fn an_export_that_is_not_whole_is_refused(open: Open<'_>) {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("export");
    let engine = open();
    commit(&*engine, putting(&[("a", &bytes(300, 1)), ("b", &bytes(300, 2))])).unwrap();
    engine.export(&file).unwrap();
    let whole = std::fs::read(&file).unwrap();
    for place in (0..whole.len()).step_by(13) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        for (case, damaged) in [("cut off", &whole[..place]), ("one bit", &flipped[..])] {
            std::fs::write(&file, damaged).unwrap();
            let folder = elsewhere.path().join(format!("{case} {place}"));
            let refused = Store::restore(&file, &folder, 7);
            assert!(matches!(refused, Err(StoreError::Damaged(_))), "{case} at {place}");
            assert!(!folder.join("rows").exists(), "{case} at {place}: nothing is made");
        }
    }
}
