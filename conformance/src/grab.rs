//! What scripts remember of answers.

use serde_json::Value;

use crate::http::Answer;
use crate::icalendar::{Component, Property};
use crate::multistatus::read;
use crate::script::Grab;
use crate::tree::Element;
use crate::variables::Variables;
use crate::verify::json_pointer::{matches, shown};
use crate::verify::xml_element::find;

/// Remembers what `grab` asks for.
///
/// # Errors
///
/// If it is not in the answer.
pub(crate) fn grab(
    grab: &Grab,
    answer: &Answer,
    located: &str,
    variables: &mut Variables,
) -> Result<(), String> {
    match grab {
        Grab::Uri { variable } => variables.grab(variable, located),
        Grab::Count { variable } => {
            let members = read(answer)?.len().saturating_sub(1);
            variables.grab(variable, &members.to_string());
        }
        Grab::Header { name, variable } => {
            let value = answer.values(name).next().ok_or_else(|| format!("no header {name}"))?;
            variables.grab(variable, value);
        }
        Grab::Property { name, variable } => {
            let name = variables.fill(name);
            let told = read(answer)?;
            let property = told.iter().find_map(|it| it.property(&name));
            let value =
                property.map(Element::value).ok_or_else(|| format!("no property {name}"))?;
            variables.grab(variable, &value);
        }
        Grab::Element { path, parent, variables: targets } => {
            let values = elements(answer, path, parent.as_deref(), variables)?;
            all(path, &values, targets, variables)?;
        }
        Grab::Json { pointer, variables: targets } => {
            let value: Value = serde_json::from_slice(&answer.body)
                .map_err(|error| format!("no JSON: {error}"))?;
            let pointer = variables.fill(pointer);
            let values: Vec<String> = matches(&value, &pointer).into_iter().map(shown).collect();
            all(&pointer, &values, targets, variables)?;
        }
        Grab::CalendarProperty { path, variable } => {
            let value = calendar_property(answer, &variables.fill(path), Part::Value)?;
            variables.grab(variable, &value);
        }
        Grab::CalendarParameter { path, variable } => {
            let value = calendar_property(answer, &variables.fill(path), Part::Parameter)?;
            variables.grab(variable, &value);
        }
    }
    Ok(())
}

fn elements(
    answer: &Answer,
    path: &str,
    parent: Option<&str>,
    variables: &Variables,
) -> Result<Vec<String>, String> {
    let root = Element::parse(&answer.body)?;
    let top = match parent {
        Some(parent) => {
            let parent = variables.fill(parent);
            let found = find(&root, &parent)?.first().copied();
            found.ok_or_else(|| format!("nothing at {parent}"))?
        }
        None => &root,
    };
    Ok(find(top, &variables.fill(path))?.iter().map(|it| it.text.clone()).collect())
}

fn all(
    path: &str,
    values: &[String],
    targets: &[String],
    variables: &mut Variables,
) -> Result<(), String> {
    if values.len() != targets.len() {
        return Err(format!("{} at {path} instead of {}", values.len(), targets.len()));
    }
    for (target, value) in targets.iter().zip(values) {
        variables.grab(target, value);
    }
    Ok(())
}

/// What of a property is remembered.
#[derive(Clone, Copy)]
enum Part {
    Value,
    Parameter,
}

/// `VEVENT/ATTACH[$value]` or `VEVENT/ATTACH/SIZE[$value]` in a calendar.
fn calendar_property(answer: &Answer, path: &str, part: Part) -> Result<String, String> {
    let missing = || format!("nothing at {path}");
    let calendar = Component::parse(&answer.text())?;
    let (names, wanted) = match path.strip_suffix(']').and_then(|it| it.split_once('[')) {
        Some((names, wanted)) => (names, Some(wanted)),
        None => (path, None),
    };
    let mut names: Vec<&str> = names.split('/').collect();
    let parameter = match part {
        Part::Parameter => Some(names.pop().ok_or_else(missing)?),
        Part::Value => None,
    };
    let name = names.pop().ok_or_else(missing)?;
    let mut component = &calendar;
    for inner in names {
        component = component.all(inner).next().ok_or_else(missing)?;
    }
    let is_it = |it: &&Property| {
        it.name == name && wanted.is_none_or(|wanted| it.value == wanted.trim_start_matches('='))
    };
    let property = component.properties.iter().find(is_it).ok_or_else(missing)?;
    match parameter {
        Some(parameter) => property.first(parameter).map(str::to_owned).ok_or_else(missing),
        None => Ok(property.value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Names;
    use crate::verify::testing::answer;

    const XML: &str = "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/c/</D:href><D:propstat>\
        <D:prop><D:getetag>\"1\"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status>\
        </D:propstat></D:response><D:sync-token>t:1</D:sync-token></D:multistatus>";
    const CALENDAR: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTACH;SIZE=1:a\nATTACH;SIZE=2:b\n\
        END:VEVENT\nEND:VCALENDAR\n";

    fn grabbed(what: &Grab, status: u16, body: &str) -> Option<String> {
        let mut variables = Variables::new(Names::new(), jiff::civil::date(2026, 1, 1));
        let answer = answer(status, &[("ETag", "\"2\"")], body);
        grab(what, &answer, "/c/new.ics", &mut variables).ok()?;
        Some(variables.fill("$v:"))
    }

    #[test]
    fn parts_of_an_answer_are_remembered_and_a_miss_is_told() {
        let variable = || "$v:".to_owned();
        let variables = || vec![variable()];
        let element =
            |path: &str| Grab::Element { path: path.into(), parent: None, variables: variables() };
        let property =
            |path: &str| Grab::CalendarProperty { path: path.into(), variable: variable() };
        let parameter =
            |path: &str| Grab::CalendarParameter { path: path.into(), variable: variable() };
        for (case, what, body, expected) in [
            ("place", Grab::Uri { variable: variable() }, "", Some("/c/new.ics")),
            ("count", Grab::Count { variable: variable() }, XML, Some("0")),
            (
                "header",
                Grab::Header { name: "etag".into(), variable: variable() },
                "",
                Some("\"2\""),
            ),
            ("no header", Grab::Header { name: "x".into(), variable: variable() }, "", None),
            (
                "property",
                Grab::Property { name: "{DAV:}getetag".into(), variable: variable() },
                XML,
                Some("\"1\""),
            ),
            (
                "no property",
                Grab::Property { name: "{DAV:}x".into(), variable: variable() },
                XML,
                None,
            ),
            ("element", element("/{DAV:}multistatus/{DAV:}sync-token"), XML, Some("t:1")),
            ("no element", element("/{DAV:}multistatus/{DAV:}x"), XML, None),
            (
                "json",
                Grab::Json { pointer: "/a/0".into(), variables: variables() },
                "{\"a\":[1]}",
                Some("1"),
            ),
            ("first", property("VEVENT/ATTACH"), CALENDAR, Some("a")),
            ("parameter", parameter("VEVENT/ATTACH/SIZE"), CALENDAR, Some("1")),
            ("by value", parameter("VEVENT/ATTACH/SIZE[b]"), CALENDAR, Some("2")),
            ("no such value", parameter("VEVENT/ATTACH/SIZE[c]"), CALENDAR, None),
        ] {
            assert_eq!(grabbed(&what, 207, body).as_deref(), expected, "{case}");
        }
    }
}
