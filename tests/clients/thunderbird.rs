//! Thunderbird: finding calendars on every path, syncing in pages, and what it takes for trouble.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::event::meeting;
use crate::server::House;
use crate::session::{
    ALICE, Client, DEFAULT, HOME, capabilities, make_bob_a_delegate, share_for_reading, tag_of,
};
use crate::told::{Multistatus, Told};
use crate::xml::Node;

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const DETECT: &str = "<D:resourcetype/><D:owner/><D:displayname/><D:current-user-principal/>\
    <D:current-user-privilege-set/><A:calendar-color/><C:calendar-home-set/>";
const START: &str = "<D:resourcetype/><D:owner/><D:current-user-principal/>\
    <D:current-user-privilege-set/><D:supported-report-set/>\
    <C:supported-calendar-component-set/><CS:getctag/>";

fn thunderbird<'a>(house: &'a House, user: &'a str) -> Client<'a> {
    Client::new(house, user, AGENT, "text/xml; charset=utf-8")
}

fn propfind(names: &str) -> String {
    format!(
        "{XML}<D:propfind xmlns:D='DAV:' xmlns:A='http://apple.com/ns/ical/' \
         xmlns:C='urn:ietf:params:xml:ns:caldav' xmlns:CS='http://calendarserver.org/ns/'>\
         <D:prop>{names}</D:prop></D:propfind>"
    )
}

/// `sync-collection` with the level in the body and in the header.
async fn sync(client: &Client<'_>, token: &str, limit: &str) -> Multistatus {
    let token = match token {
        "" => "<sync-token/>".to_owned(),
        token => format!("<sync-token>{token}</sync-token>"),
    };
    let body = format!(
        "{XML}<sync-collection xmlns=\"DAV:\">{token}<sync-level>1</sync-level>{limit}<prop>\
         <getcontenttype/><getetag/></prop></sync-collection>"
    );
    client.ask("REPORT", DEFAULT, &[("depth", "1")], &body).await
}

async fn multiget(client: &Client<'_>, hrefs: &[&str]) -> Multistatus {
    let hrefs: String = hrefs.iter().map(|it| format!("<D:href>{it}</D:href>")).collect();
    let body = format!(
        "{XML}<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\
         <D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    );
    client.ask("REPORT", DEFAULT, &[("depth", "1")], &body).await
}

/// The calendars that the account assistant finds from `path`.
async fn detect(client: &Client<'_>, path: &str) -> BTreeSet<String> {
    let first = client.look(path, &propfind(DETECT)).await;
    let told = first.only();
    if told.is_calendar() {
        return BTreeSet::from([told.href.clone()]);
    }
    let home = match told.property("C:calendar-home-set").map(Node::links) {
        Some(homes) => homes[0].to_owned(),
        None => {
            let person = if told.property("D:current-user-principal").is_some() {
                told.link("D:current-user-principal")
            } else {
                told.link("D:owner")
            };
            let found = client.look(person, &propfind("<C:calendar-home-set/>")).await;
            found.only().link("C:calendar-home-set").to_owned()
        }
    };
    let names = "<D:resourcetype/><D:displayname/><D:current-user-privilege-set/>\
        <A:calendar-color/>";
    let members = client.list(&home, &propfind(names)).await;
    let calendars = members.iter().filter(|it| it.is_calendar());
    calendars.map(|it| it.href.clone()).collect()
}

/// Read-only unless a privilege to write is there; one that does not tell is taken as writable.
fn is_read_only(told: &Told) -> bool {
    let writing = ["D:write", "D:write-content", "D:write-properties", "D:all"];
    told.property("D:current-user-privilege-set").is_some()
        && !told.privileges().iter().any(|it| writing.contains(it))
}

#[tokio::test]
async fn calendars_are_found_on_every_path() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let all: BTreeSet<String> =
        ["default", "tasks", "bookings"].iter().map(|it| format!("{HOME}{it}/")).collect();
    for (case, path) in [
        ("DNS leads here, or the host's root", "/dav/"),
        ("the well-known address", "/.well-known/caldav"),
        ("the principal", ALICE),
        ("the home", HOME),
        ("all principals", "/dav/principals/"),
    ] {
        assert_eq!(detect(&client, path).await, all, "{case}");
    }
    assert_eq!(detect(&client, DEFAULT).await, BTreeSet::from([DEFAULT.to_owned()]));
}

/// A refusal in answer to this disables the calendar.
#[tokio::test]
async fn a_calendar_starts_with_all_that_it_needs() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let started = client.look(DEFAULT, &propfind(START)).await;
    let told = started.only();
    assert!(told.is_calendar() && !is_read_only(told));
    assert_eq!(told.link("D:owner"), told.link("D:current-user-principal"));
    let reports = told.has("D:supported-report-set");
    assert_eq!(reports.all("D:sync-collection").len(), 1, "else it polls");
    let takes = told.has("C:supported-calendar-component-set").all("C:comp");
    assert!(takes.iter().any(|it| it.attribute("name") == Some("VEVENT")));
    let names = "<C:calendar-home-set/><C:calendar-user-address-set/>\
        <C:schedule-inbox-URL/><C:schedule-outbox-URL/>";
    let principal = client.look(told.link("D:current-user-principal"), &propfind(names)).await;
    let addresses = principal.only().has("C:calendar-user-address-set").links();
    assert!(addresses.iter().any(|it| it.starts_with("mailto:")), "{addresses:?}");
}

/// Without a principal it searches for who has the home.
#[tokio::test]
async fn the_owner_is_found_by_the_home() {
    let house = House::open().await;
    let body = format!(
        "{XML}<D:principal-property-search xmlns:D=\"DAV:\" \
         xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:property-search><D:prop>\
         <C:calendar-home-set/></D:prop><D:match>{HOME}</D:match></D:property-search><D:prop>\
         <C:calendar-home-set/><C:calendar-user-address-set/><C:schedule-inbox-URL/>\
         <C:schedule-outbox-URL/></D:prop></D:principal-property-search>"
    );
    let client = thunderbird(&house, "alice");
    let depth = [("depth", "1")];
    let found = client.ask("REPORT", "/dav/principals/", &depth, &body).await;
    assert_eq!(found.only().href, ALICE);
    assert_eq!(found.only().link("C:calendar-home-set"), HOME);
}

/// It looks at the calendar's parent, and drops the first token unread.
#[tokio::test]
async fn capabilities_are_told_where_it_looks_after_a_first_token_that_it_drops() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let told = capabilities(&client, HOME).await;
    assert_eq!(told[0], "1");
    assert!(told[1..].iter().any(|it| it == "calendar-access"), "{told:?}");
    for scheduling in ["calendar-schedule", "calendar-auto-schedule"] {
        assert!(told.iter().all(|it| it != scheduling), "it is not offered yet");
    }
    assert_eq!(capabilities(&client, DEFAULT).await, told);
    assert_eq!(capabilities(&client, ALICE).await, told);
}

/// What Thunderbird keeps: the links and tags of a calendar.
#[derive(Default)]
struct Kept {
    items: BTreeMap<String, String>,
    token: String,
    pages: usize,
}

impl Kept {
    /// Asks until no 507 is told; a first sync that was told whole also drops what was not in it.
    async fn follow(&mut self, client: &Client<'_>, limit: &str) {
        let (is_first, mut seen) = (self.token.is_empty(), BTreeSet::new());
        loop {
            let page = sync(client, &self.token, limit).await;
            let mut is_cut = false;
            for told in page.iter() {
                match told.status {
                    Some(507) => is_cut = true,
                    Some(404) => drop(self.items.remove(&told.href)),
                    Some(other) => panic!("{} has the status {other}", told.href),
                    None => {
                        let etag = told.text("D:getetag").to_owned();
                        assert!(told.text("D:getcontenttype").starts_with("text/calendar"));
                        seen.insert(told.href.clone());
                        self.items.insert(told.href.clone(), etag);
                    }
                }
            }
            assert_ne!((is_cut, page.token()), (true, self.token.as_str()), "it would ask forever");
            page.token().clone_into(&mut self.token);
            self.pages += 1;
            if !is_cut {
                break;
            }
        }
        if is_first {
            self.items.retain(|href, _| seen.contains(href));
        }
    }
}

#[tokio::test]
async fn pages_end_with_every_item_and_without_a_deletion() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let mut expected = BTreeMap::new();
    for number in 0..25 {
        let path = format!("{DEFAULT}{number:02}.ics");
        let etag = client.create(&path, &tuesday(&number.to_string())).await;
        expected.insert(path, etag);
    }
    for (case, limit, pages) in [
        ("no limit, as Thunderbird asks", "", 1),
        ("a limit", "<limit><nresults>10</nresults></limit>", 3),
    ] {
        let mut kept = Kept::default();
        kept.follow(&client, limit).await;
        assert_eq!((&kept.items, kept.pages), (&expected, pages), "{case}");
        let first = format!("{DEFAULT}00.ics");
        client.send("DELETE", &first, &[], "").await.is(204);
        kept.follow(&client, limit).await;
        assert_eq!((kept.items.len(), kept.pages), (24, pages + 1), "{case}");
        let etag = client.create(&first, &tuesday("0")).await;
        expected.insert(first, etag);
    }
}

#[tokio::test]
async fn an_event_goes_back_and_forth_by_its_tag() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let path = format!("{DEFAULT}8ed1a2c4-1.ics");
    let created = client.create(&path, &tuesday("8ed1a2c4-1")).await;
    let read = multiget(&client, &[&path]).await;
    assert_eq!(read.only().text("D:getetag"), created);
    assert_eq!(read.only().has("C:calendar-data").text, tuesday("8ed1a2c4-1"), "byte for byte");
    let other = tuesday("8ed1a2c4-1").replace("Meeting", "Lunch");
    let current = tag_of(&client.replace(&path, &created, &other).await.is(204));
    client.replace(&path, &created, &tuesday("8ed1a2c4-1")).await.is(412);
    client.send("DELETE", &path, &[("if-match", &created)], "").await.is(412);
    let head = client.send("HEAD", &path, &[], "").await.is(200);
    assert_eq!(head.header("etag"), current, "it looks why");
    client.send("DELETE", &path, &[("if-match", &current)], "").await.is(204);
    client.send("DELETE", &path, &[], "").await.is(404);
}

/// A 429 makes it wait; any other 4xx would disable the calendar.
#[tokio::test]
async fn too_many_wrong_passwords_are_answered_with_a_time_to_wait() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let stranger = client.of("");
    let wrong = format!("Basic {}", STANDARD.encode("alice:wrong"));
    let mut waits = 0;
    for _ in 0..200 {
        let headers = [("depth", "0"), ("authorization", wrong.as_str())];
        let answered = stranger.send("PROPFIND", DEFAULT, &headers, &propfind(START)).await;
        if answered.status == 429 {
            waits = answered.header("retry-after").parse().unwrap();
            break;
        }
        assert_eq!(answered.status, 401);
    }
    assert!(waits > 0, "nothing stops whoever guesses");
    house.wait(waits);
    assert!(client.look(DEFAULT, &propfind(START)).await.only().is_calendar());
}

/// It takes an error without a condition for a limit of the server, and waits.
#[tokio::test]
async fn every_403_names_its_condition() {
    let house = House::open().await;
    share_for_reading(&house).await;
    let (alice, bob) = (thunderbird(&house, "alice"), thunderbird(&house, "bob"));
    let path = format!("{DEFAULT}a.ics");
    alice.create(&path, &tuesday("a")).await;
    let body = format!(
        "{XML}<sync-collection xmlns=\"DAV:\"><sync-token>x</sync-token><sync-level>1\
         </sync-level><prop><getetag/></prop></sync-collection>"
    );
    let refusals = [
        ("a bad token", alice.send("REPORT", DEFAULT, &[("depth", "1")], &body).await),
        ("no calendar object", alice.send("PUT", &path, &[], "hello").await),
        (
            "a UID that is taken",
            alice.send("PUT", &format!("{DEFAULT}b.ics"), &[], &tuesday("a")).await,
        ),
        ("no right to write", bob.send("PUT", &path, &[], &tuesday("a")).await),
        ("no right to remove", bob.send("DELETE", &path, &[], "").await),
    ];
    for (case, refused) in refusals {
        assert_eq!(refused.status, 403, "{case}: {}", refused.body);
        assert!(!refused.body.contains("<D:error xmlns:D=\"DAV:\"/>"), "{case}");
        let error = Node::read(&refused.body);
        assert!(error.name == "D:error" && !error.children.is_empty(), "{case}");
    }
}

/// A 404 within properties would be an error to it.
#[tokio::test]
async fn what_is_gone_is_a_404_of_its_own_in_a_multiget() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let (kept, gone) = (format!("{DEFAULT}kept.ics"), format!("{DEFAULT}gone.ics"));
    client.create(&kept, &tuesday("kept")).await;
    client.create(&gone, &tuesday("gone")).await;
    client.send("DELETE", &gone, &[], "").await.is(204);
    let found = multiget(&client, &[&kept, &gone]).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found.about(&kept).outcome("C:calendar-data"), Some(200));
    assert_eq!((found.about(&gone).status, found.about(&gone).outcomes().len()), (Some(404), 0));
}

#[tokio::test]
async fn a_calendar_that_one_may_only_read_is_shown_as_such() {
    let house = House::open().await;
    let bob = thunderbird(&house, "bob");
    bob.send("PROPFIND", DEFAULT, &[("depth", "0")], &propfind(START)).await.is(403);
    share_for_reading(&house).await;
    let told = bob.look(DEFAULT, &propfind(START)).await;
    let told = told.only();
    let privileges = told.privileges();
    assert!(privileges.contains(&"D:read") && is_read_only(told), "{privileges:?}");
    assert_eq!(told.link("D:owner"), ALICE);
    assert_eq!(detect(&bob, DEFAULT).await, BTreeSet::from([DEFAULT.to_owned()]));
    let path = format!("{DEFAULT}a.ics");
    thunderbird(&house, "alice").create(&path, &tuesday("a")).await;
    assert_eq!(sync(&bob, "", "").await.hrefs(), [path.as_str()]);
    let read = multiget(&bob, &[&path]).await;
    assert!(read.only().text("C:calendar-data").contains("SUMMARY:Meeting"));
}

#[tokio::test]
async fn a_delegates_calendars_are_writable() {
    let house = House::open().await;
    make_bob_a_delegate(&house, "CS:calendar-proxy-write").await;
    let told = thunderbird(&house, "bob").look(DEFAULT, &propfind(START)).await;
    assert!(!is_read_only(told.only()), "{:?}", told.only().privileges());
}

/// Until scheduling is offered: no outbox is named, and asking where one might be is harmless.
#[tokio::test]
async fn a_question_for_busy_times_is_refused_calmly() {
    let house = House::open().await;
    let client = thunderbird(&house, "alice");
    let body = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mozilla.org/NONSGML Mozilla Calendar \
        V1.1//EN\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nDTSTAMP:20260302T080000Z\r\n\
        UID:fb\r\nDTSTART:20260303T000000Z\r\nDTEND:20260304T000000Z\r\n\
        ORGANIZER:mailto:alice@example.org\r\nATTENDEE:mailto:bob@example.org\r\n\
        ATTENDEE:mailto:carol@example.com\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n";
    let headers = [
        ("originator", "mailto:alice@example.org"),
        ("recipient", "mailto:bob@example.org, mailto:carol@example.com"),
        ("content-type", "text/calendar; charset=utf-8"),
    ];
    for path in [HOME.to_owned(), DEFAULT.to_owned(), format!("{HOME}outbox/")] {
        let answered = client.send("POST", &path, &headers, body).await;
        assert!((400..500).contains(&answered.status), "{path}: {}", answered.status);
    }
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
