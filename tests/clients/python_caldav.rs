//! The Python library caldav, Home Assistant and caldav-server-tester: what they ask of queries.

use crate::event::{component, event, meeting};
use crate::server::House;
use crate::session::{ALICE, Client, DEFAULT, HOME, TASKS};
use crate::told::Multistatus;

const AGENT: &str = "Mozilla/5.0 (compatible; python-caldav/3.6.0)";
const XML: &str = "<?xml version='1.0' encoding='utf-8'?>\n";
const SPACES: &str = "xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"";

fn python(house: &House) -> Client<'_> {
    Client::new(house, "alice", AGENT, "application/xml; charset=\"utf-8\"")
}

/// `calendar-query` for texts, with this within the filter of VCALENDAR.
async fn query(client: &Client<'_>, path: &str, data: &str, filter: &str) -> Multistatus {
    let body = format!(
        "{XML}<C:calendar-query {SPACES}>\n  <D:prop>\n    {data}\n  </D:prop>\n  <C:filter>\n    \
         <C:comp-filter name=\"VCALENDAR\">\n      {filter}\n    </C:comp-filter>\n  </C:filter>\n\
         </C:calendar-query>\n"
    );
    client.ask("REPORT", path, &[("depth", "1")], &body).await
}

async fn search(client: &Client<'_>, path: &str, filter: &str) -> Vec<String> {
    let found = query(client, path, "<C:calendar-data/>", filter).await;
    assert!(found.iter().all(|it| it.text("C:calendar-data").contains("END:VCALENDAR")));
    let names = found.iter().map(|it| it.href.strip_prefix(path).unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

fn events(inner: &str) -> String {
    format!("<C:comp-filter name=\"VEVENT\">{inner}</C:comp-filter>")
}

fn range(start: &str, end: &str) -> String {
    format!("<C:time-range start=\"{start}\" end=\"{end}\"/>")
}

fn says(name: &str, collation: &str, text: &str) -> String {
    format!(
        "<C:prop-filter name=\"{name}\"><C:text-match collation=\"{collation}\" \
         negate-condition=\"no\">{text}</C:text-match></C:prop-filter>"
    )
}

#[tokio::test]
async fn the_principal_has_one_home_and_calendars_by_name() {
    let house = House::open().await;
    let client = python(&house);
    let propfind =
        |names: &str| format!("{XML}<D:propfind {SPACES}><D:prop>{names}</D:prop></D:propfind>\n");
    let who = client.look("/dav/", &propfind("<D:current-user-principal/>")).await;
    assert_eq!(who.only().link("D:current-user-principal"), ALICE);
    let homes = client.look(ALICE, &propfind("<C:calendar-home-set/>")).await;
    assert_eq!(homes.only().has("C:calendar-home-set").links(), [HOME]);
    let listed = client.list(HOME, &propfind("<D:resourcetype/><D:displayname/>")).await;
    assert_eq!(listed.iter().filter(|it| it.is_calendar()).count(), 3);
    let body = format!(
        "{XML}<C:mkcalendar {SPACES}><D:set><D:prop><D:displayname>Yep</D:displayname>\
         <C:supported-calendar-component-set><C:comp name=\"VEVENT\"/><C:comp name=\"VTODO\"/>\
         </C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>\n"
    );
    let path = format!("{HOME}pythoncaldav-test/");
    client.send("MKCALENDAR", &path, &[], &body).await.is(201);
    let made = client.look(&path, &propfind("<D:displayname/>")).await;
    assert_eq!(made.only().text("D:displayname"), "Yep");
}

/// Hint `search.recurrences.infinite-scope`: a series without end is found however far ahead.
#[tokio::test]
async fn a_series_without_end_is_found_decades_ahead_and_expanded_there() {
    let house = House::open().await;
    let client = python(&house);
    let lines = ["DTSTART:20260303T100000Z", "DURATION:PT1H", "RRULE:FREQ=MONTHLY"];
    client.create(&format!("{DEFAULT}monthly.ics"), &event("monthly", &lines)).await;
    for (start, end, count) in [
        ("20270401T000000Z", "20270501T000000Z", 1),
        ("20560301T000000Z", "20560501T000000Z", 2),
        ("20560304T000000Z", "20560401T000000Z", 0),
    ] {
        let filter = events(&range(start, end));
        let names = search(&client, DEFAULT, &filter).await;
        assert_eq!(names.len(), usize::from(count > 0), "{start}");
        let data = format!(
            "<C:calendar-data><C:expand start=\"{start}\" end=\"{end}\"/></C:calendar-data>"
        );
        let expanded = query(&client, DEFAULT, &data, &filter).await;
        let texts: String = expanded.iter().map(|it| it.text("C:calendar-data")).collect();
        assert_eq!(texts.matches("BEGIN:VEVENT").count(), count, "{start}: {texts}");
        assert!(!texts.contains("RRULE"), "{texts}");
        assert_eq!(texts.matches("RECURRENCE-ID").count(), count, "{texts}");
    }
}

/// Hints `search.combined-is-logical-and`, `search.comp-type-optional`,
/// `search.text.case-sensitive`.
#[tokio::test]
async fn every_condition_of_a_filter_must_hold() {
    let house = House::open().await;
    let client = python(&house);
    let with =
        |uid: &str, lines: &[&str]| event(uid, &[&["DTSTART:20260303T100000Z"], lines].concat());
    for (name, lines) in [
        ("both.ics", &["SUMMARY:Dinner", "CATEGORIES:Food,Friends", "CLASS:PRIVATE"][..]),
        ("one.ics", &["SUMMARY:Dinner", "CATEGORIES:Work"]),
        ("other.ics", &["SUMMARY:dinner", "CATEGORIES:Food"]),
    ] {
        client.create(&format!("{DEFAULT}{name}"), &with(name, lines)).await;
    }
    let octet = says("SUMMARY", "i;octet", "Dinner");
    let folded = says("SUMMARY", "i;ascii-casemap", "DINNER");
    let food = says("CATEGORIES", "i;ascii-casemap", "food");
    let no_class = "<C:prop-filter name=\"CLASS\"><C:is-not-defined/></C:prop-filter>".to_owned();
    let day = range("20260303T000000Z", "20260304T000000Z");
    let next = range("20260304T000000Z", "20260305T000000Z");
    let cases: [(&str, String, &[&str]); 9] = [
        ("letters as they are", events(&octet), &["both.ics", "one.ics"]),
        ("letters of either case", events(&folded), &["both.ics", "one.ics", "other.ics"]),
        ("a category", events(&food), &["both.ics", "other.ics"]),
        ("two texts", events(&format!("{octet}{food}")), &["both.ics"]),
        ("a text and a day", events(&format!("{day}{food}")), &["both.ics", "other.ics"]),
        ("a text and another day", events(&format!("{next}{food}")), &[]),
        ("a text and no class", events(&format!("{folded}{no_class}")), &["one.ics", "other.ics"]),
        ("no kind of component", String::new(), &["both.ics", "one.ics", "other.ics"]),
        ("another kind", "<C:comp-filter name=\"VTODO\"/>".to_owned(), &[]),
    ];
    for (case, filter, expected) in cases {
        assert_eq!(search(&client, DEFAULT, &filter).await, expected, "{case}");
    }
}

/// Hint `search.time-range.alarm`.
#[tokio::test]
async fn an_event_is_found_by_the_time_of_its_alarm() {
    let house = House::open().await;
    let client = python(&house);
    let alarm = [
        "DTSTART:20260310T100000Z",
        "DURATION:PT1H",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:x",
        "TRIGGER:-P1D",
        "END:VALARM",
    ];
    client.create(&format!("{DEFAULT}alarm.ics"), &event("alarm", &alarm)).await;
    let silent = meeting("silent", "20260310T100000Z", "20260310T110000Z");
    client.create(&format!("{DEFAULT}silent.ics"), &silent).await;
    let cases: [(&str, &str, &str, &[&str]); 3] = [
        ("when it rings", "20260309T080000Z", "20260309T120000Z", &["alarm.ics"]),
        ("when the event is", "20260310T080000Z", "20260310T120000Z", &[]),
        ("before", "20260308T080000Z", "20260308T120000Z", &[]),
    ];
    for (case, start, end, expected) in cases {
        let filter = events(&format!(
            "<C:comp-filter name=\"VALARM\">{}</C:comp-filter>",
            range(start, end)
        ));
        assert_eq!(search(&client, DEFAULT, &filter).await, expected, "{case}");
    }
}

/// Hints `search.recurrences.expanded.todo` and the searches for tasks that are not done.
#[tokio::test]
async fn tasks_are_found_by_their_time_and_expanded() {
    let house = House::open().await;
    let client = python(&house);
    let daily = ["DTSTART:20260303T100000Z", "DUE:20260303T110000Z", "RRULE:FREQ=DAILY;COUNT=5"];
    let done = ["DUE:20260303T110000Z", "STATUS:COMPLETED", "COMPLETED:20260303T103000Z"];
    for (name, lines) in [
        ("daily", &daily[..]),
        ("done", &done),
        ("due", &["DUE;VALUE=DATE:20260304"]),
        ("any", &[]),
    ] {
        let text = component("VTODO", name, &[lines, &["SUMMARY:x"]].concat());
        client.create(&format!("{TASKS}{name}.ics"), &text).await;
    }
    let tasks = |inner: &str| format!("<C:comp-filter name=\"VTODO\">{inner}</C:comp-filter>");
    let open = "<C:prop-filter name=\"COMPLETED\"><C:is-not-defined/></C:prop-filter>\
        <C:prop-filter name=\"STATUS\"><C:is-not-defined/></C:prop-filter>";
    let pending = search(&client, TASKS, &tasks(open)).await;
    assert_eq!(pending, ["any.ics", "daily.ics", "due.ics"]);
    let filter = tasks(&range("20260304T000000Z", "20260306T000000Z"));
    let found = search(&client, TASKS, &filter).await;
    assert!(found.contains(&"daily.ics".to_owned()), "{found:?}");
    assert!(!found.contains(&"done.ics".to_owned()), "{found:?}");
    let data = "<C:calendar-data><C:expand start=\"20260304T000000Z\" end=\"20260306T000000Z\"/>\
        </C:calendar-data>";
    let expanded = query(&client, TASKS, data, &filter).await;
    let daily = expanded.about(&format!("{TASKS}daily.ics")).text("C:calendar-data");
    assert_eq!(daily.matches("BEGIN:VTODO").count(), 2, "{daily}");
    assert!(!daily.contains("RRULE") && daily.contains("RECURRENCE-ID"), "{daily}");
}

/// As its own tests go: without `DTEND`, of the same UID elsewhere, and by UID.
#[tokio::test]
async fn an_event_is_found_by_its_uid_among_several() {
    let house = House::open().await;
    let client = python(&house);
    let other = format!("{HOME}other/");
    client.send("MKCALENDAR", &other, &[], "").await.is(201);
    for uid in ["20010712T182145Z-123401@example.com", "20010712T182145Z-12340@example.com"] {
        let lines = ["DTSTART:20260714T170000Z", "SUMMARY:Bastille Day Party"];
        client.create(&format!("{DEFAULT}{uid}.ics"), &event(uid, &lines)).await;
    }
    let uid = "20010712T182145Z-12340@example.com";
    let lines = ["DTSTART:20260714T170000Z", "SUMMARY:Elsewhere"];
    client.create(&format!("{other}{uid}.ics"), &event(uid, &lines)).await;
    let found = search(&client, DEFAULT, &events(&says("UID", "i;octet", uid))).await;
    assert!(found.contains(&format!("{uid}.ics")), "{found:?}");
    assert_eq!(search(&client, &other, &events(&says("UID", "i;octet", uid))).await.len(), 1);
}
