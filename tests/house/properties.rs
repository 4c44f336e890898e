//! Properties: asked for, set, and given to calendars when they are made.

use crate::client::{DEFAULT, SPACES};
use crate::server::House;
use crate::wire::{element, replies};

const HOME: &str = "/dav/calendars/alice/";
const NEW: &str = "/dav/calendars/alice/new/";

/// A time zone as Apple sends it: the line ends are part of the text.
const ZONE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n\
    BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n\
    END:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn an_unknown_property_is_a_404_beside_what_is_known() {
    let house = House::open().await;
    let text = crate::event::meeting("a", "20260303T100000Z", "20260303T110000Z");
    house.put_new("a.ics", text).await;
    let object = format!("{DEFAULT}a.ics");
    let asked = "<D:resourcetype/><x:nothing xmlns:x=\"urn:x\"/><C:nothing/><D:nothing/>";
    let places = ["/dav/", "/dav/principals/", "/dav/principals/alice/", "/dav/calendars/", HOME];
    for path in places.into_iter().chain([DEFAULT, object.as_str()]) {
        for reply in house.propfind(path, "1", asked).await {
            let statuses: Vec<&str> = reply.parts.iter().map(|it| it.0.as_str()).collect();
            assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"], "{path}");
            assert!(reply.lacks("nothing") && reply.value("resourcetype").is_some(), "{path}");
            assert_eq!(reply.with("404").matches("nothing").count(), 3, "{path}");
        }
        let only = house.propfind(path, "0", "<C:nothing/>").await;
        assert_eq!(only[0].parts.len(), 1, "{path}: one propstat that says 404");
    }
}

#[tokio::test]
async fn properties_that_clients_set_are_kept_with_their_attributes() {
    let house = House::open().await;
    let cases = [
        ("colour", "<A:calendar-color symbolic-color=\"red\">#FF2968FF</A:calendar-color>"),
        ("order", "<A:calendar-order>7</A:calendar-order>"),
        ("name", "<D:displayname>Caf\u{e9} \u{1f600} &amp; &lt;Co&gt;</D:displayname>"),
        ("description", "<C:calendar-description xml:lang=\"de\">Was</C:calendar-description>"),
        ("other", "<x:p xmlns:x=\"urn:x\" a=\"1\"><x:q b=\"&quot;2&quot;\">3</x:q></x:p>"),
    ];
    for (case, property) in cases {
        let answered = house.proppatch(DEFAULT, property).await.is(207);
        assert_eq!(replies(&answered.body)[0].parts[0].0, "HTTP/1.1 200 OK", "{case}");
    }
    let asked = "<A:calendar-color/><A:calendar-order/><D:displayname/>\
                 <C:calendar-description/><x:p xmlns:x=\"urn:x\"/>";
    let found = house.propfind(DEFAULT, "0", asked).await.remove(0);
    assert!(found.with("200").contains("symbolic-color=\"red\""), "{}", found.with("200"));
    assert_eq!(found.value("calendar-color").as_deref(), Some("#FF2968FF"));
    assert_eq!(found.value("calendar-order").as_deref(), Some("7"));
    assert_eq!(found.value("displayname").as_deref(), Some("Caf\u{e9} \u{1f600} & <Co>"));
    assert_eq!(found.value("calendar-description").as_deref(), Some("Was"));
    let other = element(found.with("200"), "p").unwrap();
    assert!(other.contains("b=\"&quot;2&quot;\"") && other.contains(">3<"), "{other}");
}

/// RFC 4918 §4.3: the language of a property is part of it.
#[tokio::test]
async fn the_language_of_a_property_is_kept() {
    let house = House::open().await;
    let property = "<C:calendar-description xml:lang=\"de\">Was</C:calendar-description>";
    house.proppatch(DEFAULT, property).await.is(207);
    let found = house.propfind(DEFAULT, "0", "<C:calendar-description/>").await.remove(0);
    assert!(found.with("200").contains(" xml:lang=\"de\""), "{}", found.with("200"));
}

#[tokio::test]
async fn properties_of_a_home_and_a_principal_are_kept_too() {
    let mut house = House::open().await;
    let alarm = "BEGIN:VALARM\r\nACTION:NONE\r\nEND:VALARM\r\n";
    let written = alarm.replace('\r', "&#13;");
    let property = format!("<C:default-alarm-vevent-date>{written}</C:default-alarm-vevent-date>");
    house.proppatch(HOME, &property).await.is(207);
    house.proppatch("/dav/principals/alice/", "<A:note>mine</A:note>").await.is(207);
    house.reopen().await;
    assert_eq!(house.property(HOME, "C:default-alarm-vevent-date").await, alarm);
    assert_eq!(house.property("/dav/principals/alice/", "A:note").await, "mine");
    assert!(house.propfind(HOME, "0", "<A:note/>").await[0].lacks("note"));
}

#[tokio::test]
async fn a_property_that_was_taken_away_is_gone() {
    let house = House::open().await;
    house.proppatch(DEFAULT, "<A:calendar-order>7</A:calendar-order>").await.is(207);
    let body = format!(
        "<D:propertyupdate {SPACES}><D:remove><D:prop><A:calendar-order/><A:never-there/></D:prop>\
         </D:remove></D:propertyupdate>"
    );
    let answered = house.dav("alice", "PROPPATCH", DEFAULT, &[], body).await.is(207);
    assert_eq!(replies(&answered.body)[0].parts[0].0, "HTTP/1.1 200 OK");
    assert!(house.propfind(DEFAULT, "0", "<A:calendar-order/>").await[0].lacks("calendar-order"));
}

#[tokio::test]
async fn a_request_with_a_property_that_cannot_be_set_changes_nothing() {
    let house = House::open().await;
    let both = "<A:calendar-order>7</A:calendar-order><D:getetag>\"x\"</D:getetag>";
    let answered = house.proppatch(DEFAULT, both).await.is(207);
    let told = replies(&answered.body).remove(0);
    assert!(told.with("424").contains("calendar-order"), "{}", answered.body);
    assert!(told.with("403").contains("getetag"), "{}", answered.body);
    assert!(house.propfind(DEFAULT, "0", "<A:calendar-order/>").await[0].lacks("calendar-order"));
    let no_zone = "<C:calendar-timezone>BEGIN:VCALENDAR</C:calendar-timezone>";
    let answered = house.proppatch(DEFAULT, no_zone).await.is(207);
    assert!(replies(&answered.body)[0].with("403").contains("calendar-timezone"));
}

#[tokio::test]
async fn apples_new_calendar_keeps_every_property() {
    let house = House::open().await;
    let zone = ZONE.replace('\r', "&#13;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <B:mkcalendar xmlns:B=\"urn:ietf:params:xml:ns:caldav\">\n  <A:set xmlns:A=\"DAV:\">\n\
         <A:prop>\n\
         <D:calendar-order xmlns:D=\"http://apple.com/ns/ical/\">3</D:calendar-order>\n\
         <B:supported-calendar-component-set><B:comp name=\"VEVENT\"/>\
         </B:supported-calendar-component-set>\n\
         <D:calendar-color xmlns:D=\"http://apple.com/ns/ical/\" symbolic-color=\"custom\">\
         #0E61B9FF</D:calendar-color>\n\
         <B:calendar-timezone>{zone}</B:calendar-timezone>\n\
         <A:displayname>Work</A:displayname>\n\
         <B:schedule-calendar-transp><B:transparent/></B:schedule-calendar-transp>\n\
         <B:calendar-free-busy-set><B:NO/></B:calendar-free-busy-set>\n\
         </A:prop></A:set></B:mkcalendar>"
    );
    house.dav("alice", "MKCALENDAR", NEW, &[], body).await.is(201);
    let asked = "<A:calendar-order/><A:calendar-color/><C:calendar-timezone/><D:displayname/>\
                 <C:schedule-calendar-transp/><C:calendar-free-busy-set/><D:resourcetype/>\
                 <C:supported-calendar-component-set/>";
    let found = house.propfind(NEW, "0", asked).await.remove(0);
    assert_eq!(found.parts.len(), 1, "all of them: {:?}", found.parts);
    assert_eq!(found.value("calendar-order").as_deref(), Some("3"));
    assert_eq!(found.value("calendar-color").as_deref(), Some("#0E61B9FF"));
    assert_eq!(found.value("calendar-timezone").as_deref(), Some(ZONE));
    assert_eq!(found.value("displayname").as_deref(), Some("Work"));
    assert!(found.value("schedule-calendar-transp").unwrap().contains("transparent"));
    assert!(found.value("calendar-free-busy-set").unwrap().contains("NO"));
    let components = found.value("supported-calendar-component-set").unwrap();
    assert_eq!(components, "<C:comp name=\"VEVENT\"/>");
    assert!(found.value("resourcetype").unwrap().contains("<C:calendar/>"));
}

#[tokio::test]
async fn a_calendar_made_by_extended_mkcol_is_one_like_any_other() {
    let house = House::open().await;
    let of = |kind: &str| {
        format!(
            "<D:mkcol {SPACES}><D:set><D:prop><D:resourcetype><D:collection/>{kind}\
             </D:resourcetype><D:displayname>Tasks of mine</D:displayname>\
             <C:supported-calendar-component-set><C:comp name=\"VTODO\"/>\
             </C:supported-calendar-component-set></D:prop></D:set></D:mkcol>"
        )
    };
    house.dav("alice", "MKCOL", NEW, &[], of("<C:calendar/>")).await.is(201);
    assert_eq!(house.property(NEW, "D:displayname").await, "Tasks of mine");
    let task = crate::event::component("VTODO", "t", &["SUMMARY:x"]);
    house.put(&format!("{NEW}t.ics"), task).await.is(201);
    let again = house.dav("alice", "MKCOL", NEW, &[], of("<C:calendar/>")).await.is(405);
    assert!(again.body.contains("<D:resource-must-be-null/>"), "{}", again.body);
    let folder = "/dav/calendars/alice/folder/";
    let book = of("<x:addressbook xmlns:x=\"urn:x\"/>");
    let refused = house.dav("alice", "MKCOL", folder, &[], book).await.is(403);
    assert!(refused.body.contains("<D:valid-resourcetype/>"), "{}", refused.body);
    house.dav("alice", "MKCOL", folder, &[], "").await.is(201);
    house.dav("alice", "MKCALENDAR", &format!("{folder}inner/"), &[], "").await.is(201);
    house.dav("alice", "MKCALENDAR", &format!("{NEW}inner/x"), &[], "").await.is(409);
    house.dav("alice", "MKCALENDAR", &format!("{NEW}inner"), &[], "").await.is(403);
}

#[tokio::test]
async fn a_calendar_without_a_name_for_people_still_has_one() {
    let house = House::open().await;
    house.make_calendar(NEW).await;
    assert_eq!(house.property(NEW, "D:displayname").await, "new");
    let components = house.property(NEW, "C:supported-calendar-component-set").await;
    assert_eq!(components.matches("<C:comp ").count(), 4, "{components}");
}

#[tokio::test]
async fn a_body_that_is_no_xml_is_a_bad_request_and_never_worse() {
    let house = House::open().await;
    let bodies = [
        ("words", "hello".to_owned()),
        ("cut off", format!("<D:propfind {SPACES}><D:prop>")),
        ("a document type", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_owned()),
        ("another request", format!("<D:other {SPACES}/>")),
    ];
    for (case, body) in &bodies {
        for method in ["PROPFIND", "PROPPATCH"] {
            let answered = house.dav("alice", method, DEFAULT, &[("depth", "0")], body).await;
            assert_eq!(answered.status, 400, "{method}: {case}");
        }
    }
    let report = house.report(DEFAULT, &bodies[3].1).await.is(403);
    assert!(report.body.contains("<D:supported-report/>"), "{}", report.body);
}
