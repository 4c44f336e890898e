//! Devices that are told when a calendar changes, as DAVx5 asks for it (WebDAV-Push).

use app::{Push, Pushed};

use crate::client::{DEFAULT, SPACES};
use crate::event::meeting;
use crate::server::{Answered, House};

const URL: &str = "https://push.example.net/device";
/// The keys of the example in RFC 8291 §5.
const KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const PUSH: &str = "xmlns:P=\"https://bitfire.at/webdav-push\"";

/// A house that pushes.
async fn open() -> House {
    let house = House::open().await;
    house.app().offer_push("PUBLIC".into());
    house
}

fn body(url: &str, key: &str, rest: &str) -> String {
    format!(
        "<P:push-register {PUSH} {SPACES}><P:subscription><P:web-push-subscription>\
         <P:push-resource>{url}</P:push-resource><P:content-encoding>aes128gcm\
         </P:content-encoding><P:subscription-public-key type=\"p256dh\">{key}\
         </P:subscription-public-key><P:auth-secret>{AUTH}</P:auth-secret>\
         </P:web-push-subscription></P:subscription>{rest}</P:push-register>"
    )
}

async fn register(house: &House, user: &str, body: &str) -> Answered {
    let xml = [("content-type", "application/xml; charset=utf-8")];
    house.dav(user, "POST", DEFAULT, &xml, body).await
}

/// The only message that is due.
fn due(house: &House) -> Option<Push> {
    let mut due = house.app().due_pushes().unwrap();
    assert!(due.len() <= 1, "{due:?}");
    due.pop()
}

async fn change(house: &House, name: &str) {
    let text = meeting(name, "20260303T100000Z", "20260303T110000Z");
    house.put_new(&format!("{name}.ics"), text).await;
}

#[tokio::test]
async fn a_device_is_told_of_each_change_once_and_of_none_after_it_said_so() {
    let mut house = open().await;
    let answered = register(&house, "alice", &body(URL, KEY, "")).await.is(201);
    let place = answered.header("location").to_owned();
    assert!(place.starts_with("/dav/push/su_"), "{place}");
    assert_eq!(answered.header("expires"), "Mon, 09 Mar 2026 08:00:00 GMT");
    assert!(due(&house).is_none(), "nothing has changed since");
    change(&house, "a").await;
    let push = due(&house).unwrap();
    assert_eq!((push.url.as_str(), push.public_key.len(), push.auth.len()), (URL, 65, 16));
    let told = house.propfind(DEFAULT, "0", &format!("<P:topic {PUSH}/>")).await;
    assert_eq!(told[0].value("topic").as_ref(), Some(&push.topic));
    let message = String::from_utf8(dav::push_message(&push)).unwrap();
    assert!(message.contains(&format!("<P:topic>{}</P:topic>", push.topic)), "{message}");
    let token = house.property(DEFAULT, "D:sync-token").await;
    let told = format!("<P:content-update><D:sync-token>{token}</D:sync-token>");
    assert!(message.contains(&told), "{message}");
    house.reopen().await;
    house.app().offer_push("PUBLIC".into());
    assert!(due(&house).is_some(), "it was never sent");
    house.app().note_pushed(&push, Pushed::Arrived).await.unwrap();
    assert!(due(&house).is_none());
    change(&house, "b").await;
    assert!(due(&house).is_some());
    house.dav("bob", "DELETE", &place, &[], "").await.is(404);
    house.dav("alice", "DELETE", &place, &[], "").await.is(204);
    assert!(due(&house).is_none());
    house.dav("alice", "DELETE", &place, &[], "").await.is(404);
    house.assert_sound();
}

#[tokio::test]
async fn a_device_that_asks_again_is_told_for_longer_under_the_same_name() {
    let house = open().await;
    let first = register(&house, "alice", &body(URL, KEY, "")).await.is(201);
    change(&house, "a").await;
    house.wait(86_400);
    let soon = "<P:expires>Wed, 04 Mar 2026 08:00:00 GMT</P:expires>";
    let again = register(&house, "alice", &body(URL, KEY, soon)).await.is(201);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("expires"), "Wed, 04 Mar 2026 08:00:00 GMT");
    assert!(due(&house).is_some(), "what it was not told yet is not lost");
    house.wait(86_400);
    assert!(due(&house).is_none(), "it is over");
    house.app().run_due_jobs().await.unwrap();
    house.dav("alice", "DELETE", first.header("location"), &[], "").await.is(404);
}

#[tokio::test]
async fn a_push_that_failed_is_tried_later_and_later_and_then_no_more() {
    let house = open().await;
    let far = "<P:expires>Sun, 08 Mar 2026 08:00:00 GMT</P:expires>";
    register(&house, "alice", &body(URL, KEY, far)).await.is(201);
    change(&house, "a").await;
    for wait in [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680] {
        let push = due(&house).unwrap();
        house.app().note_pushed(&push, Pushed::Failed).await.unwrap();
        house.wait(wait - 1);
        assert!(due(&house).is_none(), "before {wait} seconds");
        house.wait(1);
    }
    let push = due(&house).unwrap();
    house.app().note_pushed(&push, Pushed::Failed).await.unwrap();
    house.wait(86_400);
    assert!(due(&house).is_none(), "it is forgotten");
    register(&house, "alice", &body(URL, KEY, "")).await.is(201);
    change(&house, "b").await;
    house.app().note_pushed(&due(&house).unwrap(), Pushed::Gone).await.unwrap();
    assert!(due(&house).is_none(), "the device is gone");
}

#[tokio::test]
async fn what_is_no_subscription_is_refused_by_its_condition() {
    let house = open().await;
    let only = "<P:trigger><P:property-update/></P:trigger>";
    let cases = [
        ("no address", body("", KEY, "")),
        ("in the clear", body("http://push.example.net/", KEY, "")),
        ("a key that is too short", body(URL, "AAAA", "")),
        ("a key that is none", body(URL, "???", "")),
        ("of properties only", body(URL, KEY, only)),
        ("another encoding", body(URL, KEY, "").replace("aes128gcm", "aesgcm")),
        ("nothing", format!("<P:push-register {PUSH}/>")),
        ("too long", body(&format!("https://a/{}", "a".repeat(2_000)), KEY, "")),
    ];
    for (case, body) in cases {
        let answered = register(&house, "alice", &body).await.is(403);
        assert!(answered.body.contains("<P:invalid-subscription/>"), "{case}: {}", answered.body);
    }
    let both = "<P:trigger><P:content-update><D:depth>1</D:depth></P:content-update></P:trigger>";
    register(&house, "alice", &body(URL, KEY, both)).await.is(201);
}

#[tokio::test]
async fn only_those_who_may_read_a_calendar_hear_of_its_changes() {
    let house = open().await;
    register(&house, "bob", &body(URL, KEY, "")).await.is(403);
    let acl = |inner: &str| format!("<D:acl {SPACES}>{inner}</D:acl>");
    let read =
        acl("<D:ace><D:principal><D:href>/dav/principals/bob/</D:href></D:principal><D:grant>\
         <D:privilege><D:read/></D:privilege></D:grant></D:ace>");
    house.dav("alice", "ACL", DEFAULT, &[], read).await.is(200);
    register(&house, "bob", &body(URL, KEY, "")).await.is(201);
    change(&house, "a").await;
    assert!(due(&house).is_some());
    house.dav("alice", "ACL", DEFAULT, &[], acl("")).await.is(200);
    assert!(due(&house).is_none(), "bob may not read it any more");
}

#[tokio::test]
async fn a_server_that_cannot_push_does_not_offer_it() {
    let house = House::open().await;
    let asked = "<P:transports/><P:topic/><P:supported-triggers/>";
    let asked = asked.replace("/>", &format!(" {PUSH}/>"));
    let told = house.propfind(DEFAULT, "0", &asked).await.remove(0);
    assert!(told.lacks("transports") && told.lacks("topic"));
    register(&house, "alice", &body(URL, KEY, "")).await.is(403);
    house.app().offer_push("PUBLIC".into());
    let told = house.propfind(DEFAULT, "0", &asked).await.remove(0);
    let key = "<P:vapid-public-key type=\"p256ecdsa\">PUBLIC</P:vapid-public-key>";
    assert!(told.with("200").contains(key), "{}", told.with("200"));
    assert!(told.with("200").contains("<P:content-update><D:depth>1</D:depth>"));
}
