//! The parts of an object that a report asks for (RFC 4791 §9.6.1–§9.6.4).

use crate::document::{Component, Document};
use crate::edit::fold;

/// `CALDAV:comp`: what to return of the components of one name.
///
/// One that names nothing at all asks for everything in the component, as the
/// `VTIMEZONE` in the example of RFC 4791 §7.8.1 does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection {
    /// The name of the component.
    pub name: String,
    /// Which of its properties.
    pub properties: Properties,
    /// Which of the components in it.
    pub components: Components,
}

/// Which properties to return.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Properties {
    /// `CALDAV:allprop`.
    All,
    /// `CALDAV:prop` elements; none of them, no property.
    Named(Vec<Named>),
}

/// Which inner components to return.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Components {
    /// `CALDAV:allcomp`.
    All,
    /// `CALDAV:comp` elements; none of them, no component.
    Named(Vec<Selection>),
}

/// `CALDAV:prop`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// The name of the property.
    pub name: String,
    /// How much of it.
    pub shown: Shown,
}

/// How much of a property to return.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Shown {
    /// All of it.
    #[default]
    Whole,
    /// `novalue="yes"`: name and parameters, and a colon without anything behind it.
    NoValue,
}

impl Selection {
    /// Everything in components called `name`.
    pub fn whole(name: impl Into<String>) -> Self {
        Self { name: name.into(), properties: Properties::All, components: Components::All }
    }

    /// Whether it asks for all that is in the component.
    fn is_whole(&self) -> bool {
        match (&self.properties, &self.components) {
            (Properties::All, Components::All) => true,
            (Properties::Named(properties), Components::Named(components)) => {
                properties.is_empty() && components.is_empty()
            }
            (Properties::All, Components::Named(_)) | (Properties::Named(_), Components::All) => {
                false
            }
        }
    }
}

/// What `selection` asks for of `document`, in the order and the bytes of the document.
///
/// A selection whose outermost name is not that of the document asks for nothing in it.
pub fn select(document: &Document, selection: &Selection) -> Vec<u8> {
    let calendar = document.calendar();
    let mut out = Vec::with_capacity(document.as_bytes().len());
    if calendar.is(&selection.name) {
        write(&mut out, document, calendar, selection);
    } else {
        fold(&mut out, &format!("BEGIN:{}", calendar.name()));
        fold(&mut out, &format!("END:{}", calendar.name()));
    }
    out
}

fn write(out: &mut Vec<u8>, document: &Document, component: Component<'_>, selection: &Selection) {
    if selection.is_whole() {
        out.extend_from_slice(component.as_bytes());
        return;
    }
    // Properties and components stand in any order; each keeps its place.
    let mut parts: Vec<(usize, Vec<u8>)> = Vec::new();
    for property in component.properties() {
        let shown = match &selection.properties {
            Properties::All => Some(Shown::Whole),
            Properties::Named(named) => {
                named.iter().find(|it| property.is(&it.name)).map(|it| it.shown)
            }
        };
        match shown {
            Some(Shown::Whole) => {
                parts.push((property.line(), property.as_bytes(document).to_vec()));
            }
            Some(Shown::NoValue) => {
                let mut line = Vec::new();
                fold(&mut line, property.head());
                parts.push((property.line(), line));
            }
            None => {}
        }
    }
    for child in component.children() {
        let mut bytes = Vec::new();
        match &selection.components {
            Components::All => bytes.extend_from_slice(child.as_bytes()),
            Components::Named(named) => {
                if let Some(inner) = named.iter().find(|it| child.is(&it.name)) {
                    write(&mut bytes, document, child, inner);
                }
            }
        }
        parts.push((child.begin_line(), bytes));
    }
    parts.sort_by_key(|it| it.0);
    out.extend_from_slice(component.begin_bytes());
    for (_, bytes) in &parts {
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(component.end_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "BEGIN:VCALENDAR\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:A\r\n\
        BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:lo\r\n ng\r\nUID:1\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\n\
        END:VALARM\r\nsummary:again\r\nEND:VEVENT\r\nX-LAST:y\r\nEND:VCALENDAR\r\n";

    fn named(names: &[&str]) -> Properties {
        let named = |it: &&str| match it.strip_suffix(':') {
            Some(name) => Named { name: name.to_owned(), shown: Shown::NoValue },
            None => Named { name: (*it).to_owned(), shown: Shown::Whole },
        };
        Properties::Named(names.iter().map(named).collect())
    }

    fn comp(name: &str, properties: Properties, components: Vec<Selection>) -> Selection {
        Selection { name: name.into(), properties, components: Components::Named(components) }
    }

    #[test]
    fn a_selection_keeps_order_and_bytes_of_what_it_names() {
        let cases = [
            ("everything", Selection::whole("vcalendar"), TEXT.to_owned()),
            ("an empty element", comp("VCALENDAR", named(&[]), vec![]), TEXT.to_owned()),
            (
                "properties alone",
                comp("VCALENDAR", Properties::All, vec![]),
                "BEGIN:VCALENDAR\nVERSION:2.0\r\nPRODID:x\r\nX-LAST:y\r\nEND:VCALENDAR\r\n".into(),
            ),
            (
                "the example of RFC 4791 §7.8.1",
                comp(
                    "VCALENDAR",
                    named(&["VERSION"]),
                    vec![
                        comp("VEVENT", named(&["SUMMARY", "uid"]), vec![]),
                        comp("VTIMEZONE", named(&[]), vec![]),
                    ],
                ),
                "BEGIN:VCALENDAR\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:A\r\nBEGIN:STANDARD\r\n\
                 DTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n\
                 SUMMARY;LANGUAGE=en:lo\r\n ng\r\nUID:1\r\nsummary:again\r\nEND:VEVENT\r\n\
                 END:VCALENDAR\r\n"
                    .into(),
            ),
            (
                "no value",
                comp(
                    "VCALENDAR",
                    named(&[]),
                    vec![comp("VEVENT", named(&["SUMMARY:"]), vec![Selection::whole("VALARM")])],
                ),
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:\r\nBEGIN:VALARM\r\n\
                 ACTION:AUDIO\r\nEND:VALARM\r\nsummary:\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
                    .into(),
            ),
            (
                "a kind that is not there",
                comp("VCALENDAR", named(&["X-NONE"]), vec![Selection::whole("VTODO")]),
                "BEGIN:VCALENDAR\nEND:VCALENDAR\r\n".into(),
            ),
            (
                "another outermost name",
                Selection::whole("VEVENT"),
                "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into(),
            ),
        ];
        let document = Document::parse(TEXT.as_bytes()).unwrap();
        for (case, selection, expected) in cases {
            let found = String::from_utf8(select(&document, &selection)).unwrap();
            assert_eq!(found, expected, "{case}");
        }
    }
}
