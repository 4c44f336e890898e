//! What others may see and do: nothing of what they were not given, by whichever way they try.

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::client::{SPACES, multiget_body, query_body};
use crate::event::event;
use crate::server::{Answered, House};

const ALICE: &str = "/dav/calendars/alice/";
/// What stands in everything that bob was not given.
const SECRET: &str = "SECRET";
/// What stands in the names of it.
const HIDDEN: &str = "hidden";

/// Alice's collections, bob's, and names that nothing has.
const COLLECTIONS: [&str; 9] = [
    "/dav/calendars/alice/open/",
    "/dav/calendars/alice/hidden/",
    "/dav/calendars/alice/box/",
    "/dav/calendars/alice/box/hidden/",
    "/dav/calendars/alice/",
    "/dav/calendars/alice/missing/",
    "/dav/calendars/bob/default/",
    "/dav/calendars/bob/box/",
    "/dav/calendars/bob/",
];
const MEMBERS: [&str; 4] = ["", "seen.ics", "hidden.ics", "new.ics"];

/// A request of bob's.
#[derive(Clone, Debug)]
enum Act {
    Transfer { method: &'static str, from: String, to: String, overwrites: bool },
    Remove(String),
    Put(String),
    Make(&'static str, String),
    Grant(String),
    Rename(String),
    Share(String),
    Ask(usize, String),
}

fn place() -> impl Strategy<Value = String> {
    let of = |it: (usize, usize)| format!("{}{}", COLLECTIONS[it.0], MEMBERS[it.1]);
    (0..COLLECTIONS.len(), 0..MEMBERS.len()).prop_map(of)
}

fn act() -> impl Strategy<Value = Act> {
    let transfer = (prop_oneof![Just("COPY"), Just("MOVE")], place(), place(), any::<bool>());
    prop_oneof![
        6 => transfer.prop_map(
            |(method, from, to, overwrites)| Act::Transfer { method, from, to, overwrites }
        ),
        1 => place().prop_map(Act::Remove),
        1 => place().prop_map(Act::Put),
        1 => (prop_oneof![Just("MKCOL"), Just("MKCALENDAR")], place())
            .prop_map(|(method, path)| Act::Make(method, path)),
        2 => place().prop_map(Act::Grant),
        1 => place().prop_map(Act::Rename),
        1 => place().prop_map(Act::Share),
        6 => (0..questions("").len(), place()).prop_map(|(kind, path)| Act::Ask(kind, path)),
    ]
}

/// Every way of asking for something: method, depth and body.
fn questions(path: &str) -> Vec<(&'static str, &'static str, String)> {
    let data = "<D:prop><D:getetag/><C:calendar-data/><D:displayname/><D:acl/></D:prop>";
    let filters = "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"SUMMARY\">\
                   <C:text-match>e</C:text-match></C:prop-filter></C:comp-filter>";
    let named: Vec<String> = COLLECTIONS
        .iter()
        .flat_map(|of| MEMBERS.iter().map(move |it| format!("{of}{it}")))
        .filter(|it| it.contains(path))
        .collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let sync = |level: &str| {
        format!(
            "<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>{level}</D:sync-level>\
             {data}</D:sync-collection>"
        )
    };
    let expand = format!(
        "<D:expand-property {SPACES}><D:property name=\"owner\"><D:property name=\
         \"calendar-home-set\" namespace=\"urn:ietf:params:xml:ns:caldav\"><D:property name=\
         \"displayname\"/></D:property></D:property></D:expand-property>"
    );
    let busy = format!(
        "<C:free-busy-query {SPACES}><C:time-range start=\"20260301T000000Z\" \
         end=\"20260401T000000Z\"/></C:free-busy-query>"
    );
    vec![
        ("GET", "0", String::new()),
        ("HEAD", "0", String::new()),
        ("PROPFIND", "0", String::new()),
        ("PROPFIND", "1", String::new()),
        ("PROPFIND", "1", format!("<D:propfind {SPACES}>{data}</D:propfind>")),
        ("REPORT", "1", query_body(filters).replace("<D:prop><D:getetag/></D:prop>", data)),
        ("REPORT", "infinity", query_body("").replace("<D:prop><D:getetag/></D:prop>", data)),
        ("REPORT", "0", multiget_body(&named)),
        ("REPORT", "0", sync("1")),
        ("REPORT", "0", sync("infinite")),
        ("REPORT", "0", expand),
        ("REPORT", "infinity", busy),
        ("REPORT", "0", format!("<D:acl-principal-prop-set {SPACES}/>")),
    ]
}

async fn carry_out(house: &House, act: &Act) -> Answered {
    let bobs = "<D:href>/dav/principals/bob/</D:href>";
    match act {
        Act::Transfer { method, from, to, overwrites } => {
            let overwrite = if *overwrites { "T" } else { "F" };
            let headers = [("destination", to.as_str()), ("overwrite", overwrite)];
            house.dav("bob", method, from, &headers, "").await
        }
        Act::Remove(path) => house.dav("bob", "DELETE", path, &[], "").await,
        Act::Put(path) => {
            let kind = [("content-type", "text/calendar")];
            let text = event("bobs", &["DTSTART:20260309T100000Z", "SUMMARY:bob's"]);
            house.dav("bob", "PUT", path, &kind, text).await
        }
        Act::Make(method, path) => house.dav("bob", method, path, &[], "").await,
        Act::Grant(path) => house.dav("bob", "ACL", path, &[], grant(bobs, "all")).await,
        Act::Rename(path) => {
            let body = format!(
                "<D:propertyupdate {SPACES}><D:set><D:prop><D:displayname>bob's</D:displayname>\
                 </D:prop></D:set></D:propertyupdate>"
            );
            house.dav("bob", "PROPPATCH", path, &[], body).await
        }
        Act::Share(path) => {
            let body =
                format!("<CS:share {SPACES}><CS:set>{bobs}<CS:read-write/></CS:set></CS:share>");
            let kind = [("content-type", "application/xml")];
            house.dav("bob", "POST", path, &kind, body).await
        }
        Act::Ask(kind, path) => {
            let (method, depth, body) = questions(path).swap_remove(*kind);
            house.dav("bob", method, path, &[("depth", depth)], body).await
        }
    }
}

fn grant(who: &str, privilege: &str) -> String {
    entry("grant", who, privilege)
}

fn entry(kind: &str, who: &str, privilege: &str) -> String {
    format!(
        "<D:acl {SPACES}><D:ace><D:principal>{who}</D:principal><D:{kind}><D:privilege>\
         <D:{privilege}/></D:privilege></D:{kind}></D:ace></D:acl>"
    )
}

/// A house in which bob may read two of alice's collections, but not all that is in them.
async fn furnished() -> House {
    let house = House::open().await;
    let bobs = "<D:href>/dav/principals/bob/</D:href>";
    house.dav("alice", "MKCOL", &format!("{ALICE}box/"), &[], "").await.is(201);
    for (calendar, name) in [("open", "Open"), ("hidden", SECRET), ("box/hidden", SECRET)] {
        let path = format!("{ALICE}{calendar}/");
        house.make_calendar(&path).await;
        house.proppatch(&path, &format!("<D:displayname>{name}</D:displayname>")).await.is(207);
        for (member, title) in [("seen", "Seen"), (HIDDEN, SECRET)] {
            let title = if name == SECRET { SECRET } else { title };
            let lines = ["DTSTART:20260302T100000Z", "DURATION:PT1H", &format!("SUMMARY:{title}")];
            let uid = if title == SECRET { SECRET } else { "open" };
            let text = event(&format!("{uid}-{member}"), &lines);
            house.put(&format!("{path}{member}.ics"), text).await.is(201);
        }
    }
    let file = [("content-type", "text/plain")];
    for (member, text) in [("seen.ics", "open"), ("hidden.ics", SECRET)] {
        let path = format!("{ALICE}box/{member}");
        house.dav("alice", "PUT", &path, &file, text).await.is(201);
        let note = format!("<A:note>{text}</A:note>");
        house.proppatch(&path, &note).await.is(207);
    }
    for collection in ["open/", "box/"] {
        let path = format!("{ALICE}{collection}");
        house.dav("alice", "ACL", &path, &[], grant(bobs, "read")).await.is(200);
        let member = format!("{path}hidden.ics");
        house.dav("alice", "ACL", &member, &[], entry("deny", bobs, "read")).await.is(200);
    }
    house
}

async fn play(acts: &[Act]) {
    let house = furnished().await;
    let before = house.property(ALICE, "CS:getctag").await;
    for (at, act) in acts.iter().enumerate() {
        let answered = carry_out(&house, act).await;
        let told = format!("{:?} {}", answered.headers, answered.body);
        assert!(!told.contains(SECRET), "{at}: {act:?}: {told}");
        // What bob says himself may come back to him.
        let is_asked = format!("{act:?}").contains(HIDDEN)
            || matches!(act, Act::Ask(kind, _) if questions("")[*kind].2.contains("multiget"));
        let is_named = |rest: &str| rest.split(['<', '"', ' ']).next().unwrap().contains(HIDDEN);
        let is_told = told.split(ALICE).skip(1).any(is_named);
        assert!(is_asked || !is_told, "{at}: {act:?}: {told}");
    }
    assert_eq!(house.property(ALICE, "CS:getctag").await, before, "nothing of alice's changed");
    house.assert_sound();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_bob_tries_he_sees_nothing_that_he_was_not_given_and_changes_nothing(
        acts in vec(act(), 1..40)
    ) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(play(&acts));
    }
}

#[tokio::test]
async fn every_question_is_answered_to_whom_everything_belongs() {
    let house = furnished().await;
    for (method, depth, body) in questions("") {
        let path = format!("{ALICE}open/");
        let answered = house.dav("alice", method, &path, &[("depth", depth)], body).await;
        assert!(answered.status < 300, "{method} {depth}: {}", answered.body);
    }
    let all = house.fetch(&format!("{ALICE}open/")).await.is(200).body;
    assert!(all.contains(SECRET), "the test would notice: {all}");
}

#[tokio::test]
async fn lists_of_privileges_are_kept_when_the_house_closes() {
    let mut house = furnished().await;
    for _ in 0..2 {
        let of = |path: &str| format!("{ALICE}{path}");
        house.dav("bob", "GET", &of("open/seen.ics"), &[], "").await.is(200);
        house.dav("bob", "GET", &of("open/hidden.ics"), &[], "").await.is(403);
        house.dav("bob", "GET", &of("hidden/seen.ics"), &[], "").await.is(403);
        house.reopen().await;
    }
}
