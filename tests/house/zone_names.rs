//! The zone of a calendar by its name alone (RFC 7809).

use crate::client::{DEFAULT, SPACES};
use crate::server::House;
use crate::wire::replies;

const ID: &str = "C:calendar-timezone-id";
const DEFINITION: &str = "C:calendar-timezone";
const NEW: &str = "/dav/calendars/alice/new/";

fn id(name: &str) -> String {
    format!("<{ID}>{name}</{ID}>")
}

/// A zone that its definition alone describes.
fn definition(tzid: &str) -> String {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\n\
         DTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n\
         END:VTIMEZONE\r\nEND:VCALENDAR\r\n"
    );
    format!("<{DEFINITION}>{}</{DEFINITION}>", text.replace('\r', "&#13;"))
}

#[tokio::test]
async fn the_name_of_a_zone_and_its_definition_are_in_step_whichever_is_set() {
    let house = House::open().await;
    assert!(
        house.propfind(DEFAULT, "0", &format!("<{ID}/>")).await[0].lacks("calendar-timezone-id")
    );
    house.proppatch(DEFAULT, &id("America/New_York")).await.is(207);
    assert_eq!(house.property(DEFAULT, ID).await, "America/New_York");
    let rules = house.property(DEFAULT, DEFINITION).await;
    assert!(rules.starts_with("BEGIN:VCALENDAR\r\n"), "{rules}");
    assert!(rules.contains("TZID:America/New_York\r\n") && rules.contains("TZNAME:EDT"), "{rules}");
    house.proppatch(DEFAULT, &definition("Europe/Paris")).await.is(207);
    assert_eq!(house.property(DEFAULT, ID).await, "Europe/Paris");
    house.proppatch(DEFAULT, &definition("My own zone")).await.is(207);
    assert_eq!(house.property(DEFAULT, ID).await, "My own zone");
    let both = format!("{}{}", definition("Europe/Paris"), id("Asia/Tokyo"));
    house.proppatch(DEFAULT, &both).await.is(207);
    assert!(house.property(DEFAULT, DEFINITION).await.contains("TZID:Asia/Tokyo\r\n"));
    let body = format!(
        "<D:propertyupdate {SPACES}><D:remove><D:prop><{ID}/></D:prop></D:remove>\
         </D:propertyupdate>"
    );
    house.dav("alice", "PROPPATCH", DEFAULT, &[], body).await.is(207);
    let asked = format!("<{ID}/><{DEFINITION}/>");
    assert!(house.propfind(DEFAULT, "0", &asked).await[0].lacks("calendar-timezone"));
}

#[tokio::test]
async fn a_zone_that_nobody_knows_cannot_be_set_by_its_name() {
    let house = House::open().await;
    let both = format!("<A:calendar-order>7</A:calendar-order>{}", id("Mars/Olympus"));
    let answered = house.proppatch(DEFAULT, &both).await.is(207);
    let told = replies(&answered.body).remove(0);
    assert!(told.with("403").contains("calendar-timezone-id"), "{}", answered.body);
    assert!(told.with("424").contains("calendar-order"), "{}", answered.body);
    assert!(answered.body.contains("<D:error><C:valid-timezone/></D:error>"), "{}", answered.body);
    assert!(house.propfind(DEFAULT, "0", "<A:calendar-order/>").await[0].lacks("calendar-order"));
}

#[tokio::test]
async fn a_new_calendar_can_have_a_zone_by_its_name() {
    let house = House::open().await;
    let of = |zone: &str| {
        format!(
            "<C:mkcalendar {SPACES}><D:set><D:prop>{}</D:prop></D:set></C:mkcalendar>",
            id(zone)
        )
    };
    let refused = house.dav("alice", "MKCALENDAR", NEW, &[], of("Mars/Olympus")).await.is(403);
    assert!(refused.body.contains("<C:valid-timezone/>"), "{}", refused.body);
    house.dav("alice", "MKCALENDAR", NEW, &[], of("asia/tokyo")).await.is(201);
    assert_eq!(house.property(NEW, ID).await, "Asia/Tokyo");
    assert!(house.property(NEW, DEFINITION).await.contains("TZNAME:JST"));
}

#[tokio::test]
async fn the_name_of_a_zone_is_told_to_those_who_ask_and_nobody_else() {
    let house = House::open().await;
    house.proppatch(DEFAULT, &id("Asia/Tokyo")).await.is(207);
    let body = format!("<D:propfind {SPACES}><D:allprop/></D:propfind>");
    let all = house.dav("alice", "PROPFIND", DEFAULT, &[("depth", "0")], body).await.is(207);
    assert!(!all.body.contains("calendar-timezone-id"), "RFC 7809 §5.2: {}", all.body);
    let refused = house.proppatch("/dav/calendars/alice/", &id("Asia/Tokyo")).await.is(207);
    assert!(replies(&refused.body)[0].with("403").contains("calendar-timezone-id"));
}

/// RFC 4791 §7.3: what has no zone of its own is in that of its calendar.
#[tokio::test]
async fn floating_events_follow_the_name_of_the_zone() {
    let house = House::open().await;
    let text = crate::event::meeting("a", "20260303T100000", "20260303T110000");
    house.put_new("a.ics", text).await;
    let body = format!(
        "<C:free-busy-query {SPACES}><C:time-range start=\"20260303T000000Z\" \
         end=\"20260304T000000Z\"/></C:free-busy-query>"
    );
    let cases = [
        ("Asia/Tokyo", "20260303T010000Z"),
        ("America/New_York", "20260303T150000Z"),
        ("UTC", "20260303T100000Z"),
    ];
    for (zone, start) in cases {
        house.proppatch(DEFAULT, &id(zone)).await.is(207);
        let busy = house.report(DEFAULT, &body).await.is(200);
        assert!(busy.body.contains(start), "{zone}: {}", busy.body);
    }
}
