//! A calendar and a home are kept in step: A3, A5, A6, and A7 as far as it goes without scheduling.

use super::{CALDAV, WORK, XML, macos, multiget, propfind, sync_body, tuesday};
use crate::event::{component, event, meeting};
use crate::server::House;
use crate::session::{Client, DEFAULT, HOME, Headers, TASKS, conditions, tag_of};
use crate::told::Multistatus;

const IOS: &str = "iOS/18.5 (22F76) dataaccessd/1.0";

#[tokio::test]
async fn a_sync_without_a_level_goes_by_its_depth() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    client.create(&format!("{DEFAULT}a.ics"), &tuesday("a")).await;
    let cases = [
        ("10.7: the header alone", "", "1"),
        ("newer: both", "<A:sync-level>1</A:sync-level>", "1"),
        ("as the RFC has it", "<A:sync-level>1</A:sync-level>", "0"),
    ];
    for (case, level, depth) in cases {
        let depth: Headers = &[("depth", depth)];
        let names = ["A:getcontenttype", "A:getetag"];
        let all = client.ask("REPORT", DEFAULT, depth, &sync_body("", level, &names)).await;
        assert_eq!(all.hrefs(), [format!("{DEFAULT}a.ics")], "{case}");
        assert!(all[0].text("D:getcontenttype").starts_with("text/calendar"), "{case}");
        let token = sync_body(all.token(), level, &names);
        let none = client.ask("REPORT", DEFAULT, depth, &token).await;
        assert!(none.is_empty() && none.token() == all.token(), "{case}");
    }
}

/// `sync-collection` of the home: what macOS polls, if the home says that it can.
async fn sync_home(client: &Client<'_>, token: &str) -> Multistatus {
    let names = ["C:getctag", "A:sync-token", "A:resourcetype", "A:displayname"];
    let body = sync_body(token, "<A:sync-level>1</A:sync-level>", &names);
    client.ask("REPORT", HOME, &[("depth", "1")], &body).await
}

#[tokio::test]
async fn a_sync_of_the_home_tells_calendars_that_come_and_go() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let home = client.look(HOME, &propfind(&["A:supported-report-set"])).await;
    let reports = home.only().has("D:supported-report-set").all("D:sync-collection");
    assert_eq!(reports.len(), 1, "the home offers it");
    let all = sync_home(&client, "").await;
    let listed = client.list(HOME, &propfind(&["A:resourcetype"])).await;
    let mut expected = listed.hrefs();
    expected.retain(|it| *it != HOME);
    let mut told = all.hrefs();
    expected.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, expected);
    client.send("MKCALENDAR", WORK, &[], "").await.is(201);
    let came = sync_home(&client, all.token()).await;
    assert!(came.only().is_calendar() && came.only().href == WORK, "{came:#?}");
    client.send("DELETE", WORK, &[], "").await.is(204);
    let went = sync_home(&client, came.token()).await;
    assert_eq!((went.only().href.as_str(), went.only().status), (WORK, Some(404)));
    assert!(sync_home(&client, went.token()).await.is_empty());
}

/// macOS asks no calendar that the home does not name, so a change within must reach it.
#[tokio::test]
async fn a_sync_of_the_home_tells_calendars_in_which_something_changed() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let token = sync_home(&client, "").await.token().to_owned();
    client.create(&format!("{DEFAULT}a.ics"), &tuesday("a")).await;
    let changed = sync_home(&client, &token).await;
    let calendar = client.look(DEFAULT, &propfind(&["A:sync-token", "C:getctag"])).await;
    assert_eq!(changed.only().href, DEFAULT);
    assert_eq!(changed.only().text("D:sync-token"), calendar.only().text("D:sync-token"));
    assert_eq!(changed.only().text("CS:getctag"), calendar.only().text("CS:getctag"));
}

#[tokio::test]
async fn a_token_that_is_not_known_leads_to_a_new_start_that_misses_nothing() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    for number in 0..12 {
        client.create(&format!("{DEFAULT}{number}.ics"), &tuesday(&number.to_string())).await;
    }
    let level = "<A:sync-level>1</A:sync-level>";
    for (case, path) in [("a calendar", DEFAULT), ("the home", HOME)] {
        let body = sync_body("data:,36_58/old", level, &["A:getetag"]);
        let refused = client.send("REPORT", path, &[("depth", "1")], &body).await.is(403);
        assert!(conditions(&refused).contains(&"D:valid-sync-token".to_owned()), "{case}");
    }
    let body = sync_body("", level, &["A:getetag"]);
    let all = client.ask("REPORT", DEFAULT, &[("depth", "1")], &body).await;
    let hrefs: Vec<String> = all.iter().map(|it| it.href.clone()).collect();
    assert_eq!(hrefs.len(), 12);
    for told in multiget(&client, &hrefs).await.iter() {
        assert_eq!(told.text("D:getetag"), all.about(&told.href).text("D:getetag"));
        assert!(told.text("C:calendar-data").contains("SUMMARY:Meeting"), "{}", told.href);
    }
}

/// Since iOS 18.4 links arrive with `%40` where `@` was given out.
#[tokio::test]
async fn a_hundred_links_are_found_whichever_way_the_at_sign_is_written() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let mut hrefs = Vec::new();
    for number in 0..100 {
        let uid = format!("{number}@example.com");
        client.create(&format!("{DEFAULT}{uid}.ics"), &tuesday(&uid)).await;
        let sent = if number % 2 == 0 { uid } else { uid.replace('@', "%40") };
        hrefs.push(format!("{DEFAULT}{sent}.ics"));
    }
    for half in hrefs.chunks(50) {
        let found = multiget(&client, half).await;
        assert_eq!(found.len(), 50);
        for href in half {
            let asked = href.replace("%40", "@");
            let told = found.iter().find(|it| it.href.replace("%40", "@") == asked).unwrap();
            assert!(told.text("C:calendar-data").contains("BEGIN:VEVENT"), "{href}");
        }
    }
}

#[tokio::test]
async fn an_ios_device_finds_what_lies_ahead_and_lists_the_rest() {
    let house = House::open().await;
    let client = Client::new(&house, "alice", IOS, "text/xml");
    let past = meeting("past", "20250303T100000Z", "20250303T110000Z");
    let series = ["DTSTART:20250303T100000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"];
    client.create(&format!("{DEFAULT}past.ics"), &past).await;
    client.create(&format!("{DEFAULT}series.ics"), &event("series", &series)).await;
    client.create(&format!("{DEFAULT}ahead.ics"), &tuesday("ahead")).await;
    client.create(&format!("{TASKS}task.ics"), &component("VTODO", "task", &["SUMMARY:x"])).await;
    let query = |kind: &str, range: &str| {
        format!(
            "{XML}<B:calendar-query xmlns:B=\"{CALDAV}\">\n  <A:prop xmlns:A=\"DAV:\">\n    \
             <A:getetag/>\n    <A:getcontenttype/>\n  </A:prop>\n  <B:filter>\n    \
             <B:comp-filter name=\"VCALENDAR\">\n      <B:comp-filter name=\"{kind}\">{range}\
             </B:comp-filter>\n    </B:comp-filter>\n  </B:filter>\n</B:calendar-query>\n"
        )
    };
    let range = "<B:time-range start=\"20260202T000000Z\"/>";
    let depth = [("depth", "1")];
    let ahead = client.ask("REPORT", DEFAULT, &depth, &query("VEVENT", range)).await;
    assert_eq!(ahead.hrefs(), [format!("{DEFAULT}ahead.ics"), format!("{DEFAULT}series.ics")]);
    let tasks = client.ask("REPORT", TASKS, &depth, &query("VTODO", "")).await;
    assert_eq!(tasks.hrefs(), [format!("{TASKS}task.ics")]);
    let listed = client.list(DEFAULT, &propfind(&["A:getcontenttype", "A:getetag"])).await;
    assert_eq!(listed.len(), 4, "three events and the calendar itself");
}

#[tokio::test]
async fn every_put_is_answered_with_an_entity_tag_that_the_next_one_needs() {
    let house = House::open().await;
    let client = macos(&house, "alice");
    let path = format!("{DEFAULT}a.ics");
    let first = client.create(&path, &tuesday("a")).await;
    let again = client.send("PUT", &path, &[("if-none-match", "*")], &tuesday("a")).await;
    assert_eq!(again.status, 412);
    let changed = tuesday("a").replace("Meeting", "Lunch");
    let second = tag_of(&client.replace(&path, &first, &changed).await.is(204));
    client.replace(&path, &first, &tuesday("a")).await.is(412);
    let found = multiget(&client, std::slice::from_ref(&path)).await;
    assert_eq!(found.only().text("D:getetag"), second);
    assert!(found.only().text("C:calendar-data").contains("SUMMARY:Lunch"));
    let is_told = found.only().outcome("C:schedule-tag");
    assert!(matches!(is_told, Some(200 | 404)), "{is_told:?}");
}
