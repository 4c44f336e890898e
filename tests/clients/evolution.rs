//! Evolution and GNOME Calendar: discovery, lists of UIDs alone, saving with few conditions.

use crate::event::{event, meeting};
use crate::server::House;
use crate::session::{ALICE, Client, DEFAULT, HOME, Headers, capabilities, conditions, tag_of};
use crate::told::Multistatus;

const AGENT: &str = "Evolution/3.46.4";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

fn evolution<'a>(house: &'a House, user: &'a str) -> Client<'a> {
    Client::new(house, user, AGENT, "application/xml; charset=\"utf-8\"")
}

fn propfind(names: &str) -> String {
    format!(
        "{XML}<propfind xmlns=\"DAV:\" xmlns:C=\"{CALDAV}\" \
         xmlns:CS=\"http://calendarserver.org/ns/\"><prop>{names}</prop></propfind>\n"
    )
}

/// A `calendar-query` whose default namespace is CalDAV's.
fn query_body(data: &str, range: &str) -> String {
    format!(
        "{XML}<calendar-query xmlns=\"{CALDAV}\" xmlns:D=\"DAV:\"><D:prop><D:getetag/>{data}\
         </D:prop><filter><comp-filter name=\"VCALENDAR\"><comp-filter name=\"VEVENT\">{range}\
         </comp-filter></comp-filter></filter></calendar-query>\n"
    )
}

fn sync_body(token: &str) -> String {
    let token = match token {
        "" => "<sync-token/>".to_owned(),
        token => format!("<sync-token>{token}</sync-token>"),
    };
    format!(
        "{XML}<sync-collection xmlns=\"DAV:\">{token}<sync-level>1</sync-level><prop><getetag/>\
         </prop></sync-collection>\n"
    )
}

async fn sync(client: &Client<'_>, token: &str) -> Multistatus {
    client.ask("REPORT", DEFAULT, &[("depth", "0")], &sync_body(token)).await
}

const DISCOVER: &str = "<resourcetype/><current-user-principal/><principal-URL/>\
    <C:calendar-home-set/><C:calendar-user-address-set/>";

/// `PROPFIND /` is moved to `/dav/` before anybody is asked for a name: `tests/process/door.rs`.
#[tokio::test]
async fn the_account_is_found_from_wherever_it_looks() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    for place in ["/dav/", "/.well-known/caldav", ALICE] {
        let found = client.look(place, &propfind(DISCOVER)).await;
        let told = found.only();
        assert_eq!(told.link("D:current-user-principal"), ALICE, "{place}");
    }
    let principal = client.look(ALICE, &propfind(DISCOVER)).await;
    assert_eq!(principal.only().link("C:calendar-home-set"), HOME);
    let names = "<resourcetype/><displayname/><C:calendar-description/>\
        <C:supported-calendar-component-set/><current-user-privilege-set/>";
    let listed = client.list(HOME, &propfind(names)).await;
    assert_eq!(listed.iter().filter(|it| it.is_calendar()).count(), 3);
    for path in ["/.well-known/carddav", "/.well-known/webdav/Notes/"] {
        let depth = [("depth", "0")];
        let answered = client.send("PROPFIND", path, &depth, &propfind(DISCOVER)).await;
        assert_eq!(answered.status, 404, "{path}");
    }
}

/// The first `OPTIONS` may be open to all, the request after it must ask for a password.
#[tokio::test]
async fn a_calendar_opens_for_writing() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    let names = "<CS:getctag/><supported-report-set/><current-user-privilege-set/>";
    let stranger = client.of("");
    let asked = stranger.send("PROPFIND", DEFAULT, &[("depth", "0")], &propfind(names)).await;
    assert!(asked.is(401).header("www-authenticate").starts_with("Basic realm="));
    let told = capabilities(&client, DEFAULT).await;
    assert!(told.iter().any(|it| it == "calendar-access"), "{told:?}");
    let answered = client.send("OPTIONS", DEFAULT, &[], "").await;
    for method in ["PUT", "DELETE"] {
        assert!(answered.header("allow").split(", ").any(|it| it == method), "{method}");
    }
    let opened = client.look(DEFAULT, &propfind(names)).await;
    let opened = opened.only();
    assert!(opened.privileges().contains(&"D:write"));
    assert!(!opened.text("CS:getctag").is_empty());
    assert_eq!(opened.has("D:supported-report-set").all("D:sync-collection").len(), 1);
}

/// So it lists what there is; with a depth of 0, and sometimes none.
#[tokio::test]
async fn a_query_for_uids_is_answered_with_uids_and_little_else() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    let lines = ["DTSTART:20260303T100000Z", "SUMMARY:a secret", "X-UID:no"];
    client.create(&format!("{DEFAULT}one.ics"), &event("uid-one", &lines)).await;
    client.create(&format!("{DEFAULT}two.ics"), &event("uid-two", &lines)).await;
    let data = "<calendar-data><comp name=\"VCALENDAR\"><comp name=\"VEVENT\">\
        <prop name=\"UID\"/></comp></comp></calendar-data>";
    let depths: [(&str, Headers<'_>); 3] =
        [("0", &[("depth", "0")]), ("1", &[("depth", "1")]), ("none", &[])];
    for (case, depth) in depths {
        let found = client.ask("REPORT", DEFAULT, depth, &query_body(data, "")).await;
        assert_eq!(found.len(), 2, "depth {case}");
        for name in ["one", "two"] {
            let told = found.about(&format!("{DEFAULT}{name}.ics"));
            let text = told.text("C:calendar-data");
            let lines: Vec<&str> = text.lines().collect();
            let expected = [
                "BEGIN:VCALENDAR",
                "BEGIN:VEVENT",
                &format!("UID:uid-{name}"),
                "END:VEVENT",
                "END:VCALENDAR",
            ];
            assert_eq!(lines, expected, "depth {case}");
            assert!(told.text("D:getetag").starts_with('"'));
        }
    }
}

#[tokio::test]
async fn tokens_are_uris_wherever_they_are_told() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    let mut token = sync(&client, "").await.token().to_owned();
    for number in 0..3 {
        let path = format!("{DEFAULT}{number}.ics");
        client.create(&path, &tuesday(&number.to_string())).await;
        let next = sync(&client, &token).await;
        assert_eq!(next.only().href, path);
        next.token().clone_into(&mut token);
        let told = client.look(DEFAULT, &propfind("<sync-token/>")).await;
        assert_eq!(told.only().text("D:sync-token"), token);
    }
    let old =
        client.send("REPORT", DEFAULT, &[("depth", "0")], &sync_body("urn:old")).await.is(403);
    assert_eq!(conditions(&old)[0], "D:valid-sync-token");
    assert!(old.body.contains("valid-sync-token"), "it looks for these letters");
}

#[tokio::test]
async fn the_days_around_today_are_listed_first() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    client.create(&format!("{DEFAULT}near.ics"), &tuesday("near")).await;
    let far = meeting("far", "20290303T100000Z", "20290303T110000Z");
    client.create(&format!("{DEFAULT}far.ics"), &far).await;
    let range = "<time-range start=\"20260223T000000Z\" end=\"20260309T000000Z\"/>";
    let near = client.ask("REPORT", DEFAULT, &[("depth", "1")], &query_body("", range)).await;
    assert_eq!(near.hrefs(), [format!("{DEFAULT}near.ics")]);
}

/// What it misses after a multiget, it fetches; and it saves without a condition by default.
#[tokio::test]
async fn what_is_fetched_has_its_tag_and_what_is_saved_says_it() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    let path = format!("{DEFAULT}a.ics");
    let prefer = [("prefer", "return=minimal"), ("if-none-match", "*")];
    let saved = client.send("PUT", &path, &prefer, &tuesday("a")).await.is(201);
    let got = client.send("GET", &path, &[], "").await.is(200);
    assert_eq!((got.header("etag"), got.body.as_str()), (tag_of(&saved).as_str(), &*tuesday("a")));
    assert!(got.header("content-type").starts_with("text/calendar"));
    let bare = got.header("etag").trim_matches('"').to_owned();
    let lunch = tuesday("a").replace("Meeting", "Lunch");
    let unquoted = [("prefer", "return=minimal"), ("if-match", bare.as_str())];
    client.send("PUT", &path, &unquoted, &lunch).await.is(204);
    let plain = client.send("PUT", &path, &[("prefer", "return=minimal")], &tuesday("a")).await;
    assert!(tag_of(&plain.is(204)).len() > 2);
    let body = format!(
        "{XML}<calendar-multiget xmlns=\"{CALDAV}\" xmlns:D=\"DAV:\"><D:prop><D:getetag/>\
         <calendar-data/></D:prop><D:href>{path}</D:href></calendar-multiget>\n"
    );
    let found = client.ask("REPORT", DEFAULT, &[], &body).await;
    assert!(found.only().text("C:calendar-data").contains("SUMMARY:Meeting"));
}

#[tokio::test]
async fn a_deletion_that_is_to_tell_nobody_is_a_deletion() {
    let house = House::open().await;
    let client = evolution(&house, "alice");
    let path = format!("{DEFAULT}a.ics");
    let etag = client.create(&path, &tuesday("a")).await;
    let headers = [("schedule-reply", "F"), ("if-match", etag.as_str())];
    client.send("DELETE", &path, &headers, "").await.is(204);
    client.send("GET", &path, &[], "").await.is(404);
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
