//! Which kind of value a property has unless it says otherwise, and how many of them.

/// What the values of a property look like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// One value; a comma in it is part of it.
    One,
    /// Values with commas between them.
    Many,
    /// One value of several fields with semicolons between them (RFC 7265 §3.4.1).
    Fields,
}

/// What is said of a value whose kind nobody knows (RFC 7265 §5).
pub(super) const UNKNOWN: &str = "unknown";

/// Properties by the kind of their value: RFC 5545, 7808, 7953, 7986, 9073 and 9074.
///
/// A property that has no default is not here: it always says its kind itself.
const DEFAULTS: &[(&str, &[&str])] = &[
    (
        "text",
        &[
            "action",
            "busytype",
            "calscale",
            "categories",
            "class",
            "color",
            "comment",
            "contact",
            "description",
            "location",
            "location-type",
            "method",
            "name",
            "participant-type",
            "prodid",
            "proximity",
            "related-to",
            "request-status",
            "resource-type",
            "resources",
            "status",
            "summary",
            "transp",
            "tzid",
            "tzid-alias-of",
            "tzname",
            "uid",
            "version",
            "refid",
        ],
    ),
    (
        "date-time",
        &[
            "acknowledged",
            "completed",
            "created",
            "dtend",
            "dtstamp",
            "dtstart",
            "due",
            "exdate",
            "last-modified",
            "rdate",
            "recurrence-id",
            "tzuntil",
        ],
    ),
    ("duration", &["duration", "trigger"]),
    ("integer", &["percent-complete", "priority", "repeat", "sequence"]),
    ("float", &["geo"]),
    ("period", &["freebusy"]),
    ("recur", &["exrule", "rrule"]),
    ("cal-address", &["attendee", "calendar-address", "organizer"]),
    ("uri", &["attach", "concept", "source", "tzurl", "url"]),
    ("utc-offset", &["tzoffsetfrom", "tzoffsetto"]),
];

/// The kind of the values of property `name`, in small letters, that do not say it.
pub(crate) fn default_kind(name: &str) -> Option<&'static str> {
    DEFAULTS.iter().find(|it| it.1.contains(&name)).map(|it| it.0)
}

/// How the values of property `name`, in small letters, are put together.
pub(super) fn shape(name: &str, kind: &str) -> Shape {
    match name {
        "geo" | "request-status" => Shape::Fields,
        "categories" | "exdate" | "freebusy" | "rdate" | "resources" => Shape::Many,
        _ if default_kind(name).is_some() => Shape::One,
        // Nobody knows the property, but it says what its values are: commas part them
        // wherever a single value cannot have one (RFC 5545 §3.1.2).
        _ => match kind {
            "boolean" | "date" | "date-time" | "duration" | "float" | "integer" | "period"
            | "text" | "time" | "utc-offset" => Shape::Many,
            _ => Shape::One,
        },
    }
}
