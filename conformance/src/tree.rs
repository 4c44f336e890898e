//! XML as a tree of elements, named and written the way that the suites compare them.

use std::fmt::Write as _;

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// How deep elements may lie in each other.
const DEPTH_MAX: usize = 200;

/// An element with all that is in it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Element {
    /// `{namespace}local`, or `local` alone where there is no namespace.
    pub(crate) name: String,
    /// Names, like the element's, and values.
    pub(crate) attributes: Vec<(String, String)>,
    /// What stands before the first child.
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
    /// What follows the element within its parent.
    pub(crate) tail: String,
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
        let mut reader = NsReader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let (namespace, event) =
                reader.read_resolved_event().map_err(|error| format!("not XML: {error}"))?;
            let namespace = name_of(&namespace);
            match event {
                Event::Start(start) => {
                    open.push(opened(&reader, namespace.as_deref(), &start)?);
                    if open.len() > DEPTH_MAX {
                        return Err("elements too deep in each other".into());
                    }
                }
                Event::Empty(start) => {
                    let element = opened(&reader, namespace.as_deref(), &start)?;
                    close(element, &mut open, &mut root);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("an end without a start")?;
                    close(element, &mut open, &mut root);
                }
                Event::Text(text) => add(&mut open, &text.xml10_content()),
                Event::CData(text) => add(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => add(&mut open, &referred(&reference)?),
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        root.filter(|_| open.is_empty()).ok_or_else(|| "not a whole document".to_owned())
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name)
    }

    /// All children of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// The text of the first child of that name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|it| it.text.as_str())
    }

    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The element as text, its namespaces named `ns0`, `ns1` and so on, its tail left out.
    pub(crate) fn written(&self) -> String {
        let mut spaces = Vec::new();
        self.collect_spaces(&mut spaces);
        let mut out = String::new();
        self.write(&spaces, Declare::Here, &mut out);
        out
    }

    /// What a property has for its value: the children as text, or the text where there are none.
    pub(crate) fn value(&self) -> String {
        if self.children.is_empty() {
            return self.text.clone();
        }
        self.children.iter().map(|it| it.written().trim().to_owned()).collect()
    }

    fn collect_spaces(&self, spaces: &mut Vec<String>) {
        for name in std::iter::once(&self.name).chain(self.attributes.iter().map(|it| &it.0)) {
            if let Some((space, _)) = split(name)
                && !spaces.iter().any(|it| it == space)
            {
                spaces.push(space.to_owned());
            }
        }
        for child in &self.children {
            child.collect_spaces(spaces);
        }
    }

    fn write(&self, spaces: &[String], declare: Declare, out: &mut String) {
        let name = prefixed(&self.name, spaces);
        out.push('<');
        out.push_str(&name);
        if let Declare::Here = declare {
            for (number, space) in spaces.iter().enumerate() {
                let _ = write!(out, " xmlns:ns{number}=\"{}\"", escaped(space));
            }
        }
        let mut attributes: Vec<String> = self
            .attributes
            .iter()
            .map(|(name, value)| format!(" {}=\"{}\"", prefixed(name, spaces), escaped(value)))
            .collect();
        attributes.sort();
        out.extend(attributes);
        if self.children.is_empty() && self.text.is_empty() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        out.push_str(&escaped(&self.text));
        for child in &self.children {
            child.write(spaces, Declare::Above, out);
            out.push_str(&escaped(&child.tail));
        }
        let _ = write!(out, "</{name}>");
    }
}

/// Where namespaces are declared.
#[derive(Clone, Copy)]
enum Declare {
    Here,
    Above,
}

/// The namespace and the local part of a name that has both.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix('{')?.split_once('}')
}

fn prefixed(name: &str, spaces: &[String]) -> String {
    match split(name) {
        Some((space, local)) => {
            let number = spaces.iter().position(|it| it == space).unwrap_or_default();
            format!("ns{number}:{local}")
        }
        None => name.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn name_of(namespace: &ResolveResult<'_>) -> Option<String> {
    match namespace {
        ResolveResult::Bound(it) => Some(it.as_ref().to_owned()),
        ResolveResult::Unbound | ResolveResult::Unknown(_) => None,
    }
}

fn named(namespace: Option<&str>, local: &str) -> String {
    match namespace {
        Some(namespace) if !namespace.is_empty() => format!("{{{namespace}}}{local}"),
        _ => local.to_owned(),
    }
}

fn opened(
    reader: &NsReader<&[u8]>,
    namespace: Option<&str>,
    start: &BytesStart<'_>,
) -> Result<Element, String> {
    let name = named(namespace, start.local_name().as_ref());
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("not XML: {error}"))?;
        let key: &str = attribute.key.as_ref();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let (space, local) = reader.resolver().resolve_attribute(attribute.key);
        let value = quick_xml::escape::unescape(&attribute.value)
            .map_err(|error| format!("not XML: {error}"))?;
        attributes.push((named(name_of(&space).as_deref(), local.as_ref()), value.into_owned()));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn add(open: &mut [Element], text: &str) {
    let Some(parent) = open.last_mut() else { return };
    match parent.children.last_mut() {
        Some(child) => child.tail.push_str(text),
        None => parent.text.push_str(text),
    }
}

fn referred(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name: &str = reference.as_ref();
    let meant = match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        other => return Err(format!("not XML: unknown entity {other}")),
    };
    Ok(meant.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_their_namespace_and_prefixes_mean_nothing() {
        let one =
            Element::parse(b"<D:a xmlns:D=\"DAV:\"><D:b x='1'>t&amp;&#65;</D:b></D:a>").unwrap();
        let other = Element::parse(b"<a xmlns=\"DAV:\"><b x='1'>t&amp;A</b></a>").unwrap();
        assert_eq!(one, other);
        assert_eq!(one.children[0].name, "{DAV:}b");
        assert_eq!(
            one.written(),
            "<ns0:a xmlns:ns0=\"DAV:\"><ns0:b x=\"1\">t&amp;A</ns0:b></ns0:a>"
        );
        assert_eq!(one.value(), "<ns0:b xmlns:ns0=\"DAV:\" x=\"1\">t&amp;A</ns0:b>");
    }

    #[test]
    fn white_space_counts_and_comments_do_not() {
        let root = Element::parse(b"<a> x<!-- no --> y<b/> z</a>").unwrap();
        assert_eq!((root.text.as_str(), root.children[0].tail.as_str()), (" x y", " z"));
        assert_eq!(root.value(), "<b />");
    }

    #[test]
    fn what_is_not_xml_is_told() {
        for (case, text) in
            [("cut off", "<a><b></b>"), ("crossed", "<a></b>"), ("words", "hello"), ("nothing", "")]
        {
            assert!(Element::parse(text.as_bytes()).is_err(), "{case}");
        }
    }
}
