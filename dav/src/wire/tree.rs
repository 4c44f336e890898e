//! A request's XML as a small tree of names and text, bounded and without entities.

use model::limit::{XML_MAX_BYTES, XML_MAX_DEPTH, XML_MAX_ELEMENTS};
use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// An element.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Element {
    /// Its namespace; empty for none.
    pub(crate) namespace: String,
    /// Its local name.
    pub(crate) name: String,
    /// Its attributes without those that declare namespaces: local name and value.
    pub(crate) attributes: Vec<(String, String)>,
    /// The text directly in it.
    pub(crate) text: String,
    /// The elements directly in it.
    pub(crate) children: Vec<Element>,
}

/// Why a body is not the XML of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BadXml {
    /// It is longer, deeper or has more elements than any request needs.
    TooBig,
    /// It has a document type.
    Doctype,
    /// A conforming reader refuses it.
    Malformed,
}

impl BadXml {
    /// What is wrong, for a person.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::TooBig => "the XML is too long, too deep or has too many elements",
            Self::Doctype => "a document type is not allowed",
            Self::Malformed => "the XML is not well-formed",
        }
    }
}

impl Element {
    /// Whether it is `name` of `namespace`.
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// The first element in it that is `name` of `namespace`.
    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.is(namespace, name))
    }

    /// The elements in it that are `name` of `namespace`.
    pub(crate) fn all<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |it| it.is(namespace, name))
    }

    /// The value of its attribute `name`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

/// Reads a whole body into one tree.
pub(crate) fn read(body: &[u8]) -> Result<Element, BadXml> {
    if body.len() > XML_MAX_BYTES {
        return Err(BadXml::TooBig);
    }
    let text = std::str::from_utf8(body).map_err(|_| BadXml::Malformed)?;
    if text.contains('\0') {
        return Err(BadXml::Malformed);
    }
    let mut reader = NsReader::from_str(text);
    let mut open = vec![Element::default()];
    let mut count = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| BadXml::Malformed)?;
        match event {
            Event::Start(start) => {
                count += 1;
                if open.len() > XML_MAX_DEPTH || count > XML_MAX_ELEMENTS {
                    return Err(BadXml::TooBig);
                }
                open.push(element(&namespace, &start)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > XML_MAX_ELEMENTS {
                    return Err(BadXml::TooBig);
                }
                let child = element(&namespace, &start)?;
                innermost(&mut open)?.children.push(child);
            }
            Event::End(_) => {
                let child = open.pop().ok_or(BadXml::Malformed)?;
                innermost(&mut open)?.children.push(child);
            }
            Event::Text(text) => {
                add_text(&mut open, &text)?;
            }
            Event::CData(data) => {
                add_text(&mut open, &data)?;
            }
            Event::GeneralRef(entity) => {
                let letter = character(&entity).ok_or(BadXml::Malformed)?;
                add_text(&mut open, letter.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err(BadXml::Doctype),
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose();
                let encoding = encoding.map_err(|_| BadXml::Malformed)?;
                // Bodies are read as UTF-8: another name would make them mean something else.
                if encoding.is_some_and(|it| !is_utf8(&it)) {
                    return Err(BadXml::Malformed);
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let [document] = <[Element; 1]>::try_from(open).map_err(|_| BadXml::Malformed)?;
    let [root] = <[Element; 1]>::try_from(document.children).map_err(|_| BadXml::Malformed)?;
    Ok(root)
}

fn is_utf8(encoding: &str) -> bool {
    encoding.eq_ignore_ascii_case("utf-8") || encoding.eq_ignore_ascii_case("us-ascii")
}

fn add_text(open: &mut [Element], text: &str) -> Result<(), BadXml> {
    if open.len() == 1 && !text.trim().is_empty() {
        return Err(BadXml::Malformed);
    }
    innermost(open)?.text.push_str(text);
    Ok(())
}

fn element(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, BadXml> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.as_ref(),
        ResolveResult::Unbound => "",
        ResolveResult::Unknown(_) => return Err(BadXml::Malformed),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| BadXml::Malformed)?;
        let key = attribute.key;
        if key.as_namespace_binding().is_some() {
            continue;
        }
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| BadXml::Malformed)?;
        if attribute.value.contains('<') {
            return Err(BadXml::Malformed);
        }
        // `xml:lang` needs its prefix wherever the element is written again.
        let name = if key.as_ref().starts_with("xml:") {
            key.as_ref()
        } else {
            key.local_name().into_inner()
        };
        attributes.push((name.to_owned(), value.into_owned()));
    }
    let name = start.local_name().as_ref().to_owned();
    Ok(Element { namespace: namespace.to_owned(), name, attributes, ..Element::default() })
}

/// The letter behind `&amp;`, `&#65;` and their kin; other names need a document type.
fn character(entity: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(letter)) = entity.resolve_char_ref() {
        return Some(letter);
    }
    match entity.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn innermost(open: &mut [Element]) -> Result<&mut Element, BadXml> {
    open.last_mut().ok_or(BadXml::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::names::DAV;

    #[test]
    fn the_same_request_reads_the_same_whatever_prefix_the_client_chose() {
        let apple = br#"<?xml version="1.0"?><A:propfind xmlns:A="DAV:"><A:prop><A:getetag/></A:prop></A:propfind>"#;
        let plain = br#"<propfind xmlns="DAV:"><prop><getetag></getetag></prop></propfind>"#;
        assert_eq!(read(apple), read(plain));
        assert!(read(plain).unwrap().is(DAV, "propfind"));
    }

    #[test]
    fn text_keeps_every_letter_however_it_was_written() {
        let body = "<a>Tom &amp; Jo &#8211; <![CDATA[<3>]]></a>".as_bytes();
        assert_eq!(read(body).unwrap().text, "Tom & Jo \u{2013} <3>");
    }

    #[test]
    fn hostile_bodies_are_refused() {
        let deep = "<a>".repeat(XML_MAX_DEPTH + 1);
        let wide = format!("<a>{}</a>", "<b/>".repeat(XML_MAX_ELEMENTS + 1));
        let cases = [
            ("doctype", r#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#, BadXml::Doctype),
            ("too deep", deep.as_str(), BadXml::TooBig),
            ("too wide", wide.as_str(), BadXml::TooBig),
            ("entity nobody declared", "<a>&boom;</a>", BadXml::Malformed),
            ("unbound prefix", "<D:propfind/>", BadXml::Malformed),
            ("cut short", "<a><b>", BadXml::Malformed),
            ("empty", "", BadXml::Malformed),
            ("two roots", "<a/><b/>", BadXml::Malformed),
            ("text after the root", "<a/>x", BadXml::Malformed),
            ("attribute twice", "<a b='1' b='2'/>", BadXml::Malformed),
            ("NUL", "<a>\0</a>", BadXml::Malformed),
            ("another encoding", "<?xml version='1.0' encoding='latin1'?><a/>", BadXml::Malformed),
        ];
        for (case, body, expected) in cases {
            assert_eq!(read(body.as_bytes()), Err(expected), "{case}");
        }
    }
}
