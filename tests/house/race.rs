//! Many writers at once: of those who want the same time, one gets it.

use std::sync::Arc;

use model::interval::{Instant, Interval};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::browser::Browser;
use crate::client::{BOOKINGS, DEFAULT};
use crate::event::meeting;
use crate::server::House;

/// Writers of one round.
const WRITERS: usize = 64;
/// Rounds, each about another time.
const ROUNDS: usize = 20;
/// Seconds that a booking on the web keeps free after it.
const AFTER_S: u32 = 900;

/// One who wants the time: by the web if the number is even, else by a calendar program.
async fn attempt(house: Arc<House>, barrier: Arc<Barrier>, number: usize, slot: Slot) -> bool {
    let mut visitor = Browser::of(&house);
    visitor.token().await;
    barrier.wait().await;
    if number.is_multiple_of(2) {
        let held = visitor.hold_at("/b/alice/intro", "30", &slot.web_start()).await;
        if held.status == 409 {
            return false;
        }
        visitor.confirm(&held.is(303)).await.is(303);
        return true;
    }
    let name = format!("{BOOKINGS}{}-{number}.ics", slot.compact_date());
    let put = house.put(&name, slot.event(number)).await;
    assert!(matches!(put.status, 201 | 409), "{}: {}", put.status, put.body);
    put.status == 201
}

/// Half an hour that everybody wants.
#[derive(Clone, Copy)]
struct Slot {
    day: usize,
    hour: usize,
}

impl Slot {
    /// The slot of a round: two on each working day from Tuesday on.
    fn of(round: usize) -> Self {
        let working_day = round / 2 + 1;
        let day = 2 + working_day + working_day / 5 * 2;
        Self { day, hour: if round.is_multiple_of(2) { 10 } else { 14 } }
    }

    fn web_start(self) -> String {
        format!("2026-03-{:02}T{}:00:00Z", self.day, self.hour)
    }

    fn compact_date(self) -> String {
        format!("202603{:02}T{}", self.day, self.hour)
    }

    /// An event that begins some minutes into the slot, so that all of them overlap.
    fn event(self, number: usize) -> String {
        let (date, minute) = (self.compact_date(), number % 25);
        let end = format!("{date}{:02}00Z", minute + 30);
        meeting(&format!("{date}-{number}"), &format!("{date}{minute:02}00Z"), &end)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_who_want_the_same_time_one_gets_it() {
    let house = Arc::new(House::open().await);
    for round in 0..ROUNDS {
        let barrier = Arc::new(Barrier::new(WRITERS));
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let (house, barrier) = (Arc::clone(&house), Arc::clone(&barrier));
            writers.spawn(attempt(house, barrier, number, Slot::of(round)));
        }
        let won = writers.join_all().await.into_iter().filter(|it| *it).count();
        assert_eq!(won, 1, "round {round}");
    }
    assert_eq!(house.names(BOOKINGS).await.len(), ROUNDS);
    assert_far_enough_apart(&house).await;
    house.assert_sound();
}

/// Compares every event of the calendar of bookings with every other.
async fn assert_far_enough_apart(house: &House) {
    let mut taken: Vec<(Interval, u32)> = Vec::new();
    for name in house.names(BOOKINGS).await {
        let text = house.fetch(&format!("{BOOKINGS}{name}")).await.is(200);
        let document = ical::Document::parse(&text.bytes).unwrap();
        for event in document.calendar().children().filter(|it| it.is("VEVENT")) {
            let at = |name| -> Instant { ical::utc_instant(event.value(name).unwrap()).unwrap() };
            let span = Interval::new(at("DTSTART"), at("DTEND")).unwrap();
            let is_from_web = event.property("X-BOOKDAV-BOOKING").is_some();
            taken.push((span, if is_from_web { AFTER_S } else { 0 }));
        }
    }
    for (number, (one, after_s)) in taken.iter().enumerate() {
        for (place, (other, _)) in taken.iter().enumerate() {
            let is_clear = number == place || !one.widened(0, *after_s).overlaps(*other);
            assert!(is_clear, "{one:?} and {other:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_who_make_the_same_object_one_does() {
    let house = Arc::new(House::open().await);
    let path = format!("{DEFAULT}a.ics");
    let won = put_at_once(&house, &path, ("if-none-match", "*")).await;
    assert_eq!(won.len(), 1, "{won:?}");
    let text = house.fetch(&path).await.is(200);
    assert_eq!(text.header("etag"), won[0], "what stands there is what won");
    house.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_who_change_the_same_text_one_does() {
    let house = Arc::new(House::open().await);
    let path = format!("{DEFAULT}a.ics");
    house.put(&path, meeting("a", "20260303T080000Z", "20260303T083000Z")).await.is(201);
    for round in 0..5 {
        let etag = house.fetch(&path).await.is(200).header("etag").to_owned();
        let won = put_at_once(&house, &path, ("if-match", &etag)).await;
        assert_eq!(won.len(), 1, "round {round}: {won:?}");
        assert_eq!(house.fetch(&path).await.header("etag"), won[0]);
        let reset = meeting("a", &format!("2026030{}T060000Z", round + 1), "20260310T083000Z");
        house.put(&path, reset).await.is(204);
    }
    house.assert_sound();
}

/// Sixty-four different texts put at one path at once; the entity tags of those that were taken.
async fn put_at_once(house: &Arc<House>, path: &str, header: (&'static str, &str)) -> Vec<String> {
    let barrier = Arc::new(Barrier::new(WRITERS));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (house, barrier) = (Arc::clone(house), Arc::clone(&barrier));
        let (path, value) = (path.to_owned(), header.1.to_owned());
        let name = header.0;
        writers.spawn(async move {
            let (day, minute) = (number % 20 + 3, number % 60);
            let start = format!("202603{day:02}T10{minute:02}00Z");
            let text = meeting("a", &start, "20260330T120000Z");
            let text = text.replace("Meeting", &format!("By {number}"));
            barrier.wait().await;
            let put = house.dav("alice", "PUT", &path, &[(name, &value)], text).await;
            assert!(matches!(put.status, 201 | 204 | 412), "{}: {}", put.status, put.body);
            (put.status < 300).then(|| put.header("etag").to_owned())
        });
    }
    writers.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_move_to_the_same_time_one_does_and_the_others_stay() {
    let house = Arc::new(House::open().await);
    let mut bookings = Vec::new();
    for day in [3, 4, 5, 6, 9, 10, 11, 12] {
        let mut visitor = Browser::of(&house);
        bookings.push(visitor.book_at(&format!("2026-03-{day:02}T10:00:00Z")).await);
    }
    let barrier = Arc::new(Barrier::new(bookings.len()));
    let mut writers = JoinSet::new();
    for booking in bookings {
        let (house, barrier) = (Arc::clone(&house), Arc::clone(&barrier));
        writers.spawn(async move {
            let mut visitor = Browser::of(&house);
            visitor.token().await;
            barrier.wait().await;
            let path = format!("{booking}/reschedule");
            visitor.post(&path, &[("start", "2026-03-13T14:00:00Z")]).await.status
        });
    }
    let mut statuses = writers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(house.names(BOOKINGS).await.len(), 8);
    assert_far_enough_apart(&house).await;
    house.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_lost_between_many_writers_and_a_client_that_follows() {
    let house = Arc::new(House::open().await);
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let house = Arc::clone(&house);
        writers.spawn(async move {
            let name = format!("{number}.ics");
            let text = meeting(&name, "20260303T100000Z", "20260303T110000Z");
            house.put_new(&name, &text).await;
            if number.is_multiple_of(4) {
                house.remove(&format!("{DEFAULT}{name}")).await.is(204);
            }
        });
    }
    let mut known = std::collections::BTreeSet::new();
    let mut token = String::new();
    loop {
        let is_over = writers.is_empty();
        let told = house.sync(DEFAULT, &token).await;
        known.extend(told.changed);
        known.retain(|it| !told.removed.contains(it));
        token = told.token;
        if is_over {
            break;
        }
        writers.join_next().await.unwrap().unwrap();
    }
    let there: std::collections::BTreeSet<String> =
        house.names(DEFAULT).await.into_iter().collect();
    assert_eq!((known.len(), &known), (48, &there));
    house.assert_sound();
}
