//! A `DAV:multistatus` (RFC 4918 §13) as the verifiers look at it.

use crate::http::{Answer, unquoted};
use crate::tree::Element;

/// One `DAV:response`.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// Percent-decoded.
    pub(crate) href: String,
    /// The response's own status line, if it has one.
    pub(crate) status: Option<String>,
    /// Status lines and the properties under them.
    pub(crate) parts: Vec<(String, Vec<Element>)>,
}

/// Reads a whole answer with the status 207.
///
/// # Errors
///
/// Why it is none.
pub(crate) fn read(answer: &Answer) -> Result<Vec<Response>, String> {
    if answer.status != 207 {
        return Err(format!("status {} instead of 207", answer.status));
    }
    let root = Element::parse(&answer.body)?;
    if root.name != "{DAV:}multistatus" {
        return Err(format!("{} instead of a multistatus", root.name));
    }
    responses(&root)
}

/// The responses in an element.
///
/// # Errors
///
/// If one of them has no href or a status line that is none.
pub(crate) fn responses(root: &Element) -> Result<Vec<Response>, String> {
    root.all("{DAV:}response").map(Response::of).collect()
}

impl Response {
    fn of(element: &Element) -> Result<Self, String> {
        let href = element.text_of("{DAV:}href").ok_or("a response without href")?;
        let mut parts = Vec::new();
        for part in element.all("{DAV:}propstat") {
            let status = status_line(part.text_of("{DAV:}status"))?;
            let properties = part.child("{DAV:}prop").map(|it| it.children.clone());
            parts.push((status, properties.unwrap_or_default()));
        }
        let status = match element.text_of("{DAV:}status") {
            Some(line) => Some(status_line(Some(line))?),
            None => None,
        };
        Ok(Self { href: unquoted(href.trim()), status, parts })
    }

    /// Whether the resource is told of: its own status is good, or it has properties.
    pub(crate) fn is_ok(&self) -> bool {
        match &self.status {
            Some(status) => status.starts_with('2'),
            None => !self.parts.is_empty(),
        }
    }

    /// Properties with a good status.
    pub(crate) fn good(&self) -> impl Iterator<Item = &Element> {
        self.parts.iter().filter(|it| it.0.starts_with('2')).flat_map(|it| &it.1)
    }

    /// Properties with another status.
    pub(crate) fn bad(&self) -> impl Iterator<Item = &Element> {
        self.parts.iter().filter(|it| !it.0.starts_with('2')).flat_map(|it| &it.1)
    }

    /// Properties with a good status, by name.
    pub(crate) fn property(&self, name: &str) -> Option<&Element> {
        self.good().find(|it| it.name == name)
    }
}

/// The code in a status line.
fn status_line(line: Option<&str>) -> Result<String, String> {
    let line = line.ok_or("no status line")?;
    let code = line.strip_prefix("HTTP/1.1 ").and_then(|it| it.get(..3));
    let code = code.filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    code.map(str::to_owned).ok_or_else(|| format!("{line:?} is no status line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_must_be_one() {
        for (line, expected) in [
            ("HTTP/1.1 200 OK", Some("200")),
            ("HTTP/1.1 404", Some("404")),
            ("HTTP/1.0 200 OK", None),
            ("200 OK", None),
            ("HTTP/1.1 OK", None),
        ] {
            assert_eq!(status_line(Some(line)).ok().as_deref(), expected, "{line}");
        }
    }
}
