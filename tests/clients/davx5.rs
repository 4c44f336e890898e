//! DAVx5 on Android: discovery from the principal, sync of depth 0, and what it reads in refusals.

use crate::event::{component, meeting};
use crate::server::House;
use crate::session::{
    ALICE, Client, DEFAULT, HOME, capabilities, conditions, make_bob_a_delegate, share_for_reading,
    tag_of,
};
use crate::told::Multistatus;
use crate::xml::Node;

const AGENT: &str = "DAVx5/4.5.1-ose (2025/06/20; dav4jvm; okhttp/5.0.0) Android/15";
const XML: &str = "<?xml version='1.0' encoding='UTF-8' ?>";
const SPACES: &str = "xmlns=\"DAV:\" xmlns:CAL=\"urn:ietf:params:xml:ns:caldav\" xmlns:CARD=\"urn:ietf:params:xml:ns:carddav\"";
const MADE: &str = "/dav/calendars/alice/c2b5d2f0-6c52-4f6e-9d3b-5a0f3a8f4d11/";

fn davx5<'a>(house: &'a House, user: &'a str) -> Client<'a> {
    Client::new(house, user, AGENT, "application/xml; charset=utf-8")
}

/// A property of another namespace than the two that are declared at the root.
fn foreign(namespace: &str, name: &str) -> String {
    format!("<n0:{name} xmlns:n0=\"{namespace}\" />")
}

fn of_calendarserver(name: &str) -> String {
    foreign("http://calendarserver.org/ns/", name)
}

fn propfind(names: &str) -> String {
    format!("{XML}<propfind {SPACES}><prop>{names}</prop></propfind>")
}

fn sync_body(token: &str, limit: &str) -> String {
    format!(
        "{XML}<sync-collection {SPACES}><sync-token>{token}</sync-token>\
         <sync-level>1</sync-level>{limit}<prop><getetag /></prop></sync-collection>"
    )
}

async fn sync(client: &Client<'_>, token: &str, limit: &str) -> Multistatus {
    client.ask("REPORT", DEFAULT, &[("depth", "0")], &sync_body(token, limit)).await
}

/// `calendar-multiget` of up to ten, without a `Depth`.
async fn multiget(client: &Client<'_>, hrefs: &[&str]) -> Multistatus {
    let hrefs: String = hrefs.iter().map(|it| format!("<href>{it}</href>")).collect();
    let body = format!(
        "{XML}<CAL:calendar-multiget {SPACES}><prop><getcontenttype /><getetag />\
         <CAL:schedule-tag /><CAL:calendar-data content-type=\"text/calendar\" version=\"2.0\" />\
         </prop>{hrefs}</CAL:calendar-multiget>"
    );
    client.ask("REPORT", DEFAULT, &[], &body).await
}

/// A principal without `calendar-access` is refused.
#[tokio::test]
async fn the_service_is_found_and_its_principal_can_do_calendars() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    let names = "<resourcetype /><displayname /><current-user-principal />\
        <CAL:calendar-home-set /><CAL:supported-calendar-component-set />\
        <CAL:calendar-description /><CARD:addressbook-home-set />";
    let found = client.look("/.well-known/caldav", &propfind(names)).await;
    assert_eq!(found.only().link("D:current-user-principal"), ALICE);
    let told = capabilities(&client, ALICE).await;
    assert!(told.iter().any(|it| it == "calendar-access"), "{told:?}");
    let mail = client.look(ALICE, &propfind("<CAL:calendar-user-address-set />")).await;
    let addresses = mail.only().has("C:calendar-user-address-set").links();
    assert!(addresses.contains(&"mailto:alice@example.org"), "{addresses:?}");
    let elsewhere = client.send("PROPFIND", "/.well-known/carddav", &[("depth", "0")], "").await;
    assert_eq!(elsewhere.status, 404);
}

#[tokio::test]
async fn homes_are_found_through_principal_groups_and_delegations() {
    let house = House::open().await;
    make_bob_a_delegate(&house, "CS:calendar-proxy-write").await;
    let client = davx5(&house, "bob");
    let names = format!(
        "<displayname /><group-membership /><resourcetype /><CAL:calendar-home-set />{}{}",
        of_calendarserver("calendar-proxy-read-for"),
        of_calendarserver("calendar-proxy-write-for")
    );
    let mut next = vec!["/dav/principals/bob/".to_owned()];
    let (mut seen, mut homes) = (Vec::new(), Vec::new());
    while let Some(principal) = next.pop() {
        let depth = [("depth", "0")];
        let answered = client.send("PROPFIND", &principal, &depth, &propfind(&names)).await;
        seen.push(principal);
        if answered.status != 207 {
            continue; // it reads 4xx over
        }
        let found = Multistatus::of(&answered);
        let told = found.only();
        homes.extend(
            told.property("C:calendar-home-set")
                .into_iter()
                .flat_map(Node::links)
                .map(str::to_owned),
        );
        let others =
            ["D:group-membership", "CS:calendar-proxy-read-for", "CS:calendar-proxy-write-for"];
        for link in others.iter().filter_map(|it| told.property(it)).flat_map(Node::links) {
            if !seen.iter().any(|it| it == link) {
                next.push(link.to_owned());
            }
        }
    }
    homes.sort_unstable();
    homes.dedup();
    assert_eq!(homes, [HOME, "/dav/calendars/bob/"]);
    let names = propfind("<resourcetype /><current-user-privilege-set />");
    assert!(client.list(HOME, &names).await.about(DEFAULT).is_calendar());
}

/// A home that answers 403, 404 or 410 is forgotten with its calendars.
#[tokio::test]
async fn the_home_lists_what_a_calendar_is_shown_by() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    let push = "https://bitfire.at/webdav-push";
    let names = format!(
        "<current-user-privilege-set /><displayname /><owner /><resourcetype />{}{}{}\
         <CAL:calendar-description /><CAL:calendar-timezone /><CAL:calendar-timezone-id />\
         <CAL:supported-calendar-component-set />{}",
        foreign(push, "transports"),
        foreign(push, "topic"),
        foreign("http://apple.com/ns/ical/", "calendar-color"),
        of_calendarserver("source")
    );
    let listed = client.list(HOME, &propfind(&names)).await;
    for told in listed.iter() {
        assert_eq!(told.outcomes().len(), 12, "{}", told.href);
        let is_calm = told.outcomes().iter().all(|it| matches!(it.1, 200 | 404));
        assert!(is_calm, "{:?}", told.outcomes());
    }
    let calendar = listed.about(DEFAULT);
    assert!(calendar.is_calendar() && calendar.privileges().contains(&"D:write"));
    assert_eq!(calendar.link("D:owner"), ALICE);
}

#[tokio::test]
async fn a_sync_of_depth_0_tells_members() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    let names = format!(
        "<supported-report-set /><sync-token />{}<CAL:max-resource-size />",
        of_calendarserver("getctag")
    );
    let state = client.look(DEFAULT, &propfind(&names)).await;
    assert_eq!(state.only().has("D:supported-report-set").all("D:sync-collection").len(), 1);
    let limit: u64 = state.only().text("C:max-resource-size").parse().unwrap();
    assert!(limit > 1_000_000, "{limit}");
    let first = sync(&client, "", "").await;
    assert_eq!(first.token(), state.only().text("D:sync-token"));
    let (a, b) = (format!("{DEFAULT}a.ics"), format!("{DEFAULT}b.ics"));
    client.create(&a, &tuesday("a")).await;
    let etag = client.create(&b, &tuesday("b")).await;
    let second = sync(&client, first.token(), "").await;
    assert_eq!(second.hrefs(), [a.as_str(), b.as_str()]);
    assert_eq!(second.about(&b).text("D:getetag"), etag);
    client
        .send("DELETE", &a, &[("if-match", second.about(&a).text("D:getetag"))], "")
        .await
        .is(204);
    let third = sync(&client, second.token(), "").await;
    assert_eq!((third.only().href.as_str(), third.only().status), (a.as_str(), Some(404)));
    let refused = client.send("REPORT", DEFAULT, &[("depth", "0")], &sync_body("x:y", "")).await;
    assert_eq!(conditions(&refused.is(403))[0], "D:valid-sync-token");
}

#[tokio::test]
async fn a_sync_that_is_cut_says_so_about_the_calendar_and_goes_on() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    for number in 0..7 {
        let path = format!("{DEFAULT}{number}.ics");
        client.create(&path, &tuesday(&number.to_string())).await;
    }
    let limit = "<limit><nresults>3</nresults></limit>";
    let (mut token, mut told, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = sync(&client, &token, limit).await;
        let cut = page.iter().find(|it| it.status == Some(507));
        if let Some(cut) = cut {
            assert_eq!(cut.href, DEFAULT);
            assert_eq!(cut.errors, ["D:number-of-matches-within-limits"]);
        }
        told.extend(page.iter().filter(|it| it.status.is_none()).map(|it| it.href.clone()));
        (token, pages) = (page.token().to_owned(), pages + 1);
        if cut.is_none() {
            break;
        }
    }
    told.sort_unstable();
    let expected: Vec<String> = (0..7).map(|it| format!("{DEFAULT}{it}.ics")).collect();
    assert_eq!((told, pages), (expected, 3));
}

/// One without an entity tag would be an error, and so would one whose type it cannot tell.
#[tokio::test]
async fn ten_events_are_fetched_at_once() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    let paths: Vec<String> = (0..10).map(|it| format!("{DEFAULT}{it}.ics")).collect();
    for (number, path) in paths.iter().enumerate() {
        client.create(path, &tuesday(&number.to_string())).await;
    }
    let hrefs: Vec<&str> = paths.iter().map(String::as_str).collect();
    let found = multiget(&client, &hrefs).await;
    assert_eq!(found.len(), 10);
    for path in &paths {
        let told = found.about(path);
        assert!(told.text("D:getetag").starts_with('"'), "{path}");
        assert!(told.text("D:getcontenttype").starts_with("text/calendar"), "{path}");
        assert!(told.text("C:calendar-data").contains("BEGIN:VEVENT"), "{path}");
    }
}

#[tokio::test]
async fn an_upload_is_conditional_and_its_tag_is_kept() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    let path = format!("{DEFAULT}2f8f4c5e.ics");
    let kind = ("content-type", "text/calendar; charset=utf-8");
    let headers = [kind, ("if-none-match", "*"), ("push-dont-notify", "\"https://push/1\"")];
    let put = client.send("PUT", &path, &headers, &tuesday("2f8f4c5e")).await.is(201);
    let first = tag_of(&put);
    let changed = tuesday("2f8f4c5e").replace("SUMMARY", "SEQUENCE:1\r\nSUMMARY");
    let second = tag_of(&client.replace(&path, &first, &changed).await.is(204));
    client.replace(&path, &first, &changed).await.is(412);
    assert_eq!(multiget(&client, &[&path]).await.only().text("D:getetag"), second);
    client.send("DELETE", &path, &[("if-match", &first)], "").await.is(412);
    client.send("DELETE", &path, &[("if-match", &second)], "").await.is(204);
}

#[tokio::test]
async fn a_calendar_is_made_with_zone_color_and_three_components() {
    let house = House::open().await;
    let client = davx5(&house, "alice");
    let zone = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:DAVx5\r\nBEGIN:VTIMEZONE\r\n\
        TZID:Europe/Vienna\r\nBEGIN:STANDARD\r\nDTSTART:19961027T030000\r\n\
        TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        END:VCALENDAR\r\n";
    let body = format!(
        "{XML}<mkcol {SPACES}><set><prop><resourcetype><collection /><CAL:calendar />\
         </resourcetype><displayname>Arbeit &amp; mehr</displayname>\
         <CAL:calendar-description>Büro</CAL:calendar-description>\
         <n0:calendar-color xmlns:n0=\"http://apple.com/ns/ical/\">#8BC34AFF</n0:calendar-color>\
         <CAL:calendar-timezone-id>Europe/Vienna</CAL:calendar-timezone-id>\
         <CAL:calendar-timezone><![CDATA[{zone}]]></CAL:calendar-timezone>\
         <CAL:supported-calendar-component-set><CAL:comp name=\"VEVENT\" />\
         <CAL:comp name=\"VTODO\" /><CAL:comp name=\"VJOURNAL\" />\
         </CAL:supported-calendar-component-set></prop></set></mkcol>"
    );
    client.send("MKCOL", MADE, &[], &body).await.is(201);
    let names = "<resourcetype /><displayname /><CAL:calendar-description />\
        <n0:calendar-color xmlns:n0=\"http://apple.com/ns/ical/\" />\
        <CAL:calendar-timezone-id /><CAL:calendar-timezone />\
        <CAL:supported-calendar-component-set />";
    let made = client.look(MADE, &propfind(names)).await;
    let made = made.only();
    assert!(made.is_calendar());
    for (name, expected) in [
        ("D:displayname", "Arbeit & mehr"),
        ("C:calendar-description", "B\u{fc}ro"),
        ("A:calendar-color", "#8BC34AFF"),
        ("C:calendar-timezone-id", "Europe/Vienna"),
    ] {
        assert_eq!(made.text(name), expected, "{name}");
    }
    assert!(made.text("C:calendar-timezone").contains("TZID:Europe/Vienna"));
    let takes = made.has("C:supported-calendar-component-set").all("C:comp");
    let takes: Vec<_> = takes.iter().filter_map(|it| it.attribute("name")).collect();
    assert_eq!(takes, ["VEVENT", "VTODO", "VJOURNAL"]);
    for kind in takes {
        let path = format!("{MADE}{kind}.ics");
        let lines = ["DTSTART:20260303T100000Z", "SUMMARY:x"];
        client.create(&path, &component(kind, kind, &lines)).await;
    }
}

/// It drops the change that it had made, if the refusal says that a right is missing.
#[tokio::test]
async fn what_one_may_not_change_is_refused_with_the_right_that_is_missing() {
    let house = House::open().await;
    share_for_reading(&house).await;
    let (alice, bob) = (davx5(&house, "alice"), davx5(&house, "bob"));
    let (path, other) = (format!("{DEFAULT}a.ics"), format!("{DEFAULT}b.ics"));
    let etag = alice.create(&path, &tuesday("a")).await;
    let none_match = [("if-none-match", "*")];
    let cases = [
        (
            "a new event",
            bob.send("PUT", &other, &none_match, &tuesday("b")).await,
            DEFAULT,
            "D:bind",
        ),
        (
            "a change",
            bob.replace(&path, &etag, &tuesday("a")).await,
            path.as_str(),
            "D:write-content",
        ),
        (
            "a deletion",
            bob.send("DELETE", &path, &[("if-match", &etag)], "").await,
            DEFAULT,
            "D:unbind",
        ),
    ];
    for (case, refused, href, privilege) in cases {
        assert_eq!(refused.status, 403, "{case}");
        let error = Node::read(&refused.body);
        let needed =
            error.child("D:need-privileges").unwrap_or_else(|| panic!("{case}: {error:?}"));
        let resource = needed.child("D:resource").unwrap_or_else(|| panic!("{case}: {error:?}"));
        assert_eq!(resource.links(), [href], "{case}");
        assert_eq!(resource.child("D:privilege").map(Node::names), Some(vec![privilege]), "{case}");
    }
    assert_eq!(alice.send("GET", &path, &[], "").await.header("etag"), etag, "nothing changed");
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
