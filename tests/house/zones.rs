//! The time zone service: what anybody may ask of it, and what it answers (RFC 7808).

use crate::client::Headers;
use crate::server::{Answered, House};

const ROOT: &str = "/dav/timezones";

/// `GET` without credentials.
async fn get(house: &House, path: &str, headers: &[(&str, &str)]) -> Answered {
    house.dav("", "GET", &format!("{ROOT}{path}"), headers, "").await
}

#[test]
fn a_well_known_address_leads_to_the_time_zones() {
    for path in ["/.well-known/timezone", "/.well-known/timezone/"] {
        assert_eq!(dav::well_known(path), Some(ROOT), "{path}");
    }
    assert_eq!(dav::well_known("/.well-known/caldav"), Some("/dav/"));
    assert_eq!(dav::well_known("/.well-known/timezones"), None);
}

#[tokio::test]
async fn the_time_zone_service_says_what_it_can_do_to_anybody() {
    let house = House::open().await;
    let told = get(&house, "/capabilities", &[]).await.is(200);
    assert_eq!(told.header("content-type"), "application/json");
    assert!(told.body.contains("\"version\":1"), "{}", told.body);
    for action in ["capabilities", "list", "get", "expand", "find", "leapseconds"] {
        assert!(told.body.contains(&format!("\"name\":\"{action}\"")), "{action}: {}", told.body);
    }
    let version = format!("\"primary-source\":\"IANA:{}\"", house.app().zones().version());
    assert!(told.body.contains(&version), "{}", told.body);
    let head = house.dav("", "HEAD", &format!("{ROOT}/capabilities"), &[], "").await.is(200);
    assert_eq!(
        (head.header("content-length"), head.body.as_str()),
        (told.bytes.len().to_string().as_str(), "",)
    );
}

#[tokio::test]
async fn the_list_of_zones_names_each_once_with_its_old_names() {
    let house = House::open().await;
    let all = get(&house, "/zones", &[]).await.is(200).body;
    assert_eq!(all.matches("\"tzid\":\"America/New_York\"").count(), 1);
    assert!(!all.contains("\"tzid\":\"US/Eastern\""), "an old name is no zone");
    let one = get(&house, "/zones?pattern=us/eastern", &[]).await.is(200).body;
    assert_eq!(one.matches("\"tzid\"").count(), 1, "{one}");
    assert!(one.contains("\"tzid\":\"America/New_York\"") && one.contains("\"US/Eastern\""));
    let cases = [
        ("a substring, with a space", "*new%20york*", Some(1)),
        ("nothing like it", "Nowhere*", Some(0)),
        ("a plus sign", "Etc/GMT+5", Some(1)),
        ("an asterisk in the middle", "Europe/*aris", None),
    ];
    for (case, pattern, expected) in cases {
        let told = get(&house, &format!("/zones?pattern={pattern}"), &[]).await;
        let found = (told.status == 200).then(|| told.body.matches("\"tzid\"").count());
        assert_eq!(found, expected, "{case}: {}", told.body);
    }
}

#[tokio::test]
async fn whoever_has_the_release_hears_of_no_zone() {
    let house = House::open().await;
    let version = house.app().zones().version().to_owned();
    let none = get(&house, &format!("/zones?changedsince={version}"), &[]).await.is(200).body;
    assert!(none.contains("\"timezones\":[]"), "{none}");
    assert!(none.contains(&format!("\"synctoken\":\"{version}\"")), "{none}");
    let all = get(&house, "/zones?changedsince=1999z", &[]).await.is(200).body;
    assert!(all.contains("\"tzid\":\"Europe/Paris\""), "an unknown token means all");
}

#[tokio::test]
async fn a_zone_is_told_as_a_calendar_that_says_its_name() {
    let house = House::open().await;
    let paris = get(&house, "/zones/Europe%2FParis", &[]).await.is(200);
    assert_eq!(paris.header("content-type"), "text/calendar; charset=utf-8");
    assert!(paris.body.contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n"), "{}", paris.body);
    assert!(!paris.header("cache-control").is_empty());
    let old = get(&house, "/zones/US%2FEastern", &[]).await.is(200).body;
    assert!(old.contains("TZID:US/Eastern\r\nTZID-ALIAS-OF:America/New_York\r\n"), "{old}");
    let jcal = [("accept", "application/calendar+json, text/calendar;q=0.5")];
    let other = get(&house, "/zones/Europe%2FParis", &jcal).await.is(200);
    assert_eq!(other.header("content-type"), "application/calendar+json");
    assert!(other.body.contains("[\"tzid\",{},\"text\",\"Europe/Paris\"]"), "{}", other.body);
    assert_ne!(other.header("etag"), paris.header("etag"));
    for kinds in ["*/*", "text/*", "text/calendar, application/calendar+json"] {
        let told = get(&house, "/zones/Europe%2FParis", &[("accept", kinds)]).await.is(200);
        assert_eq!(told.body, paris.body, "{kinds}");
    }
}

#[tokio::test]
async fn a_zone_that_is_known_already_is_not_sent_again() {
    let house = House::open().await;
    let list = get(&house, "/zones?pattern=Europe/Paris", &[]).await.is(200).body;
    let listed = list.split("\"etag\":\"").nth(1).unwrap().split('"').next().unwrap();
    let known = format!("\"{listed}\"");
    let again = [("if-none-match", known.as_str())];
    let told = get(&house, "/zones/Europe%2FParis", &again).await.is(304);
    assert_eq!((told.header("etag"), told.body.as_str()), (known.as_str(), ""));
    let other = [("if-none-match", "\"other\"")];
    assert_eq!(get(&house, "/zones/Europe%2FParis", &other).await.is(200).header("etag"), known);
}

#[tokio::test]
async fn a_zone_can_be_cut_at_both_ends() {
    let house = House::open().await;
    let path = "/zones/America%2FNew_York?start=2010-01-01T00:00:00Z&end=2020-01-01T00:00:00Z";
    let cut = get(&house, path, &[]).await.is(200).body;
    assert!(cut.contains("TZUNTIL:20200101T000000Z\r\n"), "{cut}");
    let first = "BEGIN:STANDARD\r\nDTSTART:20091231T190000\r\nTZOFFSETFROM:-0500\r\n";
    assert!(cut.contains(first), "{cut}");
    assert!(!cut.contains("2007") && !cut.contains("2021"), "{cut}");
}

#[tokio::test]
async fn the_changes_of_a_zone_are_told_in_utc() {
    let house = House::open().await;
    let year = "start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z";
    let expected = "[{\"name\":\"Standard\",\"onset\":\"2008-01-01T00:00:00Z\",\
        \"utc-offset-from\":-18000,\"utc-offset-to\":-18000},\
        {\"name\":\"Daylight\",\"onset\":\"2008-03-09T07:00:00Z\",\
        \"utc-offset-from\":-18000,\"utc-offset-to\":-14400},\
        {\"name\":\"Standard\",\"onset\":\"2008-11-02T06:00:00Z\",\
        \"utc-offset-from\":-14400,\"utc-offset-to\":-18000}]";
    for path in ["/zones/America%2FNew_York/observances", "/observances/America%2FNew_York/"] {
        let told = get(&house, &format!("{path}?{year}"), &[]).await.is(200);
        assert!(told.body.contains(expected), "{path}: {}", told.body);
        assert!(!told.header("etag").is_empty(), "{path}");
        assert!(!told.body.contains("\"end\""), "nothing was cut: {}", told.body);
    }
    let long = "start=0001-01-01T00:00:00Z&end=9999-01-01T00:00:00Z";
    let told = get(&house, &format!("/zones/UTC/observances?{long}"), &[]).await.is(200).body;
    assert!(told.contains("\"end\":\"0502-"), "five centuries at once: {told}");
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_told_by_its_name() {
    let house = House::open().await;
    let paris = "/zones/Europe%2FParis";
    let text = [("accept", "text/html")];
    let cases: [(&str, Headers<'_>, u16, &str); 14] = [
        ("", &[], 400, "invalid-action"),
        ("/other", &[], 400, "invalid-action"),
        ("/zones/America%2FNew_York/America%2FLima", &[], 400, "invalid-action"),
        ("/zones/America%2FPittsburgh", &[], 404, "tzid-not-found"),
        ("/zones/%ff", &[], 404, "tzid-not-found"),
        (paris, &text, 406, "invalid-format"),
        ("/zones/Europe%2FParis?start=yesterday", &[], 400, "invalid-start"),
        ("/zones/Europe%2FParis?start=2020-01-01T00:00:00%2B01:00", &[], 400, "invalid-start"),
        (
            "/zones/Europe%2FParis?start=2020-01-01T00:00:00Z&end=2020-01-01T00:00:00Z",
            &[],
            400,
            "invalid-end",
        ),
        ("/zones/Europe%2FParis/observances", &[], 400, "invalid-start"),
        ("/zones/Europe%2FParis/observances?start=2020-01-01T00:00:00Z", &[], 400, "invalid-end"),
        ("/zones?changedsince=a&changedsince=b", &[], 400, "invalid-changedsince"),
        ("/zones?pattern=a&pattern=b", &[], 400, "invalid-pattern"),
        ("/zones?pattern=", &[], 400, "invalid-pattern"),
    ];
    for (path, headers, status, code) in cases {
        let told = get(&house, path, headers).await;
        assert_eq!(told.status, status, "{path}: {}", told.body);
        assert_eq!(told.header("content-type"), "application/problem+json", "{path}");
        let kind = format!("\"type\":\"urn:ietf:params:tzdist:error:{code}\"");
        assert!(told.body.contains(&kind), "{path}: {}", told.body);
    }
}

#[tokio::test]
async fn the_leap_seconds_begin_with_ten_and_end_with_thirty_seven() {
    let house = House::open().await;
    let told = get(&house, "/leapseconds", &[]).await.is(200).body;
    assert!(told.contains("{\"onset\":\"1972-01-01\",\"utc-offset\":10}"), "{told}");
    assert!(told.contains("{\"onset\":\"2017-01-01\",\"utc-offset\":37}"), "{told}");
    assert_eq!(told.matches("utc-offset").count(), 28);
}

#[tokio::test]
async fn time_zones_can_be_read_and_nothing_else() {
    let house = House::open().await;
    for method in ["PUT", "POST", "DELETE", "PROPFIND", "MKCALENDAR"] {
        let told = house.dav("", method, ROOT, &[], "").await.is(405);
        assert_eq!(told.header("allow"), "OPTIONS, GET, HEAD", "{method}");
    }
    assert_eq!(
        house.dav("", "OPTIONS", ROOT, &[], "").await.is(200).header("allow"),
        "OPTIONS, GET, HEAD"
    );
    house.dav("", "PROPFIND", "/dav/timezonesx", &[], "").await.is(401);
}
