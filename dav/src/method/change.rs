//! Changes of properties: what a body asks for, what becomes of each, and how that is told.

use app::{App, PropertyChange, PropertyRecord};
use ical::Document;

use crate::multistatus;
use crate::path::Resource;
use crate::property::{is_settable, zone};
use crate::wire::names::{CALDAV, CALENDAR_SERVER, DAV};
use crate::wire::out::{Out, kept};
use crate::wire::tree::{Element, read};

/// What becomes of a change (RFC 4918 §9.2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// It is made, if the others are.
    Good,
    /// Only the server sets that property.
    Protected,
    /// Nobody here knows that time zone (RFC 7809 §3.1.5).
    UnknownZone,
    /// The value is not the calendar object that it must be (RFC 4791 §5.2.2).
    NoCalendar,
    /// The property cannot have that value.
    WrongValue,
    /// The asker may not make it.
    Forbidden,
    /// There is no room for it.
    NoRoom,
}

impl Fate {
    /// What becomes of a change of a property of `resource`.
    pub(super) fn of(app: &App, resource: &Resource, change: &PropertyChange) -> Self {
        let (namespace, name) = name_of(change);
        if !is_settable(resource, namespace, name) {
            return Self::Protected;
        }
        match change {
            PropertyChange::Remove(..) => Self::Good,
            PropertyChange::Set(_) if zone::is_unknown(app, change) => Self::UnknownZone,
            PropertyChange::Set(property) => of_value(property),
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Good => multistatus::OK,
            Self::WrongValue => "HTTP/1.1 409 Conflict",
            Self::NoRoom => "HTTP/1.1 507 Insufficient Storage",
            _ => multistatus::FORBIDDEN,
        }
    }

    const fn condition(self) -> Option<&'static str> {
        match self {
            Self::Protected => Some("D:cannot-modify-protected-property"),
            Self::UnknownZone => Some("C:valid-timezone"),
            Self::NoCalendar => Some("C:valid-calendar-data"),
            Self::Good | Self::WrongValue | Self::Forbidden | Self::NoRoom => None,
        }
    }
}

/// Whether the value of a property that the server itself reads is as it must be.
fn of_value(property: &PropertyRecord) -> Fate {
    let component = match (property.namespace.as_str(), property.name.as_str()) {
        (CALDAV, "calendar-timezone") => "VTIMEZONE",
        (CALDAV | CALENDAR_SERVER, "calendar-availability") => "VAVAILABILITY",
        (DAV, "displayname") => {
            let is_text = read(property.xml.as_bytes()).is_ok_and(|it| it.children.is_empty());
            return if is_text { Fate::Good } else { Fate::WrongValue };
        }
        _ => return Fate::Good,
    };
    let is_calendar = read(property.xml.as_bytes()).is_ok_and(|it| {
        let document = Document::parse(it.text.trim().as_bytes());
        document.is_ok_and(|it| it.calendar().children().any(|it| it.is(component)))
    });
    if is_calendar { Fate::Good } else { Fate::NoCalendar }
}

fn name_of(change: &PropertyChange) -> (&str, &str) {
    match change {
        PropertyChange::Set(it) => (&it.namespace, &it.name),
        PropertyChange::Remove(namespace, name) => (namespace, name),
    }
}

/// The changes that the `DAV:set` and `DAV:remove` of an element ask for, in order.
pub(super) fn changes(root: &Element) -> Vec<PropertyChange> {
    let mut changes = Vec::new();
    for part in &root.children {
        let properties = part.all(DAV, "prop").flat_map(|it| &it.children);
        if part.is(DAV, "set") {
            changes.extend(properties.map(|it| PropertyChange::Set(record(it))));
        } else if part.is(DAV, "remove") {
            changes.extend(
                properties.map(|it| PropertyChange::Remove(it.namespace.clone(), it.name.clone())),
            );
        }
    }
    changes
}

/// A property as it is kept.
pub(super) fn record(element: &Element) -> PropertyRecord {
    PropertyRecord {
        namespace: element.namespace.clone(),
        name: element.name.clone(),
        xml: kept(element),
    }
}

/// Writes each change with what becomes of it: if one is refused, none is made.
pub(super) fn propstats(out: &mut Out, changes: &[PropertyChange], fates: &[Fate]) {
    let is_refused = fates.iter().any(|it| *it != Fate::Good);
    let mut told: Vec<Fate> = Vec::new();
    for fate in fates {
        if told.contains(fate) {
            continue;
        }
        told.push(*fate);
        let failed = *fate == Fate::Good && is_refused;
        let status = if failed { "HTTP/1.1 424 Failed Dependency" } else { fate.status() };
        let which = changes.iter().zip(fates).filter(|it| it.1 == fate).map(|it| name_of(it.0));
        multistatus::propstat_for(out, (status, fate.condition()), |out| {
            for (namespace, name) in which {
                out.empty_of(namespace, name);
            }
        });
    }
}
