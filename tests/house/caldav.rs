//! Calendar objects: stored byte for byte, and changed only by who knows what they change.

use crate::client::{BOOKINGS, DEFAULT, multiget_body, query_body};
use crate::event::{component, event, meeting};
use crate::server::House;
use crate::wire::replies;

const A: &str = "/dav/calendars/alice/default/a.ics";
const B: &str = "/dav/calendars/alice/default/b.ics";

fn some(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}

/// Texts that a server is tempted to tidy up.
fn awkward() -> Vec<(&'static str, Vec<u8>)> {
    let plain = some("a");
    let x_lines = [
        "DTSTART:20260303T100000Z",
        "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=\"Caf\u{e9}\":geo:1,2",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        "X-Odd;X-P=1;x-p=2:a\\,b\\;c\\nd",
        "SUMMARY;LANGUAGE=de:Gr\u{fc}\u{df}e \u{1f600} & <b>]]>",
    ];
    let mixed = plain.replacen("\r\n", "\n", 3);
    let early = plain.replace("SUMMARY:Meeting", "SUM\r\n MARY:M\r\n\tee\r\n ting");
    let long = format!("SUMMARY:{}", "a very long line ".repeat(40));
    let mut within = some("a").into_bytes();
    let at = within.windows(7).position(|it| it == b"Meeting").unwrap();
    drop(within.splice(at..at + 7, *b"caf\xc3\r\n \xa9"));
    vec![
        ("CRLF", plain.clone().into_bytes()),
        ("LF alone", plain.replace("\r\n", "\n").into_bytes()),
        ("both line ends", mixed.into_bytes()),
        ("folds in odd places", early.into_bytes()),
        ("a line never folded", plain.replace("SUMMARY:Meeting", &long).into_bytes()),
        ("a fold within a letter", within),
        ("properties of others", event("a", &x_lines).into_bytes()),
        ("lower case", plain.replace("BEGIN:", "begin:").replace("END:", "end:").into_bytes()),
        ("no last line end", plain.trim_end().as_bytes().to_vec()),
        ("no end and no length", event("a", &["DTSTART:20260303T100000Z"]).into_bytes()),
    ]
}

#[tokio::test]
async fn an_object_comes_back_as_the_bytes_that_were_put() {
    for (case, bytes) in awkward() {
        let house = House::open().await;
        let put = house.put(A, &bytes).await;
        assert_eq!(put.status, 201, "{case}: {}", put.body);
        let got = house.fetch(A).await.is(200);
        assert_eq!(got.bytes, bytes, "{case}");
        assert_eq!(got.header("etag"), put.header("etag"), "{case}");
        assert!(put.header("etag").starts_with('"'), "{case}: strong and quoted");
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let answered = house.report(DEFAULT, &multiget_body(&[A])).await.is(207);
            let data = replies(&answered.body)[0].value("calendar-data");
            assert_eq!(data.as_deref(), Some(text), "{case}");
        }
    }
}

#[tokio::test]
async fn a_text_that_xml_cannot_carry_as_it_is_means_the_same_in_a_report() {
    let house = House::open().await;
    let (_, bytes) = awkward().into_iter().find(|it| it.0 == "a fold within a letter").unwrap();
    house.put(A, &bytes).await.is(201);
    let answered = house.report(DEFAULT, &multiget_body(&[A])).await.is(207);
    let data = replies(&answered.body)[0].value("calendar-data").unwrap();
    let document = ical::Document::parse(data.as_bytes()).unwrap();
    let event = document.calendar().children().next().unwrap();
    assert_eq!(event.value("SUMMARY"), Some("caf\u{e9}"));
}

#[tokio::test]
async fn the_entity_tag_is_the_same_wherever_it_is_told() {
    let house = House::open().await;
    let etag = house.put(A, some("a")).await.is(201).header("etag").to_owned();
    let head = house.dav("alice", "HEAD", A, &[], "").await.is(200);
    assert_eq!(head.header("etag"), etag);
    assert!(head.bytes.is_empty() && head.header("content-length") == some("a").len().to_string());
    let token = house.sync(DEFAULT, "").await.token;
    assert!(!token.is_empty());
    let told = [
        ("PROPFIND, depth 0", house.propfind(A, "0", "<D:getetag/>").await),
        ("PROPFIND, depth 1", house.propfind(DEFAULT, "1", "<D:getetag/>").await),
        ("multiget", replies(&house.report(DEFAULT, &multiget_body(&[A])).await.body)),
        ("query", replies(&house.report(DEFAULT, &query_body("")).await.body)),
        ("sync", replies(&house.ask_sync(DEFAULT, "", "").await.body)),
    ];
    for (case, replies) in told {
        let reply = replies.into_iter().find(|it| it.href == A).unwrap();
        assert_eq!(reply.value("getetag").as_ref(), Some(&etag), "{case}");
    }
    let changed = house.put(A, some("a").replace("Meeting", "Other")).await.is(204);
    assert_ne!(changed.header("etag"), etag);
}

#[tokio::test]
async fn a_change_is_made_only_if_what_stands_there_is_what_the_client_takes_it_for() {
    let house = House::open().await;
    let old = house.put(A, some("a")).await.is(201).header("etag").to_owned();
    let now = house.put(A, some("a").replace("Meeting", "2")).await.is(204);
    let now = now.header("etag").to_owned();
    let bare = now.trim_matches('"').to_owned();
    let (weak, list) = (format!("W/{now}"), format!("{old}, {now}"));
    let missing = "/dav/calendars/alice/default/missing.ics";
    let refused = [
        ("it is there already", A, ("if-none-match", "*")),
        ("the client knows this one", A, ("if-none-match", now.as_str())),
        ("it was changed", A, ("if-match", old.as_str())),
        ("a weak tag proves nothing", A, ("if-match", weak.as_str())),
        ("there is nothing to change", missing, ("if-match", "*")),
        ("there is nothing with that tag", missing, ("if-match", now.as_str())),
    ];
    for (case, path, header) in refused {
        for method in ["PUT", "DELETE"] {
            let answered = house.dav("alice", method, path, &[header], some("a")).await;
            assert_eq!(answered.status, 412, "{method}: {case}");
        }
    }
    assert_eq!(house.fetch(A).await.header("etag"), now, "nothing changed");
    let mut current = now.clone();
    for (case, tag) in [("its tag", now), ("no quotes, as Evolution sends", bare), ("a list", list)]
    {
        let text = some("a").replace("Meeting", case);
        let tag = if case == "its tag" { tag } else { swapped(&tag, &current) };
        let answered = house.dav("alice", "PUT", A, &[("if-match", &tag)], text).await;
        assert_eq!(answered.status, 204, "{case}");
        current = answered.header("etag").to_owned();
    }
    house.dav("alice", "DELETE", A, &[("if-match", &current)], "").await.is(204);
    house.fetch(A).await.is(404);
}

/// `tag` in its form, with the current entity tag in it.
fn swapped(tag: &str, current: &str) -> String {
    match tag.split_once(", ") {
        Some((old, _)) => format!("{old}, {current}"),
        None => current.trim_matches('"').to_owned(),
    }
}

#[tokio::test]
async fn a_client_that_has_the_text_already_is_not_sent_it_again() {
    let house = House::open().await;
    let etag = house.put(A, some("a")).await.is(201).header("etag").to_owned();
    let headers = [("if-none-match", etag.as_str())];
    let answered = house.dav("alice", "GET", A, &headers, "").await.is(304);
    assert!(answered.bytes.is_empty());
    let got = house.fetch(A).await.is(200);
    assert!(got.header("content-type").starts_with("text/calendar"));
    assert_eq!(got.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_uid_is_taken_once_in_a_calendar_and_the_answer_says_by_what() {
    let house = House::open().await;
    house.put(A, some("same")).await.is(201);
    let refused = house.put(B, some("same")).await.is(403);
    let element = format!("<C:no-uid-conflict><D:href>{A}</D:href></C:no-uid-conflict>");
    assert!(refused.body.contains(&element), "{}", refused.body);
    house.fetch(B).await.is(404);
    house.put("/dav/calendars/alice/default/c.ics", some("SAME")).await.is(201);
    house.put(A, some("same").replace("Meeting", "Still mine")).await.is(204);
    house.remove(A).await.is(204);
    house.put(B, some("same")).await.is(201);
}

#[tokio::test]
async fn the_same_uid_may_be_in_two_calendars() {
    let house = House::open().await;
    house.make_calendar("/dav/calendars/alice/other/").await;
    house.put(A, some("same")).await.is(201);
    house.put("/dav/calendars/alice/other/a.ics", some("same")).await.is(201);
    let theirs = "/dav/calendars/bob/default/a.ics";
    house.dav("bob", "PUT", theirs, &[], some("same")).await.is(201);
}

#[tokio::test]
async fn names_and_uids_with_odd_letters_work_like_any_other() {
    let house = House::open().await;
    let cases = [
        ("spa%20ce.ics", "with space"),
        ("per%25cent.ics", "per%cent"),
        ("semi%3Bcolon.ics", "semi;colon"),
        ("%C3%BCmlaut.ics", "\u{fc}mlaut"),
        ("a@b.ics", "a@b"),
        ("no-extension", "{curly}"),
        ("percent-encoded%2520twice.ics", "twice"),
        ("A.ICS", "UPPER"),
        ("a.ics", "upper"),
    ];
    for (name, uid) in cases {
        house.put(&format!("{DEFAULT}{name}"), some(uid)).await.is(201);
    }
    let names = house.names(DEFAULT).await;
    assert_eq!(names.len(), cases.len(), "{names:?}");
    for (name, uid) in cases {
        assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
        let got = house.fetch(&format!("{DEFAULT}{name}")).await.is(200);
        assert_eq!(got.body, some(uid), "{name}");
    }
}

#[tokio::test]
async fn what_is_no_calendar_object_is_refused_with_the_rule_that_it_breaks() {
    let house = House::open().await;
    let two = some("a").replace("END:VEVENT", "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT");
    let cases = [
        ("words", "hello".to_owned(), "C:valid-calendar-data"),
        ("nothing", String::new(), "C:valid-calendar-data"),
        ("cut off", some("a").replace("END:VEVENT\r\n", ""), "C:valid-calendar-data"),
        ("a day that never was", some("a").replace("0303", "0231"), "C:valid-calendar-data"),
        ("no UID", some("a").replace("UID:a\r\n", ""), "C:valid-calendar-data"),
        ("two UIDs", two, "C:valid-calendar-object-resource"),
        (
            "a message",
            some("a").replace("BEGIN:VEVENT", "METHOD:REQUEST\r\nBEGIN:VEVENT"),
            "C:valid-calendar-object-resource",
        ),
        ("a task", component("VTODO", "a", &["SUMMARY:x"]), "C:supported-calendar-component"),
    ];
    for (case, text, element) in cases {
        let answered = house.put(A, text).await;
        assert_eq!(answered.status, 403, "{case}: {}", answered.body);
        assert!(answered.body.contains(&format!("<{element}/>")), "{case}: {}", answered.body);
    }
    assert!(house.names(DEFAULT).await.is_empty());
}

#[tokio::test]
async fn every_way_to_write_the_type_of_a_calendar_is_understood() {
    let house = House::open().await;
    let cases = [
        ("text/calendar", 201),
        ("text/calendar; charset=utf-8", 204),
        ("text/calendar; charset=\"utf-8\"", 204),
        ("Text/Calendar;Charset=UTF-8;component=VEVENT", 204),
        ("text/plain", 403),
        ("text/calendar; charset=iso-8859-1", 403),
    ];
    for (kind, status) in cases {
        let answered = house.dav("alice", "PUT", A, &[("content-type", kind)], some("a")).await;
        assert_eq!(answered.status, status, "{kind}");
    }
}

#[tokio::test]
async fn objects_are_put_into_calendars_and_nowhere_else() {
    let house = House::open().await;
    let cases = [
        ("no such calendar", "/dav/calendars/alice/missing/a.ics", 409),
        ("the home", "/dav/calendars/alice/", 405),
        ("a principal", "/dav/principals/alice/", 405),
    ];
    for (case, path, status) in cases {
        let answered = house.put(path, some("a")).await;
        assert_eq!(answered.status, status, "{case}: {}", answered.body);
    }
}

#[tokio::test]
async fn a_calendar_goes_with_all_that_is_in_it_and_can_be_made_anew() {
    let house = House::open().await;
    let calendar = "/dav/calendars/alice/other/";
    for _ in 0..3 {
        house.make_calendar(calendar).await;
        house.put(&format!("{calendar}a.ics"), some("a")).await.is(201);
        house.remove(calendar).await.is(204);
        house.fetch(&format!("{calendar}a.ics")).await.is(404);
        house.remove(calendar).await.is(404);
    }
    house.remove(BOOKINGS).await.is(403);
    house.assert_sound();
}

#[tokio::test]
async fn objects_survive_closing_and_opening() {
    let mut house = House::open().await;
    let large = event("b", &["DTSTART:20260303T100000Z", &format!("X-L:{}", "x".repeat(2 << 20))]);
    let etag = house.put(A, some("a")).await.is(201).header("etag").to_owned();
    house.put(B, &large).await.is(201);
    house.reopen().await;
    assert_eq!(house.fetch(A).await.is(200).header("etag"), etag);
    assert_eq!(house.fetch(B).await.is(200).body, large);
    house.assert_sound();
}
