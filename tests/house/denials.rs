//! Denials: whom they take something from, whom they cannot, and what lists tell of both.

use app::{Ctx, Principal};

use crate::client::{DEFAULT, SPACES};
use crate::event::meeting;
use crate::server::{Answered, House, MONDAY};
use crate::wire::{element, replies};

const BOBS: &str = "/dav/calendars/bob/";
const BOB: &str = "<D:href>/dav/principals/bob/</D:href>";
const XML: [(&str, &str); 1] = [("content-type", "application/xml")];

fn href(path: &str) -> String {
    format!("<D:href>/dav/principals/{path}/</D:href>")
}

/// Denies something of alice's to somebody, in place of what its list said.
async fn deny(house: &House, path: &str, who: &str, privilege: &str) -> Answered {
    let acl = format!(
        "<D:acl {SPACES}><D:ace><D:principal>{who}</D:principal><D:deny><D:privilege>\
         <D:{privilege}/></D:privilege></D:deny></D:ace></D:acl>"
    );
    house.dav("alice", "ACL", path, &[], acl).await
}

async fn clear(house: &House, path: &str) {
    let acl = format!("<D:acl {SPACES}/>");
    house.dav("alice", "ACL", path, &[], acl).await.is(200);
}

/// Shares alice's calendar with bob, who says yes; where he has it.
async fn share_with_bob(house: &House, access: &str) -> String {
    let body = format!(
        "<CS:share {SPACES}><CS:set><D:href>mailto:bob@example.org</D:href><CS:{access}/></CS:set>\
         </CS:share>"
    );
    house.dav("alice", "POST", DEFAULT, &XML, body).await.is(200);
    let told = house.propfind(DEFAULT, "0", "<CS:invite/>").await.remove(0);
    let uid = element(told.with(" 200 "), "uid").unwrap();
    let body = format!(
        "<CS:invite-reply {SPACES}><CS:invite-accepted/><CS:in-reply-to>{uid}</CS:in-reply-to>\
         </CS:invite-reply>"
    );
    let answered = house.dav("bob", "POST", BOBS, &XML, body).await.is(200);
    element(&answered.body, "href").unwrap().to_owned()
}

/// A house with two events in alice's calendar.
async fn furnished() -> House {
    let house = House::open().await;
    house.put_new("o.ics", meeting("open", "20260303T100000Z", "20260303T110000Z")).await;
    house.put_new("s.ics", meeting("SECRET", "20260304T100000Z", "20260304T110000Z")).await;
    house
}

#[tokio::test]
async fn a_sharee_does_not_see_the_member_that_is_denied_to_them() {
    let house = furnished().await;
    let place = share_with_bob(&house, "read-write").await;
    let member = format!("{DEFAULT}s.ics");
    let sync = format!(
        "<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop>\
         <D:getetag/></D:prop></D:sync-collection>"
    );
    for (privilege, is_hidden) in [("all", true), ("read", true), ("write", false)] {
        deny(&house, &member, BOB, privilege).await.is(200);
        for of in [DEFAULT, &place] {
            let read = house.dav("bob", "GET", &format!("{of}s.ics"), &[], "").await;
            assert_eq!(read.status, if is_hidden { 403 } else { 200 }, "{of} {privilege}");
            let whole = house.dav("bob", "GET", of, &[], "").await.is(200).body;
            assert_eq!(whole.contains("SECRET"), !is_hidden, "{of} {privilege}: {whole}");
            let text = meeting("SECRET", "20260305T100000Z", "20260305T110000Z");
            let put = house.dav("bob", "PUT", &format!("{of}s.ics"), &[], &text).await.status;
            assert_eq!(put < 300, privilege == "read", "{of} {privilege}: {put}");
            house.dav("bob", "GET", &format!("{of}o.ics"), &[], "").await.is(200);
        }
        let told = house.dav("bob", "REPORT", BOBS, &[], &sync).await.is(207).body;
        assert_eq!(told.contains("s.ics"), !is_hidden, "{privilege}: {told}");
    }
    house.assert_sound();
}

#[tokio::test]
async fn a_calendar_that_is_denied_to_a_sharee_is_not_told_of_in_their_home() {
    let house = furnished().await;
    let place = share_with_bob(&house, "read-write").await;
    let sync = format!(
        "<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop>\
         <D:getetag/></D:prop></D:sync-collection>"
    );
    for (who, is_denied) in [(BOB, true), ("<D:all/>", true), ("", false)] {
        if is_denied {
            deny(&house, DEFAULT, who, "all").await.is(200);
        } else {
            clear(&house, DEFAULT).await;
        }
        let depth = [("depth", "1")];
        let listed = house.dav("bob", "PROPFIND", BOBS, &depth, "").await.is(207).body;
        assert_eq!(listed.contains(&place), !is_denied, "{who}: {listed}");
        let synced = house.dav("bob", "REPORT", BOBS, &[], &sync).await.is(207).body;
        assert_eq!(synced.contains(&place), !is_denied, "{who}: {synced}");
        let read = house.dav("bob", "GET", &format!("{place}o.ics"), &[], "").await.status;
        assert_eq!(read == 200, !is_denied, "{who}: {read}");
    }
}

#[tokio::test]
async fn a_denial_that_could_have_no_effect_is_refused_by_name() {
    let house = furnished().await;
    for name in ["carol", "team", "dora", "root"] {
        house.let_in(name).await;
    }
    let server = Ctx::server(MONDAY);
    let user = |name: &str| house.app().user_named(&server, name).unwrap();
    let team = Principal { members: vec![user("carol").id], ..Principal::default() };
    house.app().set_principal(&server, &user("team"), &team).await.unwrap();
    let root = Principal { is_administrator: true, ..Principal::default() };
    house.app().set_principal(&server, &user("root"), &root).await.unwrap();
    for (group, name) in [("calendar-proxy-read", "bob"), ("calendar-proxy-write", "team")] {
        let members = format!("<D:group-member-set>{}</D:group-member-set>", href(name));
        let place = format!("/dav/principals/alice/{group}/");
        house.proppatch(&place, &members).await.is(207);
    }
    let (protected, inherited) = ("no-protected-ace-conflict", "no-inherited-ace-conflict");
    let owner = "<D:property><D:owner/></D:property>".to_owned();
    let cases = [
        (href("alice"), "write", [protected, inherited]),
        (owner, "read", [protected, inherited]),
        (href("root"), "write-acl", [protected, protected]),
        (href("bob"), "read", [protected, protected]),
        (href("bob"), "all", [protected, protected]),
        (href("bob"), "write", ["", ""]),
        (href("carol"), "write-content", [protected, protected]),
        (href("team"), "bind", [protected, protected]),
        (href("team"), "write-acl", ["", ""]),
        (href("alice/calendar-proxy-read"), "read-acl", [protected, protected]),
        (href("alice/calendar-proxy-write"), "write", [protected, protected]),
        (href("bob/calendar-proxy-write"), "write", ["", ""]),
        (href("dora"), "all", ["", ""]),
        ("<D:all/>".to_owned(), "all", ["", ""]),
    ];
    for (who, privilege, expected) in cases {
        for (path, expected) in [DEFAULT.to_owned(), format!("{DEFAULT}s.ics")].iter().zip(expected)
        {
            let told = deny(&house, path, &who, privilege).await;
            let is_refused = !expected.is_empty();
            assert_eq!(told.status, if is_refused { 403 } else { 200 }, "{path} {who} {privilege}");
            let is_named = told.body.contains(&format!("<D:{expected}/>"));
            assert_eq!(is_named, is_refused, "{path} {who} {privilege}: {}", told.body);
        }
    }
    // Whoever may not change the list does not learn from it who stands in for alice.
    let acl = format!(
        "<D:acl {SPACES}><D:ace><D:principal>{BOB}</D:principal><D:deny><D:privilege>\
         <D:read/></D:privilege></D:deny></D:ace></D:acl>"
    );
    let told = house.dav("carol", "ACL", DEFAULT, &[], acl).await.is(403);
    assert!(told.body.contains("need-privileges"), "{}", told.body);
}

#[tokio::test]
async fn the_list_of_a_calendar_tells_with_whom_it_is_shared() {
    let house = furnished().await;
    let shared = |told: &str| {
        let entries = told.split("<D:ace>").filter(|it| it.contains(BOB));
        entries.map(str::to_owned).collect::<Vec<String>>()
    };
    let list = async |path: &str| {
        let told = house.propfind(path, "0", "<D:acl/>").await.remove(0);
        shared(told.with(" 200 "))
    };
    let member = format!("{DEFAULT}s.ics");
    assert!(list(DEFAULT).await.is_empty());
    let place = share_with_bob(&house, "read").await;
    let of_calendar = list(DEFAULT).await;
    assert_eq!(of_calendar.len(), 1, "{of_calendar:?}");
    assert!(of_calendar[0].contains("<D:protected/>") && of_calendar[0].contains("<D:read/>"));
    assert!(!of_calendar[0].contains("<D:write/>"));
    deny(&house, &member, BOB, "read").await.is(200);
    let of_member = list(&member).await;
    assert_eq!(of_member.len(), 2, "the denial stands first: {of_member:?}");
    assert!(of_member[0].contains("<D:deny>") && of_member[1].contains("<D:grant>"));
    let around = format!("<D:inherited><D:href>{DEFAULT}</D:href></D:inherited>");
    assert!(of_member[1].contains(&around), "{of_member:?}");
    let body = format!(
        "<D:acl-principal-prop-set {SPACES}><D:prop><D:displayname/></D:prop>\
         </D:acl-principal-prop-set>"
    );
    let named = house.dav("alice", "REPORT", DEFAULT, &[("depth", "0")], body).await.is(207).body;
    assert!(named.contains("/dav/principals/bob/"), "{named}");
    // Who reads does not learn who else does.
    let body = format!("<D:propfind {SPACES}><D:prop><D:acl/></D:prop></D:propfind>");
    let told = house.dav("bob", "PROPFIND", &place, &[("depth", "0")], body).await.is(207);
    assert!(replies(&told.body)[0].with(" 403 ").contains("acl"), "{}", told.body);
}
