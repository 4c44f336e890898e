//! Links by which anybody can read a calendar, and the free-busy URL of those with an account.

use crate::client::{BOOKINGS, DEFAULT, SPACES};
use crate::event::{component, meeting};
use crate::server::{Answered, House};

const HOME: &str = "/dav/calendars/alice/";

/// A `POST` of one empty element.
async fn post(house: &House, user: &str, path: &str, element: &str) -> Answered {
    let xml = [("content-type", "application/xml")];
    house.dav(user, "POST", path, &xml, format!("<{element} {SPACES}/>")).await
}

/// Publishes a calendar of alice's; the path of its link without `.ics`.
async fn publish(house: &House, path: &str) -> String {
    post(house, "alice", path, "CS:publish-calendar").await.is(200);
    let url = house.property(path, "CS:publish-url").await;
    let link = url.split("/dav/public/").nth(1).unwrap().split(".ics").next().unwrap();
    assert_eq!(link.len(), 27, "160 bits: {url}");
    format!("/dav/public/{link}")
}

async fn read(house: &House, path: &str) -> Answered {
    house.dav("", "GET", path, &[], "").await
}

#[tokio::test]
async fn a_published_calendar_can_be_read_by_anybody_until_it_is_taken_back() {
    let mut house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    let asked = "<CS:publish-url/><CS:pre-publish-url/><CS:allowed-sharing-modes/>";
    let before = house.propfind(DEFAULT, "0", asked).await.remove(0);
    assert!(before.lacks("publish-url") && before.with("200").contains("pre-publish-url"));
    assert!(before.with("200").contains("<CS:can-be-published/>"));
    let link = publish(&house, DEFAULT).await;
    assert_eq!(publish(&house, DEFAULT).await, link, "one calendar, one link");
    house.reopen().await;
    let told = read(&house, &format!("{link}.ics")).await.is(200);
    assert_eq!(told.header("content-type"), "text/calendar; charset=utf-8");
    assert!(told.body.contains("UID:a\r\n"), "{}", told.body);
    assert_eq!(told.header("cache-control"), "private, no-cache");
    let known = [("if-none-match", told.header("etag"))];
    house.dav("", "GET", &format!("{link}.ics"), &known, "").await.is(304);
    house.put_new("b.ics", meeting("b", "20260304T100000Z", "20260304T110000Z")).await;
    let again = house.dav("", "GET", &format!("{link}.ics"), &known, "").await.is(200);
    assert!(again.body.contains("UID:b\r\n"), "{}", again.body);
    post(&house, "alice", DEFAULT, "CS:unpublish-calendar").await.is(200);
    for kind in ["ics", "ifb"] {
        read(&house, &format!("{link}.{kind}")).await.is(404);
    }
    assert!(house.propfind(DEFAULT, "0", asked).await[0].lacks("publish-url"));
    assert_ne!(publish(&house, DEFAULT).await, link, "what was taken back stays so");
    house.assert_sound();
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_not_found_and_nothing_can_be_written_by_one() {
    let house = House::open().await;
    let link = publish(&house, DEFAULT).await;
    let other =
        format!("{}{}", &link[..link.len() - 1], if link.ends_with('A') { 'E' } else { 'A' });
    for path in [&format!("{other}.ics"), &format!("{link}.txt"), &link, "/dav/public/"] {
        read(&house, path).await.is(404);
    }
    let path = format!("{link}.ics");
    for method in ["PUT", "DELETE", "PROPFIND", "PROPPATCH", "POST", "REPORT", "MOVE"] {
        house.dav("", method, &path, &[], "").await.is(405);
    }
    let head = house.dav("", "HEAD", &path, &[], "").await.is(200);
    assert!(head.body.is_empty() && head.header("content-length") != "0");
}

#[tokio::test]
async fn strangers_do_not_see_private_events_people_or_alarms() {
    let house = House::open().await;
    let calendar = "/dav/calendars/alice/new/";
    house.make_calendar(calendar).await;
    let private = ["DTSTART:20260303T100000Z", "DURATION:PT1H", "SUMMARY:Surgeon", "CLASS:PRIVATE"];
    house.put(&format!("{calendar}p.ics"), component("VEVENT", "p", &private)).await.is(201);
    let open = [
        "DTSTART:20260304T100000Z",
        "SUMMARY:Lunch",
        "ORGANIZER:mailto:alice@example.org",
        "ATTENDEE:mailto:carol@example.org",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Wake up",
        "TRIGGER:-PT5M",
        "END:VALARM",
    ];
    house.put(&format!("{calendar}o.ics"), component("VEVENT", "o", &open)).await.is(201);
    let task = ["SUMMARY:Secret task", "CLASS:CONFIDENTIAL"];
    house.put(&format!("{calendar}t.ics"), component("VTODO", "t", &task)).await.is(201);
    let link = publish(&house, calendar).await;
    let told = read(&house, &format!("{link}.ics")).await.is(200).body;
    for word in ["Surgeon", "carol", "alice@", "Wake up", "Secret task"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    assert!(told.contains("SUMMARY:Lunch") && told.contains("SUMMARY:Busy"), "{told}");
}

#[tokio::test]
async fn of_published_bookings_only_the_times_are_told() {
    let house = House::open().await;
    let mut browser = crate::browser::Browser::of(&house);
    browser.book("10:00").await;
    let link = publish(&house, BOOKINGS).await;
    let told = read(&house, &format!("{link}.ics")).await.is(200).body;
    assert!(told.contains("DTSTART") && told.contains("SUMMARY:Busy"), "{told}");
    assert!(!told.contains("mailto:") && !told.contains("DESCRIPTION"), "{told}");
}

#[tokio::test]
async fn the_busy_time_of_a_published_calendar_is_told_for_sixty_days() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    house.put_new("b.ics", meeting("b", "20260801T100000Z", "20260801T110000Z")).await;
    let link = publish(&house, DEFAULT).await;
    let told = read(&house, &format!("{link}.ifb")).await.is(200);
    assert!(told.body.contains("20260303T100000Z/"), "{}", told.body);
    assert!(told.body.contains("DTEND:20260501T080000Z"), "{}", told.body);
    assert!(!told.body.contains("20260801") && !told.body.contains("UID:a"), "{}", told.body);
    let known = [("if-none-match", told.header("etag"))];
    house.dav("", "GET", &format!("{link}.ifb"), &known, "").await.is(304);
    house.wait(3_600);
    house.dav("", "GET", &format!("{link}.ifb"), &known, "").await.is(200);
}

/// Puts an entry about everybody into the list of something of alice's.
async fn deny_everybody(house: &House, path: &str, privilege: &str) {
    let entry = format!(
        "<D:ace><D:principal><D:all/></D:principal><D:deny><D:privilege><{privilege}/>\
         </D:privilege></D:deny></D:ace>"
    );
    let entry = if privilege.is_empty() { String::new() } else { entry };
    let acl = format!("<D:acl {SPACES}>{entry}</D:acl>");
    house.dav("alice", "ACL", path, &[], acl).await.is(200);
}

#[tokio::test]
async fn a_link_does_not_tell_what_a_list_denies_to_everybody() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    house.put_new("s.ics", meeting("s", "20260304T100000Z", "20260304T110000Z")).await;
    let link = publish(&house, DEFAULT).await;
    let member = format!("{DEFAULT}s.ics");
    let cases = [
        (&*member, "", [true, true], [true, true]),
        (&*member, "D:all", [true, false], [true, false]),
        (&*member, "D:read", [true, false], [true, false]),
        (&*member, "C:read-free-busy", [true, false], [true, false]),
        (&*member, "D:read-current-user-privilege-set", [true, false], [true, true]),
        (&*member, "D:write", [true, true], [true, true]),
        (DEFAULT, "D:all", [false, false], [false, false]),
        (DEFAULT, "", [true, true], [true, true]),
    ];
    let mut before = [String::new(), String::new()];
    for (path, privilege, texts, times) in cases {
        deny_everybody(&house, path, privilege).await;
        for (at, (kind, expected)) in [("ics", texts), ("ifb", times)].into_iter().enumerate() {
            let known = [("if-none-match", before[at].as_str())];
            let path = format!("{link}.{kind}");
            let told = house.dav("", "GET", &path, &known, "").await;
            let fresh = read(&house, &path).await.is(200);
            let is_same = told.status == 304;
            assert!(is_same || told.body == fresh.body, "{privilege}: {}", told.status);
            let found = ["20260303T100000Z", "20260304T100000Z"].map(|it| fresh.body.contains(it));
            assert_eq!(found, expected, "{path} {privilege}: {}", fresh.body);
            assert_eq!(is_same, fresh.header("etag") == before[at], "{path} {privilege}");
            fresh.header("etag").clone_into(&mut before[at]);
        }
    }
}

#[tokio::test]
async fn a_link_tells_what_a_list_denies_to_some_user_or_grants_to_everybody_before() {
    let house = House::open().await;
    house.put_new("s.ics", meeting("s", "20260304T100000Z", "20260304T110000Z")).await;
    let link = publish(&house, DEFAULT).await;
    let ace = |kind: &str, who: &str| {
        format!(
            "<D:ace><D:principal>{who}</D:principal><D:{kind}><D:privilege><D:read/>\
             </D:privilege></D:{kind}></D:ace>"
        )
    };
    let bob = "<D:href>/dav/principals/bob/</D:href>";
    let cases = [
        (ace("deny", bob), true),
        (ace("deny", "<D:authenticated/>"), true),
        (ace("deny", "<D:unauthenticated/>"), false),
        (ace("grant", "<D:all/>") + &ace("deny", "<D:all/>"), true),
        (ace("grant", bob) + &ace("deny", "<D:all/>"), false),
    ];
    for (aces, is_told) in cases {
        let acl = format!("<D:acl {SPACES}>{aces}</D:acl>");
        house.dav("alice", "ACL", &format!("{DEFAULT}s.ics"), &[], acl).await.is(200);
        for kind in ["ics", "ifb"] {
            let told = read(&house, &format!("{link}.{kind}")).await.is(200).body;
            assert_eq!(told.contains("20260304T100000Z"), is_told, "{kind} {aces}: {told}");
        }
    }
}

#[tokio::test]
async fn nobody_but_the_owner_publishes_a_calendar_or_learns_of_its_link() {
    let house = House::open().await;
    let acl = format!(
        "<D:acl {SPACES}><D:ace><D:principal><D:href>/dav/principals/bob/</D:href></D:principal>\
         <D:grant><D:privilege><D:read/></D:privilege><D:privilege><D:write/></D:privilege>\
         </D:grant></D:ace></D:acl>"
    );
    house.dav("alice", "ACL", DEFAULT, &[], acl).await.is(200);
    post(&house, "bob", DEFAULT, "CS:publish-calendar").await.is(403);
    let link = publish(&house, DEFAULT).await;
    post(&house, "bob", DEFAULT, "CS:unpublish-calendar").await.is(403);
    read(&house, &format!("{link}.ics")).await.is(200);
    let body = format!(
        "<D:propfind {SPACES}><D:prop><CS:publish-url/><CS:pre-publish-url/></D:prop></D:propfind>"
    );
    let depth = [("depth", "0")];
    let told = house.dav("bob", "PROPFIND", DEFAULT, &depth, body).await.is(207);
    assert!(!told.body.contains("/dav/public/"), "{}", told.body);
    post(&house, "alice", "/dav/calendars/alice/inbox/", "CS:publish-calendar").await.is(403);
}

#[tokio::test]
async fn the_link_goes_with_the_calendar() {
    let house = House::open().await;
    let path = "/dav/calendars/alice/new/";
    house.make_calendar(path).await;
    let link = publish(&house, path).await;
    house.remove(path).await.is(204);
    read(&house, &format!("{link}.ics")).await.is(404);
    house.make_calendar(path).await;
    read(&house, &format!("{link}.ics")).await.is(404);
    house.assert_sound();
}

#[tokio::test]
async fn the_free_busy_url_tells_of_all_calendars_of_a_home() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    house.make_calendar("/dav/calendars/alice/new/").await;
    let other = meeting("b", "20260310T100000Z", "20260310T110000Z");
    house.put("/dav/calendars/alice/new/b.ics", other).await.is(201);
    let cases = [
        ("", true, true),
        ("?start=2026-03-03&period=P1D", true, false),
        ("?start=20260303T103000Z&end=20260304T000000Z", true, false),
        ("?start=2026-03-03T12:00:00%2B01:00&end=2026-03-20", false, true),
        ("?start=20260303T110000&period=PT1H", false, false),
        ("?period=P2D&format=text/calendar", true, false),
    ];
    for (query, first, second) in cases {
        let told = house.fetch(&format!("{HOME}freebusy/{query}")).await.is(200);
        assert!(told.body.contains("BEGIN:VFREEBUSY"), "{}", told.body);
        let found = |start: &str| {
            told.body.lines().any(|it| it.starts_with("FREEBUSY") && it.contains(start))
        };
        assert_eq!(
            (found("20260303T1"), found("20260310T1")),
            (first, second),
            "{query}: {}",
            told.body
        );
    }
    for query in [
        "?start=soon",
        "?period=P-1D",
        "?period=P1D&end=2026-03-20",
        "?start=2026-03-20&end=2026-03-19",
        "?start=2026-03-20&start=2026-03-19",
        "?format=text/xml",
        "?period=",
    ] {
        house.fetch(&format!("{HOME}freebusy/{query}")).await.is(400);
    }
}

#[tokio::test]
async fn the_free_busy_url_tells_those_who_may_know_and_nobody_else() {
    let house = House::open().await;
    house.put_new("a.ics", meeting("a", "20260303T100000Z", "20260303T110000Z")).await;
    let path = format!("{HOME}freebusy/");
    house.dav("", "GET", &path, &[], "").await.is(401);
    house.dav("bob", "GET", &path, &[], "").await.is(403);
    let acl = format!(
        "<D:acl {SPACES}><D:ace><D:principal><D:href>/dav/principals/bob/</D:href></D:principal>\
         <D:grant><D:privilege><C:read-free-busy/></D:privilege></D:grant></D:ace></D:acl>"
    );
    house.dav("alice", "ACL", DEFAULT, &[], acl).await.is(200);
    let told = house.dav("bob", "GET", &path, &[], "").await.is(200).body;
    assert!(told.contains("20260303T100000Z"), "{told}");
    house.make_calendar(&path).await;
    let calendar = house.fetch(&path).await.is(200).body;
    assert!(!calendar.contains("VFREEBUSY"), "a calendar of that name goes first: {calendar}");
}
