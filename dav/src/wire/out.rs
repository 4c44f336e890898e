//! Answers in XML, written element by element with fixed prefixes.

use bytes::Bytes;
use model::limit::DOCUMENT_MAX_BYTES;

use super::names::{PREFIXES, prefix};
use super::tree::Element;
use crate::body::Body;

/// Bytes of a part below which it is copied rather than sent as a piece of its own.
const PIECE_MIN_BYTES: usize = 4 * 1024;

/// Bytes of memory taken ahead for one document, at most.
const ROOM_MAX_BYTES: usize = 4 * 1024 * 1024;

/// An XML document in the making.
#[derive(Default)]
pub(crate) struct Out {
    /// What comes before `bytes`.
    done: Body,
    bytes: Vec<u8>,
}

impl Out {
    /// A document whose outermost element is `root`, named with its prefix.
    pub(crate) fn document(root: &str, fill: impl FnOnce(&mut Self)) -> Body {
        let mut out = Self { done: Body::default(), bytes: Vec::with_capacity(1024) };
        out.begin(root);
        fill(&mut out);
        out.end(root);
        out.done.push(out.bytes.into());
        out.done
    }

    /// A part of a document, to be put into one.
    pub(crate) fn part(fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut out = Self::default();
        fill(&mut out);
        if out.done.is_empty() {
            return out.bytes;
        }
        out.done.push(out.bytes.into());
        out.done.whole().into()
    }

    /// The beginning of a document: what comes before the first thing in `root`.
    fn begin(&mut self, root: &str) {
        self.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        self.raw("<");
        self.raw(root);
        for (prefix, namespace) in PREFIXES {
            self.raw(" xmlns:");
            self.raw(prefix);
            self.raw("=\"");
            self.raw(namespace);
            self.raw("\"");
        }
        self.raw(">");
    }

    /// Makes room for `count` responses with texts of `bytes` together, if that is not too much.
    pub(crate) fn reserve_for(&mut self, count: usize, bytes: u64) {
        let texts = usize::try_from(bytes).unwrap_or(usize::MAX);
        // Line ends are longer when they are escaped: a fifth more is usual.
        let wanted = texts.saturating_add(texts / 4).saturating_add(count.saturating_mul(400));
        self.bytes.reserve(wanted.min(ROOM_MAX_BYTES));
    }

    /// Whether it is longer than a document may be: then it will not be sent.
    pub(crate) fn is_full(&self) -> bool {
        self.done.len() + self.bytes.len() > DOCUMENT_MAX_BYTES
    }

    /// An element with something in it; nothing where the document is full.
    pub(crate) fn element(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        if self.is_full() {
            return;
        }
        self.raw("<");
        self.raw(name);
        self.raw(">");
        fill(self);
        self.end(name);
    }

    /// An element of any namespace with something in it.
    pub(crate) fn element_of(&mut self, namespace: &str, name: &str, fill: impl FnOnce(&mut Self)) {
        match prefix(namespace) {
            Some(prefix) => self.element(&format!("{prefix}:{name}"), fill),
            None => {
                self.start(name, &[("xmlns", namespace)]);
                self.raw(">");
                fill(self);
                self.end(name);
            }
        }
    }

    /// An element with text in it.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, |out| out.text(text));
    }

    /// An element with nothing in it.
    pub(crate) fn empty(&mut self, name: &str) {
        self.empty_with_all(name, &[]);
    }

    /// An empty element with an attribute.
    pub(crate) fn empty_with(&mut self, name: &str, attribute: (&str, &str)) {
        self.empty_with_all(name, &[attribute]);
    }

    /// An empty element with attributes.
    pub(crate) fn empty_with_all(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.raw("/>");
    }

    /// An element with attributes and text in it.
    pub(crate) fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        self.raw(">");
        self.text(text);
        self.end(name);
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

    /// Text, escaped: line ends survive, what XML cannot carry is left out.
    pub(crate) fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if has_only_line_ends(bytes) {
            return self.lines(bytes);
        }
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
            self.bytes.extend_from_slice(&bytes[copied..at]);
            self.raw(replacement);
            at += length;
            copied = at;
        }
        self.bytes.extend_from_slice(&bytes[copied..]);
    }

    /// Text in which nothing but line ends needs escaping.
    fn lines(&mut self, bytes: &[u8]) {
        let mut copied = 0;
        for at in memchr::memchr_iter(b'\r', bytes) {
            self.bytes.extend_from_slice(&bytes[copied..at]);
            self.bytes.extend_from_slice(b"&#13;");
            copied = at + 1;
        }
        self.bytes.extend_from_slice(&bytes[copied..]);
    }

    /// A remark for people.
    pub(crate) fn comment(&mut self, text: &str) {
        let text: String =
            text.replace("--", "- -").chars().filter(|it| !it.is_control()).collect();
        for part in ["<!-- ", &text, " -->"] {
            self.raw(part);
        }
    }

    /// A whole element that was checked when it was stored.
    pub(crate) fn stored(&mut self, xml: &str) {
        self.raw(xml);
    }

    /// A part that is kept and shared with other documents.
    pub(crate) fn piece(&mut self, part: Bytes) {
        if part.len() < PIECE_MIN_BYTES {
            self.bytes.extend_from_slice(&part);
            return;
        }
        self.done.push(std::mem::take(&mut self.bytes).into());
        self.done.push(part);
    }

    /// A part that another [`Out`] made.
    pub(crate) fn made(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.raw("<");
        self.raw(name);
        for (name, value) in attributes {
            self.raw(" ");
            self.raw(name);
            self.raw("=\"");
            self.attribute(value);
            self.raw("\"");
        }
    }

    /// The value of an attribute, escaped.
    fn attribute(&mut self, value: &str) {
        for letter in value.chars() {
            match letter {
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '&' => self.raw("&amp;"),
                '\'' => self.raw("&apos;"),
                '"' => self.raw("&quot;"),
                // A reader would take it for a blank (XML 1.0 §3.3.3).
                '\t' => self.raw("&#9;"),
                '\n' => self.raw("&#10;"),
                '\r' => self.raw("&#13;"),
                letter => self.raw(letter.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn end(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

/// Whether nothing in a text needs escaping but line ends: a look at many bytes at once.
fn has_only_line_ends(bytes: &[u8]) -> bool {
    let needs_more = |it: &u8| {
        let is_control = *it < 0x20 && *it != b'\t' && *it != b'\n' && *it != b'\r';
        is_control || matches!(*it, b'&' | b'<' | b'>' | 0xef)
    };
    // Without a way out in the middle, so that it can be done for many at once.
    bytes.chunks(256).all(|some| !some.iter().fold(false, |seen, it| seen | needs_more(it)))
}

/// The bytes at which [`Out::text`] has to look closer.
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
    let kept = Out::part(|out| keep(out, element, None));
    String::from_utf8(kept).unwrap_or_default()
}

fn keep(out: &mut Out, element: &Element, outer: Option<&str>) {
    let own = (outer != Some(element.namespace.as_str())).then_some(("xmlns", &*element.namespace));
    let others = element.attributes.iter().map(|it| (it.0.as_str(), it.1.as_str()));
    let attributes: Vec<(&str, &str)> = own.into_iter().chain(others).collect();
    out.start(&element.name, &attributes);
    out.raw(">");
    out.text(&element.text);
    for child in &element.children {
        keep(out, child, Some(&element.namespace));
    }
    out.end(&element.name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tree::read;

    #[test]
    fn text_with_every_kind_of_letter_is_read_back_the_same() {
        let hostile = "a<b>&\"'\r\nx]]>\u{1f600}\t\u{7}\u{ffff}\u{feff}\u{fffd}\u{fffe}end";
        let xml = Out::document("D:a", |out| out.text(hostile)).whole();
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
