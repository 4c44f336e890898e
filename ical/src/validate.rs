//! Whether a document may be stored as one calendar object (RFC 4791 §4.1, §5.3.2.1).

use std::fmt;

use model::limit::ATTENDEES_MAX;

use crate::document::{Component, Document};
use crate::moment::{Length, is_moment};
use crate::recur::Rule;

/// The rule of RFC 4791 §5.3.2.1 that an object breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Precondition {
    /// The text breaks RFC 5545.
    ValidCalendarData,
    /// The text is iCalendar, but no calendar object of RFC 4791 §4.1.
    ValidCalendarObjectResource,
    /// It has too many attendees.
    MaxAttendees,
    /// It has too many instances.
    MaxInstances,
}

/// Why an object cannot be stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invalid {
    /// The rule that it breaks.
    pub precondition: Precondition,
    /// What exactly is wrong, for a person.
    pub why: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Invalid {}

/// What a calendar object is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// The UID that all its components share.
    pub uid: String,
    /// The name of those components, in capitals.
    pub component: String,
}

/// Components that a calendar object may be made of.
const KINDS: &[&str] = &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];

/// Checks that `document` is one calendar object.
///
/// # Errors
///
/// [`Invalid`] with the rule that it breaks.
pub fn validate(document: &Document) -> Result<Summary, Invalid> {
    let roots = document.roots().count();
    let calendar = document.calendar();
    if roots != 1 || !calendar.is("VCALENDAR") {
        return Err(not_an_object("it is not exactly one VCALENDAR"));
    }
    if calendar.property("METHOD").is_some() {
        return Err(not_an_object("METHOD has no place in a stored object"));
    }
    if calendar.value("CALSCALE").is_some_and(|it| !it.eq_ignore_ascii_case("GREGORIAN")) {
        return Err(bad_data("CALSCALE is not GREGORIAN"));
    }
    let mut summary: Option<Summary> = None;
    let mut masters = 0;
    for component in calendar.children().filter(|it| !it.is("VTIMEZONE")) {
        let found = summary_of(component)?;
        match &summary {
            Some(first) if first.component != found.component => {
                return Err(not_an_object("its components are not all of one kind"));
            }
            Some(first) if first.uid != found.uid => {
                return Err(not_an_object("its components have different UIDs"));
            }
            _ => summary = Some(found),
        }
        masters += usize::from(component.property("RECURRENCE-ID").is_none());
    }
    if masters > 1 {
        return Err(not_an_object("more than one component has no RECURRENCE-ID"));
    }
    let summary = summary.ok_or_else(|| not_an_object("it has no component but time zones"))?;
    for component in calendar.children().filter(|it| !it.is("VTIMEZONE")) {
        check_dates(component)?;
    }
    Ok(summary)
}

fn summary_of(component: Component<'_>) -> Result<Summary, Invalid> {
    let kind = component.name().to_ascii_uppercase();
    if !KINDS.contains(&kind.as_str()) && !kind.starts_with("X-") && kind != "VPOLL" {
        return Err(not_an_object(format!("{kind} is no component that can be stored")));
    }
    let mut uids = component.all("UID");
    let uid = uids.next().map(|it| it.value().to_owned()).unwrap_or_default();
    if uid.trim().is_empty() {
        return Err(bad_data(format!("{kind} has no UID")));
    }
    if uids.next().is_some() {
        return Err(bad_data(format!("{kind} has more than one UID")));
    }
    if component.all("ATTENDEE").count() > ATTENDEES_MAX {
        return Err(Invalid {
            precondition: Precondition::MaxAttendees,
            why: format!("{kind} has more than {ATTENDEES_MAX} attendees"),
        });
    }
    if component
        .children()
        .any(|it| it.is("VCALENDAR") || it.is("VEVENT") && !kind.starts_with('X'))
    {
        return Err(bad_data(format!("{kind} contains what it must not")));
    }
    Ok(Summary { uid, component: kind })
}

/// Properties that a component has at most once.
const ONCE: &[&str] = &["DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "DTSTAMP"];

/// Checks dates, durations and rules (RFC 5545 §3.6.1).
fn check_dates(component: Component<'_>) -> Result<(), Invalid> {
    let kind = component.name().to_ascii_uppercase();
    for name in ONCE {
        if component.all(name).nth(1).is_some() {
            return Err(bad_data(format!("{kind} has more than one {name}")));
        }
    }
    let has = |name| component.property(name).is_some();
    if kind == "VEVENT" && !has("DTSTART") {
        return Err(bad_data("VEVENT has no DTSTART"));
    }
    if has("DURATION") && (has("DTEND") || has("DUE")) {
        return Err(bad_data(format!("{kind} has both an end and a DURATION")));
    }
    for property in component.properties() {
        let name = property.name().to_ascii_uppercase();
        match name.as_str() {
            "DTSTART" | "DTEND" | "DUE" | "RECURRENCE-ID"
                if !is_moment(property.value().trim()) =>
            {
                return Err(bad_data(format!("{name} is no date or time")));
            }
            "EXDATE"
                if !property
                    .value()
                    .split(',')
                    .all(|it| it.trim().is_empty() || is_moment(it.trim())) =>
            {
                return Err(bad_data("EXDATE has a value that is no date or time"));
            }
            "DURATION" if Length::parse(property.value().trim()).is_none() => {
                return Err(bad_data("DURATION is no duration, or too long a one"));
            }
            "RRULE" => {
                Rule::parse(property.value()).map_err(|it| bad_data(it.to_string()))?;
            }
            _ => {}
        }
    }
    let is_date = |name| component.property(name).map(|it| it.value().trim().len() == 8);
    if let (Some(start), Some(end)) = (is_date("DTSTART"), is_date("DTEND"))
        && start != end
    {
        return Err(bad_data("DTSTART and DTEND are not of one type"));
    }
    Ok(())
}

fn bad_data(why: impl Into<String>) -> Invalid {
    Invalid { precondition: Precondition::ValidCalendarData, why: why.into() }
}

fn not_an_object(why: impl Into<String>) -> Invalid {
    Invalid { precondition: Precondition::ValidCalendarObjectResource, why: why.into() }
}
