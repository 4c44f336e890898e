//! Whether a document may be stored as one calendar object (RFC 4791 §4.1, §5.3.2.1).

use std::fmt;

use model::limit::ATTENDEES_MAX;

use crate::document::{Component, Document};
use crate::moment::{Length, is_moment};
use crate::recur::{Rule, rscale};

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
    /// It begins too early.
    MinDateTime,
    /// It ends too late.
    MaxDateTime,
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
    if !calendar.is("VCALENDAR") {
        let why = "it is no VCALENDAR".to_owned();
        return Err(Invalid { precondition: Precondition::ValidCalendarData, why });
    }
    if roots != 1 {
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
        for available in component.children().filter(|it| it.is("AVAILABLE")) {
            check_available(available)?;
        }
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
    if component.children().any(|it| !may_contain(&kind, it)) {
        return Err(bad_data(format!("{kind} contains what it must not")));
    }
    Ok(Summary { uid, component: kind })
}

/// Whether a component may lie in one of that kind; what nobody knows may lie anywhere.
fn may_contain(kind: &str, inner: Component<'_>) -> bool {
    let is_object = KINDS.iter().any(|it| inner.is(it));
    match kind {
        // A poll holds what is to be chosen from.
        _ if kind == "VPOLL" || kind.starts_with("X-") => !inner.is("VCALENDAR"),
        "VAVAILABILITY" => !is_object && !inner.is("VCALENDAR"),
        _ => !is_object && !inner.is("VCALENDAR") && !inner.is("AVAILABLE"),
    }
}

/// Calendar systems that may be named in a rule, by their names in the CLDR: those that
/// `CALDAV:supported-rscale-set` tells (RFC 7529 §5, §10.1). Of ISLAMIC and ISLAMIC-RGSA,
/// which go by sight of the moon, only the first instance is known.
pub const CALENDAR_SYSTEMS: &[&str] = &[
    "GREGORIAN",
    "BUDDHIST",
    "CHINESE",
    "COPTIC",
    "DANGI",
    "ETHIOAA",
    "ETHIOPIC",
    "HEBREW",
    "INDIAN",
    "ISLAMIC",
    "ISLAMIC-CIVIL",
    "ISLAMIC-RGSA",
    "ISLAMIC-TBLA",
    "ISLAMIC-UMALQURA",
    "ISO8601",
    "JAPANESE",
    "PERSIAN",
    "ROC",
];

/// Other names of those.
const CALENDAR_ALIASES: &[&str] = &["GREGORY", "ETHIOPIC-AMETE-ALEM", "ISLAMICC"];

/// The first calendar system named in a rule that nobody knows; an object with one is not
/// stored, and `CALDAV:supported-rscale` says so (RFC 7529 §10).
pub fn unsupported_rscale(document: &Document) -> Option<String> {
    let rules = |it: Component<'_>| -> Vec<String> {
        it.all("RRULE").filter_map(|it| rscale(it.value()).map(str::to_owned)).collect()
    };
    let mut named = document
        .calendar()
        .children()
        .flat_map(|it| rules(it).into_iter().chain(it.children().flat_map(rules)));
    let is_known = |name: &String| {
        CALENDAR_SYSTEMS.iter().chain(CALENDAR_ALIASES).any(|it| it.eq_ignore_ascii_case(name))
    };
    named.find(|it| !is_known(it))
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
                return Err(no_moment(&name, property.value().trim()));
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

/// A stretch of availability is like an event (RFC 7953 §3.1).
fn check_available(available: Component<'_>) -> Result<(), Invalid> {
    if available.property("DTSTART").is_none() {
        return Err(bad_data("AVAILABLE has no DTSTART"));
    }
    if available.value("UID").is_none_or(str::is_empty) {
        return Err(bad_data("AVAILABLE has no UID"));
    }
    check_dates(available)
}

/// Why `value` is no date or time: it says none, or one before all that are kept.
fn no_moment(name: &str, value: &str) -> Invalid {
    if value.starts_with("0000") && value.len() >= 8 {
        let why = format!("{name} is before the year 1");
        return Invalid { precondition: Precondition::MinDateTime, why };
    }
    bad_data(format!("{name} is no date or time"))
}

fn bad_data(why: impl Into<String>) -> Invalid {
    Invalid { precondition: Precondition::ValidCalendarData, why: why.into() }
}

fn not_an_object(why: impl Into<String>) -> Invalid {
    Invalid { precondition: Precondition::ValidCalendarObjectResource, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a calendar with these lines in it.
    fn said(lines: &str) -> Result<Summary, String> {
        let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{lines}\nEND:VCALENDAR\n");
        let document = Document::parse(text.as_bytes()).unwrap();
        validate(&document).map_err(|it| format!("{:?}: {it}", it.precondition))
    }

    fn comp(kind: &str, lines: &str) -> String {
        format!("BEGIN:{kind}\nUID:1\n{lines}\nEND:{kind}")
    }

    #[test]
    fn every_kind_of_object_can_be_stored() {
        let available = comp("AVAILABLE", "DTSTART:20260101T090000\nRRULE:FREQ=DAILY");
        let rows = [
            ("VEVENT", comp("VEVENT", "DTSTART:20260101T000000Z")),
            ("VTODO", comp("VTODO", "SUMMARY:a")),
            ("VJOURNAL", comp("VJOURNAL", "SUMMARY:a")),
            (
                "VFREEBUSY",
                comp(
                    "VFREEBUSY",
                    "DTSTART:20260101T000000Z\nDTEND:20260102T000000Z\n\
                      FREEBUSY:20260101T000000Z/PT1H",
                ),
            ),
            ("VAVAILABILITY", comp("VAVAILABILITY", &format!("BUSYTYPE:BUSY\n{available}"))),
            ("VPOLL", comp("VPOLL", &comp("VEVENT", "DTSTART:20260101T000000Z"))),
            ("X-OWN", comp("X-OWN", "X-A:b")),
        ];
        for (kind, text) in rows {
            let summary = Summary { uid: "1".into(), component: kind.into() };
            assert_eq!(said(&text), Ok(summary), "{kind}");
        }
        let instance = comp("VEVENT", "RECURRENCE-ID:20260102T000000Z\nDTSTART:20260103T000000Z");
        let zone = "BEGIN:VTIMEZONE\nTZID:A\nEND:VTIMEZONE";
        assert!(said(&format!("{instance}\n{zone}")).is_ok(), "an instance without its series");
    }

    #[test]
    fn what_is_no_calendar_object_is_refused_with_the_rule_it_breaks() {
        let event = comp("VEVENT", "DTSTART:20260101T000000Z");
        let object = "ValidCalendarObjectResource";
        let data = "ValidCalendarData";
        let rows = [
            (format!("METHOD:REQUEST\n{event}"), object, "METHOD has no place in a stored object"),
            (format!("CALSCALE:HEBREW\n{event}"), data, "CALSCALE is not GREGORIAN"),
            ("X-A:b".into(), object, "it has no component but time zones"),
            (
                format!("{event}\n{}", comp("VTODO", "")),
                object,
                "its components are not all of one kind",
            ),
            (
                format!(
                    "{event}\n{}",
                    event.replace("UID:1", "UID:2\nRECURRENCE-ID:20260101T000000Z")
                ),
                object,
                "its components have different UIDs",
            ),
            (format!("{event}\n{event}"), object, "more than one component has no RECURRENCE-ID"),
            (event.replace("UID:1\n", ""), data, "VEVENT has no UID"),
            (event.replace("UID:1", "UID:1\nUID:1"), data, "VEVENT has more than one UID"),
            (comp("VALARM", ""), object, "VALARM is no component that can be stored"),
            (comp("VTODO", &event), data, "VTODO contains what it must not"),
            (comp("VEVENT", ""), data, "VEVENT has no DTSTART"),
            (
                comp("VEVENT", &format!("DTSTART:20260101T000000Z\n{}", comp("AVAILABLE", ""))),
                data,
                "VEVENT contains what it must not",
            ),
            (comp("VAVAILABILITY", &comp("AVAILABLE", "")), data, "AVAILABLE has no DTSTART"),
            (
                comp("VAVAILABILITY", &comp("AVAILABLE", "DTSTART:20260101T000000\nRRULE:FREQ=X")),
                data,
                "recurrence rule: \"FREQ=X\" is wrong",
            ),
            (
                comp(
                    "VAVAILABILITY",
                    "DTSTART:20260101T000000Z\nDTEND:20260102T000000Z\nDURATION:P1D",
                ),
                data,
                "VAVAILABILITY has both an end and a DURATION",
            ),
        ];
        for (text, precondition, why) in rows {
            assert_eq!(said(&text), Err(format!("{precondition}: {why}")), "{text}");
        }
    }

    #[test]
    fn calendar_systems_that_nobody_knows_are_told() {
        let rule = |rule: &str| {
            let event = comp("VEVENT", &format!("DTSTART;VALUE=DATE:20130210\nRRULE:{rule}"));
            let text = format!("BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR\n");
            let document = Document::parse(text.as_bytes()).unwrap();
            validate(&document).unwrap();
            unsupported_rscale(&document)
        };
        assert_eq!(rule("FREQ=YEARLY"), None);
        assert_eq!(rule("RSCALE=CHINESE;FREQ=YEARLY"), None);
        assert_eq!(rule("RSCALE=ethiopic;FREQ=MONTHLY;BYMONTH=13"), None);
        assert_eq!(rule("FREQ=YEARLY;RSCALE=HEBREW;BYMONTH=5L;BYMONTHDAY=8;SKIP=FORWARD"), None);
        assert_eq!(rule("RSCALE=X-MARS;FREQ=YEARLY"), Some("X-MARS".into()));
    }
}
