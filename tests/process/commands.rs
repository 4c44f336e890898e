//! The command line: the contract that scripts rely on.

use crate::program::{Program, add_user, event, run, told};

#[test]
fn the_first_start_makes_something_to_see_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::serve(folder.path());
    for line in [
        "booking page: http://127.0.0.1:",
        "CalDAV: http://127.0.0.1:",
        "user: demo\n",
        "password: ",
    ] {
        assert!(server.said.contains(line), "{line} in {}", server.said);
    }
    let page = "GET /b/demo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let page = server.send(page.as_bytes()).unwrap();
    assert!(page.contains("Introduction") && page.contains("Session"), "{page}");
    server.kill();
    let again = Program::serve(folder.path());
    assert!(!again.said.contains("password"), "{}", again.said);
}

#[test]
fn a_user_made_by_a_script_has_calendars_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret\n");
    let server = Program::serve(folder.path());
    assert!(!server.said.contains("demo"), "{}", server.said);
    let asked = "<propfind xmlns=\"DAV:\"><prop><displayname/></prop></propfind>";
    let head = "PROPFIND /dav/calendars/alice/\nDepth: 1";
    let (status, answer) = server.ask("alice", head, asked).unwrap();
    assert_eq!(status, 207);
    for name in ["Default", "Tasks", "Bookings"] {
        assert!(answer.contains(&format!(">{name}</displayname>")), "{name} in {answer}");
    }
}

#[test]
fn commands_reach_the_store_while_the_server_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let server = Program::serve(folder.path());
    let data = folder.path().to_str().unwrap();
    add_user(folder.path(), "bob", "secret");
    assert_eq!(server.ask("bob", "OPTIONS /dav/", "").unwrap().0, 200);
    let made = told(&["--data", data, "app-password", "add", "alice", "phone"], "");
    let id = made.lines().next().unwrap();
    let listed = told(&["--data", data, "app-password", "list", "alice"], "");
    assert!(listed.contains(id) && listed.contains("phone"), "{listed}");
    assert!(!listed.contains(made.lines().nth(1).unwrap()), "the password was told twice");
    told(&["--data", data, "app-password", "revoke", "alice", id], "");
    assert!(told(&["--data", data, "check"], "").contains("all is well"));
}

#[test]
fn a_calendar_goes_out_and_in_and_a_backup_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, other) = (place("store"), place("other"));
    add_user(folder.path().join("store").as_path(), "alice", "secret");
    let stream = event("one", "first", "20270101T100000Z").replace("END:VCALENDAR\r\n", "")
        + event("two", "second", "20270102T100000Z").split_once("EN\r\n").unwrap().1;
    std::fs::write(place("in.ics"), &stream).unwrap();
    let told_in = told(&["--data", &data, "import", &place("in.ics")], "");
    assert_eq!(told_in.trim(), "imported 2 objects");
    told(&["--data", &data, "export", &place("out.ics")], "");
    let out = std::fs::read_to_string(place("out.ics")).unwrap();
    assert!(out.contains("SUMMARY:first") && out.contains("SUMMARY:second"), "{out}");
    told(&["--data", &data, "backup", &place("backup")], "");
    told(&["--data", &other, "restore", &place("backup")], "");
    assert!(told(&["--data", &other, "check"], "").contains("all is well"));
    assert_eq!(told(&["--data", &other, "export"], "").trim_end(), out.trim_end());
    let twice = run(&["--data", &other, "restore", &place("backup")], "");
    assert!(!twice.status.success());
    assert!(String::from_utf8_lossy(&twice.stderr).contains("holds a store already"));
}

#[test]
fn a_host_edits_the_offer_as_a_file_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    add_user(folder.path(), "alice", "secret");
    let server = Program::serve(folder.path());
    let data = folder.path().to_str().unwrap();
    let offer = told(&["--data", data, "offer", "show"], "");
    assert!(offer.contains("09:00-12:00") && offer.contains("slug = \"intro\""), "{offer}");
    let file = folder.path().join("offer.toml");
    std::fs::write(&file, offer.replace("Introduction", "First lesson")).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(
        told(&["--data", data, "offer", "set", file], "").trim(),
        "alice now offers 2 event types"
    );
    let page = "GET /b/alice HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let page = server.send(page.as_bytes()).unwrap();
    assert!(page.contains("First lesson") && !page.contains("Introduction"), "{page}");
}

#[test]
fn what_is_wrong_on_the_command_line_or_in_the_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("bookdav.toml");
    std::fs::write(&config, "listen = [\"127.0.0.1:0\"]\nzoen = \"UTC\"\n").unwrap();
    let config = config.to_str().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let bad_name = ["--data", data, "user", "add", "a/b", "--email", "a@b", "--password-stdin"];
    let bad_zone = [
        "--data",
        data,
        "user",
        "add",
        "a",
        "--email",
        "a@b",
        "--zone",
        "Mars",
        "--password-stdin",
    ];
    let nowhere = ["--data", "/nowhere/else", "restore", "/nowhere"];
    let cases: [(&[&str], &str); 5] = [
        (&["--config", config], "zoen"),
        (&["--data", data, "--listen", "0.0.0.0:0"], "needs [tls]"),
        (&bad_name, "a user name is"),
        (&bad_zone, "no time zone \"Mars\""),
        (&nowhere, "No such file"),
    ];
    for (arguments, expected) in cases {
        let output = run(arguments, "secret\n");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(complaint.contains(expected), "{arguments:?}: {complaint}");
    }
}
