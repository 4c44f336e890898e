//! Answers in XML, written element by element with fixed prefixes.

use std::io::Write as _;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::names::{PREFIXES, prefix};
use super::tree::Element;

/// An XML document in the making.
pub(crate) struct Out {
    writer: Writer<Vec<u8>>,
}

impl Out {
    /// A document whose outermost element is `root`, named with its prefix.
    pub(crate) fn document(root: &str, fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut out = Self { writer: Writer::new(Vec::with_capacity(1024)) };
        out.event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        let mut start = BytesStart::new(root);
        for (prefix, namespace) in PREFIXES {
            start.push_attribute((format!("xmlns:{prefix}").as_str(), *namespace));
        }
        out.event(Event::Start(start));
        fill(&mut out);
        out.event(Event::End(BytesEnd::new(root)));
        out.writer.into_inner()
    }

    /// An element with something in it.
    pub(crate) fn element(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        fill(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element of any namespace with something in it.
    pub(crate) fn element_of(&mut self, namespace: &str, name: &str, fill: impl FnOnce(&mut Self)) {
        match prefix(namespace) {
            Some(prefix) => self.element(&format!("{prefix}:{name}"), fill),
            None => {
                let start = BytesStart::new(name).with_attributes([("xmlns", namespace)]);
                self.event(Event::Start(start));
                fill(self);
                self.event(Event::End(BytesEnd::new(name)));
            }
        }
    }

    /// An element with text in it.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, |out| out.text(text));
    }

    /// An element with nothing in it.
    pub(crate) fn empty(&mut self, name: &str) {
        self.event(Event::Empty(BytesStart::new(name)));
    }

    /// An empty element with an attribute.
    pub(crate) fn empty_with(&mut self, name: &str, attribute: (&str, &str)) {
        let mut start = BytesStart::new(name);
        start.push_attribute(attribute);
        self.event(Event::Empty(start));
    }

    /// An empty element with attributes.
    pub(crate) fn empty_with_all(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Empty(start));
    }

    /// An element with attributes and text in it.
    pub(crate) fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start));
        self.text(text);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element with text of a language in it.
    pub(crate) fn leaf_in(&mut self, name: &str, language: &str, text: &str) {
        self.leaf_with(name, &[("xml:lang", language)], text);
    }

    /// An empty element of any namespace.
    pub(crate) fn empty_of(&mut self, namespace: &str, name: &str) {
        match prefix(namespace) {
            Some(prefix) => self.empty(&format!("{prefix}:{name}")),
            None => self.empty_with(name, ("xmlns", namespace)),
        }
    }

    /// `DAV:href`.
    pub(crate) fn href(&mut self, path: &str) {
        self.leaf("D:href", path);
    }

    /// Text, escaped.
    pub(crate) fn text(&mut self, text: &str) {
        self.event(Event::Text(BytesText::from_escaped(escaped(text))));
    }

    /// A remark for people.
    pub(crate) fn comment(&mut self, text: &str) {
        let text: String =
            text.replace("--", "- -").chars().filter(|it| !it.is_control()).collect();
        self.event(Event::Comment(BytesText::from_escaped(format!(" {text} "))));
    }

    /// A whole element that was checked when it was stored.
    pub(crate) fn stored(&mut self, xml: &str) {
        self.event(Event::Text(BytesText::from_escaped(xml)));
    }

    fn event(&mut self, event: Event<'_>) {
        // Writing to memory cannot fail.
        let _ = self.writer.write_event(event);
        debug_assert!(self.writer.get_mut().flush().is_ok());
    }
}

/// Text for an element: line ends survive, what XML cannot carry is left out.
fn escaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|it| IS_SPECIAL[usize::from(*it)]) {
        at += found;
        let (replacement, length) = match bytes[at] {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'\r' => ("&#13;", 1),
            // U+FFFE and U+FFFF are no characters; others that begin like them are.
            0xef if !matches!(bytes[at..], [_, 0xbf, 0xbe | 0xbf, ..]) => {
                at += 3;
                continue;
            }
            0xef => ("", 3),
            _ => ("", 1),
        };
        escaped.push_str(&text[copied..at]);
        escaped.push_str(replacement);
        at += length;
        copied = at;
    }
    escaped.push_str(&text[copied..]);
    escaped
}

/// The bytes at which [`escaped`] has to look closer.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = !matches!(byte, 0x09 | 0x0a);
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[0xef] = true;
    special
};

/// An element as a text complete in itself, for keeping.
pub(crate) fn kept(element: &Element) -> String {
    let mut out = Out { writer: Writer::new(Vec::new()) };
    keep(&mut out, element, None);
    String::from_utf8(out.writer.into_inner()).unwrap_or_default()
}

fn keep(out: &mut Out, element: &Element, outer: Option<&str>) {
    let mut start = BytesStart::new(element.name.as_str());
    if outer != Some(element.namespace.as_str()) {
        start.push_attribute(("xmlns", element.namespace.as_str()));
    }
    for (name, value) in &element.attributes {
        start.push_attribute((name.as_str(), value.as_str()));
    }
    out.event(Event::Start(start));
    out.text(&element.text);
    for child in &element.children {
        keep(out, child, Some(&element.namespace));
    }
    out.event(Event::End(BytesEnd::new(element.name.as_str())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tree::read;

    #[test]
    fn text_with_every_kind_of_letter_is_read_back_the_same() {
        let hostile = "a<b>&\"'\r\nx]]>\u{1f600}\t\u{7}\u{ffff}\u{feff}\u{fffd}\u{fffe}end";
        let xml = Out::document("D:a", |out| out.text(hostile));
        assert_eq!(read(&xml).unwrap().text, "a<b>&\"'\r\nx]]>\u{1f600}\t\u{feff}\u{fffd}end");
    }

    #[test]
    fn an_element_that_is_kept_means_the_same_wherever_it_is_put() {
        let xml =
            br#"<x:c xmlns:x="urn:x" symbolic="red &amp; co">#FF<y xmlns="urn:y">1</y></x:c>"#;
        let element = read(xml).unwrap();
        let again = read(kept(&element).as_bytes()).unwrap();
        assert_eq!(again, element);
    }
}
