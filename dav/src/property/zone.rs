//! `CALDAV:calendar-timezone-id`: the zone of a calendar by its name alone (RFC 7809 §5.2).
//!
//! Nothing is kept for it: it is the TZID of what is kept as `CALDAV:calendar-timezone`, so the
//! two are in step whichever of them a client sets (RFC 7809 §3.1.5).

use app::{App, Collection, PropertyChange, PropertyRecord};
use ical::Document;
use ical::zone_text::{Truncation, calendar};

use super::{Live, live};
use crate::wire::names::CALDAV;
use crate::wire::out::{Out, kept};
use crate::wire::tree::{Element, read};

/// The property that keeps the zone, with all its rules.
const DEFINITION: &str = "calendar-timezone";
/// The beginning of 1970: no event that anybody looks at is older.
const TRUNCATION: Truncation = Truncation { start: Some(0), end: None };

/// Writes the name of a calendar's zone.
pub(super) fn write(out: &mut Out, collection: &Collection) {
    out.leaf("C:calendar-timezone-id", &name(collection).unwrap_or_default());
}

/// The name of a calendar's zone, if it has one of its own.
pub(super) fn name(collection: &Collection) -> Option<String> {
    let kept = collection.property(CALDAV, DEFINITION)?;
    let definition = read(kept.xml.as_bytes()).ok()?;
    let document = Document::parse(definition.text.trim().as_bytes()).ok()?;
    let zone = document.calendar().children().find(|it| it.is("VTIMEZONE"))?;
    Some(zone.value("TZID")?.trim().to_owned())
}

/// Whether a change asks for a zone that nobody here knows (RFC 7809 §3.1.5).
pub(crate) fn is_unknown(app: &App, change: &PropertyChange) -> bool {
    match change {
        PropertyChange::Set(property) => sets(change) && definition(app, property).is_none(),
        PropertyChange::Remove(..) => false,
    }
}

/// Whether a change sets a zone by its name.
pub(crate) fn sets(change: &PropertyChange) -> bool {
    match change {
        PropertyChange::Set(property) => is_zone(&property.namespace, &property.name),
        PropertyChange::Remove(..) => false,
    }
}

/// The change as it is carried out: a zone by its name becomes the zone with its rules.
pub(crate) fn settled(app: &App, change: PropertyChange) -> PropertyChange {
    match change {
        PropertyChange::Set(property) if is_zone(&property.namespace, &property.name) => {
            let definition = definition(app, &property);
            PropertyChange::Set(definition.unwrap_or(property))
        }
        PropertyChange::Remove(namespace, name) if is_zone(&namespace, &name) => {
            PropertyChange::Remove(namespace, DEFINITION.to_owned())
        }
        other => other,
    }
}

fn is_zone(namespace: &str, name: &str) -> bool {
    live(namespace, name) == Some(Live::TimezoneId)
}

/// The `CALDAV:calendar-timezone` that a `CALDAV:calendar-timezone-id` means.
fn definition(app: &App, property: &PropertyRecord) -> Option<PropertyRecord> {
    let zone = app.zones().zone(read(property.xml.as_bytes()).ok()?.text.trim())?;
    let text = String::from_utf8(calendar(&zone, zone.name(), &TRUNCATION)).ok()?;
    let element = Element {
        namespace: CALDAV.to_owned(),
        name: DEFINITION.to_owned(),
        text,
        ..Element::default()
    };
    Some(PropertyRecord {
        namespace: element.namespace.clone(),
        name: element.name.clone(),
        xml: kept(&element),
    })
}
