//! From a bare host name to the list of calendars, as each client goes the way.

use std::collections::BTreeSet;

use crate::client::{BOOKINGS, DEFAULT, Headers, SPACES};
use crate::server::House;
use crate::wire::replies;

/// What macOS asks the members of a home for: `reference/clients.md` §3.1, step 6.
const APPLE_HOME: &str = "<D:add-member/><CS:allowed-sharing-modes/><A:autoprovisioned/>\
    <ME:bulk-requests xmlns:ME=\"http://me.com/_namespace/\"/><C:calendar-alarm/>\
    <A:calendar-color/><C:calendar-description/><C:calendar-free-busy-set/><A:calendar-order/>\
    <C:calendar-timezone/><D:current-user-privilege-set/><C:default-alarm-vevent-date/>\
    <C:default-alarm-vevent-datetime/><D:displayname/><CS:getctag/><CS:invite/>\
    <A:language-code/><A:location-code/><D:owner/><CS:pre-publish-url/><CS:publish-url/>\
    <CS:push-transports/><CS:pushkey/><D:quota-available-bytes/><D:quota-used-bytes/>\
    <A:refreshrate/><D:resource-id/><D:resourcetype/><C:schedule-calendar-transp/>\
    <C:schedule-default-calendar-URL/><CS:source/><CS:subscribed-strip-alarms/>\
    <CS:subscribed-strip-attachments/><CS:subscribed-strip-todos/>\
    <C:supported-calendar-component-set/><C:supported-calendar-component-sets/>\
    <D:supported-report-set/><D:sync-token/><C:managed-attachments-server-URL/>";

#[test]
fn the_well_known_address_leads_to_the_calendars() {
    for path in ["/.well-known/caldav", "/.well-known/caldav/"] {
        assert_eq!(dav::well_known(path), Some("/dav/"), "{path}");
    }
    for path in ["/.well-known/carddav", "/.well-known/webdav/Notes/", "/", "/dav/"] {
        assert_eq!(dav::well_known(path), None, "{path}");
    }
}

#[tokio::test]
async fn every_401_has_the_same_realm() {
    let house = House::open().await;
    let wrong = [("authorization", "Basic YWxpY2U6d3Jvbmc=")];
    let nobody = [("authorization", "Basic bm9ib2R5Ondyb25n")];
    let broken = [("authorization", "Bearer x")];
    let cases: [(&str, &str, &str, Headers); 6] = [
        ("no credentials", "PROPFIND", "/dav/", &[]),
        ("no credentials, OPTIONS", "OPTIONS", DEFAULT, &[]),
        ("no credentials, nothing there", "GET", "/dav/calendars/nobody/x/", &[]),
        ("wrong password", "PROPFIND", "/dav/", &wrong),
        ("no such user", "PROPFIND", "/dav/", &nobody),
        ("another scheme", "PROPFIND", "/dav/", &broken),
    ];
    for (case, method, path, headers) in cases {
        let answered = house.dav("", method, path, headers, "").await;
        assert_eq!(answered.status, 401, "{case}");
        let challenge = answered.header("www-authenticate");
        assert_eq!(challenge, "Basic realm=\"bookdav\", charset=\"UTF-8\"", "{case}");
    }
}

#[tokio::test]
async fn a_client_that_knows_the_host_alone_finds_every_calendar() {
    let house = House::open().await;
    let root = house.propfind("/dav/", "0", "<D:current-user-principal/><D:resourcetype/>").await;
    let principal = root[0].link("current-user-principal").unwrap();
    assert_eq!(principal, "/dav/principals/alice/");
    let asked = "<C:calendar-home-set/><C:calendar-user-address-set/><D:displayname/>\
                 <D:principal-collection-set/><D:principal-URL/><D:supported-report-set/>";
    let answered = house.propfind(&principal, "0", asked).await;
    let found = &answered[0];
    assert_eq!(found.href, principal);
    assert_eq!(found.link("principal-URL").as_deref(), Some(principal.as_str()));
    assert_eq!(found.value("displayname").as_deref(), Some("alice of the house"));
    assert_eq!(found.link("principal-collection-set").as_deref(), Some("/dav/principals/"));
    let address = found.link("calendar-user-address-set");
    assert_eq!(address.as_deref(), Some("mailto:alice@example.org"));
    let homes = found.value("calendar-home-set").unwrap();
    assert_eq!(homes.matches("href>").count(), 2, "exactly one home: {homes}");
    let home = found.link("calendar-home-set").unwrap();
    assert_eq!(home, "/dav/calendars/alice/");
    let listed = house.propfind(&home, "1", "<D:resourcetype/>").await;
    let is_calendar = |it: &&crate::wire::Reply| it.with("200").contains("<C:calendar/>");
    let calendars: Vec<&str> =
        listed.iter().filter(is_calendar).map(|it| it.href.as_str()).collect();
    assert_eq!(calendars, [DEFAULT, "/dav/calendars/alice/tasks/", BOOKINGS]);
}

#[tokio::test]
async fn each_calendar_in_the_list_has_what_clients_choose_by() {
    let house = House::open().await;
    let asked = "<D:resourcetype/><D:displayname/><C:supported-calendar-component-set/>\
                 <D:current-user-privilege-set/><CS:getctag/><D:sync-token/><D:owner/>\
                 <D:supported-report-set/><D:current-user-principal/>";
    for path in [DEFAULT, "/dav/calendars/alice/tasks/", BOOKINGS] {
        let listed = house.propfind("/dav/calendars/alice/", "1", asked).await;
        let calendar = listed.into_iter().find(|it| it.href == path).unwrap();
        let (found, principal) = (calendar.with("200"), calendar.link("current-user-principal"));
        assert_eq!(calendar.link("owner"), principal, "Outlook takes others' for shared");
        assert!(found.contains("<C:comp name=\"V"), "{path}: {found}");
        assert!(found.contains("<D:privilege><D:write/></D:privilege>"), "{path}: {found}");
        assert!(found.contains("<D:report><D:sync-collection/></D:report>"), "{path}: {found}");
        assert!(calendar.value("displayname").is_some_and(|it| !it.is_empty()), "{path}");
        assert!(calendar.value("getctag").is_some_and(|it| !it.is_empty()), "{path}");
        let token = calendar.value("sync-token").unwrap();
        assert!(token.contains(':'), "Evolution throws away what is no URI: {token}");
        assert_eq!(calendar.with("200").matches("<C:calendar/>").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn whatever_apple_asks_a_home_for_is_there_or_404() {
    let house = House::open().await;
    let text = crate::event::meeting("a", "20260303T100000Z", "20260303T110000Z");
    house.put_new("a.ics", text).await;
    for reply in house.propfind("/dav/calendars/alice/", "1", APPLE_HOME).await {
        let statuses: Vec<&str> = reply.parts.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"], "{}", reply.href);
        let names = reply.parts.iter().map(|it| top_level(&it.1)).sum::<usize>();
        assert_eq!(names, 39, "each is told once, for {}", reply.href);
    }
}

/// How many elements lie directly in `xml`.
fn top_level(xml: &str) -> usize {
    let (mut depth, mut count) = (0_usize, 0);
    for tag in xml.split('<').skip(1).filter_map(|it| it.split('>').next()) {
        if tag.starts_with('/') {
            depth -= 1;
            continue;
        }
        count += usize::from(depth == 0);
        depth += usize::from(!tag.ends_with('/'));
    }
    count
}

#[tokio::test]
async fn links_are_paths_and_name_what_answers_to_them() {
    let house = House::open().await;
    house.make_calendar("/dav/calendars/alice/a%20b@c%C3%BC/").await;
    let path = "/dav/calendars/alice/a%20b@c%C3%BC/x%3By%2Bz.ics";
    let text = crate::event::meeting("x", "20260303T100000Z", "20260303T110000Z");
    house.put(path, text).await.is(201);
    let mut seen = vec!["/dav/".to_owned(), "/dav/principals/".to_owned()];
    let mut at = 0;
    while at < seen.len() {
        for reply in house.propfind(&seen[at], "1", "<D:resourcetype/>").await {
            let href = reply.href.clone();
            let is_collection = reply.with("200").contains("<D:collection/>");
            assert!(href.starts_with("/dav/"), "{href}");
            assert_eq!(href.ends_with('/'), is_collection, "{href}");
            if !seen.contains(&href) {
                seen.push(href);
            }
        }
        let own = house.propfind(&seen[at], "0", "<D:resourcetype/>").await;
        assert_eq!((own.len(), own[0].href.as_str()), (1, seen[at].as_str()));
        at += 1;
    }
    assert!(seen.iter().any(|it| it == path), "{seen:#?}");
    assert!(seen.iter().any(|it| it == "/dav/principals/alice/"), "{seen:#?}");
}

#[tokio::test]
async fn options_are_the_same_at_every_place_where_clients_look() {
    let house = House::open().await;
    let first = house.dav("alice", "OPTIONS", "/dav/", &[], "").await.is(200);
    assert!(first.header("dav").split(", ").any(|it| it == "calendar-access"));
    let places = ["/dav/principals/alice/", "/dav/calendars/alice/", DEFAULT, "/dav/calendars/"];
    for place in places {
        let answered = house.dav("alice", "OPTIONS", place, &[], "").await.is(200);
        assert_eq!(answered.header("dav"), first.header("dav"), "{place}");
        assert_eq!(answered.header("allow"), first.header("allow"), "{place}");
    }
}

#[tokio::test]
async fn every_token_that_is_advertised_stands_in_the_table_with_its_test() {
    let house = House::open().await;
    let answered = house.dav("alice", "OPTIONS", "/dav/", &[], "").await.is(200);
    let advertised: BTreeSet<&str> = answered.header("dav").split(',').map(str::trim).collect();
    let table = include_str!("../../docs/dav-tokens.md");
    let rows = table.lines().filter_map(|it| it.strip_prefix("| `"));
    let listed: BTreeSet<&str> = rows.filter_map(|it| it.split('`').next()).collect();
    assert_eq!(advertised, listed);
}

#[tokio::test]
async fn a_depth_that_would_list_everything_is_refused_in_words_that_clients_know() {
    let house = House::open().await;
    let body = format!("<D:propfind {SPACES}><D:allprop/></D:propfind>");
    let cases: [(&str, &[(&str, &str)]); 2] =
        [("none", &[]), ("infinity", &[("depth", "infinity")])];
    for (case, headers) in cases {
        let answered = house.dav("alice", "PROPFIND", "/dav/", headers, &body).await;
        assert_eq!(answered.status, 403, "{case}");
        assert!(answered.body.contains("<D:propfind-finite-depth/>"), "{}", answered.body);
    }
}

#[tokio::test]
async fn no_body_means_all_properties() {
    let house = House::open().await;
    let depth = [("depth", "0")];
    let answered = house.dav("alice", "PROPFIND", DEFAULT, &depth, "").await.is(207);
    let all = replies(&answered.body);
    assert!(all[0].value("displayname").is_some() && all[0].value("resourcetype").is_some());
    assert!(all[0].value("sync-token").is_none(), "RFC 6578 §4: only when asked");
    let names = format!("<D:propfind {SPACES}><D:propname/></D:propfind>");
    let answered = house.dav("alice", "PROPFIND", DEFAULT, &depth, names).await.is(207);
    assert!(replies(&answered.body)[0].value("sync-token").is_some());
}

#[tokio::test]
async fn paths_that_name_nothing_are_refused_calmly() {
    let house = House::open().await;
    let cases = [
        ("/dav/calendars/alice/missing/", 404),
        ("/dav/principals/missing/", 404),
        ("/dav/calendars/alice/default/missing.ics", 404),
        ("/dav/elsewhere/", 404),
        ("/dav/calendars/alice/default/a/b", 404),
        ("/dav/calendars/alice/%2e%2e/bob/", 400),
        ("/dav/calendars/alice/default/a%2Fb.ics", 400),
        ("/dav/calendars/alice/default/%ff.ics", 400),
    ];
    for (path, status) in cases {
        let answered = house.dav("alice", "PROPFIND", path, &[("depth", "0")], "").await;
        assert_eq!(answered.status, status, "{path}");
    }
}
