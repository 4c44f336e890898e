//! Booking on the web: from the month to the meeting, and changing one's mind.

use crate::browser::{ALL_TIMES, Browser, TUESDAY, at, forms, held_id, link, slots};
use crate::client::BOOKINGS;
use crate::server::House;

#[tokio::test]
async fn a_visitor_gets_from_the_hosts_page_to_a_meeting_by_links_and_forms_alone() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let host = visitor.get("/b/alice").await.is(200);
    assert!(host.body.contains("alice of the house"), "{}", host.body);
    let month = visitor.get(&link(&host.body, "event-type")).await.is(200);
    let day = visitor.get(&link(&month.body, "day")).await.is(200);
    let slots = slots(&day.body);
    assert_eq!(slots[0].value("start"), Some("2026-03-02T13:00:00Z"), "after four hours' notice");
    let held = visitor.submit(&slots[0], &[]).await.is(303);
    let form = visitor.get(held.header("location")).await.is(200);
    assert!(form.body.contains("Held for you until 08:05"), "{}", form.body);
    let typed = [("name", "Vera"), ("email", "vera@example.net"), ("notes", "About\r\ncheese")];
    let made = visitor.submit(&forms(&form.body)[0], &typed).await.is(303);
    let booking = made.header("location").to_owned();
    assert!(booking.starts_with("/b/r/"), "{booking}");
    let shown = visitor.get(&booking).await.is(200);
    assert!(shown.body.contains("<h1>Confirmed</h1>"), "{}", shown.body);
    assert!(shown.body.contains("Monday 2 March 2026, 13:00"), "{}", shown.body);
    let event = visitor.get(&link(&shown.body, "ics button main")).await.is(200);
    assert!(event.header("content-type").starts_with("text/calendar"));
    assert!(event.body.contains("DTSTART:20260302T130000Z"), "{}", event.body);
    let choose = visitor.get(&link(&shown.body, "reschedule button")).await.is(200);
    let choose = visitor.get(&link(&choose.body, "day")).await.is(200);
    let other = crate::browser::slots(&choose.body).pop().unwrap();
    visitor.submit(&other, &[]).await.is(303);
    let moved = visitor.get(&booking).await.is(200);
    assert!(moved.body.contains("Monday 2 March 2026, 16:30"), "{}", moved.body);
    let cancel = forms(&moved.body).into_iter().find(|it| it.action.ends_with("/cancel")).unwrap();
    visitor.submit(&cancel, &[]).await.is(303);
    let gone = visitor.get(&booking).await.is(200);
    assert!(gone.body.contains("<h1>Cancelled</h1>"), "{}", gone.body);
    visitor.get(&format!("{booking}/booking.ics")).await.is(404);
    house.assert_sound();
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    let first = visitor.confirm(&held).await.is(303);
    let second = visitor.confirm(&held).await.is(303);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
    house.assert_sound();
}

#[tokio::test]
async fn a_form_sent_twice_at_once_makes_one_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    let mut twin = Browser::of(&house);
    twin.jar.cookie = visitor.jar.cookie.clone();
    let (first, second) = tokio::join!(visitor.confirm(&held), twin.confirm(&held));
    assert_eq!(first.is(303).header("location"), second.is(303).header("location"));
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
    house.assert_sound();
}

#[tokio::test]
async fn going_back_and_reloading_never_books_again() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    let again = visitor.hold("10:00").await.is(303);
    assert_ne!(held_id(&held), held_id(&again), "the first was given back");
    visitor.get(again.header("location")).await.is(200);
    let booking = visitor.confirm(&again).await.is(303).header("location").to_owned();
    let back = visitor.get(again.header("location")).await.is(303);
    assert_eq!(back.header("location"), booking, "the form of a booking leads to it");
    for _ in 0..2 {
        visitor.get(&booking).await.is(200);
    }
    visitor.hold("10:00").await.is(409);
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
}

#[tokio::test]
async fn mistakes_in_the_form_are_told_and_what_was_typed_is_kept() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    let hold = held_id(&held);
    let (long, longer) = ("n".repeat(201), "n".repeat(4_001));
    let cases = [
        ("no name", "", "a@b.example", "x"),
        ("blanks for a name", "  ", "a@b.example", "x"),
        ("no address", "Vera", "", "x"),
        ("no address at all", "Vera", "vera", "x"),
        ("two at signs", "Vera", "vera@a@b", "x"),
        ("a line break in the address", "Vera", "vera@b\r\nBcc: all@b", "x"),
        ("a long name", long.as_str(), "a@b.example", "x"),
        ("long notes", "Vera", "a@b.example", longer.as_str()),
    ];
    for (case, name, email, notes) in cases {
        let typed = [("hold", hold.as_str()), ("name", name), ("email", email), ("notes", notes)];
        let answered = visitor.post("/b/alice/intro/confirm", &typed).await;
        assert_eq!(answered.status, 422, "{case}: {}", answered.body);
        assert!(answered.body.contains("role=\"alert\""), "{case}");
        assert!(answered.body.contains(notes), "{case}: what was typed is there");
    }
    assert!(house.names(BOOKINGS).await.is_empty());
    visitor.confirm(&held).await.is(303);
}

#[tokio::test]
async fn the_booked_event_is_in_the_hosts_calendar() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let token = house.sync(BOOKINGS, "").await.token;
    visitor.book("10:00").await;
    let told = house.sync(BOOKINGS, &token).await;
    assert_eq!(told.changed.len(), 1, "{told:?}");
    let text = house.fetch(&format!("{BOOKINGS}{}", told.changed[0])).await.is(200);
    let document = ical::Document::parse(&text.bytes).unwrap();
    let event = document.calendar().children().next().unwrap();
    assert_eq!(event.value("DTSTART"), Some("20260303T100000Z"));
    assert_eq!(event.value("DTEND"), Some("20260303T103000Z"));
    assert_eq!(event.text("SUMMARY").as_deref(), Some("Introduction with Vera Visitor"));
    assert!(event.text("DESCRIPTION").unwrap().contains("vera@example.net"));
    house.assert_sound();
}

#[tokio::test]
async fn cancelling_frees_the_time_at_once_and_twice_does_no_harm() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    assert_ne!(visitor.times(TUESDAY).await, ALL_TIMES);
    for _ in 0..2 {
        visitor.post(&format!("{booking}/cancel"), &[]).await.is(303);
        assert_eq!(visitor.times(TUESDAY).await, ALL_TIMES);
    }
    assert!(house.names(BOOKINGS).await.is_empty());
    let take = [("start", "2026-03-03T11:00:00Z")];
    visitor.post(&format!("{booking}/reschedule"), &take).await.is(404);
    house.assert_sound();
}

#[tokio::test]
async fn a_booking_moves_to_a_free_time_and_gives_the_old_one_back() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let name = house.names(BOOKINGS).await.remove(0);
    for (time, left) in [
        ("10:30", "09:00 09:30 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30"),
        ("16:30", "09:00 09:30 10:00 10:30 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30"),
    ] {
        let start = at(time);
        let path = format!("{booking}/reschedule");
        visitor.post(&path, &[("start", &start), ("tz", "UTC")]).await.is(303);
        assert_eq!(visitor.times(TUESDAY).await, left, "moved to {time}");
        let text = house.fetch(&format!("{BOOKINGS}{name}")).await.is(200).body;
        let stamp = format!("DTSTART:20260303T{}00Z", time.replace(':', ""));
        assert!(text.contains(&stamp), "{text}");
        let page = visitor.get(&booking).await.is(200).body;
        assert!(page.contains(&format!("3 March 2026, {time}")), "{page}");
    }
    let text = house.fetch(&format!("{BOOKINGS}{name}")).await.is(200).body;
    assert!(text.contains("SEQUENCE:2"), "{text}");
    house.assert_sound();
}

#[tokio::test]
async fn a_booking_that_cannot_be_moved_stays_as_it_was() {
    let house = House::open().await;
    let (mut visitor, mut other) = (Browser::of(&house), Browser::of(&house));
    let booking = visitor.book("10:00").await;
    other.book("14:00").await;
    let before = house.property(BOOKINGS, "CS:getctag").await;
    let times = visitor.times(TUESDAY).await;
    let cases = [
        ("taken", "2026-03-03T14:00:00Z"),
        ("too close to it", "2026-03-03T14:30:00Z"),
        ("at night", "2026-03-03T22:00:00Z"),
        ("gone by", "2026-03-02T07:00:00Z"),
        ("too far ahead", "2026-12-01T10:00:00Z"),
        ("between two starts", "2026-03-03T11:10:00Z"),
    ];
    for (case, start) in cases {
        let path = format!("{booking}/reschedule");
        let answered = visitor.post(&path, &[("start", start), ("tz", "UTC")]).await;
        assert_eq!(answered.status, 409, "{case}");
        assert!(answered.body.contains("Your booking stays as it was"), "{case}");
    }
    assert_eq!(house.property(BOOKINGS, "CS:getctag").await, before, "nothing changed");
    assert_eq!(visitor.times(TUESDAY).await, times);
    let page = visitor.get(&booking).await.is(200).body;
    assert!(page.contains("3 March 2026, 10:00"), "{page}");
}

#[tokio::test]
async fn the_link_of_a_booking_cannot_be_guessed() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let (head, last) = booking.split_at(booking.len() - 2);
    let changed = format!("{head}{}", if last == "AA" { "BA" } else { "AA" });
    for path in [changed.as_str(), "/b/r/x", "/b/r/", head] {
        let status = visitor.get(path).await.status;
        assert_eq!(status, 404, "{path}");
    }
    visitor.post(&format!("{changed}/cancel"), &[]).await.is(404);
    visitor.get(&booking).await.is(200);
}

#[tokio::test]
async fn bookings_survive_closing_and_opening() {
    let mut house = House::open().await;
    let (booking, held) = {
        let mut visitor = Browser::of(&house);
        (visitor.book("10:00").await, visitor.hold("14:00").await.is(303).status)
    };
    assert_eq!(held, 303);
    house.reopen().await;
    let mut visitor = Browser::of(&house);
    assert!(visitor.get(&booking).await.is(200).body.contains("<h1>Confirmed</h1>"));
    let left = "09:00 11:00 11:30 13:00 15:00 15:30 16:00 16:30";
    assert_eq!(visitor.times(TUESDAY).await, left, "the hold is kept too");
    house.assert_sound();
}

#[tokio::test]
async fn every_page_that_does_not_exist_says_so() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    for path in ["/b/nobody", "/b/alice/nothing", "/b/alice/intro/more", "/nowhere", "/b"] {
        visitor.get(path).await.is(404);
    }
    visitor.get("/").await.is(200);
    visitor.get("/b/alice/intro?duration=17").await.is(200);
    visitor.get("/b/alice/intro?month=9999-99&date=soon&tz=Mars/Base").await.is(200);
    visitor.get("/b/alice/intro/form").await.is(303);
    visitor.get("/b/alice/intro/form?hold=ho_00000000000000000000000000000000").await.is(303);
}
