//! Shared calendars: who was invited, and what they said, decides what they may do at any time.

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::client::{DEFAULT, SPACES};
use crate::event::event;
use crate::server::{Answered, House};
use crate::wire::{element, replies};

const BOBS: &str = "/dav/calendars/bob/";
const XML: [(&str, &str); 1] = [("content-type", "application/xml; charset=utf-8")];

/// What alice and bob do about one calendar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Act {
    Invite { can_write: bool },
    TakeBack,
    Accept,
    Decline,
    RemoveShown,
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => any::<bool>().prop_map(|can_write| Act::Invite { can_write }),
        2 => Just(Act::TakeBack),
        5 => Just(Act::Accept),
        1 => Just(Act::Decline),
        1 => Just(Act::RemoveShown),
        1 => Just(Act::Reopen),
    ]
}

/// What holds between the two.
#[derive(Clone, Copy, Debug, Default)]
struct Between {
    /// Whether bob may write, if he is invited.
    invited: Option<bool>,
    has_accepted: bool,
}

async fn invite(house: &House, can_write: bool) -> Answered {
    let access = if can_write { "read-write" } else { "read" };
    let body = format!(
        "<CS:share {SPACES}><CS:set><D:href>mailto:bob@example.org</D:href><CS:{access}/></CS:set>\
         </CS:share>"
    );
    house.dav("alice", "POST", DEFAULT, &XML, body).await
}

async fn answer(house: &House, how: &str) -> Answered {
    let invites = house.propfind(DEFAULT, "0", "<CS:invite/>").await.remove(0);
    let uid = element(invites.with(" 200 "), "uid").unwrap_or("none").to_owned();
    let body = format!(
        "<CS:invite-reply {SPACES}><CS:invite-{how}/><CS:in-reply-to>{uid}</CS:in-reply-to>\
         </CS:invite-reply>"
    );
    house.dav("bob", "POST", BOBS, &XML, body).await
}

/// Where bob finds alice's calendar among his own.
async fn shown(house: &House) -> Option<String> {
    let body = format!("<D:propfind {SPACES}><D:prop><CS:shared-url/></D:prop></D:propfind>");
    let told = house.dav("bob", "PROPFIND", BOBS, &[("depth", "1")], body).await.is(207);
    let mut found = replies(&told.body).into_iter().filter(|it| it.value("shared-url").is_some());
    let first = found.next().map(|it| it.href);
    assert!(found.next().is_none(), "one calendar is shown once");
    first
}

async fn carry_out(house: &mut House, act: Act, between: &mut Between) {
    match act {
        Act::Invite { can_write } => {
            invite(house, can_write).await.is(200);
            between.invited = Some(can_write);
        }
        Act::TakeBack => {
            let body = format!(
                "<CS:share {SPACES}><CS:remove><D:href>mailto:bob@example.org</D:href></CS:remove>\
                 </CS:share>"
            );
            house.dav("alice", "POST", DEFAULT, &XML, body).await.is(200);
            *between = Between::default();
        }
        Act::Accept | Act::Decline => {
            let how = if act == Act::Accept { "accepted" } else { "declined" };
            let status = answer(house, how).await.status;
            assert_eq!(status < 300, between.invited.is_some(), "{act:?}: {status}");
            between.has_accepted = act == Act::Accept && between.invited.is_some();
        }
        Act::RemoveShown => {
            if let Some(place) = shown(house).await {
                house.dav("bob", "DELETE", &place, &[], "").await.is(204);
            }
            between.has_accepted = false;
        }
        Act::Reopen => house.reopen().await,
    }
}

async fn play(acts: &[Act]) {
    let mut house = House::open().await;
    let text = event("one", &["DTSTART:20260303T100000Z", "DURATION:PT1H"]);
    house.put_new("one.ics", &text).await;
    let mut between = Between::default();
    for (at, act) in acts.iter().enumerate() {
        carry_out(&mut house, *act, &mut between).await;
        let place = shown(&house).await;
        assert_eq!(place.is_some(), between.has_accepted, "{at}: {act:?}: {between:?}");
        let may_write = between.has_accepted && between.invited == Some(true);
        for path in [Some(DEFAULT.to_owned()), place].into_iter().flatten() {
            let path = format!("{path}one.ics");
            let read = house.dav("bob", "GET", &path, &[], "").await.status;
            assert_eq!(read == 200, between.has_accepted, "{at}: {act:?}: {path}: {read}");
            let written = house.dav("bob", "PUT", &path, &[], &text).await.status;
            assert_eq!(written < 300, may_write, "{at}: {act:?}: {path}: {written}");
        }
        house.fetch(&format!("{DEFAULT}one.ics")).await.is(200);
    }
    house.assert_sound();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whoever_was_invited_and_said_yes_may_do_what_they_were_invited_to_and_nobody_else(
        acts in vec(act(), 1..20)
    ) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(play(&acts));
    }
}

/// A calendar that shows another's takes its owner's time and not the sharee's.
#[tokio::test]
async fn events_of_a_shared_calendar_take_the_time_of_whose_it_is() {
    let house = House::open().await;
    invite(&house, true).await.is(200);
    answer(&house, "accepted").await.is(200);
    let place = shown(&house).await.unwrap();
    let text = event("bobs", &["DTSTART:20260303T100000Z", "DURATION:PT30M"]);
    house.dav("bob", "PUT", &format!("{place}bobs.ics"), &[], text).await.is(201);
    let mut visitor = crate::browser::Browser::of(&house);
    visitor.hold("10:00").await.is(409);
    let bobs = visitor.get("/b/bob/intro?date=2026-03-03&tz=UTC").await.is(200);
    assert!(crate::browser::times_of(&bobs.body).contains("10:00"), "{}", bobs.body);
    house.assert_sound();
}

#[tokio::test]
async fn a_shared_calendar_in_a_folder_goes_with_the_folder_and_not_with_its_events() {
    let house = House::open().await;
    house.put_new("one.ics", event("one", &["DTSTART:20260303T100000Z"])).await;
    invite(&house, true).await.is(200);
    answer(&house, "accepted").await.is(200);
    let place = shown(&house).await.unwrap();
    house.dav("bob", "MKCOL", &format!("{BOBS}box/"), &[], "").await.is(201);
    let into = format!("{BOBS}box/alices/");
    house.dav("bob", "MOVE", &place, &[("destination", into.as_str())], "").await.is(201);
    assert_eq!(shown_in_box(&house).await, 1);
    house.dav("bob", "DELETE", &format!("{BOBS}box/"), &[], "").await.is(204);
    house.dav("bob", "MKCOL", &format!("{BOBS}box/"), &[], "").await.is(201);
    assert_eq!(shown_in_box(&house).await, 0, "nothing of it comes back");
    house.fetch(&format!("{DEFAULT}one.ics")).await.is(200);
    house.dav("bob", "GET", &format!("{DEFAULT}one.ics"), &[], "").await.is(403);
    house.assert_sound();
}

async fn shown_in_box(house: &House) -> usize {
    let path = format!("{BOBS}box/");
    let told = house.dav("bob", "PROPFIND", &path, &[("depth", "1")], "").await.is(207);
    replies(&told.body).len() - 1
}
