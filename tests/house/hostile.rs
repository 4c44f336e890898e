//! Forms from elsewhere, and visitors who type more than words.

use model::limit::BULK_MAX;

use crate::browser::{ALL_TIMES, Browser, TUESDAY, at, forms, held_id, slots};
use crate::client::{BOOKINGS, multiget_body, query_body};
use crate::server::House;
use crate::wire::replies;

/// What would be an element, an attribute or a script, were it not escaped.
const NAME: &str = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
/// An address without blanks that tries the same.
const EMAIL: &str = "<svg/onload=alert(3)>@\"onfocus=alert(4)\"";
/// The same, and an end of the field that it is typed in.
const NOTES: &str = "</textarea><iframe src=javascript:alert(5)></iframe> &lt;b&gt; {{ 7*7 }}";

fn typed() -> [(&'static str, &'static str); 4] {
    [("name", NAME), ("email", EMAIL), ("phone", NAME), ("notes", NOTES)]
}

#[track_caller]
fn assert_harmless(page: &str) {
    for element in ["<script>", "<img", "<svg", "<iframe", "</title><", "</textarea><i"] {
        assert!(!page.contains(element), "{element} in {page}");
    }
    assert!(!page.contains("\"onfocus") && !page.contains("\"'>"), "{page}");
}

#[tokio::test]
async fn whatever_is_typed_into_a_form_stays_text_on_every_page() {
    let house = House::open().await;
    let (mut visitor, mut quick) = (Browser::of(&house), Browser::of(&house));
    let held = visitor.hold("10:00").await.is(303);
    let hold = held_id(&held);
    let mistaken = [("email", "<svg/onload=alert(3)>"), ("hold", hold.as_str())];
    let wrong = [&typed()[..1], &mistaken[..]].concat();
    let page = visitor.post("/b/alice/intro/confirm", &wrong).await.is(422);
    assert_harmless(&page.body);
    assert!(page.body.contains("alert(1)"), "it is shown, as text");
    house.wait(301);
    quick.book("10:00").await;
    let all = [&typed()[..], &[("hold", hold.as_str())][..]].concat();
    let page = visitor.post("/b/alice/intro/confirm", &all).await.is(409);
    assert_harmless(&page.body);
    let other = slots(&page.body).remove(0);
    assert_eq!(other.value("notes"), Some(NOTES));
    let page = visitor.submit(&other, &[]).await.is(200);
    assert_harmless(&page.body);
    let form = forms(&page.body).remove(0);
    let made = visitor.submit(&form, &typed()).await.is(303);
    let page = visitor.get(made.header("location")).await.is(200);
    assert_harmless(&page.body);
    for path in [
        "/b/%3Cscript%3Ealert(1)%3C/script%3E",
        "/b/alice/%3Cimg%20src=x%3E",
        "/b/alice/intro?tz=%3Cscript%3E&month=%22%3E%3Cimg%3E&date=%3Csvg%3E&duration=30",
        "/b/r/%3Cscript%3E",
    ] {
        assert_harmless(&visitor.get(path).await.body);
    }
    let listed = house.report(BOOKINGS, &query_body("")).await.is(207);
    let hrefs: Vec<String> = replies(&listed.body).into_iter().map(|it| it.href).collect();
    let hrefs: Vec<&str> = hrefs.iter().map(String::as_str).collect();
    let texts = house.report(BOOKINGS, &multiget_body(&hrefs)).await.is(207);
    assert!(!texts.body.contains("<script>") && texts.body.contains("alert(1)"));
}

#[tokio::test]
async fn whatever_is_typed_stays_one_text_of_one_event() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let held = visitor.hold("10:00").await.is(303);
    let hold = held_id(&held);
    let name = "Eve\r\nATTENDEE:mailto:all@example.org\r\nBEGIN:VALARM\r\nEND:VALARM";
    let notes = "a\\nb;c,d\r\nEND:VEVENT\nBEGIN:VEVENT\rUID:evil\n END:VCALENDAR\
                 \u{85}\u{2028}\u{0}z";
    let fields = [("hold", hold.as_str()), ("name", name), ("notes", notes)];
    let fields = [&fields[..], &[("email", "eve@example.org"), ("phone", name)]].concat();
    let made = visitor.post("/b/alice/intro/confirm", &fields).await.is(303);
    let own = visitor.get(&format!("{}/booking.ics", made.header("location"))).await.is(200);
    let stored = format!("{BOOKINGS}{}", house.names(BOOKINGS).await.remove(0));
    let hosts = house.fetch(&stored).await.is(200);
    for (whose, text) in [("the visitor's", own), ("the host's", hosts)] {
        let document = ical::Document::parse(&text.bytes).unwrap();
        let components: Vec<&str> =
            document.calendar().children().map(ical::Component::name).collect();
        assert_eq!(components, ["VEVENT"], "{whose}: {}", text.body);
        let event = document.calendar().children().next().unwrap();
        assert_eq!(event.children().count(), 0, "{whose}: {}", text.body);
        assert!(event.property("ATTENDEE").is_none(), "{whose}: {}", text.body);
        assert_eq!(event.all("UID").count(), 1, "{whose}: {}", text.body);
        let said = event.text("DESCRIPTION").unwrap();
        assert!(said.contains("a\\nb;c,d\nEND:VEVENT\nBEGIN:VEVENT\nUID:evil"), "{said:?}");
    }
    house.assert_sound();
}

#[tokio::test]
async fn a_form_that_was_not_made_for_this_visitor_changes_nothing() {
    let house = House::open().await;
    let (mut visitor, mut other) = (Browser::of(&house), Browser::of(&house));
    let booking = visitor.book("14:00").await;
    let held = visitor.hold("16:30").await.is(303);
    let hold = held_id(&held);
    let (own, foreign) = (visitor.token().await, other.token().await);
    let start = at("10:00");
    let (cancel, reschedule) = (format!("{booking}/cancel"), format!("{booking}/reschedule"));
    let requests: [(&str, Vec<(&str, &str)>); 4] = [
        ("/b/alice/intro/hold", vec![("start", start.as_str()), ("duration", "30")]),
        (
            "/b/alice/intro/confirm",
            vec![("hold", hold.as_str()), ("name", "Vera"), ("email", "v@example.net")],
        ),
        (cancel.as_str(), vec![]),
        (reschedule.as_str(), vec![("start", start.as_str())]),
    ];
    let before = visitor.times(TUESDAY).await;
    let cookie = visitor.jar.cookie.clone();
    let cases = [
        ("no token", cookie.clone(), None, None),
        ("another visitor's token", cookie.clone(), Some(foreign), None),
        ("a cut token", cookie.clone(), Some(own[..10].to_owned()), None),
        ("no cookie", None, Some(own.clone()), None),
        ("another's cookie", other.jar.cookie.clone(), Some(own.clone()), None),
        ("no good cookie", Some("visitor=1".into()), Some(own.clone()), None),
        ("from another site", cookie.clone(), Some(own.clone()), Some("cross-site")),
    ];
    for (case, cookie, token, site) in cases {
        for (path, fields) in &requests {
            visitor.jar.cookie.clone_from(&cookie);
            visitor.jar.site = site;
            let mut fields = fields.clone();
            fields.extend(token.as_deref().map(|it| ("token", it)));
            let answered = visitor.post_bare(path, &fields).await;
            assert_eq!(answered.status, 403, "{case}: {path}");
        }
    }
    visitor.jar.cookie = cookie;
    for site in [None, Some("same-origin"), Some("none"), Some("same-site")] {
        visitor.jar.site = site;
        visitor.post("/b/alice/intro/hold", &[]).await.is(400);
    }
    assert_eq!(visitor.times(TUESDAY).await, before);
    assert_eq!(house.names(BOOKINGS).await.len(), 1);
}

#[tokio::test]
async fn reading_a_page_changes_nothing() {
    let house = House::open().await;
    let mut visitor = Browser::of(&house);
    let booking = visitor.book("10:00").await;
    for path in ["cancel", "reschedule"] {
        let path = format!("{booking}/{path}?start=2026-03-03T11:00:00Z");
        visitor.get(&path).await;
    }
    visitor.get("/b/alice/intro/hold?start=2026-03-03T14:00:00Z&duration=30").await.is(404);
    let page = visitor.get(&booking).await.is(200);
    assert!(page.body.contains("<h1>Confirmed</h1>"), "{}", page.body);
    visitor.post(&format!("{booking}/cancel"), &[]).await.is(303);
    assert_eq!(visitor.times(TUESDAY).await, ALL_TIMES);
}

#[tokio::test]
async fn a_cookie_is_for_booking_alone_and_out_of_reach_of_scripts() {
    let house = House::open().await;
    let mut jar = house.new_jar();
    let answered = house.page(&mut jar, "GET", "/b/alice", "").await.is(200);
    let cookie = answered.header("set-cookie");
    for part in ["Path=/b/", "HttpOnly", "SameSite=Lax", "Max-Age=86400"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let again = house.page(&mut jar, "GET", "/b/alice", "").await.is(200);
    assert_eq!(again.header("set-cookie"), "", "one is enough");
    assert_eq!(again.header("cache-control"), "no-store");
}

/// Each response would repeat them, for each resource there is.
#[tokio::test]
async fn names_of_properties_that_are_too_long_to_repeat_are_refused() {
    let house = House::open().await;
    let long = "n".repeat(1_000);
    let named: String = (0..100).map(|it| format!("<x{it}{long} xmlns=\"urn:x\"/>")).collect();
    let body = format!("<propfind xmlns=\"DAV:\"><prop>{named}</prop></propfind>");
    house.dav("alice", "PROPFIND", BOOKINGS, &[("depth", "1")], body).await.is(400);
    let named: String = (0..100)
        .map(|it| format!("<property name=\"x{it}{long}\" namespace=\"urn:x\"/>"))
        .collect();
    let body = format!("<expand-property xmlns=\"DAV:\">{named}</expand-property>");
    house.report(BOOKINGS, &body).await.is(400);
}

/// One request does not keep the others waiting for ever, however it is written.
#[tokio::test]
async fn a_bulk_change_has_at_most_as_many_resources_as_the_calendar_says() {
    let house = House::open().await;
    let body = |count: usize| {
        let gone =
            "<resource><D:href>/dav/calendars/alice/bookings/x.ics</D:href><delete/></resource>";
        format!(
            "<multiput xmlns=\"http://me.com/_namespace/\" xmlns:D=\"DAV:\">{}</multiput>",
            gone.repeat(count)
        )
    };
    let headers = [("content-type", "text/xml")];
    let told = house.dav("alice", "POST", BOOKINGS, &headers, body(BULK_MAX)).await.is(207);
    assert_eq!(told.body.matches("404 Not Found").count(), BULK_MAX);
    house.dav("alice", "POST", BOOKINGS, &headers, body(BULK_MAX + 1)).await.is(400);
}
