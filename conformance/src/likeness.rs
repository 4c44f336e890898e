//! Whether two calendars mean the same, whatever the order in which they say it.

use std::collections::BTreeSet;

use crate::icalendar::{Component, Property};
use crate::moment::{Moment, duration_s, period};

/// What scripts never compare: what servers may add, drop or stamp as they like.
const ALWAYS_LEFT_OUT: [&str; 13] = [
    "ATTENDEE:X-CALENDARSERVER-DTSTAMP",
    "ATTENDEE:X-CALENDARSERVER-AUTO",
    "ATTENDEE:X-CALENDARSERVER-RESET-PARTSTAT",
    "CALSCALE",
    "PRODID",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "X-WR-CALNAME",
    "CLASS=PUBLIC",
    "PRIORITY=0",
    "TRANSP=OPAQUE",
    "SEQUENCE=0",
];

/// What of a calendar counts.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    left_out: Vec<String>,
    has_timezones: bool,
}

impl Filters {
    /// The usual filters with `more`, of which `!X` takes `X` away.
    pub(crate) fn with(more: impl IntoIterator<Item = String>) -> Self {
        let mut left_out: Vec<String> = ALWAYS_LEFT_OUT.iter().map(|it| (*it).to_owned()).collect();
        let (cancelled, added): (Vec<_>, Vec<_>) =
            more.into_iter().partition(|it| it.starts_with('!'));
        left_out.extend(added);
        left_out.retain(|it| !cancelled.iter().any(|no| &no[1..] == it));
        Self { left_out, has_timezones: true }
    }

    /// The same, for a server that need not send time zones (RFC 7809).
    pub(crate) fn without_timezones(self) -> Self {
        Self { has_timezones: false, ..self }
    }

    fn drops(&self, property: &Property) -> bool {
        self.left_out.iter().any(|it| match it.split_once('=') {
            Some((name, value)) => property.name == name && property.value == value,
            None => property.name == *it,
        })
    }

    fn drops_parameter(&self, property: &str, parameter: &str) -> bool {
        self.left_out.iter().any(|it| it.split_once(':') == Some((property, parameter)))
    }
}

/// Compares two calendars.
///
/// # Errors
///
/// The lines that only one of them has.
pub(crate) fn alike(
    expected: &Component,
    got: &Component,
    filters: &Filters,
) -> Result<(), String> {
    let (mut expected, mut got) = (tidied(expected, filters), tidied(got, filters));
    let (one, other) = (expected.clone(), got.clone());
    derive_overrides(&mut expected, &other);
    derive_overrides(&mut got, &one);
    if canonical(&expected) == canonical(&got) {
        return Ok(());
    }
    let (wanted, found) = (lines(&expected, ""), lines(&got, ""));
    let missing: Vec<&String> = wanted.difference(&found).collect();
    let extra: Vec<&String> = found.difference(&wanted).collect();
    let told = |them: Vec<&String>| -> String {
        them.iter().take(20).map(|it| format!("\n    {it}")).collect()
    };
    Err(format!(
        "the calendars differ\n  only expected:{}\n  only in the answer:{}",
        told(missing),
        told(extra)
    ))
}

/// The component with everything left out that does not count, and the rest in one form.
fn tidied(component: &Component, filters: &Filters) -> Component {
    let mut tidy = Component { name: component.name.clone(), ..Component::default() };
    for inner in &component.components {
        if inner.name == "VTIMEZONE" {
            // What a zone says is the server's own; that it is there is not.
            if filters.has_timezones {
                let properties = inner.property("TZID").cloned().into_iter().collect();
                let name = inner.name.clone();
                tidy.components.push(Component { name, properties, components: Vec::new() });
            }
            continue;
        }
        tidy.components.push(tidied(inner, filters));
    }
    let start = component.property("DTSTART").and_then(Moment::of);
    for property in &component.properties {
        if filters.drops(property) {
            continue;
        }
        let length = start.as_ref().filter(|_| component.name == "VEVENT").and_then(|start| {
            let end = (property.name == "DTEND").then(|| Moment::of(property))??;
            start.seconds_until(&end)
        });
        match length {
            Some(seconds) => tidy.properties.push(Property {
                name: "DURATION".into(),
                parameters: Vec::new(),
                value: format!("{seconds} s"),
            }),
            None => tidy.properties.extend(tidied_property(property, filters)),
        }
    }
    tidy
}

/// A property in one form: several, where it says several things.
fn tidied_property(property: &Property, filters: &Filters) -> Vec<Property> {
    let mut parameters = Vec::new();
    for (name, values) in &property.parameters {
        let is_default = name == "VALUE"
            && values.len() == 1
            && values[0].eq_ignore_ascii_case(default_type(&property.name));
        if is_default || filters.drops_parameter(&property.name, name) {
            continue;
        }
        let mut values = values.clone();
        if name == "X-CALENDARSERVER-DTSTAMP" {
            values.clear();
        }
        values.sort();
        parameters.push((name.clone(), values));
    }
    parameters.sort();
    let values: Vec<String> = match property.name.as_str() {
        "EXDATE" | "RDATE" => property.value.split(',').map(str::to_owned).collect(),
        name => vec![tidied_value(name, &property.value)],
    };
    let name = &property.name;
    values
        .into_iter()
        .map(|value| Property { name: name.clone(), parameters: parameters.clone(), value })
        .collect()
}

fn tidied_value(name: &str, value: &str) -> String {
    match name {
        "DURATION" | "TRIGGER" => {
            duration_s(value).map_or(value.to_owned(), |seconds| format!("{seconds} s"))
        }
        "RRULE" | "EXRULE" => {
            let parts: BTreeSet<String> = value
                .split(';')
                .map(str::to_ascii_uppercase)
                .filter(|it| it != "INTERVAL=1" && it != "WKST=MO")
                .collect();
            parts.into_iter().collect::<Vec<_>>().join(";")
        }
        "FREEBUSY" => {
            let periods: BTreeSet<String> = value
                .split(',')
                .map(|it| {
                    let (start, end) = period(it);
                    format!("{start}/{end}")
                })
                .collect();
            periods.into_iter().collect::<Vec<_>>().join(",")
        }
        _ => unescaped(value),
    }
}

/// A text without its escapes, some of which may be written or not.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (other, false) => out.push(other),
        }
    }
    out
}

/// RFC 5545 §3.8: the type that a property has when it does not say.
fn default_type(property: &str) -> &'static str {
    match property {
        "DTSTART" | "DTEND" | "DUE" | "RECURRENCE-ID" | "EXDATE" | "RDATE" | "DTSTAMP"
        | "CREATED" | "LAST-MODIFIED" | "COMPLETED" => "DATE-TIME",
        "TRIGGER" | "DURATION" => "DURATION",
        "ATTACH" | "URL" | "TZURL" => "URI",
        "ATTENDEE" | "ORGANIZER" => "CAL-ADDRESS",
        "RRULE" | "EXRULE" => "RECUR",
        "FREEBUSY" => "PERIOD",
        "SEQUENCE" | "PRIORITY" | "PERCENT-COMPLETE" | "REPEAT" => "INTEGER",
        "GEO" => "FLOAT",
        _ => "TEXT",
    }
}

/// Adds to `calendar` the overrides that only `other` has, as its master would have them.
fn derive_overrides(calendar: &mut Component, other: &Component) {
    let mut derived = Vec::new();
    for there in &other.components {
        let Some(id) = there.property("RECURRENCE-ID") else { continue };
        let is_same =
            |it: &&Component| it.name == there.name && it.value("UID") == there.value("UID");
        let has_it = calendar
            .components
            .iter()
            .filter(is_same)
            .any(|it| it.property("RECURRENCE-ID").is_some_and(|own| own == id));
        let master = calendar
            .components
            .iter()
            .filter(is_same)
            .find(|it| it.property("RECURRENCE-ID").is_none());
        if let (false, Some(master)) = (has_it, master) {
            derived.extend(instance(master, id));
        }
    }
    calendar.components.extend(derived);
}

/// The instance of a series at `id`, unless the series leaves it out.
fn instance(master: &Component, id: &Property) -> Option<Component> {
    let at = Moment::of(id)?;
    let start = master.property("DTSTART")?;
    let value = at.written_like(&Moment::of(start)?)?;
    let is_excluded = master
        .properties
        .iter()
        .filter(|it| it.name == "EXDATE")
        .any(|it| Moment::of(it).and_then(|it| at.written_like(&it)) == Some(it.value.clone()));
    if is_excluded {
        return None;
    }
    let mut instance = master.clone();
    instance
        .properties
        .retain(|it| !["RRULE", "RDATE", "EXDATE", "EXRULE"].contains(&it.name.as_str()));
    for property in &mut instance.properties {
        if property.name == "DTSTART" {
            property.value.clone_from(&value);
        }
    }
    instance.properties.push(id.clone());
    Some(instance)
}

/// The component as one text that is the same for all that mean the same.
fn canonical(component: &Component) -> String {
    let mut properties: Vec<String> = component.properties.iter().map(line).collect();
    properties.sort();
    let mut inner: Vec<String> = component.components.iter().map(canonical).collect();
    inner.sort();
    format!("{}[{}|{}]", component.name, properties.join("\n"), inner.join("\n"))
}

fn line(property: &Property) -> String {
    let parameters: String = property
        .parameters
        .iter()
        .map(|(name, values)| format!(";{name}={}", values.join(",")))
        .collect();
    format!("{}{parameters}:{}", property.name, property.value)
}

/// Every line with the components it lies in, for telling what differs.
fn lines(component: &Component, above: &str) -> BTreeSet<String> {
    let id = component.value("RECURRENCE-ID").map(|it| format!("({it})")).unwrap_or_default();
    let here = format!("{above}{}{id}", component.name);
    let mut found: BTreeSet<String> =
        component.properties.iter().map(|it| format!("{here} {}", line(it))).collect();
    if component.properties.is_empty() {
        found.insert(here.clone());
    }
    for inner in &component.components {
        found.extend(lines(inner, &format!("{here}/")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: &str =
        "DTSTART;TZID=Europe/Paris:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY\nSUMMARY:s";

    fn calendar(events: &[&str]) -> Component {
        let events: String =
            events.iter().map(|it| format!("BEGIN:VEVENT\nUID:u\n{it}\nEND:VEVENT\n")).collect();
        let text = format!("BEGIN:VCALENDAR\nPRODID:{}\n{events}END:VCALENDAR\n", events.len());
        Component::parse(&text).unwrap()
    }

    fn check(expected: &[&str], got: &[&str], more: &[&str]) -> bool {
        let filters = Filters::with(more.iter().map(|it| (*it).to_owned()));
        alike(&calendar(expected), &calendar(got), &filters).is_ok()
    }

    #[test]
    fn what_means_the_same_is_alike() {
        for (case, one, other) in [
            ("another order", "SUMMARY:s\nLOCATION:l", "LOCATION:l\nSUMMARY:s"),
            (
                "stamps",
                "SUMMARY:s\nDTSTAMP:20260101T000000Z",
                "SUMMARY:s\nCREATED:20250101T000000Z",
            ),
            ("defaults", "TRANSP:OPAQUE\nSEQUENCE:0", "PRIORITY:0\nCLASS:PUBLIC"),
            (
                "an end and a duration",
                "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z",
                "DTSTART:20260302T090000Z\nDURATION:PT60M",
            ),
            (
                "an end on another day",
                "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260303",
                "DTSTART;VALUE=DATE:20260302\nDURATION:P1D",
            ),
            ("parameters", "ATTENDEE;A=1;B=2:x", "ATTENDEE;B=2;A=\"1\":x"),
            ("rules", "RRULE:FREQ=DAILY;COUNT=2", "RRULE:COUNT=2;FREQ=DAILY;INTERVAL=1"),
            ("escapes", "SUMMARY:a\\,b\\;c", "SUMMARY:a,b;c"),
            ("dates in one line or two", "EXDATE:1,2", "EXDATE:1\nEXDATE:2"),
        ] {
            assert!(check(&[one], &[other], &[]), "{case}");
        }
    }

    #[test]
    fn what_means_something_else_is_not() {
        for (case, one, other) in [
            ("another text", "SUMMARY:s", "SUMMARY:t"),
            ("one more property", "SUMMARY:s", "SUMMARY:s\nLOCATION:l"),
            ("twice", "COMMENT:s", "COMMENT:s\nCOMMENT:s"),
            ("transparent", "TRANSP:OPAQUE", "TRANSP:TRANSPARENT"),
            ("another zone", "DTSTART;TZID=A:20260302T090000", "DTSTART;TZID=B:20260302T090000"),
            ("a parameter", "ATTENDEE;PARTSTAT=ACCEPTED:x", "ATTENDEE:x"),
            (
                "longer",
                "DTSTART:20260302T090000Z\nDURATION:PT1H",
                "DTSTART:20260302T090000Z\nDURATION:PT2H",
            ),
        ] {
            assert!(!check(&[one], &[other], &[]), "{case}");
        }
    }

    #[test]
    fn filters_leave_out_a_property_a_value_or_a_parameter_and_may_be_cancelled() {
        for (filter, one, other, expected) in [
            ("LOCATION", "SUMMARY:s", "SUMMARY:s\nLOCATION:l", true),
            ("LOCATION=l", "SUMMARY:s", "SUMMARY:s\nLOCATION:l", true),
            ("LOCATION=k", "SUMMARY:s", "SUMMARY:s\nLOCATION:l", false),
            ("ATTENDEE:EMAIL", "ATTENDEE:x", "ATTENDEE;EMAIL=e:x", true),
            ("ATTENDEE:CN", "ATTENDEE:x", "ATTENDEE;EMAIL=e:x", false),
            ("!TRANSP=OPAQUE", "SUMMARY:s", "SUMMARY:s\nTRANSP:OPAQUE", false),
        ] {
            assert_eq!(check(&[one], &[other], &[filter]), expected, "{filter}");
        }
    }

    #[test]
    fn an_override_that_says_what_the_series_says_may_be_left_out() {
        let same = "RECURRENCE-ID;TZID=Europe/Paris:20260303T090000\n\
                    DTSTART;TZID=Europe/Paris:20260303T090000\nDURATION:PT1H\nSUMMARY:s";
        let other = same.replace("SUMMARY:s", "SUMMARY:t");
        assert!(check(&[SERIES], &[SERIES, same], &[]));
        assert!(check(&[SERIES, same], &[SERIES], &[]));
        assert!(!check(&[SERIES], &[SERIES, &other], &[]));
        let without = format!("{SERIES}\nEXDATE;TZID=Europe/Paris:20260303T090000");
        assert!(!check(&[&without], &[&without, same], &[]));
    }

    #[test]
    fn zones_count_only_where_they_must_be_sent() {
        let bare = calendar(&["SUMMARY:s"]);
        let mut zoned = bare.clone();
        zoned.components.push(Component { name: "VTIMEZONE".into(), ..Component::default() });
        let filters = Filters::with([]);
        assert!(alike(&bare, &zoned, &filters).is_err());
        assert!(alike(&bare, &zoned, &filters.without_timezones()).is_ok());
    }
}
