//! What strangers may see of an object whose calendar is published: never people, never secrets.

use crate::document::{Component, Document};
use crate::edit::{Edit, splice};

/// How much of a published calendar is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Publicity {
    /// What its class allows (RFC 5545 §3.8.1.3).
    ByClass,
    /// When time is taken, and nothing else.
    TimesOnly,
}

/// What is left of an event of which nobody may know more than when it is.
const TIMES: &[&str] = &[
    "UID",
    "DTSTAMP",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RECURRENCE-ID",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "SEQUENCE",
    "STATUS",
    "TRANSP",
    "CLASS",
];
/// What is left out of everything: other people, and their answers.
const PEOPLE: &[&str] = &["ATTENDEE", "ORGANIZER", "CONTACT", "REQUEST-STATUS"];

/// The object as strangers may see it; nothing if they may not.
///
/// Alarms and people are left out. An object of which one part is not public is
/// confidential as a whole: an event becomes the times that it takes, all else is left out.
pub fn public(document: &Document, publicity: Publicity) -> Option<Vec<u8>> {
    let calendar = document.calendar();
    let parts = || calendar.children().filter(|it| !it.is("VTIMEZONE"));
    let is_open = match publicity {
        Publicity::ByClass => parts().all(is_public),
        Publicity::TimesOnly => false,
    };
    if !is_open && parts().any(|it| !it.is("VEVENT")) {
        return None;
    }
    let mut edits = Vec::new();
    for part in parts() {
        for property in part.properties() {
            let is_among = |list: &[&str]| list.iter().any(|it| property.is(it));
            if is_among(PEOPLE) || !is_open && !is_among(TIMES) {
                edits.push((property.line(), Edit::Remove));
            }
        }
        for inner in part.children().filter(|it| !is_open || it.is("VALARM")) {
            let lines = inner.begin_line()..=inner.end_line();
            edits.extend(lines.map(|line| (line, Edit::Remove)));
        }
        if !is_open {
            edits.push((part.end_line(), Edit::Before("SUMMARY:Busy".into())));
        }
    }
    Some(splice(document, edits))
}

/// Whether everybody may see a component; a class that nobody knows is private
/// (RFC 5545 §3.8.1.3).
fn is_public(component: Component<'_>) -> bool {
    component.all("CLASS").all(|it| it.value().trim().eq_ignore_ascii_case("PUBLIC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "UID:1\r\nDTSTART:20260303T100000Z\r\nSUMMARY:Lunch\r\n";
    const PEOPLE: &str = "ORGANIZER:mailto:a@example.org\r\n\
        ATTENDEE;CN=\"A \r\n Name\":mailto:b@example.org\r\n";
    const ALARM: &str = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nSUMMARY:Secret\r\nEND:VALARM\r\n";

    fn object(kind: &str, inner: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:{kind}\r\n{inner}END:{kind}\r\nEND:VCALENDAR\r\n"
        )
    }

    fn shown(kind: &str, inner: &str, publicity: Publicity) -> Option<String> {
        let document = Document::parse(object(kind, inner).as_bytes()).unwrap();
        Some(String::from_utf8(public(&document, publicity)?).unwrap())
    }

    #[test]
    fn strangers_see_what_its_class_allows_and_never_people() {
        let busy = "UID:1\r\nDTSTART:20260303T100000Z\r\nSUMMARY:Busy\r\n";
        let with = |class: &str| format!("CLASS:{class}\r\n");
        let cases = [
            ("no class", "VEVENT", String::new(), Some(OPEN.to_owned())),
            ("public", "VEVENT", with("public"), Some(OPEN.to_owned() + &with("public"))),
            ("a task", "VTODO", String::new(), Some(OPEN.to_owned())),
            ("a private task", "VTODO", with("PRIVATE"), None),
        ];
        for (case, kind, class, expected) in cases {
            let inner = format!("{OPEN}{class}{PEOPLE}{ALARM}");
            let found = shown(kind, &inner, Publicity::ByClass);
            assert_eq!(found, expected.map(|it| object(kind, &it)), "{case}");
        }
        for class in ["PRIVATE", "CONFIDENTIAL", "X-OWN"] {
            let class = with(class);
            let found =
                shown("VEVENT", &format!("{class}{OPEN}{PEOPLE}{ALARM}"), Publicity::ByClass);
            assert_eq!(found, Some(object("VEVENT", &format!("{class}{busy}"))), "{class}");
        }
        let found = shown("VEVENT", &format!("{OPEN}{PEOPLE}{ALARM}"), Publicity::TimesOnly);
        assert_eq!(found, Some(object("VEVENT", busy)));
        assert_eq!(shown("VTODO", OPEN, Publicity::TimesOnly), None);
    }

    #[test]
    fn one_private_part_makes_the_whole_series_private() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nRRULE:FREQ=DAILY\r\nSUMMARY:a\r\n\
            END:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260303\r\nSUMMARY:b\r\n\
            CLASS:PRIVATE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let shown = public(&document, Publicity::ByClass).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        assert!(!shown.contains("SUMMARY:a") && !shown.contains("SUMMARY:b"), "{shown}");
        assert_eq!(shown.matches("SUMMARY:Busy").count(), 2);
    }
}
