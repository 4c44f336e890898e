//! What comes through the socket: requests that two readers could take differently are refused.

use crate::program::{Program, add_user};

const REFUSED: &[(&str, &str, u16)] = &[
    ("no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400),
    ("a Host that is none", "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400),
    ("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\nConnection: close\r\n\r\n", 400),
    (
        "two lengths",
        "PUT /dav/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "an encoded body",
        "PUT /dav/x HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
        415,
    ),
    (
        "a form that is too long",
        "POST /b/x HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n",
        413,
    ),
    ("nobody's name", "PROPFIND /dav/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 401),
];

#[test]
fn improper_requests_are_refused_with_the_right_status() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::serve(folder.path());
    for (case, request, expected) in REFUSED {
        let answer = server.send(request.as_bytes()).unwrap_or_default();
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{case}: {answer}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(5_000));
    assert!(server.send(long.as_bytes()).unwrap().starts_with("HTTP/1.1 414 "));
    let wide = format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {}\r\n\r\n", "a".repeat(70_000));
    assert!(server.send(wide.as_bytes()).unwrap().starts_with("HTTP/1.1 431 "));
    let many = "X-A: 1\r\n".repeat(200);
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n");
    assert!(server.send(many.as_bytes()).unwrap().starts_with("HTTP/1.1 431 "));
}

#[test]
fn discovery_begins_wherever_a_client_begins() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::serve(folder.path());
    for line in ["GET /.well-known/caldav", "PROPFIND /.well-known/caldav", "PROPFIND /"] {
        let request = format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = server.send(request.as_bytes()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 301 "), "{line}: {answer}");
        assert!(answer.contains("location: /dav/\r\n"), "{line}: {answer}");
    }
}

#[test]
fn a_login_is_of_its_own_request_alone() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let server = Program::serve(folder.path());
    // "alice:secret", then nothing, on one connection.
    let with = "OPTIONS /dav/ HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n";
    let without = "OPTIONS /dav/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = server.send(format!("{with}{without}").as_bytes()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let second = &answer[answer.rfind("HTTP/1.1 ").unwrap()..];
    assert!(second.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(second.contains("realm=\"bookdav\""), "{second}");
}

#[test]
fn guessing_a_password_is_throttled_while_the_right_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let server = Program::serve(folder.path());
    assert_eq!(server.ask("alice", "OPTIONS /dav/", "").unwrap().0, 200);
    let wrong = "OPTIONS /dav/ HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWxpY2U6d3Jvbmc=\r\n\
                 Connection: close\r\n\r\n";
    let statuses: Vec<String> =
        (0..12).map(|_| server.send(wrong.as_bytes()).unwrap()[9..12].to_owned()).collect();
    assert_eq!(statuses[..10], vec!["401"; 10]);
    assert_eq!(statuses[10..], vec!["429"; 2]);
    assert_eq!(server.ask("alice", "OPTIONS /dav/", "").unwrap().0, 200);
}

#[test]
fn the_server_ends_cleanly_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let mut server = Program::serve(folder.path());
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
}

/// Without it twice as much stayed resident after many writes.
#[test]
fn a_server_keeps_its_identity_while_it_tells_its_allocator_to_give_memory_back() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let server = Program::serve(folder.path());
    let environment = std::fs::read(format!("/proc/{}/environ", server.child.id())).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    assert!(environment.contains("glibc.malloc.arena_max"), "{environment}");
}
