//! Random events: what their outlines answer against what their texts do.

#![expect(clippy::unwrap_used, reason = "an event that cannot be read should stop the test")]

use ical::freebusy::taken;
use ical::query::{ComponentFilter, matches};
use ical::{Context, Document, Outline, expand};
use model::interval::{DAY_S, Interval};
use model::zone::ZoneDb;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Thursday 2026-01-01, 00:00 UTC.
const DAY: i64 = 1_767_225_600;
/// The address of whoever has the events.
const OWNER: &str = "alice@example.org";

const ZONES: &[&str] = &["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "UTC"];
const RULES: &[&str] = &[
    "",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
    "RRULE:FREQ=WEEKLY;COUNT=12",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=30",
    "RRULE:FREQ=YEARLY",
    "RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20270301T000000Z",
    "RRULE:FREQ=DAILY;UNTIL=23000101T000000Z",
    "RRULE:FREQ=HOURLY;COUNT=30",
    "RRULE:FREQ=WEEKLY;COUNT=5\r\nRDATE;VALUE=PERIOD:20260110T100000Z/PT3H",
];
const MORE: &[&str] = &[
    "",
    "TRANSP:TRANSPARENT",
    "STATUS:TENTATIVE",
    "STATUS:CANCELLED",
    "ATTENDEE;PARTSTAT=DECLINED:mailto:alice@example.org",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org",
    "DESCRIPTION:a line that is folded\\, for it is longer than what is allowed\r\n  in one",
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM",
];
const LENGTHS: &[&str] = &["", "DURATION:PT45M", "DURATION:P1DT2H", "DURATION:PT0S"];

/// A start: how it is written, and its zone where it has one.
#[derive(Clone, Debug)]
enum Start {
    Utc,
    Floating,
    Date,
    Zoned(&'static str),
}

impl Start {
    /// `name` on some day and hour of 2026.
    fn line(&self, name: &str, day: i64, hour: i64) -> String {
        let date = format!("2026{:02}{:02}", 1 + day / 28, 1 + day % 28);
        match self {
            Self::Utc => format!("{name}:{date}T{hour:02}0000Z"),
            Self::Floating => format!("{name}:{date}T{hour:02}3000"),
            Self::Date => format!("{name};VALUE=DATE:{date}"),
            Self::Zoned(zone) => format!("{name};TZID={zone}:{date}T{hour:02}1500"),
        }
    }
}

fn starts() -> impl Strategy<Value = Start> {
    prop_oneof![
        Just(Start::Utc),
        Just(Start::Floating),
        Just(Start::Date),
        select(ZONES).prop_map(Start::Zoned),
    ]
}

prop_compose! {
    fn texts()(
        start in starts(),
        (day, hour) in (0..300_i64, 0..24_i64),
        rule in select(RULES),
        length in select(LENGTHS),
        more in vec(select(MORE), 0..3),
        gone in vec(0..40_i64, 0..3),
        added in vec(0..40_i64, 0..2),
        moved in proptest::option::of((0..6_i64, 0..24_i64, any::<bool>())),
    ) -> String {
        let mut lines = vec![start.line("DTSTART", day, hour), length.to_owned(), rule.to_owned()];
        let dates = [("EXDATE", &gone), ("RDATE", &added)];
        for (name, days) in dates.iter().flat_map(|it| it.1.iter().map(|days| (it.0, days))) {
            lines.push(start.line(name, (day + days).min(335), hour));
        }
        lines.extend(more.iter().map(|it| (*it).to_owned()));
        let mut events = vec![lines];
        if let (Some((weeks, to, is_future)), true) = (moved, !rule.is_empty()) {
            let id = start.line("RECURRENCE-ID", (day + 7 * weeks).min(335), hour);
            let range = if is_future { "RECURRENCE-ID;RANGE=THISANDFUTURE" } else { "RECURRENCE-ID" };
            events.push(vec![
                id.replacen("RECURRENCE-ID", range, 1),
                start.line("DTSTART", (day + 7 * weeks).min(335), to),
                length.to_owned(),
                "SUMMARY:moved".to_owned(),
            ]);
        }
        let event = |lines: &Vec<String>| {
            let lines: String =
                lines.iter().filter(|it| !it.is_empty()).map(|it| format!("{it}\r\n")).collect();
            format!("BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:x\r\n{lines}END:VEVENT\r\n")
        };
        let events: String = events.iter().map(event).collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{events}END:VCALENDAR\r\n")
    }
}

fn windows() -> impl Strategy<Value = Vec<Interval>> {
    let starts = prop_oneof![-500..1200_i64, 0..400_i64];
    let one = (starts, select(&[1_i64, 3_600, DAY_S, 7 * DAY_S, 31 * DAY_S][..]), 0..DAY_S);
    vec(
        one.prop_map(|(day, length_s, after_s)| {
            let start = DAY + day * DAY_S + after_s;
            Interval::new(start, start + length_s).unwrap()
        }),
        8,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn an_outline_answers_what_the_text_does(
        text in texts(),
        windows in windows(),
        zone in select(ZONES),
    ) {
        let zones = ZoneDb::bundled();
        let floating = zones.zone(zone).unwrap();
        let context = Context::new(&zones, &floating);
        let document = Document::parse(text.as_bytes()).unwrap();
        let Some(outline) = Outline::read(&document, &context, OWNER, DAY) else {
            prop_assert!(
                text.contains("FREQ=HOURLY") || text.contains("PERIOD"),
                "it has no outline: {text}"
            );
            return Ok(());
        };
        for window in windows {
            if !outline.is_for(window, &floating, OWNER) {
                continue;
            }
            let event = ComponentFilter {
                name: "VEVENT".into(),
                window: Some(window),
                ..ComponentFilter::default()
            };
            let filter = ComponentFilter {
                name: "VCALENDAR".into(),
                components: vec![event],
                ..ComponentFilter::default()
            };
            let touches = matches(&document, &filter, &context);
            prop_assert_eq!(outline.touches(window), Some(touches), "{} {:?}", text, window);
            let busy = taken(&document, window, &context, OWNER, 10_000).unwrap().0;
            let outlined: Vec<_> = outline.taken(window).collect();
            prop_assert_eq!(outlined, busy, "{} {:?}", text, window);
            let (whole, all) = expand(&document, window, &context, 10_000).unwrap();
            if !outline.is_plain() {
                // Floating times and other properties' zones are for the whole text.
                continue;
            }
            let (expanded, count) = outline.expanded(text.as_bytes(), window, &floating);
            prop_assert_eq!(count, all.found.len());
            prop_assert_eq!(
                String::from_utf8(expanded).unwrap(),
                String::from_utf8(whole).unwrap(),
                "{} {:?}",
                text,
                window
            );
        }
    }
}

#[test]
fn an_outline_is_for_the_zone_the_owner_and_the_stretch_that_it_was_made_for() {
    let zones = ZoneDb::bundled();
    let (paris, utc) = (zones.zone("Europe/Paris").unwrap(), zones.zone("UTC").unwrap());
    let context = Context::new(&zones, &paris);
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260101T090000\r\n\
                RRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let document = Document::parse(text.as_bytes()).unwrap();
    let outline = Outline::read(&document, &context, OWNER, DAY).unwrap();
    let of = |day: i64| Interval::from(DAY + day * DAY_S, 3_600);
    let cases = [
        ("as it was made", of(0), &paris, OWNER, true),
        ("another zone", of(0), &utc, OWNER, false),
        ("another owner", of(0), &paris, "bob@example.org", false),
        ("long ago", of(-2_000), &paris, OWNER, false),
        ("far ahead", of(2_000), &paris, OWNER, false),
    ];
    for (case, window, zone, owner, expected) in cases {
        assert_eq!(outline.is_for(window, zone, owner), expected, "{case}");
    }
}
