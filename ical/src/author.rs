//! Calendar objects that we write ourselves, built by the `icalendar` crate.

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Class, Component, Event, EventLike, EventStatus, Property};
use model::interval::{Instant, Interval};

use crate::document::Document;
use crate::edit::{Edit, splice};
use crate::freebusy::utc_text;

/// What the event of a booking says.
#[derive(Clone, Debug)]
pub struct BookingEvent<'a> {
    /// RFC 5545 §3.8.4.7.
    pub uid: &'a str,
    /// When it takes place.
    pub span: Interval,
    /// What, and with whom.
    pub summary: &'a str,
    /// What the visitor said, and how they can be reached.
    pub description: &'a str,
    /// Where.
    pub location: &'a str,
    /// The identifier of the booking, for whoever reads the event back.
    pub booking: &'a str,
    /// How often it was changed.
    pub sequence: u32,
    /// When it was last changed.
    pub now: Instant,
}

/// The text of a booking's event.
pub fn booking(event: &BookingEvent<'_>) -> Vec<u8> {
    let at = |instant| DateTime::<Utc>::from_timestamp(instant, 0).unwrap_or_default();
    let clean = |text: &str| {
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .chars()
            .filter(|it| !it.is_control() || matches!(it, '\n' | '\t'))
            .collect::<String>()
    };
    let mut built = Event::new();
    built
        .uid(event.uid)
        .timestamp(at(event.now))
        .starts(at(event.span.start()))
        .ends(at(event.span.end()))
        .summary(&clean(event.summary))
        .status(EventStatus::Confirmed)
        .sequence(event.sequence)
        .class(Class::Private)
        .append_property(Property::new("X-BOOKDAV-BOOKING", event.booking));
    if !event.description.is_empty() {
        built.description(&clean(event.description));
    }
    if !event.location.is_empty() {
        built.location(&clean(event.location));
    }
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//bookdav//EN"));
    calendar.push(built.done());
    calendar.to_string().into_bytes()
}

/// The same event at another time, with all that its owner added to it.
pub fn moved(document: &Document, span: Interval, sequence: u32, now: Instant) -> Vec<u8> {
    let mut edits = Vec::new();
    let Some(event) = document.calendar().children().find(|it| it.is("VEVENT")) else {
        return document.as_bytes().to_vec();
    };
    let lines = [
        ("DTSTART", format!("DTSTART:{}", utc_text(span.start()))),
        ("DTEND", format!("DTEND:{}", utc_text(span.end()))),
        ("SEQUENCE", format!("SEQUENCE:{sequence}")),
        ("DTSTAMP", format!("DTSTAMP:{}", utc_text(now))),
    ];
    for (name, line) in lines {
        match event.property(name) {
            Some(property) => edits.push((property.line(), Edit::Replace(line))),
            None => edits.push((event.end_line(), Edit::Before(line))),
        }
    }
    // An event that somebody gave a duration instead of an end gets the end.
    edits.extend(event.all("DURATION").map(|it| (it.line(), Edit::Remove)));
    splice(document, edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(summary: &'a str, description: &'a str) -> BookingEvent<'a> {
        BookingEvent {
            uid: "u1",
            span: Interval::new(1_800_000_000, 1_800_003_600).unwrap(),
            summary,
            description,
            location: "Room 1; second floor, left",
            booking: "bk_1",
            sequence: 0,
            now: 1_700_000_000,
        }
    }

    #[test]
    fn what_a_visitor_types_stays_text() {
        let hostile = "Jo\r\nBEGIN:VALARM\rx, y; z\\n\u{7}\u{2028}";
        let text = booking(&event("Call, with Jo", hostile));
        let document = Document::parse(&text).unwrap();
        crate::validate(&document).unwrap();
        let found = document.calendar().children().next().unwrap();
        assert_eq!(found.children().count(), 0);
        let expected = "Jo\nBEGIN:VALARM\nx, y; z\\n\u{2028}";
        assert_eq!(found.text("DESCRIPTION").as_deref(), Some(expected));
        assert_eq!(found.text("SUMMARY").as_deref(), Some("Call, with Jo"));
        assert_eq!(found.text("LOCATION").as_deref(), Some("Room 1; second floor, left"));
    }

    #[test]
    fn a_moved_event_keeps_what_its_owner_added() {
        let text = String::from_utf8(booking(&event("Call", ""))).unwrap();
        let own = text.replace("END:VEVENT", "X-OWN:kept\r\nEND:VEVENT");
        let document = Document::parse(own.as_bytes()).unwrap();
        let span = Interval::new(1_800_100_000, 1_800_101_800).unwrap();
        let moved = moved(&document, span, 1, 1_700_000_001);
        let document = Document::parse(&moved).unwrap();
        let found = document.calendar().children().next().unwrap();
        assert_eq!(found.value("DTSTART"), Some("20270116T114640Z"));
        assert_eq!(found.value("SEQUENCE"), Some("1"));
        assert_eq!(found.value("X-OWN"), Some("kept"));
    }
}
