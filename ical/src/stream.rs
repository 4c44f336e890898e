//! Streams of many objects: taking them apart by UID, and putting them together.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Component, Document};
use crate::edit::fold;

/// A component, and the number of the calendar in the stream that it lies in.
#[derive(Clone, Copy)]
struct Found<'a> {
    component: Component<'a>,
    root: usize,
}

/// Time zones by their name, and by the calendar that describes them.
type Zones<'a> = BTreeMap<String, BTreeMap<usize, Component<'a>>>;

/// The objects of a stream, each as a text of its own with the time zones that it names.
///
/// A time zone is looked for in the component's own calendar first. What comes twice,
/// byte for byte, is taken once. A component without a UID gets one made of what it says,
/// so that a stream that is read again gives the same objects.
pub fn objects(document: &Document) -> Vec<(String, Vec<u8>)> {
    let mut by_uid: BTreeMap<String, Vec<Found<'_>>> = BTreeMap::new();
    let mut zones = Zones::new();
    for (root, calendar) in document.roots().filter(|it| it.is("VCALENDAR")).enumerate() {
        for component in calendar.children() {
            if component.is("VTIMEZONE") {
                let tzid = component.value("TZID").unwrap_or_default();
                zones.entry(tzid.to_owned()).or_default().entry(root).or_insert(component);
                continue;
            }
            let uid = component.property("UID").map(|it| it.value().to_owned());
            let uid = uid.filter(|it| !it.trim().is_empty()).unwrap_or_else(|| made_up(component));
            let known = by_uid.entry(uid).or_default();
            if !known.iter().any(|it| it.component.as_bytes() == component.as_bytes()) {
                known.push(Found { component, root });
            }
        }
    }
    let object = |(uid, found): (String, Vec<Found<'_>>)| {
        let text = object_text(&uid, &found, &zones);
        (uid, text)
    };
    by_uid.into_iter().map(object).collect()
}

fn object_text(uid: &str, found: &[Found<'_>], zones: &Zones<'_>) -> Vec<u8> {
    let mut needed: BTreeMap<String, Component<'_>> = BTreeMap::new();
    for it in found {
        for tzid in tzids(it.component) {
            let Some(of_name) = zones.get(&tzid) else { continue };
            let own = of_name.get(&it.root).or_else(|| of_name.values().next());
            if let Some(zone) = own {
                needed.entry(tzid).or_insert(*zone);
            }
        }
    }
    let mut text = HEAD.to_vec();
    for zone in needed.values() {
        text.extend_from_slice(zone.as_bytes());
    }
    for component in found.iter().map(|it| it.component) {
        let has_uid = component.value("UID").is_some_and(|it| !it.is_empty());
        if has_uid {
            text.extend_from_slice(component.as_bytes());
        } else {
            write_with(&mut text, uid, component);
        }
        if !text.ends_with(b"\n") {
            text.extend_from_slice(b"\r\n");
        }
    }
    text.extend_from_slice(TAIL);
    text
}

/// The component with that UID in place of the empty ones that it may have.
fn write_with(text: &mut Vec<u8>, uid: &str, component: Component<'_>) {
    let bytes = component.as_bytes();
    let (begin, rest) = bytes.split_at(component.begin_bytes().len());
    text.extend_from_slice(begin);
    fold(text, &format!("UID:{uid}"));
    // Lines that say UID and nothing else: no other line begins like that.
    for line in rest.split_inclusive(|it| *it == b'\n') {
        if !line.trim_ascii().eq_ignore_ascii_case(b"UID:") {
            text.extend_from_slice(line);
        }
    }
}

/// A UID made of all that the component says: FNV-1a of 128 bits.
fn made_up(component: Component<'_>) -> String {
    const PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;
    let start: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let bytes = component.as_bytes().trim_ascii_end();
    let hash = bytes.iter().fold(start, |hash, it| (hash ^ u128::from(*it)).wrapping_mul(PRIME));
    format!("{hash:032x}")
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

    fn texts(stream: &str) -> Vec<(String, String)> {
        let found = objects(&Document::parse_stream(stream.as_bytes()).unwrap());
        found.into_iter().map(|it| (it.0, String::from_utf8(it.1).unwrap())).collect()
    }

    #[test]
    fn each_calendar_of_a_stream_has_its_own_time_zones() {
        let calendar = |offset: &str, uid: &str| {
            format!(
                "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:A\nX-OFFSET:{offset}\nEND:VTIMEZONE\n\
                 BEGIN:VEVENT\nUID:{uid}\nDTSTART;TZID=A:20260101T000000\nEND:VEVENT\n\
                 END:VCALENDAR\n"
            )
        };
        let lone = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:3\nDUE;TZID=A:20260101T000000\nEND:VTODO\n\
                    END:VCALENDAR\n";
        let found = texts(&format!("{}{}{lone}", calendar("one", "1"), calendar("two", "2")));
        assert!(found[0].1.contains("X-OFFSET:one") && !found[0].1.contains("two"));
        assert!(found[1].1.contains("X-OFFSET:two") && !found[1].1.contains("one"));
        assert!(found[2].1.contains("X-OFFSET:one"), "from another calendar, for want of its own");
    }

    #[test]
    fn components_without_a_uid_become_objects_that_stay_the_same() {
        let event = |uid: &str, text: &str| {
            format!("BEGIN:VEVENT\n{uid}DTSTART:20260101T000000Z\nSUMMARY:{text}\nEND:VEVENT\n")
        };
        let stream = format!(
            "BEGIN:VCALENDAR\n{}{}{}END:VCALENDAR\n",
            event("", "a"),
            event("UID:\n", "b"),
            event("", "a")
        );
        let found = texts(&stream);
        assert_eq!(found.len(), 2, "what comes twice is taken once");
        for (uid, text) in &found {
            let document = Document::parse(text.as_bytes()).unwrap();
            assert_eq!(crate::validate(&document).unwrap().uid, *uid);
        }
        assert_eq!(texts(&stream), found);
    }

    #[test]
    fn a_stream_that_was_sent_is_stored_without_its_method() {
        let stream = "BEGIN:VCALENDAR\nMETHOD:PUBLISH\nBEGIN:VFREEBUSY\nUID:1\nEND:VFREEBUSY\n\
                      END:VCALENDAR";
        let found = texts(stream);
        let document = Document::parse(found[0].1.as_bytes()).unwrap();
        assert_eq!(crate::validate(&document).unwrap().component, "VFREEBUSY");
    }
}
