//! Outlook with its `CalDav` Synchronizer, and the Mail and Calendar of Windows.

use crate::event::{event, meeting};
use crate::server::House;
use crate::session::{
    ALICE, Client, DEFAULT, HOME, Headers, TASKS, capabilities, conditions, make_bob_a_delegate,
    share_for_reading, tag_of,
};
use crate::told::Multistatus;

const AGENT: &str = "CalDavSynchronizer/4.5";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

fn outlook<'a>(house: &'a House, user: &'a str) -> Client<'a> {
    Client::new(house, user, AGENT, "text/xml; charset=\"utf-8\"")
}

fn propfind(names: &str) -> String {
    format!(
        "<?xml version='1.0'?>\r\n<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"{CALDAV}\" \
         xmlns:CS=\"http://calendarserver.org/ns/\" xmlns:E=\"http://apple.com/ns/ical/\">\r\n  \
         <D:prop>\r\n{names}\r\n  </D:prop>\r\n</D:propfind>\r\n"
    )
}

/// The body of a `calendar-query` for one kind of component.
fn query_body(kind: &str, range: &str) -> String {
    format!(
        "<?xml version='1.0'?>\r\n<C:calendar-query xmlns:C=\"{CALDAV}\">\r\n    \
         <D:prop xmlns:D=\"DAV:\">\r\n        <D:getetag/>\r\n    </D:prop>\r\n    <C:filter>\r\n        \
         <C:comp-filter name=\"VCALENDAR\">\r\n            <C:comp-filter name=\"{kind}\">\r\n              \
         {range}\r\n            </C:comp-filter>\r\n        </C:comp-filter>\r\n    </C:filter>\r\n\
         </C:calendar-query>\r\n"
    )
}

fn range(start: &str, end: &str) -> String {
    format!("<C:time-range start=\"{start}\" end=\"{end}\"/>")
}

async fn sync(client: &Client<'_>, token: &str) -> Multistatus {
    let body = sync_body(token);
    client.ask("REPORT", DEFAULT, &[("depth", "0")], &body).await
}

fn sync_body(token: &str) -> String {
    format!(
        "<?xml version='1.0'?>\r\n<D:sync-collection xmlns:D=\"DAV:\">\r\n  \
         <D:sync-token>{token}</D:sync-token>\r\n  <D:sync-level>1</D:sync-level>\r\n  \
         <D:prop>\r\n    <D:getetag/>\r\n  </D:prop>\r\n</D:sync-collection>\r\n"
    )
}

/// It puts scheme and host before links, and lists no calendar without its components and name.
#[tokio::test]
async fn every_calendar_is_listed_with_its_components() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    let names = "<D:current-user-principal/><D:principal-URL/><D:resourcetype/>";
    let who = client.look("/.well-known/caldav", &propfind(names)).await;
    assert_eq!(who.only().link("D:current-user-principal"), ALICE);
    let homes = client.look(ALICE, &propfind("<C:calendar-home-set/>")).await;
    assert_eq!(homes.only().link("C:calendar-home-set"), HOME);
    let names = "<D:resourcetype/><D:displayname/><E:calendar-color/>\
        <C:supported-calendar-component-set/>";
    let listed = client.list(HOME, &propfind(names)).await;
    let mut found = 0;
    for told in listed.iter().filter(|it| it.is_calendar()) {
        assert!(!told.text("D:displayname").is_empty(), "{}", told.href);
        let takes = told.has("C:supported-calendar-component-set").all("C:comp");
        assert!(!takes.is_empty(), "{}", told.href);
        found += 1;
    }
    assert_eq!(found, 3);
}

#[tokio::test]
async fn the_test_of_the_settings_passes() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    let told = capabilities(&client, DEFAULT).await;
    assert!(told.iter().any(|it| it == "calendar-access"), "{told:?}");
    let names = "<D:resourcetype/><D:supported-report-set/><D:current-user-privilege-set/>\
        <D:owner/>";
    let found = client.look(DEFAULT, &propfind(names)).await;
    let calendar = found.only();
    assert!(calendar.is_calendar());
    for report in ["C:calendar-query", "C:calendar-multiget", "D:sync-collection"] {
        assert_eq!(calendar.has("D:supported-report-set").all(report).len(), 1, "{report}");
    }
    let privileges = calendar.privileges();
    for privilege in ["D:write", "D:write-content", "D:bind", "D:unbind"] {
        assert!(privileges.contains(&privilege), "{privilege} in {privileges:?}");
    }
    let names = propfind("<C:calendar-user-address-set/>");
    let owner = client.look(calendar.link("D:owner"), &names).await;
    let addresses = owner.only().has("C:calendar-user-address-set").links();
    assert!(addresses.iter().any(|it| it.starts_with("mailto:")), "lower case: {addresses:?}");
}

#[tokio::test]
async fn a_window_lists_a_series_without_end_if_and_only_if_one_of_it_lies_within() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    let path = format!("{DEFAULT}weekly.ics");
    let lines = [
        "DTSTART;TZID=Europe/London:20260105T090000",
        "DTEND;TZID=Europe/London:20260105T100000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO",
        "EXDATE;TZID=Europe/London:20260309T090000",
    ];
    client.create(&path, &event("weekly", &lines)).await;
    for (case, start, end, is_listed) in [
        ("the usual two months", "20260131T000000Z", "20260331T000000Z", true),
        ("years later", "20360101T000000Z", "20360201T000000Z", true),
        ("before it begins", "20250101T000000Z", "20260105T090000Z", false),
        ("its first second", "20250101T000000Z", "20260105T090001Z", true),
        ("between two", "20260302T100000Z", "20260308T000000Z", false),
        ("ends where one starts", "20260303T000000Z", "20260316T090000Z", false),
        ("the one that is left out", "20260309T000000Z", "20260310T000000Z", false),
        ("in summer an hour earlier", "20260330T080000Z", "20260330T081500Z", true),
        ("in summer no more at nine", "20260330T090000Z", "20260330T093000Z", false),
    ] {
        let body = query_body("VEVENT", &range(start, end));
        let found = client.ask("REPORT", DEFAULT, &[("depth", "1")], &body).await;
        let expected: &[&str] = if is_listed { &[&path] } else { &[] };
        assert_eq!(found.hrefs(), expected, "{case}");
    }
}

#[tokio::test]
async fn an_empty_calendar_is_an_empty_multistatus_and_never_tells_itself() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    let window = range("20260101T000000Z", "20270101T000000Z");
    for (path, kind) in [(DEFAULT, "VEVENT"), (TASKS, "VTODO")] {
        let body = query_body(kind, &window);
        let found = client.ask("REPORT", path, &[("depth", "1")], &body).await;
        assert!(found.is_empty(), "{path}: {found:#?}");
    }
    assert!(sync(&client, "").await.is_empty());
}

/// It reads a 507 over, so whoever sets no limit must be told all at once.
#[tokio::test]
async fn a_sync_of_depth_0_is_told_whole() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    for number in 0..120 {
        let path = format!("{DEFAULT}{number}.ics");
        client.create(&path, &tuesday(&number.to_string())).await;
    }
    let all = sync(&client, "").await;
    assert_eq!(all.len(), 120);
    assert!(all.iter().all(|it| it.property("D:getetag").is_some()));
    client.send("DELETE", &format!("{DEFAULT}7.ics"), &[], "").await.is(204);
    let next = sync(&client, all.token()).await;
    assert_eq!(next.only().status, Some(404), "with any other status it wants a tag");
    let old = sync_body("http://sabre.io/ns/sync/5");
    let refused = client.send("REPORT", DEFAULT, &[("depth", "0")], &old).await.is(403);
    assert_eq!(conditions(&refused)[0], "D:valid-sync-token");
}

#[tokio::test]
async fn the_tag_of_what_was_put_is_told_at_once_or_by_a_get() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    let path = format!("{DEFAULT}040000008200E00074C5B7101A82E008.ics");
    let lines = [
        "DTSTART;TZID=\"W. Europe Standard Time\":20260303T100000",
        "DTEND;TZID=\"W. Europe Standard Time\":20260303T110000",
        "SUMMARY:Besprechung",
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        "X-ALT-DESC;FMTTYPE=text/html:<html><body>x</body></html>",
    ];
    let text = event("040000008200E00074C5B7101A82E008", &lines);
    let put = client.send("PUT", &path, &[("if-none-match", "*")], &text).await.is(201);
    assert_eq!(put.header("location"), "", "it would go on with another name");
    let got = client.send("GET", &path, &[], "").await.is(200);
    assert_eq!(got.header("etag"), tag_of(&put));
    assert_eq!(got.body, text);
    let hrefs = format!("<D:href>{path}</D:href>");
    let body = format!(
        "<?xml version='1.0'?>\r\n<C:calendar-multiget xmlns:D=\"DAV:\" xmlns:C=\"{CALDAV}\">\r\n    \
         <D:prop>\r\n        <D:getetag/>\r\n        <D:displayname/>\r\n        <C:calendar-data/>\r\n    \
         </D:prop>\r\n{hrefs}</C:calendar-multiget>\r\n"
    );
    let found = client.ask("REPORT", DEFAULT, &[("depth", "1")], &body).await;
    assert_eq!(found.only().text("D:getetag"), got.header("etag"));
    assert_eq!(found.only().has("C:calendar-data").text, text);
}

#[tokio::test]
async fn a_change_that_comes_too_late_is_a_conflict() {
    let house = House::open().await;
    let client = outlook(&house, "alice");
    let path = format!("{DEFAULT}a.ics");
    let old = client.create(&path, &tuesday("a")).await;
    let newer = tag_of(&client.replace(&path, &old, &tuesday("a").replace("Meeting", "1")).await);
    client.replace(&path, &old, &tuesday("a").replace("Meeting", "2")).await.is(412);
    client.send("DELETE", &path, &[("if-match", &old)], "").await.is(412);
    client.send("DELETE", &path, &[("if-match", &newer)], "").await.is(204);
    let gone = client.replace(&path, &newer, &tuesday("a")).await;
    assert!(matches!(gone.status, 404 | 412), "{}", gone.status);
}

#[tokio::test]
async fn an_account_of_a_delegate_leads_to_the_others_calendars() {
    let house = House::open().await;
    let bob = outlook(&house, "bob");
    let principal = "/dav/principals/bob/";
    let told = capabilities(&bob, principal).await;
    assert!(told.iter().any(|it| it == "calendar-proxy"), "{told:?}");
    let names = propfind("<CS:calendar-proxy-read-for/><CS:calendar-proxy-write-for/>");
    let before = bob.look(principal, &names).await;
    assert_eq!(before.only().has("CS:calendar-proxy-write-for").links(), [""; 0]);
    make_bob_a_delegate(&house, "CS:calendar-proxy-write").await;
    let after = bob.look(principal, &names).await;
    assert_eq!(after.only().has("CS:calendar-proxy-write-for").links(), [ALICE]);
    let homes = bob.look(ALICE, &propfind("<C:calendar-home-set/>")).await;
    let home = homes.only().link("C:calendar-home-set");
    let listed = bob.list(home, &propfind("<D:resourcetype/><D:displayname/>")).await;
    assert!(listed.about(DEFAULT).is_calendar());
}

/// `write` means all; else it goes by the three that make it up.
#[tokio::test]
async fn a_shared_calendar_says_what_may_be_done() {
    let house = House::open().await;
    share_for_reading(&house).await;
    let names = propfind("<D:current-user-privilege-set/><D:owner/>");
    let told = outlook(&house, "bob").look(DEFAULT, &names).await;
    let privileges = told.only().privileges();
    for privilege in ["D:all", "D:write", "D:write-content", "D:bind", "D:unbind"] {
        assert!(!privileges.contains(&privilege), "{privilege} in {privileges:?}");
    }
    assert!(privileges.contains(&"D:read"), "{privileges:?}");
    assert_eq!(told.only().link("D:owner"), ALICE, "so it is somebody else's");
}

/// sabre refuses this with 400 to all but this client; the depth of a query cannot be meant.
#[tokio::test]
async fn a_query_without_a_depth_that_reaches_members_finds_them() {
    let house = House::open().await;
    let agent = "MSFT-WIN-3/10.0.19041";
    let client = Client::new(&house, "alice", agent, "text/xml");
    let path = format!("{DEFAULT}a.ics");
    client.create(&path, &tuesday("a")).await;
    let body = query_body("VEVENT", &range("20260301T000000Z", "20260401T000000Z"));
    let cases: [(&str, Headers<'_>); 2] = [("0", &[("depth", "0")]), ("none", &[])];
    for (case, depth) in cases {
        let found = client.ask("REPORT", DEFAULT, depth, &body).await;
        assert_eq!(found.hrefs(), [path.as_str()], "depth {case}");
    }
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
