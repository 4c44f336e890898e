//! What stands at the target of a copy or a move: it goes when the other is there, and not before.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::task::JoinSet;

use crate::browser::{ALL_TIMES, Browser, TUESDAY};
use crate::client::{DEFAULT, SPACES};
use crate::event::meeting;
use crate::server::{Answered, House};

const HOME: &str = "/dav/calendars/alice/";
const BOBS: &str = "/dav/calendars/bob/";
/// The calendar that is in the way, with one event.
const VICTIM: &str = "/dav/calendars/alice/box/victim/";
/// A calendar of an hour on Tuesday.
const WORK: &str = "/dav/calendars/alice/work/";

async fn ask(house: &House, user: &str, method: &str, from: &str, to: &str) -> Answered {
    house.dav(user, method, from, &[("destination", to)], "").await
}

async fn make_folder(house: &House, path: &str) {
    house.dav("alice", "MKCOL", path, &[], "").await.is(201);
}

async fn put_text(house: &House, path: &str, text: &str) {
    let kind = [("content-type", "text/plain")];
    house.dav("alice", "PUT", path, &kind, text).await.is(201);
}

/// A house with something in the way, and the times that are left on Tuesday.
async fn with_victim() -> (House, String) {
    let house = House::open().await;
    make_folder(&house, &format!("{HOME}box/")).await;
    house.make_calendar(VICTIM).await;
    let kept = meeting("kept", "20260303T100000Z", "20260303T110000Z");
    house.put(&format!("{VICTIM}a.ics"), kept).await.is(201);
    let times = Browser::of(&house).times(TUESDAY).await;
    assert_ne!(times, ALL_TIMES);
    (house, times)
}

async fn make_work(house: &House) {
    house.make_calendar(WORK).await;
    let other = meeting("other", "20260303T140000Z", "20260303T150000Z");
    house.put(&format!("{WORK}b.ics"), other).await.is(201);
}

async fn assert_kept(house: &mut House, times: &str) {
    for opened in ["at once", "opened again"] {
        house.fetch(&format!("{VICTIM}a.ics")).await.is(200);
        assert_eq!(Browser::of(house).times(TUESDAY).await, times, "{opened}");
        house.assert_sound();
        house.reopen().await;
    }
}

/// Makes bob somebody who may change everything of alice's.
async fn let_bob_in(house: &House) {
    let bob = "<D:href>/dav/principals/bob/</D:href>";
    let set = format!("<D:group-member-set>{bob}</D:group-member-set>");
    house.proppatch("/dav/principals/alice/calendar-proxy-write/", &set).await.is(207);
}

/// Folders within each other, as many as there may be, with a file in the last.
async fn make_deep(house: &House) -> String {
    let mut path = format!("{HOME}deep/");
    make_folder(house, &path).await;
    for _ in 1..model::limit::FOLDERS_DEEP {
        path.push_str("in/");
        make_folder(house, &path).await;
    }
    put_text(house, &format!("{path}last.txt"), "down here").await;
    format!("{path}last.txt")
}

#[tokio::test]
async fn a_tree_that_would_be_too_deep_leaves_the_calendar_in_its_way_as_it_was() {
    let (mut house, times) = with_victim().await;
    let last = make_deep(&house).await;
    let deep = format!("{HOME}deep/");
    let moved = ask(&house, "alice", "MOVE", &deep, VICTIM).await.is(403);
    assert_eq!(moved.body, "it would be within too many folders\n");
    let copied = ask(&house, "alice", "COPY", &deep, VICTIM).await.is(207);
    assert_eq!(
        copied.body.matches("<D:status>HTTP/1.1 403 Forbidden").count(),
        1,
        "{}",
        copied.body
    );
    house.fetch(&last).await.is(200);
    assert_kept(&mut house, &times).await;
    let copied = ask(&house, "alice", "COPY", &deep, &format!("{HOME}box/new/")).await;
    assert_eq!(copied.is(207).body.matches("<D:status>").count(), 1, "the rest of it is there");
    house
        .dav("alice", "PROPFIND", &format!("{HOME}box/new/in/in/"), &[("depth", "0")], "")
        .await
        .is(207);
}

#[tokio::test]
async fn a_copy_of_more_folders_than_there_may_be_leaves_what_is_in_its_way_as_it_was() {
    let (mut house, times) = with_victim().await;
    let many = format!("{HOME}many/");
    make_folder(&house, &many).await;
    for number in 0..model::limit::COLLECTIONS_MAX / 2 {
        make_folder(&house, &format!("{many}{number}/")).await;
    }
    let copied = ask(&house, "alice", "COPY", &many, VICTIM).await.is(207);
    assert!(copied.body.contains("HTTP/1.1 507 Insufficient Storage"), "{}", copied.body);
    assert_kept(&mut house, &times).await;
    // Where nothing is in the way there is as much of it as can be (RFC 4918 §9.8.3).
    let new = format!("{HOME}again/");
    let copied = ask(&house, "alice", "COPY", &many, &new).await.is(207);
    let left = copied.body.matches("<D:status>HTTP/1.1 507").count();
    let made = house.propfind(&new, "1", "<D:resourcetype/>").await.len() - 1;
    assert_eq!(left + made, model::limit::COLLECTIONS_MAX / 2);
    ask(&house, "alice", "COPY", &many, &format!("{HOME}third/")).await.is(507);
}

#[tokio::test]
async fn a_member_that_may_not_go_leaves_the_folder_in_its_way_as_it_was() {
    let (house, _) = with_victim().await;
    let_bob_in(&house).await;
    let folder = format!("{HOME}box/sub");
    make_folder(&house, &format!("{folder}/")).await;
    put_text(&house, &format!("{folder}/keep.txt"), "keep me").await;
    let page = format!("{HOME}box/page.html");
    put_text(&house, &page, "a page").await;
    let list = format!(
        "<D:acl {SPACES}><D:ace><D:principal><D:authenticated/></D:principal><D:grant>\
         <D:privilege><D:read/></D:privilege></D:grant></D:ace></D:acl>"
    );
    house.dav("alice", "ACL", &page, &[], list).await.is(200);
    make_folder(&house, &format!("{HOME}other/")).await;
    make_folder(&house, &format!("{HOME}other/sub/")).await;
    put_text(&house, &format!("{HOME}other/sub/keep.txt"), "keep me").await;
    let to = format!("{HOME}other/sub");
    ask(&house, "bob", "MOVE", &page, &to).await.is(403);
    house.fetch(&format!("{to}/keep.txt")).await.is(200);
    house.fetch(&page).await.is(200);
    ask(&house, "alice", "MOVE", &page, &to).await.is(204);
    assert_eq!(house.fetch(&to).await.is(200).body, "a page");
    house.fetch(&format!("{to}/keep.txt")).await.is(404);
    house.fetch(&page).await.is(404);
    // What was made of it is a file: a folder takes its place again.
    ask(&house, "alice", "COPY", &format!("{folder}/"), &to).await.is(204);
    assert_eq!(house.fetch(&format!("{to}/keep.txt")).await.is(200).body, "keep me");
    house.assert_sound();
}

#[tokio::test]
async fn what_takes_the_place_of_a_calendar_takes_its_time_and_no_other() {
    for method in ["MOVE", "COPY"] {
        let (mut house, _) = with_victim().await;
        make_work(&house).await;
        ask(&house, "alice", method, WORK, VICTIM).await.is(204);
        house.fetch(&format!("{VICTIM}a.ics")).await.is(404);
        house.fetch(&format!("{VICTIM}b.ics")).await.is(200);
        let left = house.fetch(&format!("{WORK}b.ics")).await.status;
        assert_eq!(left, if method == "MOVE" { 404 } else { 200 });
        house.assert_sound();
        if method == "COPY" {
            house.remove(WORK).await.is(204);
        }
        let times = Browser::of(&house).times(TUESDAY).await;
        assert!(times.contains("10:00") && !times.contains("14:00"), "{method}: {times}");
        house.reopen().await;
        assert_eq!(Browser::of(&house).times(TUESDAY).await, times, "opened again");
        house.remove(VICTIM).await.is(204);
        assert_eq!(Browser::of(&house).times(TUESDAY).await, ALL_TIMES);
        house.assert_sound();
    }
}

#[tokio::test]
async fn a_calendar_goes_to_another_home_as_a_whole_or_not_at_all() {
    let (mut house, times) = with_victim().await;
    let_bob_in(&house).await;
    let event = format!("{VICTIM}a.ics");
    let list = |aces: &str| format!("<D:acl {SPACES}>{aces}</D:acl>");
    let carol = "<D:ace><D:principal><D:authenticated/></D:principal><D:grant><D:privilege>\
                 <D:read/></D:privilege></D:grant></D:ace>";
    // What it says of others cannot go with it.
    house.dav("alice", "ACL", &event, &[], list(carol)).await.is(200);
    let free = meeting("free", "20260304T100000Z", "20260304T110000Z");
    house.put(&format!("{VICTIM}b.ics"), free).await.is(201);
    let to = format!("{BOBS}taken/");
    ask(&house, "bob", "MOVE", VICTIM, &to).await.is(403);
    house.dav("bob", "GET", &format!("{to}b.ics"), &[], "").await.is(404);
    assert_kept(&mut house, &times).await;
    house.dav("alice", "ACL", &event, &[], list("")).await.is(200);
    ask(&house, "bob", "MOVE", VICTIM, &to).await.is(201);
    house.fetch(&event).await.is(404);
    house.dav("bob", "GET", &format!("{to}a.ics"), &[], "").await.is(200);
    house.dav("bob", "GET", &format!("{to}b.ics"), &[], "").await.is(200);
    assert_eq!(Browser::of(&house).times(TUESDAY).await, ALL_TIMES, "it takes bob's time now");
    house.assert_sound();
    house.reopen().await;
    house.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_put_into_a_calendar_that_goes_to_another_home_is_in_one_of_both() {
    let house = Arc::new(House::open().await);
    let_bob_in(&house).await;
    for round in 0..10 {
        let (from, to) = (format!("{HOME}away{round}/"), format!("{BOBS}away{round}/"));
        house.make_calendar(&from).await;
        let mut tasks = JoinSet::new();
        for number in 0..20 {
            let (house, from) = (Arc::clone(&house), from.clone());
            tasks.spawn(async move {
                let text = meeting(&format!("{number}"), "20260303T100000Z", "20260303T110000Z");
                let put = house.put(&format!("{from}{number}.ics"), text).await;
                (number, put.status)
            });
        }
        let moved = ask(&house, "bob", "MOVE", &from, &to).await;
        assert_eq!(moved.status, 201, "{}", moved.body);
        while let Some(done) = tasks.join_next().await {
            let (number, status) = done.unwrap();
            let found = house.dav("bob", "GET", &format!("{to}{number}.ics"), &[], "").await.status;
            assert!(status != 201 || found == 200, "{round}: {number} is lost: {found}");
        }
        house.assert_sound();
    }
}

/// Goes on with a request until it has waited that often, then lets go of it.
async fn cut_off<T>(request: impl Future<Output = T>, mut waits: usize) -> Option<T> {
    let mut request = pin!(request);
    let gone_on = poll_fn(|context| match request.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if waits == 0 => Poll::Ready(None),
        Poll::Pending => {
            waits -= 1;
            Poll::Pending
        }
    });
    gone_on.await
}

#[tokio::test]
async fn what_is_cut_off_leaves_the_old_or_the_new_and_no_mixture() {
    for (method, to) in [("COPY", VICTIM), ("MOVE", VICTIM), ("MOVE", "/dav/calendars/bob/work/")] {
        let mut was_cut = false;
        for waits in 0.. {
            let (mut house, _) = with_victim().await;
            let_bob_in(&house).await;
            make_work(&house).await;
            let done = cut_off(ask(&house, "bob", method, WORK, to), waits).await;
            // What was on its way to the store is there before what comes after it.
            put_text(&house, &format!("{HOME}after.txt"), "after").await;
            for opened in ["at once", "opened again"] {
                let is_old = |it: &Answered| it.status == 200;
                let old = is_old(&house.fetch(&format!("{VICTIM}a.ics")).await);
                let from = is_old(&house.fetch(&format!("{WORK}b.ics")).await);
                let new = house.dav("bob", "GET", &format!("{to}b.ics"), &[], "").await;
                let case = format!("{method} {to} cut off after {waits} waits, {opened}");
                assert_eq!(from, method == "COPY" || !is_old(&new), "{case}");
                assert_eq!(old, to != VICTIM || !is_old(&new), "{case}");
                house.assert_sound();
                house.reopen().await;
            }
            was_cut |= done.is_none();
            if done.is_some() {
                break;
            }
        }
        assert!(was_cut, "{method} {to} never waits");
    }
}

#[tokio::test]
async fn a_collection_that_would_be_too_deep_is_refused_by_that_word() {
    let house = House::open().await;
    let last = make_deep(&house).await;
    let inner = last.replace("last.txt", "more/");
    let made = house.dav("alice", "MKCOL", &inner, &[], "").await.is(403);
    assert_eq!(made.body, "it would be within too many folders\n");
    let word = "<C:calendar-collection-location-ok/>";
    let made = house.dav("alice", "MKCALENDAR", &inner, &[], "").await.is(403);
    assert!(made.body.contains(word), "{}", made.body);
    for (method, to) in
        [("COPY", inner.as_str()), ("MOVE", &inner), ("MOVE", "/dav/calendars/alice/bookings/in/")]
    {
        let refused = ask(&house, "alice", method, DEFAULT, to).await.is(403);
        assert!(refused.body.contains(word), "{method} {to}: {}", refused.body);
    }
}

/// What came after its copy was left behind, or the move ended in the middle.
#[tokio::test]
async fn what_happens_while_a_calendar_goes_to_another_home_goes_with_it() {
    let to = format!("{BOBS}box/");
    let text = |uid: &str| meeting(uid, "20260303T100000Z", "20260303T110000Z");
    for waits in 0..8 {
        let (house, _) = with_victim().await;
        let_bob_in(&house).await;
        house.put(&format!("{VICTIM}b.ics"), text("b")).await.is(201);
        house.put(&format!("{VICTIM}c.ics"), text("c")).await.is(201);
        let from = format!("{HOME}box/");
        let mut moving = pin!(ask(&house, "bob", "MOVE", &from, &to));
        let begun = cut_off(moving.as_mut(), waits).await;
        if let Some(done) = begun {
            assert!(waits > 1, "it never waits: {}", done.status);
            return;
        }
        // An event goes and comes back by another name, another gets a property, a third goes.
        house.remove(&format!("{VICTIM}a.ics")).await;
        let come = house.put(&format!("{VICTIM}late.ics"), text("kept")).await.status;
        let blue = "<A:calendar-color>blue</A:calendar-color>";
        let named = house.proppatch(&format!("{VICTIM}b.ics"), blue).await.status;
        let gone = house.remove(&format!("{VICTIM}c.ics")).await.status;
        let made = house.dav("alice", "MKCALENDAR", &format!("{from}new/"), &[], "").await.status;
        let moved = moving.await;
        assert_eq!(moved.status, 201, "{waits} waits: {}", moved.body);
        let found = async |name: &str| {
            house.dav("bob", "PROPFIND", &format!("{to}{name}"), &[("depth", "0")], "").await
        };
        let case = format!("{waits} waits: {come} {named} {gone} {made}");
        if come == 201 {
            assert_eq!(found("victim/late.ics").await.status, 207, "{case}");
            assert_eq!(found("victim/a.ics").await.status, 404, "{case}");
        }
        if named == 207 {
            assert!(found("victim/b.ics").await.body.contains("blue"), "{case}");
        }
        assert_eq!(found("victim/c.ics").await.status, if gone == 204 { 404 } else { 207 });
        assert_eq!(found("new/").await.status, if made == 201 { 207 } else { 404 }, "{case}");
        house.assert_sound();
    }
}

#[tokio::test]
async fn what_goes_before_it_was_copied_does_not_stop_the_rest() {
    let house = House::open().await;
    let_bob_in(&house).await;
    house.make_calendar(WORK).await;
    for number in 0..230 {
        let text = meeting(&format!("{number}"), "20260303T100000Z", "20260303T110000Z");
        house.put(&format!("{WORK}{number:03}.ics"), text).await.is(201);
    }
    let to = format!("{BOBS}work/");
    let mut moving = pin!(ask(&house, "bob", "MOVE", WORK, &to));
    assert!(cut_off(moving.as_mut(), 1).await.is_none(), "it has to wait for the first hundreds");
    house.remove(&format!("{WORK}229.ics")).await.is(204);
    moving.await.is(201);
    let last = |name: &str| format!("{to}{name}.ics");
    house.dav("bob", "GET", &last("228"), &[], "").await.is(200);
    house.dav("bob", "GET", &last("229"), &[], "").await.is(404);
    house.assert_sound();
}
