//! What was broken once and is mended: one test for each.

use std::net::IpAddr;
use std::sync::Arc;

use app::{Action, Ctx, Login, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::limit::BOOKINGS_PER_HOUR;

use crate::browser::{ALL_TIMES, Browser, TUESDAY};
use crate::client::{BOOKINGS, DEFAULT, SPACES};
use crate::event::{event, meeting};
use crate::server::House;
use crate::wire::replies;

/// Tuesday without what collides with 10:00 to 11:00.
const WITHOUT_HOUR: &str = "09:00 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
/// A calendar that is made, filled and removed.
const OTHER: &str = "/dav/calendars/alice/other/";
/// Where those come from who try names and passwords.
const GUESSER: &str = "192.0.2.1";
/// More names than failed logins are counted for.
const NAMES: usize = 10_050;

async fn times(house: &House) -> String {
    Browser::of(house).times(TUESDAY).await
}

/// Gives alice's calendar for events that zone.
async fn set_zone(house: &House, name: &str) {
    let zone = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\n\
         DTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\n\
         END:VTIMEZONE\r\nEND:VCALENDAR\r\n"
    );
    let zone = zone.replace('\r', "&#13;");
    let property = format!("<C:calendar-timezone>{zone}</C:calendar-timezone>");
    let answered = house.proppatch(DEFAULT, &property).await.is(207);
    assert_eq!(replies(&answered.body)[0].parts[0].0, "HTTP/1.1 200 OK", "{name}");
}

/// The zone is so far east that its Wednesday begins on Tuesday at ten.
#[tokio::test]
async fn a_floating_event_moves_with_its_calendars_zone_and_gives_its_time_back_after_that() {
    let cases = [
        ("out of Tuesday", "20260303T10", "20260303T11", WITHOUT_HOUR, ALL_TIMES),
        ("into Tuesday", "20260304T00", "20260304T01", ALL_TIMES, WITHOUT_HOUR),
    ];
    for (case, start, end, before, after) in cases {
        let mut house = House::open().await;
        let lines = [format!("DTSTART:{start}0000"), format!("DTEND:{end}0000")];
        house.put_new("a.ics", event("a", &[&lines[0], &lines[1]])).await;
        assert_eq!(times(&house).await, before, "{case}");
        set_zone(&house, "Pacific/Kiritimati").await;
        assert_eq!(times(&house).await, after, "{case}: at once");
        house.assert_sound();
        house.remove(&format!("{DEFAULT}a.ics")).await.is(204);
        assert_eq!(times(&house).await, ALL_TIMES, "{case}: removed");
        house.assert_sound();
        house.reopen().await;
        assert_eq!(times(&house).await, ALL_TIMES, "{case}: opened again");
    }
}

/// How often the rows say `text`, but for the audit trail, which has it at the end of a path.
async fn traces(house: &House, text: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    house.app().backup(&file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let places = bytes.windows(text.len()).enumerate().filter(|it| it.1 == text.as_bytes());
    places.filter(|it| it.0 > 0 && bytes[it.0 - 1] != b'/').count()
}

/// Fills the other calendar: a meeting, a series, ten days away, and one that went again.
async fn fill_other(house: &House) {
    let week = ["DTSTART:20260224T140000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"];
    let away = ["DTSTART;VALUE=DATE:20260228", "DTEND;VALUE=DATE:20260310"];
    let events = [
        meeting("marked-0", "20260303T100000Z", "20260303T110000Z"),
        event("marked-1", &week),
        event("marked-2", &away),
        meeting("marked-3", "20260303T160000Z", "20260303T170000Z"),
    ];
    for (number, text) in events.iter().enumerate() {
        let path = format!("{OTHER}marked-{number}.ics");
        house.put(&path, text).await.is(201);
        house.put(&path, text.replace("DTSTAMP:20260301", "DTSTAMP:20260302")).await.is(204);
    }
    house.remove(&format!("{OTHER}marked-3.ics")).await.is(204);
}

#[tokio::test]
async fn a_calendar_that_is_deleted_gives_all_its_time_back_and_leaves_no_rows() {
    let mut house = House::open().await;
    for round in 0..2 {
        house.make_calendar(OTHER).await;
        assert!(house.names(OTHER).await.is_empty(), "round {round}: made anew it is empty");
        fill_other(&house).await;
        assert_eq!(house.names(OTHER).await.len(), 3, "round {round}");
        assert_eq!(times(&house).await, "", "round {round}: alice is away");
        assert_ne!(traces(&house, "marked-").await, 0, "round {round}");
        house.assert_sound();
        house.remove(OTHER).await.is(204);
        assert_eq!(times(&house).await, ALL_TIMES, "round {round}");
        assert_eq!(traces(&house, "marked-").await, 0, "round {round}: rows of it are left");
        house.fetch(&format!("{OTHER}marked-0.ics")).await.is(404);
        house.assert_sound();
        house.reopen().await;
        assert_eq!(times(&house).await, ALL_TIMES, "round {round}: opened again");
        house.assert_sound();
    }
}

/// The body of a `calendar-multiget` for texts written out up to `end`.
fn expanding(hrefs: &[String], end: &str) -> String {
    let hrefs: String = hrefs.iter().map(|it| format!("<D:href>{it}</D:href>")).collect();
    format!(
        "<C:calendar-multiget {SPACES}><D:prop><D:getetag/><C:calendar-data>\
         <C:expand start=\"20260302T000000Z\" end=\"{end}\"/></C:calendar-data></D:prop>{hrefs}\
         </C:calendar-multiget>"
    )
}

/// Puts events with these lines; tells their paths.
async fn put_many(house: &House, count: usize, lines: &[&str]) -> Vec<String> {
    let mut paths = Vec::with_capacity(count);
    for number in 0..count {
        let name = format!("{number}.ics");
        house.put_new(&name, event(&number.to_string(), lines)).await;
        paths.push(format!("{DEFAULT}{name}"));
    }
    paths
}

#[tokio::test]
async fn a_multiget_that_expands_answers_each_link_once() {
    let house = House::open().await;
    let lines = ["DTSTART:20260303T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"];
    let path = put_many(&house, 1, &lines).await.remove(0);
    let mut hrefs = vec![path.clone(); 50];
    hrefs.push(format!("{DEFAULT}%30.ics"));
    let body = expanding(&hrefs, "20270101T000000Z");
    let answered = house.report(DEFAULT, &body).await.is(207);
    let told = replies(&answered.body);
    assert_eq!((told.len(), &told[0].href), (1, &path));
    let text = told[0].value("calendar-data").unwrap();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 3, "{text}");
}

/// Each object stays below the limits: only all of them together are too much.
#[tokio::test]
async fn a_multiget_that_would_expand_to_too_much_is_refused() {
    let words = format!("DESCRIPTION:{}", "w".repeat(100_000));
    let long = ["DTSTART:20260302T220000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", words.as_str()];
    let dense =
        ["DTSTART:20260302T000000Z", "DURATION:PT5M", "RRULE:FREQ=HOURLY", "TRANSP:TRANSPARENT"];
    let cases = [
        ("40 MB of words", 4, &long[..], "20260610T000000Z"),
        ("105 600 instances", 11, &dense[..], "20270406T000000Z"),
    ];
    for (case, count, lines, end) in cases {
        let house = House::open().await;
        let hrefs = put_many(&house, count, lines).await;
        let one = house.report(DEFAULT, &expanding(&hrefs[..1], end)).await;
        assert_eq!(one.status, 207, "{case}: one alone");
        let all = house.report(DEFAULT, &expanding(&hrefs, end)).await;
        assert_eq!(all.status, 403, "{case}");
        assert!(all.body.contains("number-of-matches-within-limits"), "{case}: {}", all.body);
    }
}

#[tokio::test]
async fn a_series_too_dense_to_write_out_is_refused_unless_it_takes_no_time() {
    let house = House::open().await;
    let path = format!("{DEFAULT}a.ics");
    let dense = ["DTSTART:20260302T080000Z", "DURATION:PT1M", "RRULE:FREQ=MINUTELY;INTERVAL=5"];
    let refused = house.put(&path, event("a", &dense)).await.is(403);
    assert!(refused.body.contains("max-instances"), "{}", refused.body);
    assert!(house.names(DEFAULT).await.is_empty());
    let free = [dense[0], dense[1], dense[2], "TRANSP:TRANSPARENT"];
    house.put(&path, event("a", &free)).await.is(201);
    assert_eq!(times(&house).await, ALL_TIMES);
    house.put(&path, event("a", &dense)).await.is(403);
    assert!(house.fetch(&path).await.is(200).body.contains("TRANSPARENT"), "it stays as it was");
    house.assert_sound();
}

#[tokio::test]
async fn what_cannot_be_checked_against_all_bookings_is_not_put_among_them() {
    let house = House::open().await;
    Browser::of(&house).book("10:00").await;
    let cases: [(&str, &[&str]); 3] = [
        ("in three years", &["DTSTART:20290303T200000Z", "DURATION:PT1H"]),
        ("twenty days around a booking", &["DTSTART:20260225T000000Z", "DURATION:P20D"]),
        (
            "a series without end",
            &["DTSTART:20260304T200000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"],
        ),
    ];
    for (case, lines) in cases {
        let answered = house.put(&format!("{BOOKINGS}a.ics"), event("a", lines)).await;
        assert_eq!(answered.status, 409, "{case}: {}", answered.body);
        assert!(answered.body.contains("time-not-available"), "{case}: {}", answered.body);
        assert_eq!(house.names(BOOKINGS).await.len(), 1, "{case}");
    }
    let free = ["DTSTART:20260304T000000Z", "DURATION:P20D"];
    house.put(&format!("{BOOKINGS}a.ics"), event("a", &free)).await.is(201);
    let within = Browser::of(&house).hold_at("/b/alice/intro", "30", "2026-03-10T10:00:00Z").await;
    assert_eq!(within.status, 409, "{}", within.body);
    house.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_entity_tag_is_that_of_the_text_it_comes_with_whoever_writes_meanwhile() {
    let house = Arc::new(House::open().await);
    let path = format!("{DEFAULT}a.ics");
    let texts = ["20260303T100000Z", "20260304T100000Z"]
        .map(|start| event("a", &[&format!("DTSTART:{start}"), "DURATION:PT1H"]));
    let mut tags = Vec::new();
    for text in &texts {
        tags.push(house.put(&path, text).await.header("etag").to_owned());
    }
    assert_ne!(tags[0], tags[1]);
    let (writing, to, written) = (Arc::clone(&house), path.clone(), texts.clone());
    let writer = tokio::spawn(async move {
        for number in 0..200 {
            writing.put(&to, &written[number % 2]).await.is(204);
        }
    });
    let mut is_over = false;
    while !is_over {
        is_over = writer.is_finished();
        let got = house.fetch(&path).await.is(200);
        let place = texts.iter().position(|it| *it == got.body).unwrap();
        assert_eq!(got.header("etag"), tags[place], "the tag of the other text");
    }
    writer.await.unwrap();
    house.assert_sound();
}

#[tokio::test]
async fn a_meeting_that_is_over_cannot_be_cancelled_any_more() {
    let house = House::open().await;
    let (mut visitor, mut other) = (Browser::of(&house), Browser::of(&house));
    let booking = visitor.book("10:00").await;
    let running = other.book("11:00").await;
    // It is Tuesday, 10:30: the first has just ended.
    house.wait(95_400);
    visitor.post(&format!("{booking}/cancel"), &[]).await.is(400);
    assert_eq!(house.names(BOOKINGS).await.len(), 2);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Confirmed</h1>"), "{}", page.body);
    // At 11:29:59 the second has not.
    house.wait(3_599);
    other.post(&format!("{running}/cancel"), &[]).await.is(303);
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
    house.assert_sound();
}

#[tokio::test]
async fn a_password_taken_back_from_a_device_is_refused_at_once() {
    let house = House::open().await;
    let (app, from): (_, IpAddr) = (house.app(), GUESSER.parse().unwrap());
    let ctx = Ctx::server(app.clock().now());
    let alice = app.owner(&ctx, "alice", Action::Administer).unwrap();
    let (id, password) = app.add_app_password(&ctx, &alice, "telephone").await.unwrap();
    let (kept, other) = app.add_app_password(&ctx, &alice, "tablet").await.unwrap();
    assert_ne!(id, kept);
    let login = Login { name: "alice", password: &password, from };
    for _ in 0..2 {
        assert!(app.login(&ctx, login).await.is_ok(), "it is good, and remembered");
    }
    app.revoke_app_password(&ctx, &alice, id).await.unwrap();
    assert!(matches!(app.login(&ctx, login).await, Err(Refusal::BadCredentials)));
    let login = Login { name: "alice", password: &other, from };
    assert!(app.login(&ctx, login).await.is_ok(), "the other device stays");
    house.fetch(DEFAULT).await.is(200);
}

#[tokio::test]
async fn failed_logins_are_counted_however_many_names_failed_before() {
    let from: IpAddr = GUESSER.parse().unwrap();
    for password in ["", "wrong"] {
        let house = House::open().await;
        let ctx = Ctx::server(house.app().clock().now());
        for number in 0..NAMES {
            let name = format!("nobody-{number}");
            let login = Login { name: &name, password, from };
            let answered = house.app().login(&ctx, login).await;
            assert!(matches!(answered, Err(Refusal::BadCredentials)), "{name}: {password:?}");
        }
        let mut statuses = Vec::new();
        for number in 0..12 {
            let basic = STANDARD.encode(format!("alice:wrong {number}"));
            let header = format!("Basic {basic}");
            let headers = [("authorization", header.as_str())];
            statuses.push(house.dav("", "GET", DEFAULT, &headers, "").await.status);
        }
        let expected: Vec<u16> = [[401; 10].as_slice(), &[429; 2]].concat();
        assert_eq!(statuses, expected, "after many with {password:?}");
    }
}

/// Half hours from Tuesday on, six of each working day.
fn starts() -> Vec<String> {
    let hours = ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"];
    let days = (3..=6).chain(9..=13).map(|day| format!("2026-03-{day:02}"));
    days.flat_map(|day| hours.map(|hour| format!("{day}T{hour}:00Z"))).collect()
}

#[tokio::test]
async fn visitors_of_one_network_book_so_often_within_an_hour_and_no_more() {
    let house = House::open().await;
    let (from, starts): (IpAddr, _) = ("203.0.113.9".parse().unwrap(), starts());
    for start in &starts[..BOOKINGS_PER_HOUR] {
        let mut visitor = Browser::of(&house);
        visitor.jar.from = from;
        visitor.book_at(start).await;
    }
    assert_eq!(house.names(BOOKINGS).await.len(), BOOKINGS_PER_HOUR);
    let mut late = Browser::of(&house);
    late.jar.from = from;
    let start = &starts[BOOKINGS_PER_HOUR];
    let held = late.hold_at("/b/alice/intro", "30", start).await.is(303);
    late.confirm(&held).await.is(429);
    Browser::of(&house).book_at(&starts[BOOKINGS_PER_HOUR + 1]).await;
    house.wait(3_599);
    let held = late.hold_at("/b/alice/intro", "30", start).await.is(303);
    late.confirm(&held).await.is(429);
    assert_eq!(house.names(BOOKINGS).await.len(), BOOKINGS_PER_HOUR + 1);
    house.wait(1);
    late.confirm(&held).await.is(303);
    assert_eq!(house.names(BOOKINGS).await.len(), BOOKINGS_PER_HOUR + 2);
    house.assert_sound();
}

/// Half a year later nobody can be told of it any more, so nobody may believe to be up to date.
#[tokio::test]
async fn a_token_from_before_a_forgotten_deletion_is_refused_and_a_newer_one_is_not() {
    let house = House::open().await;
    let before = house.sync(DEFAULT, "").await.token;
    let text = meeting("a", "20260303T100000Z", "20260303T110000Z");
    house.put(&format!("{DEFAULT}a.ics"), &text).await.is(201);
    let between = house.sync(DEFAULT, "").await.token;
    house.remove(&format!("{DEFAULT}a.ics")).await.is(204);
    // The last change of all is kept.
    let text = meeting("b", "20260304T100000Z", "20260304T110000Z");
    house.put(&format!("{DEFAULT}b.ics"), text).await.is(201);
    let after = house.sync(DEFAULT, "").await.token;
    house.wait(200 * 86_400);
    house.app().run_due_jobs().await.unwrap();
    assert!(house.sync(DEFAULT, &after).await.removed.is_empty());
    for token in [before, between] {
        let body = format!(
            "<D:sync-collection {SPACES}><D:sync-token>{token}</D:sync-token>\
             <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
        );
        let answered = house.dav("alice", "REPORT", DEFAULT, &[("depth", "0")], body).await;
        assert!(answered.is(403).body.contains("valid-sync-token"));
    }
}
