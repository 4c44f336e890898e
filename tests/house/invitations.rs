//! Invitations that come, go and are answered at the same time, and what they may say.

use std::sync::Arc;

use model::limit::{
    INVITE_ADDRESS_MAX_BYTES, INVITE_NAME_MAX_BYTES, INVITE_SUMMARY_MAX_BYTES, INVITES_MAX,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{DEFAULT, SPACES};
use crate::event::meeting;
use crate::server::{Answered, House};
use crate::wire::{element, replies};

const BOBS: &str = "/dav/calendars/bob/";
/// Rounds of each race.
const ROUNDS: usize = 20;

fn set(name: &str) -> String {
    format!("<CS:set><D:href>mailto:{name}@example.org</D:href><CS:read/></CS:set>")
}

fn remove(name: &str) -> String {
    format!("<CS:remove><D:href>mailto:{name}@example.org</D:href></CS:remove>")
}

/// A `POST` of some changes to whom alice shares a calendar with.
async fn share(house: &House, path: &str, changes: &str) -> Answered {
    let xml = [("content-type", "application/xml")];
    let body = format!("<CS:share {SPACES}>{changes}</CS:share>");
    house.dav("alice", "POST", path, &xml, body).await
}

/// Bob's answer to an invitation: `accepted` or `declined`.
async fn answer(house: &House, uid: &str, how: &str) -> Answered {
    let xml = [("content-type", "application/xml")];
    let body = format!(
        "<CS:invite-reply {SPACES}><CS:invite-{how}/><CS:in-reply-to>{uid}</CS:in-reply-to>\
         </CS:invite-reply>"
    );
    house.dav("bob", "POST", BOBS, &xml, body).await
}

/// What `CS:invite` tells of a calendar.
async fn invites(house: &House, path: &str) -> String {
    house.propfind(path, "0", "<CS:invite/>").await.remove(0).with(" 200 ").to_owned()
}

/// Invites bob to a calendar; the identifier of the invitation.
async fn invite_bob(house: &House, path: &str) -> String {
    share(house, path, &set("bob")).await.is(200);
    element(&invites(house, path).await, "uid").unwrap().to_owned()
}

/// The calendars of others that bob has among his own.
async fn shown(house: &House) -> Vec<String> {
    let body = format!("<D:propfind {SPACES}><D:prop><CS:shared-url/></D:prop></D:propfind>");
    let told = house.dav("bob", "PROPFIND", BOBS, &[("depth", "1")], body).await.is(207);
    let all = replies(&told.body).into_iter();
    all.filter(|it| it.value("shared-url").is_some()).map(|it| it.href).collect()
}

/// Does two things at once; the statuses of both.
async fn at_once<One, Other>(one: One, other: Other) -> (u16, u16)
where
    One: Future<Output = Answered> + Send + 'static,
    Other: Future<Output = Answered> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(2));
    let second = Arc::clone(&barrier);
    let one = tokio::spawn(async move {
        barrier.wait().await;
        one.await.status
    });
    let other = tokio::spawn(async move {
        second.wait().await;
        other.await.status
    });
    (one.await.unwrap(), other.await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_invitations_that_are_sent_at_once_none_is_lost() {
    let house = Arc::new(House::open().await);
    let names: Vec<String> = (0..8).map(|it| format!("guest{it}")).collect();
    for name in &names {
        house.let_in(name).await;
    }
    for round in 0..ROUNDS {
        let barrier = Arc::new(Barrier::new(names.len()));
        let mut senders = JoinSet::new();
        for name in names.clone() {
            let (house, barrier) = (Arc::clone(&house), Arc::clone(&barrier));
            senders.spawn(async move {
                barrier.wait().await;
                // In every second round what was sent in the one before is taken back.
                let change = if round % 2 == 0 { set(&name) } else { remove(&name) };
                share(&house, DEFAULT, &change).await.status
            });
        }
        assert_eq!(senders.join_all().await, [200; 8], "round {round}");
        let told = invites(&house, DEFAULT).await;
        let found = names.iter().filter(|it| told.contains(&format!("mailto:{it}@"))).count();
        assert_eq!(found, if round % 2 == 0 { names.len() } else { 0 }, "{round}: {told}");
    }
    house.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_accepts_what_is_taken_back_meanwhile_keeps_nothing_of_it() {
    let house = Arc::new(House::open().await);
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    for round in 0..ROUNDS {
        let uid = invite_bob(&house, DEFAULT).await;
        let (his, hers) = (Arc::clone(&house), Arc::clone(&house));
        let statuses = at_once(async move { answer(&his, &uid, "accepted").await }, async move {
            share(&hers, DEFAULT, &remove("bob")).await
        });
        let (accepted, removed) = statuses.await;
        assert!(matches!(accepted, 200 | 404) && removed == 200, "{round}: {accepted} {removed}");
        let told = invites(&house, DEFAULT).await;
        assert!(!told.contains("bob"), "round {round}: {told}");
        assert!(shown(&house).await.is_empty(), "round {round}");
        house.dav("bob", "GET", &format!("{DEFAULT}a.ics"), &[], "").await.is(403);
        house.assert_sound();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invitation_to_what_goes_meanwhile_leaves_nothing_behind() {
    let house = Arc::new(House::open().await);
    let path = "/dav/calendars/alice/new/";
    for round in 0..ROUNDS {
        house.make_calendar(path).await;
        let uid = invite_bob(&house, path).await;
        let (his, hers) = (Arc::clone(&house), Arc::clone(&house));
        let statuses = at_once(async move { answer(&his, &uid, "accepted").await }, async move {
            hers.remove(path).await
        });
        let (accepted, removed) = statuses.await;
        assert!(matches!(accepted, 200 | 404) && removed == 204, "{round}: {accepted} {removed}");
        assert!(shown(&house).await.is_empty(), "round {round}");
        house.assert_sound();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_answers_at_once_one_counts_in_both_homes() {
    let house = Arc::new(House::open().await);
    for round in 0..ROUNDS {
        let uid = invite_bob(&house, DEFAULT).await;
        let other_uid = uid.clone();
        let (one, other) = (Arc::clone(&house), Arc::clone(&house));
        let how = if round % 2 == 0 { "declined" } else { "accepted" };
        let statuses = at_once(async move { answer(&one, &uid, "accepted").await }, async move {
            answer(&other, &other_uid, how).await
        });
        let (first, second) = statuses.await;
        assert!(first == 200 && second < 300, "{round}: {first} {second}");
        let told = invites(&house, DEFAULT).await;
        let is_accepted = told.contains("<CS:invite-accepted/>");
        assert_eq!(shown(&house).await.len(), usize::from(is_accepted), "{round}: {told}");
        house.assert_sound();
        share(&house, DEFAULT, &remove("bob")).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_sharee_removes_while_others_are_invited_stays_removed() {
    let house = Arc::new(House::open().await);
    for round in 0..ROUNDS {
        let uid = invite_bob(&house, DEFAULT).await;
        answer(&house, &uid, "accepted").await.is(200);
        let place = shown(&house).await.remove(0);
        let (his, hers) = (Arc::clone(&house), Arc::clone(&house));
        let statuses =
            at_once(async move { his.dav("bob", "DELETE", &place, &[], "").await }, async move {
                share(&hers, DEFAULT, &set(&format!("guest{round}"))).await
            });
        assert_eq!(statuses.await, (204, 200), "round {round}");
        let told = invites(&house, DEFAULT).await;
        assert!(told.contains("<CS:invite-declined/>"), "round {round}: {told}");
        assert!(told.contains(&format!("guest{round}@")), "round {round}: {told}");
        assert!(shown(&house).await.is_empty());
    }
    house.assert_sound();
}

#[tokio::test]
async fn a_list_that_would_be_too_long_is_refused_before_anything_is_done() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    let uid = invite_bob(&house, DEFAULT).await;
    answer(&house, &uid, "accepted").await.is(200);
    let most: String = (2..INVITES_MAX).map(|it| set(&format!("guest{it}"))).collect();
    share(&house, DEFAULT, &most).await.is(200);
    let before = invites(&house, DEFAULT).await;
    let changes = remove("bob") + &set("new1") + &set("new2") + &set("new3");
    share(&house, DEFAULT, &changes).await.is(507);
    assert_eq!(invites(&house, DEFAULT).await, before);
    let place = shown(&house).await.remove(0);
    house.dav("bob", "GET", &format!("{place}a.ics"), &[], "").await.is(200);
    let fits = remove("bob") + &set("new1") + &set("new2");
    share(&house, DEFAULT, &fits).await.is(200);
    assert!(shown(&house).await.is_empty());
    house.assert_sound();
}

#[tokio::test]
async fn what_an_invitation_says_has_an_end() {
    let house = House::open().await;
    let of = |address: usize, name: usize, summary: usize| {
        let fill = |bytes: usize| "x".repeat(bytes);
        let address = format!("mailto:{}", fill(address - "mailto:".len()));
        let (name, summary) = (fill(name), fill(summary));
        format!(
            "<CS:set><D:href>{address}</D:href><CS:common-name>{name}</CS:common-name>\
             <CS:summary>{summary}</CS:summary><CS:read/></CS:set>"
        )
    };
    let (address, name, summary) =
        (INVITE_ADDRESS_MAX_BYTES, INVITE_NAME_MAX_BYTES, INVITE_SUMMARY_MAX_BYTES);
    for (long, word) in [
        (of(address + 1, name, summary), "address"),
        (of(address, name + 1, summary), "name"),
        (of(address, name, summary + 1), "summary"),
        (of(address, name, 3_900_000), "summary"),
    ] {
        let refused = share(&house, DEFAULT, &(set("bob") + &long)).await.is(400);
        assert!(refused.body.contains(word), "{}", refused.body);
        assert!(!invites(&house, DEFAULT).await.contains("bob"), "all of it or nothing");
    }
    share(&house, DEFAULT, &of(address, name, summary)).await.is(200);
    assert!(invites(&house, DEFAULT).await.contains(&"x".repeat(summary)));
}

/// It stood as a question that could not be answered any more.
#[tokio::test]
async fn an_invitation_is_taken_back_with_its_calendar() {
    let house = House::open().await;
    let path = "/dav/calendars/alice/plans/";
    house.make_calendar(path).await;
    let uid = invite_bob(&house, path).await;
    let notice = format!("{BOBS}notifications/{uid}.xml");
    let asked = house.dav("bob", "GET", &notice, &[], "").await.is(200);
    assert!(asked.body.contains("<CS:invite-noresponse/>"), "{}", asked.body);
    house.remove(path).await.is(204);
    let told = house.dav("bob", "GET", &notice, &[], "").await.is(200);
    assert!(told.body.contains("<CS:invite-deleted/>"), "{}", told.body);
    answer(&house, &uid, "accepted").await.is(404);
    house.assert_sound();
}

#[tokio::test]
async fn a_shared_calendar_is_called_as_its_sharer_calls_it_until_the_sharee_says_otherwise() {
    let house = House::open().await;
    let path = "/dav/calendars/alice/plans/";
    house.make_calendar(path).await;
    let summary = "<CS:summary>Our plans</CS:summary>";
    let set = set("bob").replace("<CS:read/>", &format!("{summary}<CS:read/>"));
    share(&house, path, &set).await.is(200);
    let uid = element(&invites(&house, path).await, "uid").unwrap().to_owned();
    answer(&house, &uid, "accepted").await.is(200);
    let place = shown(&house).await.remove(0);
    let called = async || {
        let body = format!("<D:propfind {SPACES}><D:prop><D:displayname/></D:prop></D:propfind>");
        let told = house.dav("bob", "PROPFIND", &place, &[("depth", "0")], body).await.is(207);
        element(&told.body, "displayname").unwrap().to_owned()
    };
    assert_eq!(called().await, "Our plans");
    house.proppatch(path, "<D:displayname>Trips</D:displayname>").await.is(207);
    assert_eq!(called().await, "Trips");
    let own = format!(
        "<D:propertyupdate {SPACES}><D:set><D:prop><D:displayname>Hers</D:displayname></D:prop>\
         </D:set></D:propertyupdate>"
    );
    house.dav("bob", "PROPPATCH", &place, &[], own).await.is(207);
    assert_eq!(called().await, "Hers");
    assert_eq!(house.property(path, "D:displayname").await, "Trips");
}
