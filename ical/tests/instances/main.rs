//! Small calendars and the instances that they have in a window.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read should stop the test")]

mod lengths;
mod limits;
mod overrides;
mod series;
mod windows;
mod zones;

use ical::{Context, Document, Instance, Instances};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::interval::Interval;
use model::zone::ZoneDb;

/// Where people are who write floating times and dates.
const FLOATING: &str = "America/New_York";

struct Case {
    name: &'static str,
    /// The lines of a VEVENT, or of several with empty lines between them.
    text: &'static str,
    /// From and until, in UTC.
    window: &'static str,
    /// Start in UTC and length; `by n` where the first component does not describe it.
    found: &'static [&'static str],
}

fn check(cases: &[Case]) {
    check_with("", cases);
}

/// Checks the cases with the lines of another component put before each.
fn check_with(first_component: &str, cases: &[Case]) {
    for Case { name, text, window, found } in cases {
        let text = format!("{first_component}\n\n{text}");
        let instances = instances(&text, window, 1000).unwrap();
        let described: Vec<String> = instances.found.iter().map(described).collect();
        assert_eq!(described, *found, "{name}");
        assert!(!instances.truncated, "{name}");
    }
}

fn instances(text: &str, window: &str, max: usize) -> Result<Instances, ical::Invalid> {
    let zones = ZoneDb::bundled();
    let floating = zones.zone(FLOATING).unwrap();
    let context = Context::new(&zones, &floating);
    let (from, until) = window.split_once('/').unwrap();
    let window = Interval::new(utc(from), utc(until)).unwrap();
    let document = Document::parse(calendar(text).as_bytes()).unwrap();
    ical::instances(&document, window, &context, max)
}

fn calendar(components: &str) -> String {
    let mut lines = vec!["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//test//EN"];
    for component in components.split("\n\n").map(str::trim).filter(|it| !it.is_empty()) {
        if component.starts_with("BEGIN:") {
            lines.extend(component.lines());
        } else {
            lines.extend(["BEGIN:VEVENT", "UID:it@example.org", "DTSTAMP:20260101T000000Z"]);
            lines.extend(component.lines());
            lines.push("END:VEVENT");
        }
    }
    lines.push("END:VCALENDAR\r\n");
    lines.join("\r\n")
}

fn described(instance: &Instance) -> String {
    let start = Timestamp::from_second(instance.start).unwrap();
    let length = SignedDuration::from_secs(instance.end - instance.start);
    let by = match instance.component {
        0 => String::new(),
        component => format!(" by {component}"),
    };
    format!("{} {length}{by}", start.strftime("%Y-%m-%d %H:%M"))
}

fn utc(text: &str) -> i64 {
    let local: DateTime = text.parse().unwrap();
    local.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second()
}
