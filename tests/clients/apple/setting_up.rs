//! An account is set up, its home is read, and a calendar is made: A1, A2 and A4.

use super::{
    CALDAV, MEMBERS, PRINCIPAL, WHO, WORK, XML, assert_there_or_missing, canonical, macos,
    property, propfind, proppatch, tuesday,
};
use crate::server::House;
use crate::session::{ALICE, BOB, DEFAULT, HOME, TASKS, capabilities};
use crate::xml::Node;

#[tokio::test]
async fn an_account_is_found_from_the_address_of_the_host() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let depth = [("depth", "0")];
    let stranger = client.of("");
    let asked = stranger.send("PROPFIND", "/.well-known/caldav", &depth, &propfind(WHO)).await;
    assert!(asked.is(401).header("www-authenticate").starts_with("Basic realm=\""));
    let who = client.look("/.well-known/caldav", &propfind(WHO)).await;
    let principal = who.only().link("D:current-user-principal");
    assert_eq!(principal, ALICE);
    let found = client.look(principal, &propfind(PRINCIPAL)).await;
    let found = found.only();
    assert_eq!(found.href, ALICE);
    assert_there_or_missing(found, PRINCIPAL);
    assert_eq!(found.link("D:principal-URL"), ALICE);
    assert_eq!(found.link("C:calendar-home-set"), HOME);
    let addresses = found.has("C:calendar-user-address-set").links();
    assert!(addresses.contains(&"mailto:alice@example.org"), "it gives up without: {addresses:?}");
    assert_eq!(found.link("D:principal-collection-set"), "/dav/principals/");
    let reports: Vec<&str> = found
        .has("D:supported-report-set")
        .all("D:report")
        .iter()
        .flat_map(|it| it.names())
        .collect();
    for report in ["D:expand-property", "D:principal-property-search"] {
        assert!(reports.contains(&report), "{report} in {reports:?}");
    }
    assert!(reports.contains(&"D:principal-search-property-set"), "{reports:?}");
}

#[tokio::test]
async fn the_paths_that_it_tries_in_vain_are_refused_calmly() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    for path in ["/dav/caldav/v2", "/dav/user/alice/", "/dav/principals/users/alice/"] {
        let answered = client.send("PROPFIND", path, &[("depth", "0")], &propfind(WHO)).await;
        assert_eq!(answered.status, 404, "{path}");
    }
    let principals = client.look("/dav/principals/", &propfind(WHO)).await;
    assert_eq!(principals.only().link("D:current-user-principal"), ALICE);
}

/// Apple reads capabilities at the principal, and goes by what it reads.
#[tokio::test]
async fn the_principal_tells_what_the_server_can_do_and_nothing_else() {
    let house = House::open().await;
    let told = capabilities(&macos(&house, "alice"), ALICE).await;
    for capability in ["1", "3", "access-control", "calendar-access", "calendar-proxy"] {
        assert!(told.iter().any(|it| it == capability), "{capability} in {told:?}");
    }
    for capability in ["calendar-schedule", "calendar-auto-schedule"] {
        assert!(told.iter().all(|it| it != capability), "scheduling is not offered yet");
    }
    let client = macos(&house, "alice");
    let found = client.look(ALICE, &propfind(PRINCIPAL)).await;
    for (name, slug) in [("C:schedule-inbox-URL", "inbox"), ("C:schedule-outbox-URL", "outbox")] {
        assert_eq!(found.only().has(name).links(), [format!("{HOME}{slug}/")], "{name}");
    }
}

#[tokio::test]
async fn what_principals_can_be_searched_by_is_told() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let body = format!("{XML}<A:principal-search-property-set xmlns:A=\"DAV:\"/>\n");
    let depth = [("depth", "0")];
    let answered = client.send("REPORT", "/dav/principals/", &depth, &body).await.is(200);
    let told = Node::read(&answered.body);
    assert_eq!(told.name, "D:principal-search-property-set");
    let names: Vec<&str> = told.all("D:prop").iter().flat_map(|it| it.names()).collect();
    assert!(names.contains(&"D:displayname"), "{names:?}");
}

/// As it completes the name of an attendee.
#[tokio::test]
async fn people_are_found_by_the_beginning_of_their_name_or_address() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    for (case, typed, expected) in
        [("a name", "bob", &[BOB][..]), ("an address", "bob@ex", &[BOB]), ("nobody", "zoe", &[])]
    {
        let search = |name: &str| {
            format!(
                "<A:property-search><A:prop>{}</A:prop><A:match match-type=\"starts-with\">{typed}\
                 </A:match></A:property-search>",
                property(name, "", "")
            )
        };
        let body = format!(
            "{XML}<A:principal-property-search xmlns:A=\"DAV:\" test=\"anyof\">{}{}{}<A:prop>\
             <A:displayname/>{}<A:principal-URL/></A:prop></A:principal-property-search>",
            search("A:displayname"),
            search("C:email-address-set"),
            search("B:calendar-user-address-set"),
            property("B:calendar-user-address-set", "", ""),
        );
        let depth = [("depth", "0")];
        let found = client.ask("REPORT", "/dav/principals/", &depth, &body).await;
        assert_eq!(found.hrefs(), expected, "{case}");
        for told in found.iter() {
            assert_eq!(told.link("D:principal-URL"), told.href, "{case}");
        }
    }
}

#[tokio::test]
async fn whatever_it_asks_of_the_home_is_there_or_missing() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let members = client.list(HOME, &propfind(MEMBERS)).await;
    for told in members.iter() {
        assert_there_or_missing(told, MEMBERS);
    }
    let home = members.about(HOME);
    assert!(!home.text("CS:getctag").is_empty(), "iOS does not sync without");
    for path in [DEFAULT, TASKS] {
        let calendar = members.about(path);
        assert_eq!(calendar.link("D:owner"), ALICE, "{path}");
        assert!(calendar.privileges().contains(&"D:write"), "{path}");
        assert!(!calendar.text("CS:getctag").is_empty(), "{path}");
        assert!(!calendar.text("D:sync-token").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn each_setting_of_a_calendar_is_kept() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let zone = "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nBEGIN:VTIMEZONE&#13;\n\
        TZID:Europe/London&#13;\nBEGIN:STANDARD&#13;\nDTSTART:19961027T020000&#13;\n\
        TZOFFSETFROM:+0100&#13;\nTZOFFSETTO:+0000&#13;\nEND:STANDARD&#13;\n\
        END:VTIMEZONE&#13;\nEND:VCALENDAR&#13;\n";
    let alarm = "BEGIN:VALARM&#13;\nX-WR-ALARMUID:1&#13;\nUID:1&#13;\nTRIGGER:-PT15H&#13;\n\
        ATTACH;VALUE=URI:Basso&#13;\nACTION:AUDIO&#13;\nEND:VALARM&#13;\n";
    let color = " symbolic-color=\"red\"";
    let opaque = "<B:transparent/>";
    let cases = [
        (DEFAULT, "D:calendar-order", "", "7"),
        (DEFAULT, "D:calendar-color", color, "#FF2968FF"),
        (DEFAULT, "B:calendar-timezone", "", zone),
        (DEFAULT, "A:displayname", "", "Work &amp; \u{fc}bung"),
        (DEFAULT, "B:schedule-calendar-transp", "", opaque),
        (HOME, "B:default-alarm-vevent-date", "", alarm),
        (HOME, "B:default-alarm-vevent-datetime", "", alarm),
    ];
    for (path, name, attributes, value) in cases {
        let sent = property(name, attributes, value);
        let patched = client.ask("PROPPATCH", path, &[], &proppatch(&sent)).await;
        let canonical = canonical(name);
        assert_eq!(patched.only().outcome(&canonical), Some(200), "{name}");
        let kept = client.look(path, &propfind(&[name])).await;
        let sent = Node::read(&format!("<A:prop xmlns:A=\"DAV:\">{sent}</A:prop>"));
        let kept = kept.only().has(&canonical);
        assert_eq!(kept.text, sent.children[0].text, "{name}");
        assert_eq!(kept.names(), sent.children[0].names(), "{name}");
    }
}

#[tokio::test]
async fn a_home_has_calendars_and_what_the_principal_names_and_nothing_else() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let principal = client.look(ALICE, &propfind(PRINCIPAL)).await;
    let special: Vec<&str> = [
        "C:schedule-inbox-URL",
        "C:schedule-outbox-URL",
        "CS:notification-URL",
        "CS:dropbox-home-URL",
    ]
    .iter()
    .filter_map(|it| principal.only().property(it))
    .flat_map(Node::links)
    .collect();
    let members = client.list(HOME, &propfind(&["A:resourcetype", "A:displayname"])).await;
    let mut calendars = 0;
    for told in members.iter().filter(|it| it.href != HOME && !special.contains(&it.href.as_str()))
    {
        let mut kinds = told.has("D:resourcetype").names();
        kinds.sort_unstable();
        assert_eq!(kinds, ["C:calendar", "D:collection"], "an iPhone ignores {}", told.href);
        calendars += 1;
    }
    assert_eq!(calendars, 3, "{:?}", members.hrefs());
    for href in special {
        assert!(href.starts_with(HOME), "{href} is of another owner");
    }
}

#[tokio::test]
async fn a_calendar_made_by_apple_is_as_it_was_made() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let zone = "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nCALSCALE:GREGORIAN&#13;\n\
        BEGIN:VTIMEZONE&#13;\nTZID:Europe/Berlin&#13;\nBEGIN:STANDARD&#13;\n\
        DTSTART:19961027T030000&#13;\nTZOFFSETFROM:+0200&#13;\nTZOFFSETTO:+0100&#13;\n\
        END:STANDARD&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR&#13;\n";
    let settings = [
        ("D:calendar-order", "", "1"),
        ("B:supported-calendar-component-set", "", "<B:comp name=\"VEVENT\"/>"),
        ("D:calendar-color", " symbolic-color=\"orange\"", "#FB9D09FF"),
        ("B:calendar-timezone", "", zone),
        ("A:displayname", "", "Untitled \u{2013} 2"),
        ("B:calendar-free-busy-set", "", "<NO/>"),
        ("B:schedule-calendar-transp", "", "<B:opaque/>"),
    ];
    let sent: String = settings.iter().map(|it| property(it.0, it.1, it.2)).collect();
    let body = format!(
        "{XML}<B:mkcalendar xmlns:B=\"{CALDAV}\">\n  <A:set xmlns:A=\"DAV:\">\n    <A:prop>{sent}\
         </A:prop>\n  </A:set>\n</B:mkcalendar>\n"
    );
    client.send("MKCALENDAR", WORK, &[], &body).await.is(201);
    let sent =
        Node::read(&format!("<A:prop xmlns:A=\"DAV:\" xmlns:B=\"{CALDAV}\">{sent}</A:prop>"));
    let names: Vec<&str> = settings.iter().map(|it| it.0).collect();
    let kept = client.look(WORK, &propfind(&[&names[..], &["A:resourcetype"]].concat())).await;
    let kept = kept.only();
    assert!(kept.is_calendar());
    for sent in &sent.children {
        let kept = kept.has(&sent.name);
        assert_eq!((&kept.text, kept.names()), (&sent.text, sent.names()), "{}", sent.name);
    }
    let takes = kept.has("C:supported-calendar-component-set").all("C:comp");
    assert_eq!(takes.iter().filter_map(|it| it.attribute("name")).collect::<Vec<_>>(), ["VEVENT"]);
    client.create(&format!("{WORK}a.ics"), &tuesday("a")).await;
}
