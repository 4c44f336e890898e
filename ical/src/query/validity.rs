//! Whether a filter makes sense, and asks for nothing that nobody can answer (RFC 4791 §7.8).

use std::fmt;

use super::{ComponentFilter, PropertyFilter};

/// Why a filter is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BadFilter {
    /// It makes no sense: `CALDAV:valid-filter`.
    Invalid(String),
    /// It asks for the times of a component that has none we know: `CALDAV:supported-filter`,
    /// which reports a `CALDAV:comp-filter` of that name.
    UnsupportedComponent(String),
    /// The same with a `CALDAV:prop-filter`.
    UnsupportedProperty(String),
}

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) => f.write_str(why),
            Self::UnsupportedComponent(name) | Self::UnsupportedProperty(name) => {
                write!(f, "nobody knows when a {name} is")
            }
        }
    }
}

impl std::error::Error for BadFilter {}

/// Components by what they may lie in (RFC 5545 §3.6, RFC 7953 §3.1, RFC 9073 §7, RFC 9074 §6).
const WITHIN: &[(&str, &[&str])] = &[
    ("VEVENT", &["VCALENDAR", "VPOLL"]),
    ("VTODO", &["VCALENDAR", "VPOLL"]),
    ("VJOURNAL", &["VCALENDAR", "VPOLL"]),
    ("VFREEBUSY", &["VCALENDAR", "VPOLL"]),
    ("VTIMEZONE", &["VCALENDAR"]),
    ("VAVAILABILITY", &["VCALENDAR", "VPOLL"]),
    ("VPOLL", &["VCALENDAR"]),
    ("STANDARD", &["VTIMEZONE"]),
    ("DAYLIGHT", &["VTIMEZONE"]),
    ("AVAILABLE", &["VAVAILABILITY"]),
    ("VALARM", &["VEVENT", "VTODO", "AVAILABLE", "VPOLL"]),
];

/// Components whose times RFC 4791 §9.9 defines, and VAVAILABILITY.
const TIMED: &[&str] = &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "VAVAILABILITY"];

/// Properties that hold one date or time.
const MOMENTS: &[&str] = &[
    "ACKNOWLEDGED",
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "LAST-MODIFIED",
    "RECURRENCE-ID",
];

/// Checks a filter before anything is looked at.
///
/// # Errors
///
/// [`BadFilter`] with the precondition that it breaks.
pub fn check(filter: &ComponentFilter) -> Result<(), BadFilter> {
    if !filter.name.eq_ignore_ascii_case("VCALENDAR") {
        return Err(invalid("the outermost comp-filter is for VCALENDAR"));
    }
    component(filter)
}

fn component(filter: &ComponentFilter) -> Result<(), BadFilter> {
    let name = &filter.name;
    let has_more =
        filter.window.is_some() || !filter.properties.is_empty() || !filter.components.is_empty();
    if filter.is_not_defined && has_more {
        return Err(invalid(format!("what is not defined has nothing else: {name}")));
    }
    if filter.window.is_some() && !is_one_of(name, TIMED) {
        return Err(match is_known(name) {
            true => invalid(format!("a {name} has no time range")),
            false => BadFilter::UnsupportedComponent(name.clone()),
        });
    }
    filter.properties.iter().try_for_each(property)?;
    for inner in &filter.components {
        if !may_lie_in(&inner.name, name) {
            return Err(invalid(format!("a {} does not lie in a {name}", inner.name)));
        }
        component(inner)?;
    }
    Ok(())
}

fn property(filter: &PropertyFilter) -> Result<(), BadFilter> {
    let name = &filter.name;
    let has_more = filter.window.is_some() || filter.text.is_some() || !filter.params.is_empty();
    if filter.is_not_defined && has_more {
        return Err(invalid(format!("what is not defined has nothing else: {name}")));
    }
    if filter.window.is_some() && filter.text.is_some() {
        return Err(invalid(format!("a time range and a text exclude each other: {name}")));
    }
    if filter.window.is_some() && !is_one_of(name, MOMENTS) {
        let kind = crate::jcal::default_kind(&name.to_ascii_lowercase());
        return Err(match kind {
            Some(_) => invalid(format!("a {name} has no time range")),
            None => BadFilter::UnsupportedProperty(name.clone()),
        });
    }
    let is_contradiction = |it: &&super::ParamFilter| it.is_not_defined && it.text.is_some();
    match filter.params.iter().find(is_contradiction) {
        Some(param) => {
            Err(invalid(format!("what is not defined has nothing else: {}", param.name)))
        }
        None => Ok(()),
    }
}

/// Whether a component called `name` makes sense in one called `parent`; one that nobody
/// knows makes sense anywhere but in itself's stead, and is simply not found.
fn may_lie_in(name: &str, parent: &str) -> bool {
    if name.eq_ignore_ascii_case("VCALENDAR") {
        return false;
    }
    let known = WITHIN.iter().find(|it| it.0.eq_ignore_ascii_case(name));
    known.is_none_or(|it| is_one_of(parent, it.1) || !is_known(parent))
}

fn is_known(name: &str) -> bool {
    name.eq_ignore_ascii_case("VCALENDAR")
        || WITHIN.iter().any(|it| it.0.eq_ignore_ascii_case(name))
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|it| it.eq_ignore_ascii_case(name))
}

fn invalid(why: impl Into<String>) -> BadFilter {
    BadFilter::Invalid(why.into())
}

#[cfg(test)]
mod tests {
    use super::super::{ParamFilter, TextMatch};
    use super::*;
    use model::interval::Interval;

    fn comp(name: &str, components: Vec<ComponentFilter>) -> ComponentFilter {
        ComponentFilter { name: name.into(), components, ..ComponentFilter::default() }
    }

    fn timed(name: &str) -> ComponentFilter {
        ComponentFilter { window: Some(Interval::EVER), ..comp(name, vec![]) }
    }

    fn with(property: PropertyFilter) -> ComponentFilter {
        ComponentFilter { properties: vec![property], ..comp("VEVENT", vec![]) }
    }

    fn prop(name: &str) -> PropertyFilter {
        PropertyFilter { name: name.into(), ..PropertyFilter::default() }
    }

    fn of(inner: ComponentFilter) -> ComponentFilter {
        comp("VCALENDAR", vec![inner])
    }

    type Rows = Vec<(&'static str, ComponentFilter, Option<BadFilter>)>;

    fn check_rows(rows: Rows) {
        for (case, filter, expected) in rows {
            assert_eq!(check(&filter).err(), expected, "{case}");
        }
    }

    #[test]
    fn filters_that_make_no_sense_are_told_from_those_that_nobody_can_answer() {
        let window = Some(Interval::EVER);
        let missing = |filter| ComponentFilter { is_not_defined: true, ..filter };
        let unsupported = BadFilter::UnsupportedComponent;
        check_rows(vec![
            ("the plainest", of(timed("VEVENT")), None),
            (
                "in small letters",
                comp("vcalendar", vec![comp("vevent", vec![timed("valarm")])]),
                None,
            ),
            ("none of it", of(missing(comp("VTODO", vec![]))), None),
            ("one that nobody knows", of(comp("X-OWN", vec![comp("VALARM", vec![])])), None),
            ("a date", of(with(PropertyFilter { window, ..prop("COMPLETED") })), None),
            (
                "another outermost",
                comp("VEVENT", vec![]),
                Some(invalid("the outermost comp-filter is for VCALENDAR")),
            ),
            (
                "an event in a task",
                of(comp("VTODO", vec![comp("VEVENT", vec![])])),
                Some(invalid("a VEVENT does not lie in a VTODO")),
            ),
            (
                "an alarm in the calendar",
                of(comp("VALARM", vec![])),
                Some(invalid("a VALARM does not lie in a VCALENDAR")),
            ),
            ("the time of all", timed("VCALENDAR"), Some(invalid("a VCALENDAR has no time range"))),
            (
                "the time of a zone",
                of(timed("VTIMEZONE")),
                Some(invalid("a VTIMEZONE has no time range")),
            ),
            ("the time of nobody knows what", of(timed("X-A")), Some(unsupported("X-A".into()))),
        ]);
    }

    #[test]
    fn property_filters_that_make_no_sense_are_told_too() {
        let window = Some(Interval::EVER);
        let text = Some(TextMatch::default());
        let missing = |filter| ComponentFilter { is_not_defined: true, ..filter };
        check_rows(vec![
            (
                "the time of a text",
                of(with(PropertyFilter { window, ..prop("SUMMARY") })),
                Some(invalid("a SUMMARY has no time range")),
            ),
            (
                "the time of a property that nobody knows",
                of(with(PropertyFilter { window, ..prop("X-A") })),
                Some(BadFilter::UnsupportedProperty("X-A".into())),
            ),
            (
                "not there, and a window",
                of(missing(timed("VEVENT"))),
                Some(invalid("what is not defined has nothing else: VEVENT")),
            ),
            (
                "time and text",
                of(with(PropertyFilter { window, text: text.clone(), ..prop("DTSTART") })),
                Some(invalid("a time range and a text exclude each other: DTSTART")),
            ),
            (
                "not there, and a text",
                of(with(PropertyFilter {
                    is_not_defined: true,
                    text: text.clone(),
                    ..prop("UID")
                })),
                Some(invalid("what is not defined has nothing else: UID")),
            ),
            (
                "a parameter that is not there, and a text",
                of(with(PropertyFilter {
                    params: vec![ParamFilter { name: "CN".into(), is_not_defined: true, text }],
                    ..prop("ATTENDEE")
                })),
                Some(invalid("what is not defined has nothing else: CN")),
            ),
        ]);
    }
}
