//! `KOrganizer` and Kalendar by KDAV, which reads one propstat of each response.

use crate::event::{component, meeting};
use crate::server::House;
use crate::session::{ALICE, Client, DEFAULT, HOME, TASKS, tag_of};

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) KHTML/5.103.0 (like Gecko) Konqueror/5.0 KDAV";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";

fn korganizer(house: &House) -> Client<'_> {
    Client::new(house, "alice", AGENT, "text/xml")
}

/// A property with its namespace declared on itself, as Qt writes it.
fn own(namespace: &str, name: &str) -> String {
    format!("<{name} xmlns=\"{namespace}\"/>")
}

fn propfind(names: &[String]) -> String {
    format!(
        "<propfind xmlns=\"DAV:\">\n <prop xmlns=\"DAV:\">\n  {}\n </prop>\n</propfind>\n",
        names.join("\n  ")
    )
}

fn query_body(kind: &str, range: &str) -> String {
    let filter = |name: &str, inner: &str| {
        format!("<comp-filter xmlns=\"{CALDAV}\" name=\"{name}\">{inner}</comp-filter>")
    };
    format!(
        "<calendar-query xmlns=\"{CALDAV}\">\n <prop xmlns=\"DAV:\">\n  {}\n  {}\n </prop>\n \
         <filter xmlns=\"{CALDAV}\">{}</filter>\n</calendar-query>\n",
        own("DAV:", "getetag"),
        own("DAV:", "resourcetype"),
        filter("VCALENDAR", &filter(kind, range))
    )
}

fn members() -> String {
    let push = "https://bitfire.at/webdav-push";
    propfind(&[
        own("DAV:", "displayname"),
        own("DAV:", "resourcetype"),
        own("http://apple.com/ns/ical/", "calendar-color"),
        own(CALDAV, "supported-calendar-component-set"),
        own("DAV:", "current-user-privilege-set"),
        own("http://calendarserver.org/ns/", "getctag"),
        own(push, "transports"),
        own(push, "topic"),
        own(push, "supported-triggers"),
    ])
}

/// That there is at most one propstat of a status is asserted of every multistatus.
#[tokio::test]
async fn homes_and_calendars_are_told_in_one_propstat_each() {
    let house = House::open().await;
    let client = korganizer(&house);
    let principal = own("DAV:", "current-user-principal");
    let names = [own(CALDAV, "calendar-home-set"), principal, own("DAV:", "principal-URL")];
    let first = client.look("/.well-known/caldav", &propfind(&names)).await;
    assert_eq!(first.only().link("D:current-user-principal"), ALICE);
    let second = client.look(ALICE, &propfind(&names)).await;
    assert_eq!(second.only().has("C:calendar-home-set").links(), [HOME]);
    let listed = client.list(HOME, &members()).await;
    let calendars: Vec<_> = listed.iter().filter(|it| it.is_calendar()).collect();
    assert_eq!(calendars.len(), 3);
    for told in calendars {
        for name in ["D:displayname", "CS:getctag", "C:supported-calendar-component-set"] {
            assert_eq!(told.outcome(name), Some(200), "{name} of {}", told.href);
        }
    }
}

async fn ctag(client: &Client<'_>, path: &str) -> String {
    let names = [own("http://calendarserver.org/ns/", "getctag")];
    client.look(path, &propfind(&names)).await.only().text("CS:getctag").to_owned()
}

#[tokio::test]
async fn the_ctag_changes_with_the_content_only_and_never_comes_back() {
    let house = House::open().await;
    let client = korganizer(&house);
    let path = format!("{DEFAULT}a.ics");
    let mut seen = vec![ctag(&client, DEFAULT).await];
    let other = ctag(&client, TASKS).await;
    let color = "<propertyupdate xmlns=\"DAV:\"><set><prop>\
        <calendar-color xmlns=\"http://apple.com/ns/ical/\">#112233</calendar-color></prop></set>\
        </propertyupdate>";
    for (case, method, body, is_change) in [
        ("a new event", "PUT", tuesday("a"), true),
        ("reading it", "GET", String::new(), false),
        ("another text", "PUT", tuesday("a").replace("Meeting", "Lunch"), true),
        ("the first text again", "PUT", tuesday("a"), true),
        ("what is refused", "PUT", "hello".to_owned(), false),
        ("its deletion", "DELETE", String::new(), true),
        ("a deletion in vain", "DELETE", String::new(), false),
    ] {
        drop(client.send(method, &path, &[], &body).await);
        let now = ctag(&client, DEFAULT).await;
        if is_change {
            assert!(!seen.contains(&now), "{case}: {now} in {seen:?}");
            seen.push(now);
        } else {
            assert_eq!(seen.last(), Some(&now), "{case}");
        }
    }
    client.ask("PROPPATCH", DEFAULT, &[], color).await;
    assert_eq!(ctag(&client, DEFAULT).await, *seen.last().unwrap(), "a colour is no content");
    assert_eq!(ctag(&client, TASKS).await, other, "another calendar");
}

#[tokio::test]
async fn each_component_is_listed_by_a_query_of_its_own() {
    let house = House::open().await;
    let client = korganizer(&house);
    client.create(&format!("{DEFAULT}a.ics"), &tuesday("a")).await;
    let journal = component("VJOURNAL", "j", &["DTSTART:20260303T100000Z", "SUMMARY:x"]);
    client.create(&format!("{DEFAULT}j.ics"), &journal).await;
    let task = component("VTODO", "t", &["DUE:20260303T100000Z", "SUMMARY:x"]);
    client.create(&format!("{TASKS}t.ics"), &task).await;
    let range = format!("<time-range xmlns=\"{CALDAV}\" start=\"20260202T000000Z\"/>");
    for (path, kind, range, expected) in [
        (DEFAULT, "VEVENT", "", "a.ics"),
        (DEFAULT, "VEVENT", range.as_str(), "a.ics"),
        (DEFAULT, "VJOURNAL", "", "j.ics"),
        (TASKS, "VTODO", range.as_str(), "t.ics"),
    ] {
        let body = query_body(kind, range);
        let found = client.ask("REPORT", path, &[("depth", "1")], &body).await;
        assert_eq!(found.only().href, format!("{path}{expected}"), "{kind} {range}");
        assert!(found.only().text("D:getetag").starts_with('"'));
    }
    let none = client.ask("REPORT", DEFAULT, &[("depth", "1")], &query_body("VTODO", "")).await;
    assert!(none.is_empty());
}

#[tokio::test]
async fn what_was_put_can_be_read_at_once() {
    let house = House::open().await;
    let client = korganizer(&house);
    let path = format!("{DEFAULT}a.ics");
    let headers = [("if-none-match", "*"), ("content-type", "text/calendar")];
    let put = client.send("PUT", &path, &headers, &tuesday("a")).await.is(201);
    assert_eq!(put.header("location"), "", "it would follow");
    let got = client.send("GET", &path, &[], "").await.is(200);
    assert_eq!((got.header("etag"), got.body.as_str()), (&*tag_of(&put), &*tuesday("a")));
    for depth in ["0", "1"] {
        let body = format!(
            "<calendar-multiget xmlns=\"{CALDAV}\">\n <prop xmlns=\"DAV:\">\n  {}\n  \
             <calendar-data xmlns=\"{CALDAV}\"/>\n </prop>\n <href xmlns=\"DAV:\">{path}</href>\n\
             </calendar-multiget>\n",
            own("DAV:", "getetag")
        );
        let found = client.ask("REPORT", DEFAULT, &[("depth", depth)], &body).await;
        assert_eq!(found.only().text("D:getetag"), got.header("etag"), "depth {depth}");
        assert!(found.only().text("C:calendar-data").contains("BEGIN:VEVENT"), "depth {depth}");
    }
    let stale = client.replace(&path, "\"stale\"", &tuesday("a")).await;
    assert_eq!(stale.status, 412, "it asks which one to keep");
}

/// An empty list would make it drop every calendar.
#[tokio::test]
async fn a_home_that_cannot_be_read_is_an_error_and_no_empty_list() {
    let house = House::open().await;
    let client = korganizer(&house);
    let depth = [("depth", "1")];
    for (case, client, path, status) in [
        ("no password", client.of(""), HOME, 401),
        ("somebody else's", client.of("bob"), HOME, 403),
        ("nobody's", client, "/dav/calendars/nobody/", 404),
    ] {
        let answered = client.send("PROPFIND", path, &depth, &members()).await;
        assert_eq!(answered.status, status, "{case}");
        assert!(!answered.body.contains("multistatus"), "{case}");
    }
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
