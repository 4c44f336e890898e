//! A small script played over real sockets against a server that fits into this file.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without should stop it")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use conformance::{FileResult, Outcome, Place, Run, ServerInfo, scripts};
use tempfile::TempDir;

const INFO: &str = "<serverinfo><waitcount>2</waitcount><waitdelay>0</waitdelay>\
    <waitsuccess>5</waitsuccess><features><feature>tiny</feature></features><substitutions>\
    <substitution><key>$home:</key><value>/c</value></substitution>\
    <substitution><key>$userid1:</key><value>user</value></substitution>\
    <substitution><key>$pswd1:</key><value>secret</value></substitution>\
    </substitutions></serverinfo>";

/// What a server keeps, and what it was asked.
#[derive(Default)]
struct Kept {
    texts: BTreeMap<String, (usize, String)>,
    asked: Vec<String>,
}

#[derive(Clone, Default)]
struct Tiny(Arc<Mutex<Kept>>);

impl Tiny {
    /// Serves until the test is over; gives its address.
    fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let tiny = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                tiny.answer(stream.unwrap());
            }
        });
        base
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut lines: Vec<String> = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let length = lines.iter().find_map(|it| {
            it.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
        });
        let mut body = vec![0; length.map_or(0, |it| it.parse().unwrap())];
        reader.read_exact(&mut body).unwrap();
        let mut words = lines[0].split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let (status, text) = self.act(method, path, &String::from_utf8(body).unwrap());
        let head = format!(
            "HTTP/1.1 {status} X\r\nETag: \"{}\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len(),
            text.len()
        );
        stream.write_all(format!("{head}{text}").as_bytes()).unwrap();
    }

    fn act(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut kept = self.0.lock().unwrap();
        kept.asked.push(format!("{method} {path}"));
        let number = kept.asked.len();
        match method {
            "PUT" => {
                kept.texts.insert(path.to_owned(), (number, body.to_owned()));
                (201, String::new())
            }
            "GET" => match kept.texts.get(path) {
                Some((_, text)) => (200, text.clone()),
                None => (404, String::new()),
            },
            "DELETE" if kept.texts.remove(path).is_some() => (204, String::new()),
            "PROPFIND" => (207, listing(path, &kept.texts)),
            // Answered at the third attempt.
            "SLOW" if kept.asked.iter().filter(|it| it.starts_with("SLOW")).count() < 3 => {
                (503, String::new())
            }
            "SLOW" => (200, String::new()),
            _ => (404, String::new()),
        }
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

fn listing(path: &str, texts: &BTreeMap<String, (usize, String)>) -> String {
    let mut out = format!(
        "<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>{path}</D:href><D:propstat><D:prop/>\
         <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    );
    for (name, (number, _)) in texts.iter().filter(|it| it.0.starts_with(path)) {
        let _ = write!(
            out,
            "<D:response><D:href>{name}</D:href><D:propstat><D:prop><D:getlastmodified>\
             Mon, 02 Mar 2026 08:00:{number:02} GMT</D:getlastmodified></D:prop>\
             <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        );
    }
    out + "</D:multistatus>"
}

fn request(method: &str, uri: &str, more: &str) -> String {
    format!("<request><method>{method}</method><ruri>{uri}</ruri>{more}</request>")
}

fn data(path: &str) -> String {
    format!("<data><content-type>text/plain</content-type><filepath>{path}</filepath></data>")
}

fn verify(name: &str, argument: &str, value: &str) -> String {
    format!(
        "<verify><callback>{name}</callback><arg><name>{argument}</name><value>{value}</value>\
         </arg></verify>"
    )
}

fn test(name: &str, requests: &[String]) -> String {
    format!("<test name='{name}'>{}</test>", requests.concat())
}

/// Plays a script with these parts; tells what came of it.
fn played(tiny: &Tiny, start: &str, tests: &str) -> FileResult {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    write("hello.txt", "hello $uid1: $got:");
    let info = write("serverinfo.xml", INFO);
    let script = write(
        "tiny.xml",
        &format!(
            "<caldavtest><start>{start}</start><test-suite name='s'>{tests}</test-suite>\
             <test-suite name='elsewhere'><require-feature><feature>huge</feature>\
             </require-feature></test-suite></caldavtest>"
        ),
    );
    let info = ServerInfo::read(&info).unwrap().at(&tiny.open()).unwrap();
    let data: &Path = folder.path();
    let run = Run { info: &info, data, place: Place::Running, only: None, told: &|_| {} };
    scripts(&run, &[script]).unwrap().remove(0)
}

fn told(result: &FileResult) -> Vec<(String, String)> {
    let tests = result.tests().map(|(key, outcome)| {
        let outcome = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Ignored => "ignored".to_owned(),
            Outcome::Failed(failure) => failure.reason.clone(),
        };
        (key, outcome)
    });
    tests.collect()
}

#[test]
fn a_script_is_played_from_its_start_block_to_its_last_deletion() {
    let tiny = Tiny::default();
    let put = request("PUT", "$home:/a.txt", &data("hello.txt"));
    let put = put.replacen("<request>", "<request end-delete='yes'>", 1);
    let grab = "<grabheader><name>ETag</name><variable>$got:</variable></grabheader>";
    let tests = [
        test(
            "get",
            &[request(
                "GET",
                "$home:/a.txt",
                &format!("{}{grab}", verify("dataString", "contains", "hello")),
            )],
        ),
        test("wrong", &[request("GET", "$home:/a.txt", &verify("statusCode", "status", "404"))]),
        test(
            "grabbed",
            &[
                request("PUT", "$home:/b.txt", &data("hello.txt")),
                request("GETNEW", "$home:/", &verify("dataString", "contains", "$uid1: $got:")),
            ],
        ),
        test("counted", &[request("WAITCOUNT 2", "$home:/", "")]),
        test("miscounted", &[request("WAITCOUNT 3", "$home:/", "")]),
        test(
            "slow",
            &[request("SLOW", "/", &verify("statusCode", "status", "200")).replacen(
                "<request>",
                "<request wait-for-success='yes'>",
                1,
            )],
        ),
        test("numbered", &[request("PUT", "$home:/##.txt", "")]).replacen("'>", "' count='2'>", 1),
        test(
            "emptied",
            &[request("DELETEALL", "$home:/", ""), request("WAITCOUNT 0", "$home:/", "")],
        ),
        test("nothing verified", &[request("GET", "/missing", "")]),
    ];
    let result = played(&tiny, &put, &tests.concat());
    assert_eq!(result.lost, None);
    let expected = [
        ("get", "passed"),
        ("wrong", "statusCode: status 200 instead of 404"),
        ("grabbed", "passed"),
        ("counted", "passed"),
        ("miscounted", "/c/ has 2 members instead of 3"),
        ("slow", "passed"),
        ("numbered", "passed"),
        ("emptied", "passed"),
        ("nothing verified", "passed"),
    ];
    let mut expected: Vec<(String, String)> =
        expected.map(|it| (format!("tiny | s | {}", it.0), it.1.to_owned())).into();
    expected.push(("tiny | elsewhere | ".into(), "ignored".into()));
    assert_eq!(told(&result), expected);
    let asked = tiny.asked();
    assert_eq!(asked.first().map(String::as_str), Some("PUT /c/a.txt"));
    assert_eq!(asked.last().map(String::as_str), Some("DELETE /c/a.txt"), "{asked:#?}");
    for wanted in ["PUT /c/1.txt", "PUT /c/2.txt", "DELETE /c/b.txt"] {
        assert!(asked.iter().any(|it| it == wanted), "{wanted}: {asked:#?}");
    }
}

#[test]
fn a_file_whose_start_block_fails_fails_in_every_test() {
    let tests = [test("1", &[request("GET", "/", "")]), test("2", &[request("GET", "/", "")])];
    let result = played(&Tiny::default(), &request("MKCALENDAR", "/x/", ""), &tests.concat());
    let why = "MKCALENDAR /x/: status 404 instead of 2xx";
    assert_eq!(result.lost.as_deref(), Some(why));
    let told = told(&result);
    for test in &told[..2] {
        assert_eq!(test.1, format!("lost to its start block: {why}"), "{}", test.0);
    }
    assert_eq!(result.totals().failed, 2);
}
