//! An iCalendar file is imported, and a week of it asked for.
//!
//! Run it with `cargo run --example import_calendar`.

use std::error::Error;
use std::io::Write;

use ical::{Context, Document, instances};
use model::interval::Interval;
use model::zone::ZoneDb;

const STREAM: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\n\
    UID:choir\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20260105T193000\r\n\
    DURATION:PT90M\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH\r\nSUMMARY:Choir\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let document = Document::parse(STREAM.as_bytes())?;
    let summary = ical::validate(&document)?;
    let zones = ZoneDb::bundled();
    let zone = zones.zone("Europe/Berlin").ok_or("no zone")?;
    let context = Context::new(&zones, &zone);
    // The week of the change to summer time: the choir's clock does not care.
    let week = Interval::new(1_774_220_400, 1_774_821_600).map_err(|_| "an empty week")?;
    let found = instances(&document, week, &context, 100)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} {}", summary.component, summary.uid)?;
    for instance in found.found {
        writeln!(out, "{} ({})", zone.local(instance.start), zone.abbreviation(instance.start))?;
    }
    Ok(())
}
