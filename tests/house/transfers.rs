//! Copying and moving events between calendars: busy time and bookings go with them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::browser::{ALL_TIMES, Browser, TUESDAY};
use crate::client::{BOOKINGS, DEFAULT};
use crate::event::{event, meeting};
use crate::server::{Answered, House};

const WORK: &str = "/dav/calendars/alice/work/";
const FOLDER: &str = "/dav/calendars/alice/folder/";

async fn transfer(house: &House, method: &str, from: &str, to: &str) -> Answered {
    house.dav("alice", method, from, &[("destination", to)], "").await
}

#[tokio::test]
async fn a_booking_follows_its_event_to_another_name_with_its_gaps() {
    let mut house = House::open().await;
    let booking = Browser::of(&house).book("10:00").await;
    let times = Browser::of(&house).times(TUESDAY).await;
    let old = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    let new = format!("{BOOKINGS}renamed.ics");
    transfer(&house, "MOVE", &old, &new).await.is(201);
    assert_eq!(Browser::of(&house).times(TUESDAY).await, times, "with the gaps around it");
    house.assert_sound();
    house.reopen().await;
    assert_eq!(Browser::of(&house).times(TUESDAY).await, times, "opened again");
    let mut visitor = Browser::of(&house);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("3 March 2026, 10:00"), "{}", page.body);
    let later = [("start", "2026-03-03T14:00:00Z"), ("tz", "UTC")];
    visitor.post(&format!("{booking}/reschedule"), &later).await.is(303);
    assert!(house.fetch(&new).await.is(200).body.contains("DTSTART:20260303T140000Z"));
    visitor.post(&format!("{booking}/cancel"), &[]).await.is(303);
    house.fetch(&new).await.is(404);
    assert_eq!(visitor.times(TUESDAY).await, ALL_TIMES);
    house.assert_sound();
}

/// It is the same as removing it there: nobody but the host knows of the other calendar.
#[tokio::test]
async fn a_booking_whose_event_leaves_the_bookings_is_cancelled() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let old = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    transfer(&house, "MOVE", &old, &format!("{DEFAULT}a.ics")).await.is(201);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Cancelled</h1>"), "{}", page.body);
    assert_ne!(visitor.times(TUESDAY).await, ALL_TIMES, "the event itself still takes its time");
    house.assert_sound();
}

#[tokio::test]
async fn a_copy_of_a_booked_event_is_no_second_booking() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    let old = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    transfer(&house, "COPY", &old, &format!("{BOOKINGS}twin.ics")).await.is(403);
    transfer(&house, "COPY", &old, &format!("{DEFAULT}a.ics")).await.is(201);
    house.remove(&format!("{DEFAULT}a.ics")).await.is(204);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Confirmed</h1>"), "{}", page.body);
    house.assert_sound();
}

#[tokio::test]
async fn what_is_moved_among_the_bookings_must_be_free() {
    let house = House::open().await;
    Browser::of(&house).book("10:00").await;
    let cases = [
        ("the same time", "20260303T100000Z", "20260303T103000Z", 409),
        ("elsewhere", "20260303T150000Z", "20260303T153000Z", 201),
    ];
    for (case, start, end, status) in cases {
        let from = format!("{DEFAULT}{status}.ics");
        house.put(&from, meeting(case, start, end)).await.is(201);
        let to = format!("{BOOKINGS}{status}.ics");
        let answered = transfer(&house, "MOVE", &from, &to).await;
        assert_eq!(answered.status, status, "{case}: {}", answered.body);
        assert_eq!(answered.body.contains("time-not-available"), status == 409, "{case}");
        let left = house.fetch(&from).await.status;
        assert_eq!(left, if status == 409 { 200 } else { 404 }, "{case}: all or nothing");
    }
    house.assert_sound();
}

#[tokio::test]
async fn a_calendar_that_is_renamed_keeps_the_time_of_its_events_and_no_other() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T103000Z")).await;
    let times = Browser::of(&house).times(TUESDAY).await;
    transfer(&house, "MOVE", DEFAULT, WORK).await.is(201);
    assert_eq!(Browser::of(&house).times(TUESDAY).await, times);
    house.assert_sound();
    transfer(&house, "COPY", WORK, DEFAULT).await.is(201);
    house.remove(WORK).await.is(204);
    assert_eq!(Browser::of(&house).times(TUESDAY).await, times, "the copy takes it too");
    house.remove(DEFAULT).await.is(204);
    assert_eq!(Browser::of(&house).times(TUESDAY).await, ALL_TIMES);
    house.assert_sound();
}

/// What a client does with events in four places.
#[derive(Clone, Debug)]
enum Act {
    Put { place: usize, name: u8, uid: u8, hour: u8, is_series: bool },
    Transfer { is_move: bool, from: (usize, u8), to: (usize, u8), overwrites: bool },
    Remove { place: usize, name: u8 },
    Transparent { place: usize, is_it: bool },
}

const PLACES: [&str; 4] = [DEFAULT, BOOKINGS, WORK, FOLDER];

fn act() -> impl Strategy<Value = Act> {
    let member = || (0..PLACES.len(), 0..3_u8);
    prop_oneof![
        4 => (member(), 0..4_u8, 8..18_u8, any::<bool>()).prop_map(
            |((place, name), uid, hour, is_series)| Act::Put { place, name, uid, hour, is_series }
        ),
        5 => (any::<bool>(), member(), member(), any::<bool>()).prop_map(
            |(is_move, from, to, overwrites)| Act::Transfer { is_move, from, to, overwrites }
        ),
        1 => member().prop_map(|(place, name)| Act::Remove { place, name }),
        1 => (0..3_usize, any::<bool>()).prop_map(
            |(place, is_it)| Act::Transparent { place, is_it }
        ),
    ]
}

fn at((place, name): (usize, u8)) -> String {
    format!("{}{name}.ics", PLACES[place])
}

/// The texts of all members, by their paths.
async fn texts(house: &House) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for place in 0..PLACES.len() {
        for name in 0..3 {
            let path = at((place, name));
            let answered = house.fetch(&path).await;
            if answered.status == 200 {
                found.insert(path, answered.body);
            }
        }
    }
    found
}

async fn carry_out(house: &House, act: &Act) -> Answered {
    match act {
        Act::Put { place, name, uid, hour, is_series } => {
            let start = format!("DTSTART:20260303T{hour:02}0000Z");
            let rule = if *is_series { "RRULE:FREQ=DAILY;COUNT=3" } else { "PRIORITY:1" };
            let text = event(&format!("uid-{uid}"), &[&start, "DURATION:PT45M", rule]);
            house.put(&at((*place, *name)), text).await
        }
        Act::Transfer { is_move, from, to, overwrites } => {
            let (to, overwrite) = (at(*to), if *overwrites { "T" } else { "F" });
            let headers = [("destination", to.as_str()), ("overwrite", overwrite)];
            let method = if *is_move { "MOVE" } else { "COPY" };
            house.dav("alice", method, &at(*from), &headers, "").await
        }
        Act::Remove { place, name } => house.remove(&at((*place, *name))).await,
        Act::Transparent { place, is_it } => {
            let kind = if *is_it { "transparent" } else { "opaque" };
            let property =
                format!("<C:schedule-calendar-transp><C:{kind}/></C:schedule-calendar-transp>");
            house.proppatch(PLACES[*place], &property).await
        }
    }
}

async fn play(acts: &[Act]) {
    let mut house = House::open().await;
    house.make_calendar(WORK).await;
    house.dav("alice", "MKCOL", FOLDER, &[], "").await.is(201);
    let booking = Browser::of(&house).book("10:00").await;
    for (step, act) in acts.iter().enumerate() {
        let mut expected = texts(&house).await;
        let answered = carry_out(&house, act).await;
        if answered.status < 300 {
            match act {
                Act::Transfer { is_move, from, to, .. } => {
                    let text = expected[&at(*from)].clone();
                    if *is_move {
                        expected.remove(&at(*from));
                    }
                    expected.insert(at(*to), text);
                }
                Act::Remove { place, name } => {
                    expected.remove(&at((*place, *name)));
                }
                Act::Put { place, name, .. } => {
                    let path = at((*place, *name));
                    let text = house.fetch(&path).await.is(200).body;
                    expected.insert(path, text);
                }
                Act::Transparent { .. } => {}
            }
        }
        assert_eq!(texts(&house).await, expected, "{step}: {act:?}: {}", answered.status);
        house.assert_sound();
    }
    let times = Browser::of(&house).times(TUESDAY).await;
    house.reopen().await;
    house.assert_sound();
    assert_eq!(Browser::of(&house).times(TUESDAY).await, times, "opened again");
    let page = Browser::of(&house).get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Confirmed</h1>"), "nothing of that concerned the booking");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_goes_from_calendar_to_calendar_takes_its_time_along_and_nothing_is_half_done(
        acts in vec(act(), 1..20)
    ) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(play(&acts));
    }
}
