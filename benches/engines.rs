//! How fast the pure parts are: iCalendar, recurrence and slots.
//!
//! Aims: parse and index 300 MB/s; a month of a weekly rule from 1970 in 20 µs; a month's
//! availability in 5 µs with 200 busy spans and in 50 µs with 10,000.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::BytesCount;
use ical::query::{ComponentFilter, matches};
use ical::recur::{Rule, local_starts};
use ical::{Context, Document, Edit, Outline, instances, splice};
use jiff::civil::{Date, DateTime};
use model::event_type::{BookingWindow, EventType};
use model::id::{EventTypeId, ScheduleId};
use model::interval::{Instant, Interval};
use model::schedule::{Schedule, Window};
use model::zone::{Zone, ZoneDb};
use slots::{Busy, Kind, Question};

fn main() {
    divan::main();
}

/// Objects as clients store them: zone, alarm, a folded description; about a kilobyte each.
fn stream(events: usize) -> Vec<u8> {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n");
    for n in 0..events {
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:{n:08}-4a6e-4b6b-9d64-5b1c9f3f2a10\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART;TZID=Europe/Paris:20260302T090000\r\nDTEND;TZID=Europe/Paris:20260302T100000\r\n\
             SUMMARY:Weekly planning with the team in the large room\r\n\
             DESCRIPTION:Agenda: numbers of last week\\, plans for this one\\, open questi\r\n \
             ons\\; bring the list.\\nDial in by telephone if you are travelling.\r\n\
             LOCATION:Room 12\\, second floor\r\nORGANIZER;CN=\"Archer, Alice\":mailto:alice@example.org\r\n\
             ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.org\r\nSEQUENCE:2\r\n\
             BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Soon\r\nEND:VALARM\r\n\
             END:VEVENT\r\n"
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    text.into_bytes()
}

#[divan::bench(args = [1, 1_000])]
fn parse_and_index(bencher: Bencher<'_, '_>, events: usize) {
    let text = stream(events);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| Document::parse(black_box(&text)).is_ok());
}

#[divan::bench(args = [1, 1_000])]
fn write_with_one_line_changed(bencher: Bencher<'_, '_>, events: usize) {
    let text = stream(events);
    let Ok(document) = Document::parse(&text) else { return };
    let line = document.calendar().property("PRODID").map_or(0, ical::Property::line);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| splice(&document, [(line, Edit::Replace("PRODID:-//other//EN".into()))]));
}

#[divan::bench]
fn a_month_of_a_weekly_rule_from_1970() -> usize {
    let Ok(rule) = Rule::parse("FREQ=WEEKLY;BYDAY=MO,WE") else { return 0 };
    let at = |year, month| DateTime::constant(year, month, 1, 9, 0, 0, 0);
    local_starts(black_box(&rule), at(1970, 1), at(2026, 3), at(2026, 4), 1_000).len()
}

#[divan::bench]
fn a_month_of_an_object_with_a_weekly_rule_from_1970(bencher: Bencher<'_, '_>) {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:19700105T090000\r\n\
                DURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let Ok(document) = Document::parse(text.as_bytes()) else { return };
    let zones = ZoneDb::bundled();
    let zone = Zone::utc();
    let context = Context::new(&zones, &zone);
    let window = Interval::from(1_772_323_200, 31 * 86_400);
    bencher.bench(|| instances(&document, window, &context, 1_000).map(|it| it.found.len()));
}

/// As DAVx5 asks: everything from some day on.
#[divan::bench(args = ["DAILY", "WEEKLY;BYDAY=MO,WE", "MONTHLY;BYDAY=2TU", "YEARLY"])]
fn a_series_without_an_end_from_one_day_on(bencher: Bencher<'_, '_>, rule: &str) {
    let text = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20230105T090000\r\n\
         DURATION:PT1H\r\nRRULE:FREQ={rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let Ok(document) = Document::parse(text.as_bytes()) else { return };
    let (zones, zone) = (ZoneDb::bundled(), Zone::utc());
    let context = Context::new(&zones, &zone);
    let window = Interval::new(1_772_323_200, Instant::MAX).ok();
    let event = ComponentFilter { name: "VEVENT".into(), window, ..ComponentFilter::default() };
    let filter = ComponentFilter {
        name: "VCALENDAR".into(),
        components: vec![event],
        ..ComponentFilter::default()
    };
    bencher.bench(|| matches(black_box(&document), &filter, &context));
}

/// Office hours, a 15-minute grid, buffers of a quarter of an hour.
fn setting() -> (Schedule, EventType) {
    let hours =
        vec![Window { start_min: 540, end_min: 720 }, Window { start_min: 780, end_min: 1020 }];
    let weekly = std::array::from_fn(|day| if day < 5 { hours.clone() } else { Vec::new() });
    let schedule = Schedule {
        id: ScheduleId::from_bytes([1; 16]),
        name: "Office".into(),
        zone: "America/New_York".into(),
        weekly,
        overrides: BTreeMap::new(),
    };
    let event_type = EventType {
        id: EventTypeId::from_bytes([2; 16]),
        slug: "session".into(),
        title: "Session".into(),
        description: String::new(),
        place: String::new(),
        durations_min: vec![30],
        step_min: 15,
        before_s: 900,
        after_s: 900,
        notice_s: 86_400,
        window: BookingWindow::Rolling { days: 365 },
        max_per_day: None,
        schedule: ScheduleId::from_bytes([1; 16]),
        is_active: true,
    };
    (schedule, event_type)
}

#[divan::bench(args = [0, 200, 10_000])]
fn month_availability(bencher: Bencher<'_, '_>, busy: i64) {
    let zones = ZoneDb::bundled();
    let Some(zone) = zones.zone("America/New_York") else { return };
    let (schedule, event_type) = setting();
    let first = Date::constant(2026, 3, 1);
    let begin = zone.instant(first.at(0, 0, 0, 0));
    // Every other day is full of short events, the days between are free.
    let start = |n: i64| begin + (n % 15) * 2 * 86_400 + (n / 15) * 86_400 * 15 / busy.max(15);
    let mut spans: Vec<Busy> = (0..busy)
        .map(|n| Busy {
            span: Interval::from(start(n), if busy > 1_000 { 60 } else { 1_800 }),
            before_s: 0,
            after_s: 0,
            kind: Kind::Calendar,
            counts: false,
        })
        .collect();
    spans.sort_by_key(|it| it.span);
    let question = Question {
        schedule: &schedule,
        zone: &zone,
        event_type: &event_type,
        duration_s: 1_800,
        busy: &spans,
        now: begin - 2 * 86_400,
    };
    let range = Interval::from(begin, 31 * 86_400);
    bencher.bench(|| slots::starts(black_box(&question), range).len());
}

/// A weekly series with an exception, and the month in which it is looked at.
fn outlined() -> (String, Interval) {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Planning\r\n\
                DTSTART;TZID=Europe/Paris:20260105T090000\r\nDURATION:PT1H\r\n\
                RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=52\r\n\
                EXDATE;TZID=Europe/Paris:20260302T090000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    (text.to_owned(), Interval::from(1_772_323_200, 31 * 86_400))
}

#[divan::bench]
fn outline_of_a_series(bencher: Bencher) {
    let (zones, utc) = (ZoneDb::bundled(), Zone::utc());
    let context = Context::new(&zones, &utc);
    let (text, window) = outlined();
    bencher.bench_local(|| {
        let document = Document::parse(black_box(text.as_bytes())).ok()?;
        Outline::read(&document, &context, "", window.start())
    });
}

#[divan::bench]
fn month_of_an_outline_written_out(bencher: Bencher) {
    let (zones, utc) = (ZoneDb::bundled(), Zone::utc());
    let context = Context::new(&zones, &utc);
    let (text, window) = outlined();
    let document = Document::parse(text.as_bytes()).ok();
    let outline = document.and_then(|it| Outline::read(&it, &context, "", window.start()));
    bencher.bench_local(|| {
        outline.as_ref().map(|it| it.expanded(black_box(text.as_bytes()), window, &utc))
    });
}
