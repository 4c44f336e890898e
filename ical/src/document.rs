//! An index over the bytes of an iCalendar stream: components, properties, parameters.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use model::limit::{
    COMPONENTS_MAX, DEPTH_MAX, LINES_MAX, LOGICAL_LINES_MAX, OBJECT_MAX_BYTES,
    STREAM_COMPONENTS_MAX, STREAM_LINES_MAX, STREAM_MAX_BYTES,
};

use crate::line::{BadLine, Line, Lines};
use crate::text::{decode_param, unescape};

/// An iCalendar stream, kept byte for byte.
#[derive(Clone, Debug)]
pub struct Document {
    source: Source,
    lines: Lines,
    components: Vec<Node>,
}

/// The bytes: as text wherever they are that, so that a property costs no second look.
#[derive(Clone, Debug)]
enum Source {
    Text(String),
    /// A fold lies within a character: only the unfolded text is UTF-8.
    Bytes(Vec<u8>),
}

impl Source {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn text(&self, range: Range<usize>) -> Option<&str> {
        match self {
            Self::Text(text) => text.get(range),
            Self::Bytes(bytes) => std::str::from_utf8(bytes.get(range)?).ok(),
        }
    }
}

/// A component by the numbers of its lines; descendants follow it in the list.
#[derive(Clone, Debug)]
struct Node {
    begin: usize,
    end: usize,
    parent: Option<usize>,
    /// The number of the first component that is not a descendant.
    after: usize,
}

/// How much of everything a text may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) lines: usize,
    pub(crate) logical_lines: usize,
    pub(crate) components: usize,
}

impl Limits {
    /// Of one calendar object.
    const OBJECT: Self = Self {
        bytes: OBJECT_MAX_BYTES,
        lines: LINES_MAX,
        logical_lines: LOGICAL_LINES_MAX,
        components: COMPONENTS_MAX,
    };
    /// Of a whole calendar.
    const STREAM: Self = Self {
        bytes: STREAM_MAX_BYTES,
        lines: STREAM_LINES_MAX,
        logical_lines: STREAM_LINES_MAX,
        components: STREAM_COMPONENTS_MAX,
    };
}

/// Why bytes are not iCalendar, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Malformed {
    /// The line, counted from 1; zero for the whole.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

impl std::error::Error for Malformed {}

impl From<BadLine> for Malformed {
    fn from(bad: BadLine) -> Self {
        Self { line: bad.number, why: bad.why }
    }
}

/// A component of a document.
#[derive(Clone, Copy, Debug)]
pub struct Component<'a> {
    document: &'a Document,
    number: usize,
}

/// A property of a component.
#[derive(Clone, Copy, Debug)]
pub struct Property<'a> {
    text: &'a str,
    line: Line,
    number: usize,
}

impl Document {
    /// Reads `source`: balanced components of valid UTF-8, within the limits.
    ///
    /// # Errors
    ///
    /// [`Malformed`] with the line and the reason.
    pub fn parse(source: &[u8]) -> Result<Self, Malformed> {
        Self::parse_within(source, &Limits::OBJECT)
    }

    /// Reads a stream of many objects, within limits of its own.
    ///
    /// # Errors
    ///
    /// [`Malformed`] with the line and the reason.
    pub fn parse_stream(source: &[u8]) -> Result<Self, Malformed> {
        Self::parse_within(source, &Limits::STREAM)
    }

    fn parse_within(source: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        let whole = |why| Malformed { line: 0, why };
        if source.len() > limits.bytes {
            return Err(whole("the object is too large"));
        }
        let lines = Lines::read(source, limits)?;
        let source = check_text(source, &lines)?;
        let mut document = Self { source, lines, components: Vec::new() };
        document.index(limits)?;
        if document.components.is_empty() {
            return Err(whole("there is no component"));
        }
        Ok(document)
    }

    /// The bytes, as they were given.
    pub fn as_bytes(&self) -> &[u8] {
        self.source.as_bytes()
    }

    /// The components that lie in no other.
    pub fn roots(&self) -> impl Iterator<Item = Component<'_>> {
        self.children_of(None, 0, self.components.len())
    }

    /// The first component: of a calendar object, its VCALENDAR.
    pub fn calendar(&self) -> Component<'_> {
        Component { document: self, number: 0 }
    }

    fn index(&mut self, limits: &Limits) -> Result<(), Malformed> {
        let mut open: Vec<usize> = Vec::new();
        for number in 0..self.lines.lines.len() {
            let property = self.property(number);
            let bad = |why| Malformed { line: number + 1, why };
            if property.is("BEGIN") {
                if open.len() == DEPTH_MAX {
                    return Err(bad("components are nested too deeply"));
                }
                if self.components.len() == limits.components {
                    return Err(bad("too many components"));
                }
                let parent = open.last().copied();
                open.push(self.components.len());
                self.components.push(Node { begin: number, end: number, parent, after: 0 });
            } else if property.is("END") {
                let node = open.pop().ok_or_else(|| bad("END without BEGIN"))?;
                let begin = self.property(self.components[node].begin);
                if !begin.value().trim().eq_ignore_ascii_case(property.value().trim()) {
                    return Err(bad("END does not match its BEGIN"));
                }
                self.components[node].end = number;
                self.components[node].after = self.components.len();
            } else if open.is_empty() {
                return Err(bad("there is a property outside of any component"));
            }
        }
        match open.last() {
            Some(node) => {
                let line = self.components[*node].begin + 1;
                Err(Malformed { line, why: "the component is not ended" })
            }
            None => Ok(()),
        }
    }

    fn property(&self, number: usize) -> Property<'_> {
        let line = self.lines.lines[number];
        Property {
            text: text_of(&self.source, &self.lines, &line).unwrap_or_default(),
            line,
            number,
        }
    }

    fn children_of(
        &self,
        parent: Option<usize>,
        from: usize,
        until: usize,
    ) -> impl Iterator<Item = Component<'_>> {
        let mut next = from;
        std::iter::from_fn(move || {
            let number = next;
            (number < until).then(|| {
                next = self.components[number].after;
                debug_assert_eq!(self.components[number].parent, parent);
                Component { document: self, number }
            })
        })
    }

    /// All lines, unfolded.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        (0..self.lines.lines.len()).map(|number| self.property(number).text)
    }

    /// The bytes that line `number` takes in the source, folds and line end included.
    pub(crate) fn raw(&self, number: usize) -> Range<usize> {
        let raw = self.lines.lines[number].raw;
        raw.0 as usize..raw.1 as usize
    }
}

/// Refuses text that no XML answer could carry: bytes that are not UTF-8, and NUL.
fn check_text(source: &[u8], lines: &Lines) -> Result<Source, Malformed> {
    if let Some(at) = memchr::memchr(0, source) {
        let line = memchr::memchr_iter(b'\n', &source[..at]).count() + 1;
        return Err(Malformed { line, why: "there is a NUL character" });
    }
    let text = std::str::from_utf8(source);
    let source =
        text.map_or_else(|_| Source::Bytes(source.to_vec()), |it| Source::Text(it.to_owned()));
    if matches!(source, Source::Text(_)) {
        return Ok(source);
    }
    let bad = lines.lines.iter().position(|line| text_of(&source, lines, line).is_none());
    match bad {
        Some(number) => Err(Malformed { line: number + 1, why: "the text is not UTF-8" }),
        None => Ok(source),
    }
}

fn text_of<'a>(source: &'a Source, lines: &'a Lines, line: &Line) -> Option<&'a str> {
    let range = line.text.0 as usize..line.text.1 as usize;
    if line.is_folded {
        std::str::from_utf8(&lines.unfolded[range]).ok()
    } else {
        source.text(range)
    }
}

impl<'a> Component<'a> {
    /// Its name, as written.
    pub fn name(self) -> &'a str {
        self.document.property(self.node().begin).value().trim()
    }

    /// Whether it is called `name`, in any case.
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Its own properties, in order.
    pub fn properties(self) -> impl Iterator<Item = Property<'a>> {
        let node = self.node();
        let mut number = node.begin + 1;
        let mut child = self.number + 1;
        std::iter::from_fn(move || {
            while child < node.after && self.document.components[child].begin == number {
                number = self.document.components[child].end + 1;
                child = self.document.components[child].after;
            }
            (number < node.end).then(|| {
                number += 1;
                self.document.property(number - 1)
            })
        })
    }

    /// The first of its properties called `name`.
    pub fn property(self, name: &str) -> Option<Property<'a>> {
        self.properties().find(|it| it.is(name))
    }

    /// All of its properties called `name`.
    pub fn all(self, name: &str) -> impl Iterator<Item = Property<'a>> {
        self.properties().filter(move |it| it.is(name))
    }

    /// The value of its property `name`, without the blanks around it.
    pub fn value(self, name: &str) -> Option<&'a str> {
        Some(self.property(name)?.value().trim())
    }

    /// The text of its property `name`, unescaped.
    pub fn text(self, name: &str) -> Option<String> {
        Some(unescape(self.property(name)?.value()).into_owned())
    }

    /// The components directly in it, in order.
    pub fn children(self) -> impl Iterator<Item = Component<'a>> {
        self.document.children_of(Some(self.number), self.number + 1, self.node().after)
    }

    /// Its bytes in the source, from BEGIN to END.
    pub fn as_bytes(self) -> &'a [u8] {
        let node = self.node();
        let (begin, end) = (self.document.raw(node.begin), self.document.raw(node.end));
        &self.document.as_bytes()[begin.start..end.end]
    }

    /// Where its bytes lie in `document`, which it must be of.
    pub(crate) fn range(self, document: &Document) -> Range<usize> {
        let node = self.node();
        document.raw(node.begin).start..document.raw(node.end).end
    }

    /// The bytes of the line that begins it.
    pub(crate) fn begin_bytes(self) -> &'a [u8] {
        &self.document.as_bytes()[self.document.raw(self.node().begin)]
    }

    /// The bytes of the line that ends it.
    pub(crate) fn end_bytes(self) -> &'a [u8] {
        &self.document.as_bytes()[self.document.raw(self.node().end)]
    }

    /// The number of the line that begins it.
    pub(crate) fn begin_line(self) -> usize {
        self.node().begin
    }

    /// The number of the line that ends it.
    pub fn end_line(self) -> usize {
        self.node().end
    }

    fn node(self) -> &'a Node {
        &self.document.components[self.number]
    }
}

impl<'a> Property<'a> {
    /// Its name, as written.
    pub fn name(self) -> &'a str {
        self.text.get(..self.line.name_length as usize).unwrap_or_default()
    }

    /// Whether it is called `name`, in any case.
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Its value, unfolded but otherwise as written.
    pub fn value(self) -> &'a str {
        self.text.get(self.line.value_at as usize..).unwrap_or_default()
    }

    /// What stands before its value: name, parameters and the colon, unfolded.
    pub(crate) fn head(self) -> &'a str {
        self.text.get(..self.line.value_at as usize).unwrap_or_default()
    }

    /// Its parameters: names, and values without quotes, decoded as RFC 6868 says.
    pub fn params(self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        self.raw_params().map(|(name, value)| (name, decode_param(value)))
    }

    /// Its parameters as written: names, and values with their quotes.
    pub(crate) fn raw_params(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let between = self.line.name_length as usize..self.line.value_at as usize - 1;
        let rest = self.text.get(between).unwrap_or_default();
        let params = split_unquoted(rest, b';').filter(|it| !it.is_empty());
        params.map(|param| param.split_once('=').unwrap_or((param, "")))
    }

    /// The value of its first parameter called `name`, in any case.
    pub fn param(self, name: &str) -> Option<Cow<'a, str>> {
        self.params().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Its bytes in `document`, which it must be of, folds and line end included.
    pub(crate) fn as_bytes(self, document: &Document) -> &[u8] {
        &document.as_bytes()[document.raw(self.number)]
    }

    /// The number of its line, for edits.
    pub fn line(self) -> usize {
        self.number
    }
}

/// The parts of `text` between `separator`s that lie outside of quotes.
pub(crate) fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |letter: char| {
        is_quoted ^= letter == '"';
        letter == char::from(separator) && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Document::parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn properties_are_found_whatever_the_folds_and_line_ends() {
        let text = "BEGIN:VCALENDAR\r\nX-A;P=\"a;b:c\";Q=^'x^':va\n lue\r\n\tmore\nBEGIN:VEVENT\n\
                    UID:1\r\nEND:VEVENT\nX-B:after\nEND:VCALENDAR";
        let document = Document::parse(text.as_bytes()).unwrap();
        let calendar = document.calendar();
        let names: Vec<_> = calendar.properties().map(Property::name).collect();
        assert_eq!(names, ["X-A", "X-B"]);
        let property = calendar.property("x-a").unwrap();
        assert_eq!(property.value(), "valuemore");
        assert_eq!(property.param("p").as_deref(), Some("a;b:c"));
        assert_eq!(property.param("q").as_deref(), Some("\"x\""));
        assert_eq!(calendar.children().next().unwrap().value("UID"), Some("1"));
        assert_eq!(document.as_bytes(), text.as_bytes());
    }

    #[test]
    fn a_fold_within_a_character_is_undone_before_the_text_is_read() {
        let text = b"BEGIN:VCALENDAR\r\nX-A:caf\xc3\r\n \xa9\r\nEND:VCALENDAR\r\n";
        let document = Document::parse(text).unwrap();
        assert_eq!(document.calendar().value("X-A"), Some("caf\u{e9}"));
    }

    #[test]
    fn what_is_not_icalendar_is_refused_with_the_line_and_the_reason() {
        let deep = "BEGIN:X\n".repeat(2_000) + &"END:X\n".repeat(2_000);
        let cases = [
            ("", "there is no component"),
            ("BEGIN:A\nEND:B\n", "line 2: END does not match its BEGIN"),
            ("BEGIN:A\n", "line 1: the component is not ended"),
            ("END:A\n", "line 1: END without BEGIN"),
            ("BEGIN:A\nnothing\nEND:A", "line 2: there is no colon"),
            ("BEGIN:A\nX:\0\nEND:A", "line 2: there is a NUL character"),
            ("X:1\n", "line 1: there is a property outside of any component"),
            (" X:1\n", "line 1: the first line is a continuation"),
            (&deep, "line 9: components are nested too deeply"),
        ];
        for (text, expected) in cases {
            assert_eq!(refusal(text), expected);
        }
    }
}
