//! The host's calendar decides what can be booked, and bookings follow their events.

use crate::browser::{ALL_TIMES, Browser, TUESDAY, at};
use crate::client::{BOOKINGS, DEFAULT};
use crate::event::{event, meeting};
use crate::server::House;

/// Tuesday without what collides with 10:00 to 10:30.
const WITHOUT_TEN: &str = "09:00 10:30 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
/// Tuesday without what collides with 10:00 to 11:00.
const WITHOUT_HOUR: &str = "09:00 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
/// Tuesday without what collides with a booking at 14:00.
const WITHOUT_TWO: &str = "09:00 09:30 10:00 10:30 11:00 11:30 13:00 15:00 15:30 16:00 16:30";

async fn times(house: &House) -> String {
    Browser::of(house).times(TUESDAY).await
}

#[tokio::test]
async fn an_event_takes_its_time_at_once_and_gives_it_back() {
    let house = House::open().await;
    let path = format!("{DEFAULT}a.ics");
    house.put(&path, meeting("a", "20260303T100000Z", "20260303T103000Z")).await.is(201);
    assert_eq!(times(&house).await, WITHOUT_TEN);
    Browser::of(&house).hold("10:00").await.is(409);
    house.put(&path, meeting("a", "20260304T100000Z", "20260304T103000Z")).await.is(204);
    assert_eq!(times(&house).await, ALL_TIMES, "it was moved to another day");
    house.put(&path, meeting("a", "20260303T100000Z", "20260303T103000Z")).await.is(204);
    house.remove(&path).await.is(204);
    assert_eq!(times(&house).await, ALL_TIMES);
    house.assert_sound();
}

#[tokio::test]
async fn every_kind_of_event_takes_the_time_that_it_says() {
    let week = ["DTSTART:20260224T100000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"];
    let but = [
        "DTSTART:20260224T100000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY",
        "EXDATE:20260303T100000Z",
    ];
    let zoned = ["DTSTART;TZID=America/New_York:20260303T050000", "DURATION:PT1H"];
    let floating = ["DTSTART:20260303T100000", "DTEND:20260303T110000"];
    let plain = ["DTSTART:20260303T100000Z", "DTEND:20260303T110000Z"];
    let and = |line: &'static str| [plain[0], plain[1], line];
    let declined = "ATTENDEE;PARTSTAT=DECLINED:mailto:alice@example.org";
    let accepted = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org";
    let cases: [(&str, &[&str], &str); 14] = [
        ("plain", &plain, WITHOUT_HOUR),
        ("a series", &week, WITHOUT_HOUR),
        ("a series with an exception", &but, ALL_TIMES),
        ("in another zone", &zoned, WITHOUT_HOUR),
        ("without a zone", &floating, WITHOUT_HOUR),
        ("a whole day", &["DTSTART;VALUE=DATE:20260303"], ""),
        ("a week away", &["DTSTART;VALUE=DATE:20260228", "DTEND;VALUE=DATE:20260310"], ""),
        ("the day before", &["DTSTART;VALUE=DATE:20260302"], ALL_TIMES),
        ("a moment", &["DTSTART:20260303T100000Z"], ALL_TIMES),
        ("transparent", &and("TRANSP:TRANSPARENT"), ALL_TIMES),
        ("cancelled", &and("STATUS:CANCELLED"), ALL_TIMES),
        ("tentative", &and("STATUS:TENTATIVE"), WITHOUT_HOUR),
        ("declined by the host", &and(declined), ALL_TIMES),
        ("accepted by the host", &and(accepted), WITHOUT_HOUR),
    ];
    for (case, lines, expected) in cases {
        let mut house = House::open().await;
        house.put_new("a.ics", event("a", lines)).await;
        assert_eq!(times(&house).await, expected, "{case}");
        house.reopen().await;
        assert_eq!(times(&house).await, expected, "{case}, opened again");
        house.remove(&format!("{DEFAULT}a.ics")).await.is(204);
        assert_eq!(times(&house).await, ALL_TIMES, "{case}, removed");
    }
}

#[tokio::test]
async fn a_calendar_that_takes_no_time_gives_it_back_and_the_other_way_round() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T103000Z")).await;
    for (kind, expected) in [("transparent", ALL_TIMES), ("opaque", WITHOUT_TEN)] {
        let property =
            format!("<C:schedule-calendar-transp><C:{kind}/></C:schedule-calendar-transp>");
        house.proppatch(DEFAULT, &property).await.is(207);
        assert_eq!(times(&house).await, expected, "{kind}");
    }
    house.make_calendar("/dav/calendars/alice/other/").await;
    let other = "/dav/calendars/alice/other/b.ics";
    house.put(other, meeting("b", "20260303T140000Z", "20260303T143000Z")).await.is(201);
    assert_ne!(times(&house).await, WITHOUT_TEN);
    house.remove("/dav/calendars/alice/other/").await.is(204);
    assert_eq!(times(&house).await, WITHOUT_TEN, "a calendar takes its time with it");
}

#[tokio::test]
async fn a_host_may_overlap_a_booking_and_keeps_both() {
    let house = House::open().await;
    Browser::of(&house).book("10:00").await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T103000Z")).await;
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
    house.assert_sound();
}

#[tokio::test]
async fn what_is_put_beside_bookings_must_be_free_buffers_included() {
    let house = House::open().await;
    Browser::of(&house).book("10:00").await;
    let held = Browser::of(&house).hold("14:00").await;
    assert_eq!(held.status, 303);
    let path = format!("{BOOKINGS}own.ics");
    let cases = [
        ("the same time", "20260303T100000Z", "20260303T103000Z", 409),
        ("within the buffer", "20260303T103000Z", "20260303T104500Z", 409),
        ("held by a visitor", "20260303T141500Z", "20260303T150000Z", 409),
        ("around all of it", "20260303T000000Z", "20260304T000000Z", 409),
        ("after the buffer", "20260303T104500Z", "20260303T110000Z", 201),
        ("moved to where nothing is", "20260303T080000Z", "20260303T100000Z", 204),
    ];
    for (case, start, end, status) in cases {
        let answered = house.put(&path, meeting("own", start, end)).await;
        assert_eq!(answered.status, status, "{case}: {}", answered.body);
        assert_eq!(answered.body.contains("time-not-available"), status == 409, "{case}");
    }
    let within = ["DTSTART:20260303T160000Z", "DURATION:PT2H", "RRULE:FREQ=HOURLY;COUNT=2"];
    house.put(&format!("{BOOKINGS}s.ics"), event("s", &within)).await.is(409);
    house.assert_sound();
}

#[tokio::test]
async fn removing_the_event_cancels_the_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let name = house.names(BOOKINGS).await.remove(0);
    house.remove(&format!("{BOOKINGS}{name}")).await.is(204);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Cancelled</h1>"), "{}", page.body);
    assert_eq!(times(&house).await, ALL_TIMES);
    house.assert_sound();
}

/// The event of a meeting that was days ago is not in the busy days any more.
#[tokio::test]
async fn removing_the_event_of_a_past_booking_leaves_nothing_dangling() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let name = house.names(BOOKINGS).await.remove(0);
    house.wait(10 * 86_400);
    house.remove(&format!("{BOOKINGS}{name}")).await.is(204);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Cancelled</h1>"), "{}", page.body);
    house.assert_sound();
}

#[tokio::test]
async fn moving_the_event_moves_the_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let path = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    let text = house.fetch(&path).await.is(200);
    let moved = text.body.replace("0303T100000Z", "0303T140000Z");
    let moved = moved.replace("0303T103000Z", "0303T143000Z");
    let matching = [("if-match", text.header("etag"))];
    house.dav("alice", "PUT", &path, &matching, &moved).await.is(204);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("3 March 2026, 14:00"), "{}", page.body);
    assert_eq!(times(&house).await, WITHOUT_TWO, "with the buffer that it was booked with");
    house.assert_sound();
    visitor.post(&format!("{booking}/cancel"), &[]).await.is(303);
    assert_eq!(times(&house).await, ALL_TIMES);
}

/// Programs that keep only what they know write the event without our mark.
#[tokio::test]
async fn a_booking_keeps_its_event_though_a_program_drops_our_mark() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let path = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    let text = house.fetch(&path).await.is(200).body;
    let is_ours = |line: &&str| !line.starts_with("X-BOOKDAV") && !line.starts_with(' ');
    let bare: String = text.lines().filter(is_ours).map(|it| format!("{it}\r\n")).collect();
    for hour in ["13", "14"] {
        let moved = bare.replace("0303T100000Z", &format!("0303T{hour}0000Z"));
        let moved = moved.replace("0303T103000Z", &format!("0303T{hour}3000Z"));
        house.put(&path, moved).await.is(204);
        let page = visitor.get(&booking).await.is(200);
        assert!(page.body.contains(&format!("3 March 2026, {hour}:00")), "{}", page.body);
    }
    assert_eq!(times(&house).await, WITHOUT_TWO, "with the buffer that it was booked with");
    house.remove(&path).await.is(204);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Cancelled</h1>"), "{}", page.body);
    house.assert_sound();
}

#[tokio::test]
async fn an_event_that_cannot_be_moved_leaves_the_booking_as_it_was() {
    let house = House::open().await;
    let (mut visitor, mut other) = (Browser::of(&house), Browser::of(&house));
    let booking = visitor.book("10:00").await;
    let path = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    other.book("14:00").await;
    let text = house.fetch(&path).await.is(200);
    let moved = text.body.replace("0303T100000Z", "0303T140000Z");
    let moved = moved.replace("0303T103000Z", "0303T143000Z");
    house.put(&path, &moved).await.is(409);
    assert_eq!(house.fetch(&path).await.body, text.body);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("3 March 2026, 10:00"), "{}", page.body);
    house.assert_sound();
}

#[tokio::test]
async fn changing_the_words_of_an_event_changes_nothing_for_the_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let path = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    let text = house.fetch(&path).await.is(200).body;
    let renamed = text.replace("SUMMARY:Introduction", "SUMMARY:Coffee");
    assert_ne!(renamed, text);
    house.put(&path, &renamed).await.is(204);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("3 March 2026, 10:00"), "{}", page.body);
    let start = at("14:00");
    visitor.post(&format!("{booking}/reschedule"), &[("start", &start)]).await.is(303);
    let text = house.fetch(&path).await.is(200).body;
    assert!(text.contains("SUMMARY:Coffee"), "what the host wrote stays: {text}");
    house.assert_sound();
}

#[tokio::test]
async fn the_calendar_of_bookings_cannot_be_made_to_take_no_time() {
    let house = House::open().await;
    let free = "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>";
    let told = house.proppatch(BOOKINGS, free).await.is(207);
    assert!(told.body.contains("HTTP/1.1 403 Forbidden"), "{}", told.body);
    let at = |uid: &str| meeting(uid, "20260303T100000Z", "20260303T110000Z");
    house.put(&format!("{BOOKINGS}a.ics"), at("a")).await.is(201);
    house.put(&format!("{BOOKINGS}b.ics"), at("b")).await.is(409);
    house.assert_sound();
}
