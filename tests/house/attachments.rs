//! Managed attachments: kept as long as they are attached, counted, and no larger than they may be.

use model::limit::{ATTACHMENT_MAX_BYTES, ATTACHMENTS_MAX, PLACES_MAX};

use crate::client::{BOOKINGS, DEFAULT};
use crate::event::meeting;
use crate::server::{Answered, House};

const HOME: &str = "/dav/calendars/alice/";
const DAY_S: i64 = 86_400;

async fn attach(house: &House, path: &str, text: impl AsRef<[u8]>) -> Answered {
    let headers = [
        ("content-type", "text/plain"),
        ("content-disposition", "attachment; filename=\"../menu.txt\""),
    ];
    house.dav("alice", "POST", &format!("{path}?action=attachment-add"), &headers, text).await
}

/// The path of a file, as the answer to a request that attached it tells.
fn place(added: &Answered) -> String {
    let (_, path) = added.header("location").split_once("/dav/").unwrap();
    format!("/dav/{path}")
}

async fn with_event() -> (House, String) {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    (house, format!("{DEFAULT}a.ics"))
}

#[tokio::test]
async fn a_file_stays_while_an_event_has_it_and_goes_some_time_after() {
    let (mut house, event) = with_event().await;
    let added = attach(&house, &event, "Eggs").await.is(201);
    let file = place(&added);
    assert!(file.ends_with("/menu.txt"), "no folder comes with a name: {file}");
    let new = format!("{DEFAULT}b.ics");
    for _ in 0..2 {
        house.wait(3 * DAY_S);
        house.reopen().await;
        assert_eq!(house.fetch(&file).await.is(200).body, "Eggs");
    }
    house.dav("alice", "MOVE", &event, &[("destination", new.as_str())], "").await.is(201);
    house.wait(3 * DAY_S);
    house.reopen().await;
    assert_eq!(house.fetch(&file).await.is(200).body, "Eggs", "it followed the event");
    let used = house.property(HOME, "D:quota-used-bytes").await;
    // Another text without it is enough to take it away.
    house.put(&new, meeting("a", "20260303T100000Z", "20260303T110000Z")).await.is(204);
    house.fetch(&file).await.is(403);
    house.wait(3 * DAY_S);
    house.reopen().await;
    let left: u64 = house.property(HOME, "D:quota-used-bytes").await.parse().unwrap();
    assert!(left + 4 <= used.parse().unwrap(), "its room is free again: {used}, {left}");
    house.assert_sound();
}

#[tokio::test]
async fn files_are_counted_and_measured() {
    let (house, event) = with_event().await;
    let before: u64 = house.property(HOME, "D:quota-used-bytes").await.parse().unwrap();
    let large = vec![b'x'; ATTACHMENT_MAX_BYTES];
    attach(&house, &event, &large).await.is(201);
    let after: u64 = house.property(HOME, "D:quota-used-bytes").await.parse().unwrap();
    assert!(after >= before + ATTACHMENT_MAX_BYTES as u64, "{before}, {after}");
    let larger = vec![b'x'; ATTACHMENT_MAX_BYTES + 1];
    let refused = attach(&house, &event, &larger).await.is(403);
    assert!(refused.body.contains("<C:max-attachment-size/>"), "{}", refused.body);
    for _ in 1..ATTACHMENTS_MAX {
        attach(&house, &event, "x").await.is(201);
    }
    let refused = attach(&house, &event, "x").await.is(403);
    assert!(refused.body.contains("<C:max-attachments-per-resource/>"), "{}", refused.body);
    let told = house.property(DEFAULT, "C:max-attachments-per-resource").await;
    assert_eq!(told, ATTACHMENTS_MAX.to_string());
}

#[tokio::test]
async fn a_condition_that_does_not_hold_attaches_nothing() {
    let (house, event) = with_event().await;
    let old = house.fetch(&event).await.header("etag").to_owned();
    attach(&house, &event, "Eggs").await.is(201);
    let used = house.property(HOME, "D:quota-used-bytes").await;
    let path = format!("{event}?action=attachment-add");
    for headers in [[("if-match", old.as_str())], [("if", "([\"another\"])")]] {
        house.dav("alice", "POST", &path, &headers, "Ham").await.is(412);
    }
    assert_eq!(house.property(HOME, "D:quota-used-bytes").await, used);
}

#[tokio::test]
async fn a_file_of_a_booked_event_changes_nothing_for_the_booking() {
    let house = House::open().await;
    let mut visitor = crate::browser::Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let times = visitor.times(crate::browser::TUESDAY).await;
    let event = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    attach(&house, &event, "Agenda").await.is(201);
    assert_eq!(visitor.times(crate::browser::TUESDAY).await, times);
    let later = [("start", "2026-03-03T14:00:00Z"), ("tz", "UTC")];
    visitor.post(&format!("{booking}/reschedule"), &later).await.is(303);
    assert!(house.fetch(&event).await.is(200).body.contains("menu.txt"));
    house.assert_sound();
}

/// The row of a file named every object that had ever had it.
#[tokio::test]
async fn a_file_forgets_where_it_was_before_it_has_been_in_too_many_places() {
    let (house, mut event) = with_event().await;
    let file = place(&attach(&house, &event, "Eggs").await.is(201));
    for turn in 0..=PLACES_MAX {
        let next = format!("{DEFAULT}{turn}.ics");
        house.dav("alice", "MOVE", &event, &[("destination", next.as_str())], "").await.is(201);
        event = next;
    }
    assert_eq!(house.fetch(&file).await.is(200).body, "Eggs");
}

/// An event with a file could not be taken out of a shared calendar at all.
#[tokio::test]
async fn a_file_goes_with_its_event_into_the_home_of_somebody_else() {
    for (method, from, to, status) in [
        ("COPY", "a.ics", "/dav/calendars/bob/default/b.ics", 201),
        ("MOVE", "a.ics", "/dav/calendars/bob/default/b.ics", 201),
        ("COPY", "", "/dav/calendars/bob/all/", 201),
    ] {
        let (mut house, event) = with_event().await;
        let set = "<D:group-member-set><D:href>/dav/principals/bob/</D:href></D:group-member-set>";
        house.proppatch("/dav/principals/alice/calendar-proxy-write/", set).await.is(207);
        let file = place(&attach(&house, &event, "Eggs").await.is(201));
        let destination = [("destination", to)];
        let from = format!("{DEFAULT}{from}");
        house.dav("bob", method, &from, &destination, "").await.is(status);
        let event_of_bob = if to.ends_with('/') { format!("{to}a.ics") } else { to.to_owned() };
        let text = house.dav("bob", "GET", &event_of_bob, &[], "").await.is(200).body;
        let text = text.replace("\r\n ", "");
        assert!(text.contains("FILENAME=menu.txt") && text.contains("SIZE=4"), "{text}");
        let url = text.split("/dav/attachments/").nth(1).unwrap();
        let own = format!("/dav/attachments/{}", url.split("\r\n").next().unwrap());
        assert_ne!(own, file, "{method}: each has one of their own");
        house.remove(&event).await;
        house.wait(3 * DAY_S);
        house.reopen().await;
        let kept = house.dav("bob", "GET", &own, &[], "").await.is(200);
        assert_eq!(kept.body, "Eggs", "{method}");
        house.fetch(&file).await.is(403);
        house.assert_sound();
    }
}
