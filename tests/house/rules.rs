//! Buffers, daily limits and notice, as visitors meet them.

use crate::browser::{ALL_TIMES, Browser, TUESDAY, at, times_of};
use crate::client::BOOKINGS;
use crate::server::House;

#[tokio::test]
async fn a_quarter_of_an_hour_stays_free_after_each_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    visitor.book("10:00").await;
    let left = "09:00 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
    assert_eq!(visitor.times(TUESDAY).await, left);
    for (time, why) in [("09:30", "no room after it"), ("10:30", "no room before it")] {
        let answered = visitor.hold(time).await;
        assert_eq!(answered.status, 409, "{why}");
    }
    visitor.book("11:00").await;
    let left = "09:00 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
    assert_eq!(visitor.times(TUESDAY).await, left);
    house.assert_sound();
}

#[tokio::test]
async fn an_hour_and_a_half_hour_keep_their_distance_from_each_other() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    visitor.hold_at("/b/alice/session", "60", &at("14:00")).await.is(303);
    let left = "09:00 09:30 10:00 10:30 11:00 11:30 13:00 15:30 16:00 16:30";
    assert_eq!(visitor.times(TUESDAY).await, left);
}

#[tokio::test]
async fn a_day_with_six_bookings_is_full_for_that_type_and_no_other() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let mut bookings = Vec::new();
    for time in ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"] {
        bookings.push(visitor.book(time).await);
    }
    assert_eq!(visitor.times(TUESDAY).await, "");
    let refused = visitor.hold("16:00").await.is(409);
    assert!(refused.body.contains("value=\"2026-03-04T09:00:00Z\""), "{}", refused.body);
    let session = visitor.get("/b/alice/session?date=2026-03-03&tz=UTC").await.is(200);
    assert_eq!(times_of(&session.body), "16:00");
    assert_eq!(visitor.times("2026-03-04").await, ALL_TIMES);
    visitor.post(&format!("{}/cancel", bookings[0]), &[]).await.is(303);
    let left = "09:00 16:00 16:30";
    assert_eq!(visitor.times(TUESDAY).await, left, "a cancelled one does not count");
    let page = format!("{}/reschedule", bookings[1]);
    visitor.post(&page, &[("start", &at("16:00"))]).await.is(303);
    house.assert_sound();
}

#[tokio::test]
async fn holds_count_toward_the_daily_limit_until_they_lapse() {
    let house = House::open().await;
    for time in ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"] {
        Browser::of(&house).hold(time).await.is(303);
    }
    let mut late = Browser::of(&house);
    late.hold("16:00").await.is(409);
    house.wait(300);
    late.hold("16:00").await.is(303);
}

#[tokio::test]
async fn nothing_starts_sooner_than_four_hours_from_now() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let afternoon = "13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30";
    house.wait(3_600);
    assert_eq!(visitor.times("2026-03-02").await, afternoon, "at 09:00");
    let held = visitor.hold_at("/b/alice/intro", "30", "2026-03-02T13:00:00Z").await.is(303);
    house.wait(1);
    let mut late = Browser::of(&house);
    late.hold_at("/b/alice/intro", "30", "2026-03-02T13:00:00Z").await.is(409);
    house.wait(200);
    visitor.confirm(&held).await.is(303);
    house.wait(8 * 3_600);
    assert_eq!(visitor.times("2026-03-02").await, "");
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
}

#[tokio::test]
async fn nothing_starts_later_than_sixty_days_from_today() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    assert_eq!(visitor.times("2026-05-01").await, ALL_TIMES, "a Friday, 60 days ahead");
    assert_eq!(visitor.times("2026-05-04").await, "", "the Monday after");
    let start = "2026-05-04T10:00:00Z";
    visitor.hold_at("/b/alice/intro", "30", start).await.is(409);
    house.wait(3 * 86_400);
    visitor.hold_at("/b/alice/intro", "30", start).await.is(303);
}

#[tokio::test]
async fn a_visitor_sees_the_times_of_a_day_in_their_own_zone() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let path = "/b/alice/intro?date=2026-03-04&tz=Pacific/Auckland";
    let page = visitor.get(path).await.is(200);
    // In Auckland it is thirteen hours later: Tuesday's hours lie in Wednesday's night.
    let expected = "11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30 \
                    09:00 09:30 10:00 10:30";
    assert_eq!(times_of(&page.body), expected);
    assert!(page.body.contains("02:00"), "{}", page.body);
}
