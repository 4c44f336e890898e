//! Filters against the tables of RFC 4791 §9.9, each row as the RFC prints it.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read should stop the test")]

mod alarms;
mod properties;
mod times;

use ical::query::{ComponentFilter, check, matches};
use ical::{Context, Document, utc_instant};
use model::zone::ZoneDb;

/// Where floating times and dates are: five hours behind UTC in January.
const FLOATING: &str = "America/New_York";

fn at(text: &str) -> i64 {
    utc_instant(text).unwrap()
}

fn comp(name: &str) -> ComponentFilter {
    ComponentFilter { name: name.into(), ..ComponentFilter::default() }
}

fn in_calendar(inner: ComponentFilter) -> ComponentFilter {
    ComponentFilter { components: vec![inner], ..comp("VCALENDAR") }
}

fn passes(components: &str, filter: &ComponentFilter) -> bool {
    check(filter).unwrap();
    let zones = ZoneDb::bundled();
    let floating = zones.zone(FLOATING).unwrap();
    let context = Context::new(&zones, &floating);
    let text = format!("BEGIN:VCALENDAR\n{components}\nEND:VCALENDAR\n");
    matches(&Document::parse(text.as_bytes()).unwrap(), filter, &context)
}

fn component(kind: &str, lines: &str) -> String {
    format!("BEGIN:{kind}\nUID:1\n{lines}\nEND:{kind}")
}
