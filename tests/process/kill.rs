//! `kill -9` in the middle of concurrent writes: what was acknowledged is there afterwards.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::program::{Program, add_user, ask, event, told};

const CYCLES: usize = 5;
const WRITERS: usize = 8;
/// Acknowledged writes after which the server is killed.
const WRITES: usize = 120;

/// The last acknowledged text of each object, and one that may or may not have arrived.
type Known = BTreeMap<String, (String, Option<String>)>;

#[test]
fn a_killed_server_has_every_write_that_it_acknowledged_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let known = Arc::new(Mutex::new(Known::new()));
    for cycle in 0..CYCLES {
        let server = Program::serve(folder.path());
        verify(&server, &mut known.lock().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (known, stop) = (Arc::clone(&known), Arc::clone(&stop));
                let (acknowledged, address) = (Arc::clone(&acknowledged), server.address);
                thread::spawn(move || {
                    let mut n = 0;
                    while !stop.load(Ordering::SeqCst) {
                        let name = format!("w{writer}-{}.ics", n % 7);
                        let summary = format!("cycle {cycle} write {n}");
                        // Without an answer nobody knows: this one stays open until the next start.
                        if !write(address, &name, &summary, &known, &acknowledged) {
                            return;
                        }
                        n += 1;
                    }
                })
            })
            .collect();
        while acknowledged.load(Ordering::SeqCst) < WRITES {
            thread::yield_now();
        }
        server.kill();
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.join().unwrap();
        }
    }
    let server = Program::serve(folder.path());
    verify(&server, &mut known.lock().unwrap());
    server.kill();
    let checked = told(&["--data", folder.path().to_str().unwrap(), "check"], "");
    assert!(checked.contains("all is well"), "{checked}");
}

fn write(
    address: SocketAddr,
    name: &str,
    summary: &str,
    known: &Mutex<Known>,
    acknowledged: &AtomicUsize,
) -> bool {
    let text = event(name, summary, "20270101T100000Z");
    known.lock().unwrap().entry(name.to_owned()).or_default().1 = Some(text.clone());
    let head = format!("PUT /dav/calendars/alice/default/{name}\nContent-Type: text/calendar");
    let Some((status, _)) = ask(address, "alice", &head, &text) else { return false };
    assert!(matches!(status, 201 | 204), "{status}");
    known.lock().unwrap().insert(name.to_owned(), (text, None));
    acknowledged.fetch_add(1, Ordering::SeqCst);
    true
}

/// What stands there now is what is known from here on.
fn settle(name: &str, body: &str, known: &mut Known) {
    known.insert(name.to_owned(), (body.to_owned(), None));
}

/// Everything acknowledged is there, and nothing that nobody wrote.
fn verify(server: &Program, known: &mut Known) {
    for (name, (acknowledged, pending)) in known.clone() {
        let head = format!("GET /dav/calendars/alice/default/{name}");
        let (status, answer) = server.ask("alice", &head, "").unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let is_pending = pending.as_deref() == Some(body);
        let is_nothing = status == 404 && acknowledged.is_empty();
        assert!(body == acknowledged || is_pending || is_nothing, "{name}: {status} {body}");
        settle(&name, if is_nothing { "" } else { body }, known);
    }
    let head = "PROPFIND /dav/calendars/alice/default/\nDepth: 1";
    let asked = "<propfind xmlns=\"DAV:\"><prop><getetag/></prop></propfind>";
    let (status, listing) = server.ask("alice", head, asked).unwrap();
    assert_eq!(status, 207);
    assert!(listing.matches(".ics</D:href>").count() <= known.len(), "{listing}");
}
