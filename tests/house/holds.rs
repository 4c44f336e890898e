//! Times kept for visitors while they fill in the form, and what happens when they are gone.

use std::net::IpAddr;

use crate::browser::{ALL_TIMES, Browser, TUESDAY, at, held_id, slots, times_of};
use crate::client::BOOKINGS;
use crate::server::House;

#[tokio::test]
async fn two_visitors_cannot_hold_the_same_time() {
    let house = House::open().await;
    let (mut first, mut second) = (Browser::of(&house), Browser::of(&house));
    first.hold("10:00").await.is(303);
    let refused = second.hold("10:00").await.is(409);
    assert_eq!(times_of(&refused.body), "11:00 11:30 13:00", "three others are offered");
    second.hold("10:30").await.is(409);
    second.hold("11:00").await.is(303);
    assert!(house.names(BOOKINGS).await.is_empty());
}

#[tokio::test]
async fn a_hold_lasts_five_minutes_and_not_a_second_more() {
    let house = House::open().await;
    let (mut first, mut second) = (Browser::of(&house), Browser::of(&house));
    first.hold("10:00").await.is(303);
    house.wait(299);
    second.hold("10:00").await.is(409);
    assert_ne!(second.times(TUESDAY).await, ALL_TIMES);
    house.wait(1);
    assert_eq!(second.times(TUESDAY).await, ALL_TIMES);
    second.hold("10:00").await.is(303);
}

#[tokio::test]
async fn a_hold_that_lapsed_is_good_as_long_as_its_time_is_free() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    house.wait(400);
    visitor.confirm(&held).await.is(303);
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
    house.assert_sound();
}

/// The job runs every minute: whoever takes six minutes over the form must not lose it.
#[tokio::test]
async fn a_hold_that_lapsed_is_still_good_when_jobs_ran_meanwhile() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    house.wait(360);
    house.app().run_due_jobs().await.unwrap();
    visitor.confirm(&held).await.is(303);
    house.assert_sound();
}

#[tokio::test]
async fn jobs_leave_nothing_of_what_lapsed_and_nothing_else_changes() {
    let house = House::open().await;
    let (mut first, mut second) = (Browser::of(&house), Browser::of(&house));
    first.hold("10:00").await.is(303);
    let booking = second.book("14:00").await;
    house.wait(100_000);
    for _ in 0..2 {
        house.app().run_due_jobs().await.unwrap();
    }
    let mut late = Browser::of(&house);
    let date = late.get("/b/alice/intro?date=2026-03-10&tz=UTC").await.is(200);
    assert_eq!(times_of(&date.body), ALL_TIMES);
    assert!(late.get(&booking).await.is(200).body.contains("<h1>Confirmed</h1>"));
    // It is Tuesday, 11:46: what is left of that day begins four hours later.
    assert_eq!(late.times(TUESDAY).await, "16:00 16:30");
    house.assert_sound();
}

#[tokio::test]
async fn a_time_taken_before_the_form_was_sent_is_told_with_three_others() {
    let house = House::open().await;
    let (mut slow, mut quick) = (Browser::of(&house), Browser::of(&house));
    let held = slow.hold("10:00").await.is(303);
    house.wait(301);
    quick.book("10:00").await;
    let before = house.property(BOOKINGS, "CS:getctag").await;
    let refused = slow.confirm(&held).await.is(409);
    assert_eq!(times_of(&refused.body), "11:00 11:30 13:00");
    assert!(refused.body.contains("Nothing was booked"), "{}", refused.body);
    assert_eq!(house.property(BOOKINGS, "CS:getctag").await, before);
    let instead = &slots(&refused.body)[1];
    let name = instead.value("name");
    assert_eq!(name, Some("Vera Visitor"), "what was typed is kept");
    let form = slow.submit(instead, &[]).await.is(200);
    assert!(form.body.contains("value=\"vera@example.net\""), "{}", form.body);
    let form = crate::browser::forms(&form.body).remove(0);
    let typed = [("name", "Vera Visitor"), ("email", "vera@example.net")];
    slow.submit(&form, &typed).await.is(303);
    assert_eq!(house.names(BOOKINGS).await.len(), 2);
    house.assert_sound();
}

#[tokio::test]
async fn a_visitor_holds_three_times_at_most_and_one_of_a_kind() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    visitor.hold("09:00").await.is(303);
    visitor.hold("10:00").await.is(303);
    let left = "09:00 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
    assert_eq!(visitor.times(TUESDAY).await, left, "the first was given back");
    visitor.hold_at("/b/alice/session", "60", &at("14:00")).await.is(303);
    visitor.hold_at("/b/bob/intro", "30", &at("10:00")).await.is(303);
    let refused = visitor.hold_at("/b/bob/session", "60", &at("14:00")).await.is(429);
    assert!(refused.body.contains("You hold several times already"), "{}", refused.body);
    house.wait(300);
    visitor.hold_at("/b/bob/session", "60", &at("14:00")).await.is(303);
}

#[tokio::test]
async fn a_booking_made_of_a_hold_makes_room_for_the_next() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    visitor.hold_at("/b/bob/intro", "30", &at("10:00")).await.is(303);
    visitor.hold_at("/b/bob/session", "60", &at("14:00")).await.is(303);
    for time in ["09:00", "10:00", "11:00"] {
        visitor.book(time).await;
    }
    assert_eq!(house.names(BOOKINGS).await.len(), 3);
}

#[tokio::test]
async fn all_visitors_of_one_address_hold_thirty_times_at_most() {
    let house = House::open().await;
    let from: IpAddr = "203.0.113.9".parse().unwrap();
    let hours = ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"];
    let days = (3..=6).chain(9..=10).map(|day| format!("2026-03-{day:02}"));
    let starts: Vec<String> =
        days.flat_map(|day| hours.map(|hour| format!("{day}T{hour}:00Z"))).collect();
    for (number, start) in starts.iter().take(31).enumerate() {
        let mut visitor = Browser::of(&house);
        visitor.jar.from = from;
        let expected = if number < 30 { 303 } else { 429 };
        let answered = visitor.hold_at("/b/alice/intro", "30", start).await;
        assert_eq!(answered.status, expected, "hold {number} at {start}");
    }
    let mut elsewhere = Browser::of(&house);
    elsewhere.hold_at("/b/alice/intro", "30", &starts[30]).await.is(303);
}

#[tokio::test]
async fn a_hold_is_of_the_visitor_who_took_it_and_nobody_else() {
    let house = House::open().await;
    let (mut first, mut second) = (Browser::of(&house), Browser::of(&house));
    let held = first.hold("10:00").await.is(303);
    second.confirm(&held).await.is(404);
    let form = second.get(held.header("location")).await.is(303);
    assert_eq!(form.header("location"), "/b/alice/intro", "{}", held_id(&held));
    assert!(house.names(BOOKINGS).await.is_empty());
    first.confirm(&held).await.is(303);
}

#[tokio::test]
async fn a_hold_for_what_is_not_offered_is_refused() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let cases = [
        ("another length", "/b/alice/intro", "45", at("10:00"), 400),
        ("no such type", "/b/alice/nothing", "30", at("10:00"), 404),
        ("no such host", "/b/nobody/intro", "30", at("10:00"), 404),
        ("no number", "/b/alice/intro", "soon", at("10:00"), 400),
        ("no time", "/b/alice/intro", "30", "tomorrow".to_owned(), 400),
        ("at lunch", "/b/alice/intro", "30", at("12:00"), 409),
        ("on a Sunday", "/b/alice/intro", "30", "2026-03-08T10:00:00Z".to_owned(), 409),
        ("long ago", "/b/alice/intro", "30", "1969-12-31T10:00:00Z".to_owned(), 409),
        ("far away", "/b/alice/intro", "30", "9998-12-31T10:00:00Z".to_owned(), 409),
    ];
    for (case, page, minutes, start, status) in cases {
        let answered = visitor.hold_at(page, minutes, &start).await;
        assert_eq!(answered.status, status, "{case}: {}", answered.body);
    }
    assert_eq!(visitor.times(TUESDAY).await, ALL_TIMES);
}
