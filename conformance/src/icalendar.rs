//! iCalendar and jCal as components with properties: a reader of our own, that owes the server nothing.

use serde_json::Value;

/// A component with all that is in it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Component {
    /// In capitals.
    pub(crate) name: String,
    pub(crate) properties: Vec<Property>,
    pub(crate) components: Vec<Self>,
}

/// A property.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Property {
    /// In capitals.
    pub(crate) name: String,
    /// Names in capitals, and values.
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    /// As it is written, unfolded.
    pub(crate) value: String,
}

impl Component {
    /// Reads one VCALENDAR.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut open: Vec<Self> = Vec::new();
        let mut whole = None;
        for line in unfolded(text) {
            if line.trim().is_empty() {
                continue;
            }
            if whole.is_some() {
                return Err(format!("more after the end of the calendar: {line}"));
            }
            let property = Property::parse(&line)?;
            match property.name.as_str() {
                "BEGIN" => {
                    let name = property.value.trim().to_ascii_uppercase();
                    open.push(Self { name, ..Self::default() });
                }
                "END" => {
                    let done = open.pop().ok_or("an END without a BEGIN")?;
                    if !done.name.eq_ignore_ascii_case(property.value.trim()) {
                        return Err(format!("{} ends as {}", done.name, property.value));
                    }
                    match open.last_mut() {
                        Some(parent) => parent.components.push(done),
                        None => whole = Some(done),
                    }
                }
                _ => match open.last_mut() {
                    Some(component) => component.properties.push(property),
                    None => return Err(format!("outside of all components: {line}")),
                },
            }
        }
        whole.filter(|it| it.name == "VCALENDAR").ok_or_else(|| "no whole VCALENDAR".to_owned())
    }

    /// Reads one VCALENDAR written as jCal (RFC 7265).
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(crate) fn parse_json(text: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        Self::of_json(&value).ok_or_else(|| "no jCal".to_owned())
    }

    /// The first property of that name.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|it| it.name == name)
    }

    /// The value of the first property of that name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.property(name).map(|it| it.value.as_str())
    }

    /// The components of that name within this one.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.components.iter().filter(move |it| it.name == name)
    }

    fn of_json(value: &Value) -> Option<Self> {
        let [name, properties, components] = value.as_array()?.as_slice() else { return None };
        Some(Self {
            name: name.as_str()?.to_ascii_uppercase(),
            properties: properties
                .as_array()?
                .iter()
                .map(Property::of_json)
                .collect::<Option<_>>()?,
            components: components.as_array()?.iter().map(Self::of_json).collect::<Option<_>>()?,
        })
    }
}

impl Property {
    /// The values of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&[String]> {
        self.parameters.iter().find(|it| it.0 == name).map(|it| it.1.as_slice())
    }

    /// The first value of a parameter.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.parameter(name)?.first().map(String::as_str)
    }

    fn parse(line: &str) -> Result<Self, String> {
        let wrong = || format!("no content line: {line}");
        let name_end = line.find([';', ':']).ok_or_else(wrong)?;
        let mut property =
            Self { name: line[..name_end].trim().to_ascii_uppercase(), ..Self::default() };
        let mut rest = &line[name_end..];
        while let Some(parameter) = rest.strip_prefix(';') {
            let (name, mut values) = parameter.split_once('=').ok_or_else(wrong)?;
            let mut read = Vec::new();
            loop {
                let (value, end) = parameter_value(values).ok_or_else(wrong)?;
                read.push(value);
                values = &values[end..];
                match values.strip_prefix(',') {
                    Some(more) => values = more,
                    None => break,
                }
            }
            property.parameters.push((name.to_ascii_uppercase(), read));
            rest = values;
        }
        rest.strip_prefix(':').ok_or_else(wrong)?.clone_into(&mut property.value);
        Ok(property)
    }

    fn of_json(value: &Value) -> Option<Self> {
        let parts = value.as_array()?;
        let (name, kind) = (parts.first()?.as_str()?, parts.get(2)?.as_str()?);
        let mut parameters = Vec::new();
        for (name, value) in parts.get(1)?.as_object()? {
            let values = match value {
                Value::Array(values) => values.iter().map(|it| plain(it, "text")).collect(),
                other => vec![plain(other, "text")],
            };
            parameters.push((name.to_ascii_uppercase(), values));
        }
        if kind != "unknown" {
            parameters.push(("VALUE".into(), vec![kind.to_ascii_uppercase()]));
        }
        let values: Vec<String> = parts.get(3..)?.iter().map(|it| plain(it, kind)).collect();
        Some(Self { name: name.to_ascii_uppercase(), parameters, value: values.join(",") })
    }
}

/// The lines of a text, those that were folded in one piece.
pub(crate) fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// A parameter's value, and where it ends.
fn parameter_value(text: &str) -> Option<(String, usize)> {
    let (raw, end) = match text.strip_prefix('"') {
        Some(inner) => {
            let length = inner.find('"')?;
            (&inner[..length], length + 2)
        }
        None => {
            let length = text.find([';', ':', ','])?;
            (&text[..length], length)
        }
    };
    // RFC 6868 §3.2: the three signs that a parameter cannot carry as they are.
    Some((raw.replace("^n", "\n").replace("^'", "\"").replace("^^", "^"), end))
}

/// A value of jCal as iCalendar writes it.
fn plain(value: &Value, kind: &str) -> String {
    match value {
        Value::String(text) => match kind {
            "date" | "date-time" | "time" | "period" => text.replace(['-', ':'], ""),
            "utc-offset" => text.replace(':', ""),
            "text" => text.replace('\\', "\\\\").replace('\n', "\\n"),
            _ => text.clone(),
        },
        Value::Array(values) => {
            let separator = if kind == "period" { "/" } else { ";" };
            let values: Vec<String> = values.iter().map(|it| plain(it, kind)).collect();
            values.join(separator)
        }
        Value::Object(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::Array(values) => {
                            let values: Vec<String> =
                                values.iter().map(|it| plain(it, kind)).collect();
                            values.join(",")
                        }
                        other => plain(other, kind),
                    };
                    let value = if name == "until" { value.replace(['-', ':'], "") } else { value };
                    format!("{}={value}", name.to_ascii_uppercase())
                })
                .collect();
            parts.join(";")
        }
        Value::Bool(it) => it.to_string().to_ascii_uppercase(),
        Value::Null | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_unfolded_and_split_into_name_parameters_and_value() {
        let text = "BEGIN:VCALENDAR\nbegin:VEVENT\r\nATTENDEE;CN=\"A; B\";MEMBER=\"x\",\"y\":mai\r\n \
                    lto:a\r\nSUMMARY:a:b;c\nEND:vevent\nEND:VCALENDAR\n";
        let calendar = Component::parse(text).unwrap();
        let event = calendar.all("VEVENT").next().unwrap();
        let attendee = event.property("ATTENDEE").unwrap();
        assert_eq!(attendee.first("CN"), Some("A; B"));
        assert_eq!(attendee.parameter("MEMBER").unwrap(), ["x", "y"]);
        assert_eq!(attendee.value, "mailto:a");
        assert_eq!(event.value("SUMMARY"), Some("a:b;c"));
    }

    #[test]
    fn what_is_no_calendar_is_told() {
        for (case, text) in [
            ("nothing", ""),
            ("words", "hello"),
            ("no end", "BEGIN:VCALENDAR\n"),
            ("crossed", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n"),
            ("another thing", "BEGIN:VCARD\nEND:VCARD\n"),
            ("two", "BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"),
            ("a bad line", "BEGIN:VCALENDAR\nSUMMARY\nEND:VCALENDAR\n"),
        ] {
            assert!(Component::parse(text).is_err(), "{case}");
        }
    }

    #[test]
    fn jcal_reads_as_the_same_components() {
        let json = r#"["vcalendar",[["version",{},"text","2.0"]],[["vevent",[
            ["dtstart",{"tzid":"Europe/Paris"},"date-time","2026-03-02T09:00:00"],
            ["rrule",{},"recur",{"freq":"DAILY","byday":["MO","TU"]}],
            ["summary",{},"text","a,b"]],[]]]]"#;
        let calendar = Component::parse_json(json).unwrap();
        let event = calendar.all("VEVENT").next().unwrap();
        assert_eq!(event.value("DTSTART"), Some("20260302T090000"));
        assert_eq!(event.property("DTSTART").unwrap().first("TZID"), Some("Europe/Paris"));
        assert!(event.value("RRULE").unwrap().contains("BYDAY=MO,TU"));
        assert!(Component::parse_json("[1,2]").is_err());
    }
}
