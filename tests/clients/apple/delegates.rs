//! Looking after somebody else's calendars, with one home of one's own: A8 and A9.

use super::{MEMBERS, PRINCIPAL, XML, macos, propfind, tuesday};
use crate::server::House;
use crate::session::{ALICE, BOB, Client, DEFAULT, HOME, conditions, make_bob_a_delegate};
use crate::told::Told;

/// Step 5: whose calendars one may look after.
async fn proxies(client: &Client<'_>, principal: &str) -> Told {
    let inner = "<A:property name=\"calendar-user-address-set\" \
        namespace=\"urn:ietf:params:xml:ns:caldav\"/><A:property name=\"email-address-set\" \
        namespace=\"http://calendarserver.org/ns/\"/><A:property name=\"displayname\" \
        namespace=\"DAV:\"/>";
    let outer = |name: &str| {
        format!(
            "<A:property name=\"{name}\" namespace=\"http://calendarserver.org/ns/\">{inner}\
             </A:property>"
        )
    };
    let body = format!(
        "{XML}<A:expand-property xmlns:A=\"DAV:\">{}{}</A:expand-property>\n",
        outer("calendar-proxy-read-for"),
        outer("calendar-proxy-write-for")
    );
    client.ask("REPORT", principal, &[("depth", "0")], &body).await.only().clone()
}

#[tokio::test]
async fn who_looks_after_nobody_has_empty_lists_of_them() {
    let house = House::open().await;
    let told = proxies(&macos(&house, "bob"), BOB).await;
    for name in ["CS:calendar-proxy-read-for", "CS:calendar-proxy-write-for"] {
        assert_eq!(told.has(name).names(), Vec::<&str>::new(), "{name}");
    }
}

#[tokio::test]
async fn a_delegate_who_may_write_finds_the_home_and_writes_there() {
    let house = House::open().await;
    let bob = macos(&house, "bob");
    bob.send("PROPFIND", HOME, &[("depth", "1")], &propfind(MEMBERS)).await.is(403);
    make_bob_a_delegate(&house, "CS:calendar-proxy-write").await;
    let told = proxies(&bob, BOB).await;
    assert_eq!(told.has("CS:calendar-proxy-read-for").names(), Vec::<&str>::new());
    let expanded = told.has("CS:calendar-proxy-write-for").child("D:response").unwrap();
    assert_eq!(expanded.child("D:href").map(|it| it.text.trim()), Some(ALICE));
    let names = expanded.all("D:displayname");
    assert_eq!(names[0].text, "alice of the house");
    assert_eq!(
        expanded.all("C:calendar-user-address-set")[0].links(),
        ["mailto:alice@example.org", ALICE]
    );
    let principal = bob.look(ALICE, &propfind(PRINCIPAL)).await;
    assert_eq!(principal.only().link("C:calendar-home-set"), HOME);
    let members = bob.list(HOME, &propfind(MEMBERS)).await;
    assert!(members.about(DEFAULT).privileges().contains(&"D:write"));
    assert_eq!(members.about(DEFAULT).link("D:owner"), ALICE);
    let path = format!("{DEFAULT}by-bob.ics");
    bob.create(&path, &tuesday("by-bob")).await;
    macos(&house, "alice").send("GET", &path, &[], "").await.is(200);
}

#[tokio::test]
async fn a_delegate_who_may_read_cannot_write() {
    let house = House::open().await;
    let bob = macos(&house, "bob");
    make_bob_a_delegate(&house, "CS:calendar-proxy-read").await;
    let told = proxies(&bob, BOB).await;
    let readable = told.has("CS:calendar-proxy-read-for");
    assert_eq!(readable.all("D:href")[0].text.trim(), ALICE);
    let members = bob.list(HOME, &propfind(MEMBERS)).await;
    let privileges = members.about(DEFAULT).privileges();
    assert!(privileges.contains(&"D:read") && !privileges.contains(&"D:write"), "{privileges:?}");
    let refused = bob.send("PUT", &format!("{DEFAULT}x.ics"), &[], &tuesday("x")).await.is(403);
    assert_eq!(conditions(&refused)[0], "D:need-privileges");
}

/// Given two, it takes one of them at random.
#[tokio::test]
async fn there_is_exactly_one_home_even_for_a_delegate() {
    let house = House::open().await;
    make_bob_a_delegate(&house, "CS:calendar-proxy-write").await;
    for (user, principal, home) in [("alice", ALICE, HOME), ("bob", BOB, "/dav/calendars/bob/")] {
        let told = macos(&house, user).look(principal, &propfind(PRINCIPAL)).await;
        assert_eq!(told.only().has("C:calendar-home-set").links(), [home], "{user}");
    }
}
