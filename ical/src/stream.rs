//! Streams of many objects: taking them apart by UID, and putting them together.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Component, Document};

/// The objects of a stream, each as a text of its own with the time zones that it names.
pub fn objects(document: &Document) -> Vec<(String, Vec<u8>)> {
    let mut by_uid: BTreeMap<String, Vec<Component<'_>>> = BTreeMap::new();
    let mut zones: BTreeMap<&str, Component<'_>> = BTreeMap::new();
    for component in document.roots().filter(|it| it.is("VCALENDAR")).flat_map(Component::children)
    {
        if component.is("VTIMEZONE") {
            zones.entry(component.value("TZID").unwrap_or_default()).or_insert(component);
        } else {
            let uid = component.property("UID").map(|it| it.value().to_owned());
            by_uid.entry(uid.unwrap_or_default()).or_default().push(component);
        }
    }
    let object = |(uid, components): (String, Vec<Component<'_>>)| {
        let named: BTreeSet<String> = components.iter().flat_map(|it| tzids(*it)).collect();
        let needed = named.iter().filter_map(|it| zones.get(it.as_str()));
        let mut text = HEAD.to_vec();
        needed.chain(&components).for_each(|it| text.extend_from_slice(it.as_bytes()));
        text.extend_from_slice(TAIL);
        (uid, text)
    };
    by_uid.into_iter().map(object).collect()
}

/// One stream of all `texts`, each time zone told once.
pub fn stream(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = HEAD.to_vec();
    let mut told = BTreeSet::new();
    for document in texts.iter().filter_map(|it| Document::parse(it).ok()) {
        for component in document.calendar().children() {
            let tzid = component.value("TZID").unwrap_or_default();
            if !component.is("VTIMEZONE") || told.insert(tzid.to_owned()) {
                stream.extend_from_slice(component.as_bytes());
            }
        }
    }
    stream.extend_from_slice(TAIL);
    stream
}

const HEAD: &[u8] = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bookdav//EN\r\n";
const TAIL: &[u8] = b"END:VCALENDAR\r\n";

/// The zones that a component or one within it names.
fn tzids(component: Component<'_>) -> Vec<String> {
    let own = component.properties().filter_map(|it| it.param("TZID"));
    let own = own.map(std::borrow::Cow::into_owned);
    own.chain(component.children().flat_map(tzids)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_taken_apart_and_put_together_has_the_same_objects() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:A\r\nEND:VTIMEZONE\r\n\
                    BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=A:20260101T000000\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nUID:2\r\nX-OWN:a\r\n  b\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260102T000000\r\nEND:VEVENT\r\n\
                    END:VCALENDAR\r\n";
        let parts = objects(&Document::parse(text.as_bytes()).unwrap());
        let texts: Vec<Vec<u8>> = parts.iter().map(|it| it.1.clone()).collect();
        let first = String::from_utf8(texts[0].clone()).unwrap();
        assert_eq!(first.matches("UID:1").count(), 2);
        assert!(first.contains("TZID:A") && first.contains("DTSTART;TZID=A"));
        assert!(String::from_utf8(texts[1].clone()).unwrap().contains("X-OWN:a\r\n  b\r\n"));
        let again = objects(&Document::parse(&stream(&texts)).unwrap());
        assert_eq!(again, parts);
    }
}
