//! vdirsyncer: what it asks for comes back once each, and calendars are made by `MKCOL`.

use std::collections::BTreeSet;

use crate::event::meeting;
use crate::server::House;
use crate::session::{ALICE, Client, DEFAULT, HOME, tag_of};

const AGENT: &str = "vdirsyncer/0.21.0";
const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n";

fn vdirsyncer(house: &House) -> Client<'_> {
    Client::new(house, "alice", AGENT, "application/xml; charset=UTF-8")
}

fn propfind(names: &str) -> String {
    format!(
        "{XML}<propfind xmlns=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\n    <prop>\n        \
         {names}\n    </prop>\n</propfind>\n"
    )
}

#[tokio::test]
async fn collections_are_discovered_through_the_principal() {
    let house = House::open().await;
    let client = vdirsyncer(&house);
    let who = client.look("/.well-known/caldav", &propfind("<current-user-principal/>")).await;
    assert_eq!(who.only().link("D:current-user-principal"), ALICE);
    let homes = client.look(ALICE, &propfind("<c:calendar-home-set/>")).await;
    assert_eq!(homes.only().link("C:calendar-home-set"), HOME);
    let listed = client.list(HOME, &propfind("<resourcetype/>")).await;
    assert_eq!(listed.iter().filter(|it| it.is_calendar()).count(), 3);
}

#[tokio::test]
async fn a_listing_tells_type_and_tag_of_each_item() {
    let house = House::open().await;
    let client = vdirsyncer(&house);
    let path = format!("{DEFAULT}a.ics");
    let etag = client.create(&path, &tuesday("a")).await;
    let names = "<resourcetype/><getcontenttype/><getetag/>";
    let listed = client.list(DEFAULT, &propfind(names)).await;
    let item = listed.about(&path);
    assert!(item.text("D:getcontenttype").contains("calendar"), "else it is left out");
    assert_eq!(item.text("D:getetag"), etag);
    assert!(item.has("D:resourcetype").names().is_empty());
    assert!(listed.about(DEFAULT).is_calendar(), "which is not an item");
}

#[tokio::test]
async fn every_link_of_a_multiget_comes_back_exactly_once() {
    let house = House::open().await;
    let client = vdirsyncer(&house);
    let names =
        ["plain.ics", "a%20b.ics", "%C3%BC@x.ics", "100%25.ics", "semi%3Bcolon.ics", "q%3F.ics"];
    let hrefs: BTreeSet<String> = names.iter().map(|it| format!("{DEFAULT}{it}")).collect();
    for (number, href) in hrefs.iter().enumerate() {
        client.create(href, &tuesday(&number.to_string())).await;
    }
    let gone = format!("{DEFAULT}gone.ics");
    let asked: String =
        hrefs.iter().chain([&gone]).map(|it| format!("    <href>{it}</href>\n")).collect();
    let body = format!(
        "{XML}<C:calendar-multiget xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">\n    \
         <prop>\n        <getetag/>\n        <C:calendar-data/>\n    </prop>\n{asked}\
         </C:calendar-multiget>\n"
    );
    let found = client.ask("REPORT", DEFAULT, &[], &body).await;
    assert_eq!(found.len(), hrefs.len() + 1);
    let there = found.iter().filter(|it| it.status.is_none());
    assert_eq!(there.map(|it| it.href.clone()).collect::<BTreeSet<_>>(), hrefs);
    assert_eq!(found.about(&gone).status, Some(404));
    for (number, href) in hrefs.iter().enumerate() {
        assert_eq!(found.about(href).has("C:calendar-data").text, tuesday(&number.to_string()));
    }
}

#[tokio::test]
async fn a_calendar_is_made_by_mkcol_and_named_afterwards() {
    let house = House::open().await;
    let client = vdirsyncer(&house);
    let path = format!("{HOME}tests-from-vdirsyncer/");
    let body = format!(
        "{XML}<mkcol xmlns=\"DAV:\">\n    <set>\n        <prop>\n            <resourcetype>\n                \
         <collection/>\n                <C:calendar xmlns:C=\"urn:ietf:params:xml:ns:caldav\"/>\n            \
         </resourcetype>\n        </prop>\n    </set>\n</mkcol>\n"
    );
    client.send("MKCOL", &path, &[], &body).await.is(201);
    assert!(client.look(&path, &propfind("<resourcetype/>")).await.only().is_calendar());
    let color =
        "<C0:calendar-color xmlns:C0=\"http://apple.com/ns/ical/\">#FF00AA</C0:calendar-color>";
    for (property, name, value) in [
        (
            "<displayname>\u{fc}n\u{ef}c\u{f6}de \u{1f382}</displayname>",
            "D:displayname",
            "\u{fc}n\u{ef}c\u{f6}de \u{1f382}",
        ),
        (color, "A:calendar-color", "#FF00AA"),
    ] {
        let body = format!(
            "{XML}<propertyupdate xmlns=\"DAV:\">\n    <set>\n        <prop>{property}</prop>\n    \
             </set>\n</propertyupdate>\n"
        );
        let set = client.ask("PROPPATCH", &path, &[], &body).await;
        assert_eq!(set.only().outcome(name), Some(200), "{name}");
        let names = "<displayname/><C0:calendar-color xmlns:C0=\"http://apple.com/ns/ical/\"/>";
        let kept = client.look(&path, &propfind(names)).await;
        assert_eq!(kept.only().text(name), value);
    }
    client.create(&format!("{path}a.ics"), &tuesday("a")).await;
    client.send("DELETE", &path, &[], "").await.is(204);
}

#[tokio::test]
async fn an_upload_is_answered_with_its_tag_and_a_stale_one_is_refused() {
    let house = House::open().await;
    let client = vdirsyncer(&house);
    let path = format!("{DEFAULT}a.ics");
    let first = client.create(&path, &tuesday("a")).await;
    let again = client.send("PUT", &path, &[("if-none-match", "*")], &tuesday("a")).await;
    assert_eq!(again.status, 412);
    let lunch = tuesday("a").replace("Meeting", "Lunch");
    let second = tag_of(&client.replace(&path, &first, &lunch).await.is(204));
    assert_ne!(first, second);
    client.replace(&path, &first, &tuesday("a")).await.is(412);
    client.send("DELETE", &path, &[("if-match", &first)], "").await.is(412);
    client.send("DELETE", &path, &[("if-match", &second)], "").await.is(204);
}

/// An event on the Tuesday after the house opens.
fn tuesday(uid: &str) -> String {
    meeting(uid, "20260303T100000Z", "20260303T110000Z")
}
