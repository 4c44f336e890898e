//! Finding objects: by link, by time and by what they say, and when somebody is busy.

use crate::client::{DEFAULT, SPACES, multiget_body, query_body};
use crate::event::{event, meeting};
use crate::server::House;
use crate::wire::replies;

const NOTHING: [&str; 0] = [];

/// A calendar with one of each kind of event.
async fn furnished() -> House {
    let house = House::open().await;
    let events = [
        ("date.ics", event("date", &["DTSTART;VALUE=DATE:20260310"])),
        ("days.ics", event("days", &["DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260403"])),
        ("instant.ics", event("instant", &["DTSTART:20260315T120000Z", "SUMMARY:Bell"])),
        ("moved.ics", moved()),
        ("one.ics", meeting("one", "20260303T100000Z", "20260303T110000Z")),
        (
            "weekly.ics",
            event("weekly", &["DTSTART:20260302T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"]),
        ),
    ];
    for (name, text) in events {
        house.put_new(name, text).await;
    }
    house
}

/// Two Thursdays in March, the second of which was moved to a Saturday in June.
fn moved() -> String {
    let series = ["DTSTART:20260305T150000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"];
    let instead = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:moved\r\nDTSTAMP:20260301T000000Z\r\n\
        RECURRENCE-ID:20260312T150000Z\r\nDTSTART:20260620T150000Z\r\nDURATION:PT1H\r\n\
        END:VEVENT\r\nEND:VCALENDAR";
    event("moved", &series).replace("END:VEVENT\r\nEND:VCALENDAR", instead)
}

/// A filter for what touches a window; an end that is empty is left open.
fn window(component: &str, start: &str, end: &str) -> String {
    let side = |name: &str, at: &str| match at {
        "" => String::new(),
        at => format!(" {name}=\"{at}\""),
    };
    let (start, end) = (side("start", start), side("end", end));
    format!("<C:comp-filter name=\"{component}\"><C:time-range{start}{end}/></C:comp-filter>")
}

#[tokio::test]
async fn a_window_finds_what_touches_it_and_nothing_else() {
    let house = furnished().await;
    let cases: [(&str, &str, &str, &[&str]); 21] = [
        ("ends where it starts", "20260303T090000Z", "20260303T100000Z", &[]),
        ("ends a second later", "20260303T090000Z", "20260303T100001Z", &["one.ics"]),
        ("inside", "20260303T101500Z", "20260303T101600Z", &["one.ics"]),
        ("its last second", "20260303T105959Z", "20260303T120000Z", &["one.ics"]),
        ("starts where it ends", "20260303T110000Z", "20260303T120000Z", &[]),
        ("a date", "20260310T235959Z", "20260311T000000Z", &["date.ics"]),
        ("the day before", "20260309T230000Z", "20260310T000000Z", &[]),
        ("the day after", "20260311T000000Z", "20260311T010000Z", &[]),
        ("the second of two days", "20260402T230000Z", "20260403T000000Z", &["days.ics"]),
        ("after the second", "20260403T000000Z", "20260403T010000Z", &[]),
        ("a moment", "20260315T120000Z", "20260315T120001Z", &["instant.ics"]),
        ("just before it", "20260315T115959Z", "20260315T120000Z", &[]),
        ("the first of a series", "20260305T150000Z", "20260305T160000Z", &["moved.ics"]),
        ("where an instance was", "20260312T150000Z", "20260312T160000Z", &[]),
        ("where it was moved to", "20260620T150000Z", "20260620T160000Z", &["moved.ics"]),
        ("the first week", "20260302T090000Z", "20260302T091000Z", &["weekly.ics"]),
        ("a Monday in 2150", "21500105T093000Z", "21500105T094000Z", &["weekly.ics"]),
        ("between two Mondays in 2150", "21500105T100000Z", "21500112T090000Z", &[]),
        ("no end", "20270101T000000Z", "", &["weekly.ics"]),
        ("no start", "", "20260302T090000Z", &[]),
        ("no start, one second more", "", "20260302T090001Z", &["weekly.ics"]),
    ];
    for (case, start, end, expected) in cases {
        let found = house.query(DEFAULT, &window("VEVENT", start, end)).await;
        assert_eq!(found, expected, "{case}");
    }
    let all = house.query(DEFAULT, &window("VEVENT", "20260101T000000Z", "")).await;
    assert_eq!(all.len(), 6, "{all:?}");
}

#[tokio::test]
async fn no_result_is_an_empty_answer_and_never_a_404() {
    let house = House::open().await;
    for component in ["VEVENT", "VTODO", "VJOURNAL"] {
        let filter = window(component, "20260101T000000Z", "");
        let answered = house.report(DEFAULT, &query_body(&filter)).await.is(207);
        assert_eq!(replies(&answered.body).len(), 0, "{component}");
        assert!(answered.body.contains("<D:multistatus"), "{}", answered.body);
    }
}

#[tokio::test]
async fn a_query_is_about_members_whatever_depth_a_client_sends() {
    let house = furnished().await;
    let depths: [(&str, &[(&str, &str)]); 3] =
        [("one", &[("depth", "1")]), ("none", &[]), ("nought", &[("depth", "0")])];
    for (case, headers) in depths {
        let answered = house.dav("alice", "REPORT", DEFAULT, headers, query_body("")).await;
        let hrefs: Vec<String> =
            replies(&answered.is(207).body).into_iter().map(|it| it.href).collect();
        assert_eq!(hrefs.len(), 6, "{case}: {hrefs:?}");
        assert!(!hrefs.iter().any(|it| it == DEFAULT), "{case}: never the calendar itself");
    }
}

#[tokio::test]
async fn filters_on_properties_must_all_pass() {
    let house = furnished().await;
    let property =
        |name: &str, inner: &str| format!("<C:prop-filter name=\"{name}\">{inner}</C:prop-filter>");
    let text =
        |of: &str, text: &str| format!("<C:text-match collation=\"{of}\">{text}</C:text-match>");
    let bell = property("SUMMARY", &text("i;ascii-casemap", "BELL"));
    let octet = property("SUMMARY", &text("i;octet", "BELL"));
    let uid = property("UID", &text("i;octet", "instant"));
    let other = property("UID", &text("i;octet", "one"));
    let untitled = property("SUMMARY", "<C:is-not-defined/>");
    let cases: [(&str, String, &[&str]); 6] = [
        ("in any case", bell.clone(), &["instant.ics"]),
        ("in this case alone", octet, &[]),
        ("both", format!("{bell}{uid}"), &["instant.ics"]),
        ("one of two", format!("{bell}{other}"), &[]),
        ("without a title", untitled, &["date.ics", "days.ics", "moved.ics", "weekly.ics"]),
        ("a series", property("RRULE", ""), &["moved.ics", "weekly.ics"]),
    ];
    for (case, filters, expected) in cases {
        let filter = format!("<C:comp-filter name=\"VEVENT\">{filters}</C:comp-filter>");
        assert_eq!(house.query(DEFAULT, &filter).await, expected, "{case}");
    }
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_refused_in_words_that_clients_know() {
    let house = House::open().await;
    let collation = "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"UID\">\
        <C:text-match collation=\"i;klingon\">x</C:text-match></C:prop-filter></C:comp-filter>";
    let cases = [
        ("no filter", format!("<C:calendar-query {SPACES}/>"), "C:valid-filter"),
        ("no window", query_body(&window("VEVENT", "", "")), "C:valid-filter"),
        ("not UTC", query_body(&window("VEVENT", "20260101T000000", "")), "C:valid-filter"),
        (
            "backwards",
            query_body(&window("VEVENT", "20260102T000000Z", "20260101T000000Z")),
            "C:valid-filter",
        ),
        ("an unknown collation", query_body(collation), "C:supported-collation"),
        ("an unknown part", query_body("<C:what/>"), "C:valid-filter"),
    ];
    for (case, body, element) in cases {
        let answered = house.report(DEFAULT, &body).await;
        assert_eq!(answered.status, 403, "{case}");
        assert!(answered.body.contains(&format!("<{element}/>")), "{case}: {}", answered.body);
    }
}

#[tokio::test]
async fn every_link_of_a_multiget_comes_back_once_however_it_is_written() {
    let house = House::open().await;
    let calendar = "/dav/calendars/alice/team@home/";
    house.make_calendar("/dav/calendars/alice/team%40home/").await;
    for name in ["a@b.ics", "c.ics", "d%20e.ics"] {
        let text = meeting(name, "20260303T100000Z", "20260303T110000Z");
        house.put(&format!("{calendar}{name}"), text).await.is(201);
    }
    house.put_new("x.ics", meeting("x", "20260303T100000Z", "20260303T110000Z")).await;
    let cases = [
        ("/dav/calendars/alice/team%40home/a%40b.ics", "team@home/a@b.ics", true),
        ("/dav/calendars/alice/team@home/c.ics", "team@home/c.ics", true),
        ("http://host/dav/calendars/alice/team@home/d%20e.ics", "team@home/d%20e.ics", true),
        ("/dav/calendars/alice/team@home/gone.ics", "team@home/gone.ics", false),
        ("/dav/calendars/alice/team%40home/gone%40too.ics", "team@home/gone@too.ics", false),
        ("/dav/calendars/alice/default/x.ics", "default/x.ics", false),
        ("/dav/calendars/bob/default/x.ics", "../bob/default/x.ics", false),
    ];
    let hrefs: Vec<&str> = cases.iter().map(|it| it.0).collect();
    let depths: [&[(&str, &str)]; 3] = [&[], &[("depth", "0")], &[("depth", "1")]];
    for headers in depths {
        let body = multiget_body(&hrefs);
        let answered = house.dav("alice", "REPORT", calendar, headers, body).await.is(207);
        let found = replies(&answered.body);
        assert_eq!(found.len(), cases.len());
        for (reply, (asked, path, is_there)) in found.iter().zip(cases) {
            let expected = match path.strip_prefix("../") {
                Some(path) => format!("/dav/calendars/{path}"),
                None => format!("/dav/calendars/alice/{path}"),
            };
            assert_eq!(reply.href, expected, "{asked}");
            assert_eq!(reply.value("calendar-data").is_some(), is_there, "{asked}");
            let status = if is_there { "" } else { "HTTP/1.1 404 Not Found" };
            assert_eq!(reply.status, status, "{asked}");
        }
    }
}

#[tokio::test]
async fn a_hundred_links_at_once_all_come_back() {
    let house = House::open().await;
    let names: Vec<String> = (0..100).map(|it| format!("{DEFAULT}{it}.ics")).collect();
    for name in &names {
        house.put(name, meeting(name, "20260303T100000Z", "20260303T110000Z")).await.is(201);
    }
    let hrefs: Vec<&str> = names.iter().map(String::as_str).collect();
    let answered = house.report(DEFAULT, &multiget_body(&hrefs)).await.is(207);
    let found: Vec<String> = replies(&answered.body).into_iter().map(|it| it.href).collect();
    assert_eq!(found, names);
}

/// The lines about busy time that a calendar answers for a window.
async fn busy(house: &House, start: &str, end: &str) -> Vec<String> {
    let body = format!(
        "<C:free-busy-query {SPACES}><C:time-range start=\"{start}\" end=\"{end}\"/>\
         </C:free-busy-query>"
    );
    let answered = house.report(DEFAULT, &body).await.is(200);
    assert!(answered.header("content-type").starts_with("text/calendar"));
    let document = ical::Document::parse(&answered.bytes).unwrap();
    let told = document.calendar().children().next().unwrap();
    assert!(told.is("VFREEBUSY") && told.value("DTSTART") == Some(start));
    let mut lines = Vec::new();
    for line in told.all("FREEBUSY") {
        let kind = line.param("FBTYPE").unwrap_or("BUSY".into());
        lines.push(format!("{kind} {}", line.value()));
    }
    lines
}

#[tokio::test]
async fn busy_time_is_told_merged_and_only_where_it_is_taken() {
    let house = House::open().await;
    let at = |from: &str, to: &str| (format!("DTSTART:{from}"), format!("DTEND:{to}"));
    let events = [
        ("a", at("20260303T100000Z", "20260303T110000Z"), "SUMMARY:overlaps"),
        ("b", at("20260303T103000Z", "20260303T120000Z"), "SUMMARY:both"),
        ("c", at("20260303T120000Z", "20260303T123000Z"), "SUMMARY:touches"),
        ("d", at("20260303T130000Z", "20260303T140000Z"), "TRANSP:TRANSPARENT"),
        ("e", at("20260303T150000Z", "20260303T160000Z"), "STATUS:CANCELLED"),
        ("f", at("20260303T170000Z", "20260303T180000Z"), "STATUS:TENTATIVE"),
        ("g", at("20260303T173000Z", "20260303T183000Z"), "STATUS:CONFIRMED"),
        ("h", at("20260224T200000Z", "20260224T210000Z"), "RRULE:FREQ=WEEKLY"),
    ];
    for (uid, (start, end), line) in events {
        house.put_new(&format!("{uid}.ics"), event(uid, &[&start, &end, line])).await;
    }
    assert_eq!(
        busy(&house, "20260303T000000Z", "20260304T000000Z").await,
        [
            "BUSY 20260303T100000Z/20260303T123000Z",
            "BUSY 20260303T173000Z/20260303T183000Z",
            "BUSY 20260303T200000Z/20260303T210000Z",
            "BUSY-TENTATIVE 20260303T170000Z/20260303T173000Z",
        ]
    );
    let cut = busy(&house, "20260303T101500Z", "20260303T113000Z").await;
    assert_eq!(cut, ["BUSY 20260303T101500Z/20260303T113000Z"]);
    assert_eq!(busy(&house, "20260303T130000Z", "20260303T170000Z").await, NOTHING);
    let far = busy(&house, "21500101T000000Z", "21500108T000000Z").await;
    assert_eq!(far, ["BUSY 21500106T200000Z/21500106T210000Z"]);
}
