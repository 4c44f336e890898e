//! Zones that we wrote, read by our own reader and compared with the zone data.

use model::interval::Interval;
use model::zone::{Zone, ZoneDb};

use super::*;
use crate::document::Document;
use crate::vtimezone::zone as read_zone;

fn at(text: &str) -> Instant {
    crate::utc_instant(text).unwrap()
}

fn zone(name: &str) -> Zone {
    ZoneDb::bundled().zone(name).unwrap()
}

fn text(name: &str, truncation: &Truncation) -> String {
    String::from_utf8(vtimezone(&zone(name), name, truncation)).unwrap()
}

/// The zone as somebody reads it who has nothing but our text.
fn reread(name: &str, truncation: &Truncation) -> Zone {
    let text = calendar(&zone(name), name, truncation);
    let document = Document::parse(&text).unwrap();
    read_zone(document.calendar().children().next().unwrap(), name).unwrap()
}

/// Zones with something special each.
const ZONES: &[&str] = &[
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Moscow",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Asia/Jerusalem",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Nuuk",
    "America/Vancouver",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Antarctica/Troll",
    "Etc/GMT+5",
    "UTC",
];

/// Compares two zones just before, at and half a day after each change of either.
fn assert_same(name: &str, one: &Zone, other: &Zone, window: Interval) {
    let mut moments = vec![window.start(), window.end() - 1];
    for zone in [one, other] {
        for period in zone.periods(window) {
            let start = period.span.start();
            moments.extend([start - 1, start, start + 43_200]);
        }
    }
    for moment in moments.into_iter().filter(|it| window.holds(*it)) {
        assert_eq!(one.offset_s(moment), other.offset_s(moment), "{name} at {}", utc_text(moment));
    }
}

#[test]
fn what_we_write_reads_as_the_zone_data_at_every_change() {
    let window = Interval::new(at("18000101T000000Z"), at("20371231T000000Z")).unwrap();
    for name in ZONES {
        assert_same(name, &zone(name), &reread(name, &Truncation::default()), window);
    }
}

#[test]
fn every_zone_that_can_be_chosen_is_written_so_that_it_reads_the_same() {
    let zones = ZoneDb::bundled();
    let window = Interval::new(at("19700101T000000Z"), at("20370101T000000Z")).unwrap();
    for name in zones.names() {
        let Some(zone) = zones.zone(name) else { continue };
        assert_same(name, &zone, &reread(name, &Truncation::default()), window);
    }
}

#[test]
fn a_truncated_zone_reads_the_same_within_its_range() {
    let (start, end) = (at("20080101T000000Z"), at("20300101T000000Z"));
    let truncation = Truncation { start: Some(start), end: Some(end) };
    for name in ZONES {
        let text = text(name, &truncation);
        assert!(text.contains("TZUNTIL:20300101T000000Z\r\n"), "{name}");
        let window = Interval::new(start, end).unwrap();
        assert_same(name, &zone(name), &reread(name, &truncation), window);
        assert!(!text.contains("RRULE") || text.contains("UNTIL=20"), "{name}: {text}");
    }
}

#[test]
fn a_future_that_follows_a_rule_is_told_as_that_rule() {
    let from = |text| Truncation { start: Some(at(text)), end: None };
    let expected = "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n\
        BEGIN:STANDARD\r\nDTSTART:20091231T190000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\n\
        TZNAME:EST\r\nEND:STANDARD\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:20100314T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\n\
        TZNAME:EDT\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\nEND:DAYLIGHT\r\n\
        BEGIN:STANDARD\r\nDTSTART:20101107T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\n\
        TZNAME:EST\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\nEND:STANDARD\r\n\
        END:VTIMEZONE\r\n";
    assert_eq!(text("America/New_York", &from("20100101T000000Z")), expected);
    let rules = [
        ("Europe/Berlin", &["BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU"][..]),
        ("Australia/Lord_Howe", &["BYMONTH=10;BYDAY=1SU", "BYMONTH=4;BYDAY=1SU"]),
        ("Asia/Jerusalem", &["BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR"]),
        ("America/Nuuk", &["BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA"]),
        ("Asia/Kathmandu", &[]),
    ];
    for (name, rules) in rules {
        let text = text(name, &from("20250101T000000Z")).replace("\r\n ", "");
        for rule in rules {
            let line = format!("RRULE:FREQ=YEARLY;{rule}\r\n");
            assert!(text.contains(&line), "{name}: {text}");
        }
        assert_eq!(text.contains("RRULE"), !rules.is_empty(), "{name}: {text}");
        assert!(!text.contains("UNTIL"), "{name}: {text}");
    }
    // Ramadan follows another calendar: its dates are told one by one.
    let morocco = text("Africa/Casablanca", &from("20250101T000000Z"));
    assert!(morocco.contains("RDATE:20"), "{morocco}");
}

#[test]
fn a_zone_that_never_changes_has_one_observance() {
    let expected = "BEGIN:VTIMEZONE\r\nTZID:Etc/GMT+5\r\nBEGIN:STANDARD\r\n\
        DTSTART:19691231T190000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\nTZNAME:-05\r\n\
        END:STANDARD\r\nEND:VTIMEZONE\r\n";
    assert_eq!(text("Etc/GMT+5", &Truncation::default()), expected);
}

#[test]
fn the_expanded_year_is_the_one_of_rfc_7808() {
    let year = Interval::new(at("20080101T000000Z"), at("20090101T000000Z")).unwrap();
    let told = |name: &str, window| -> Vec<(&str, String, i32, i32)> {
        observances(&zone(name), window)
            .iter()
            .map(|it| (it.saving.name(), utc_text(it.onset), it.offset_from_s, it.offset_to_s))
            .collect()
    };
    let expected = [
        ("Standard", "20080101T000000Z".to_owned(), -18_000, -18_000),
        ("Daylight", "20080309T070000Z".to_owned(), -18_000, -14_400),
        ("Standard", "20081102T060000Z".to_owned(), -14_400, -18_000),
    ];
    assert_eq!(told("America/New_York", year), expected);
    // A window that begins with a change has it once.
    let summer = Interval::new(at("20080309T070000Z"), at("20080310T000000Z")).unwrap();
    assert_eq!(told("America/New_York", summer), expected[1..2]);
    let july = Interval::new(at("20080701T000000Z"), at("20080702T000000Z")).unwrap();
    let expected = [("Daylight", "20080701T000000Z".to_owned(), -14_400, -14_400)];
    assert_eq!(told("America/New_York", july), expected);
}

#[test]
fn zones_that_everybody_knows_are_left_out_and_put_back() {
    let zones = ZoneDb::bundled();
    let known =
        text("Europe/Berlin", &Truncation { start: Some(at("20250101T000000Z")), end: None });
    let own = "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
        TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:20260110T090000\r\n\
        DTEND;TZID=Office:20260110T100000\r\nEND:VEVENT\r\n";
    let whole = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{known}{own}{event}END:VCALENDAR\r\n");
    let bare = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{own}{event}END:VCALENDAR\r\n");
    let read = |text: &str| Document::parse(text.as_bytes()).unwrap();
    let said = |bytes| String::from_utf8(bytes).unwrap();
    assert_eq!(said(without_known_timezones(&read(&whole), &zones)), bare);
    assert_eq!(said(with_timezones(&read(&bare), &zones)), whole);
    // What is whole stays as it is.
    assert_eq!(said(with_timezones(&read(&whole), &zones)), whole);
    assert_eq!(said(without_known_timezones(&read(&bare), &zones)), bare);
}

#[test]
fn a_zone_is_added_under_the_name_that_the_object_uses() {
    let zones = ZoneDb::bundled();
    let event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n\
        DTSTART;TZID=W. Europe Standard Time:20260710T090000\nRDATE;TZID=Nowhere:19500101T000000\n\
        END:VEVENT\nEND:VCALENDAR\n";
    let whole = with_timezones(&Document::parse(event.as_bytes()).unwrap(), &zones);
    let document = Document::parse(&whole).unwrap();
    let found: Vec<&str> =
        document.calendar().children().filter_map(|it| it.value("TZID")).collect();
    assert_eq!(found, ["W. Europe Standard Time"]);
    let described = document.calendar().children().find(|it| it.is("VTIMEZONE")).unwrap();
    let read = read_zone(described, "W. Europe Standard Time").unwrap();
    let window = Interval::new(at("19490101T000000Z"), at("20370101T000000Z")).unwrap();
    assert_same("Berlin", &zone("Europe/Berlin"), &read, window);
}
