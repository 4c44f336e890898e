//! Reading XML as clients do: by namespace, whatever the prefixes.

/// The prefixes that names are written with in the tests.
const PREFIXES: [(&str, &str); 6] = [
    ("DAV:", "D"),
    ("urn:ietf:params:xml:ns:caldav", "C"),
    ("http://calendarserver.org/ns/", "CS"),
    ("http://apple.com/ns/ical/", "A"),
    ("http://me.com/_namespace/", "ME"),
    ("https://bitfire.at/webdav-push", "P"),
];

/// An element.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Node {
    /// Its name, with the prefix of [`PREFIXES`], or with the namespace in braces.
    pub(crate) name: String,
    /// The text directly in it.
    pub(crate) text: String,
    /// Its attributes, those that declare namespaces left out.
    pub(crate) attributes: Vec<(String, String)>,
    /// The elements directly in it.
    pub(crate) children: Vec<Node>,
}

/// Prefixes and their namespaces, the innermost last.
type Scope = Vec<(String, String)>;

impl Node {
    /// The root of a document, which must be well-formed.
    pub(crate) fn read(document: &str) -> Self {
        let start = document.find("?>").map_or(0, |it| it + 2);
        let mut rest = document[start..].trim();
        let root = element(&mut rest, &Scope::new());
        assert!(rest.is_empty(), "after the root: {rest}");
        root
    }

    /// The first element of that name directly in it.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name)
    }

    /// The elements of that name directly in it.
    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// The names of the elements directly in it.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.children.iter().map(|it| it.name.as_str()).collect()
    }

    /// The elements of that name anywhere in it.
    pub(crate) fn all(&self, name: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.all(name));
        }
        found
    }

    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The links anywhere in it.
    pub(crate) fn links(&self) -> Vec<&str> {
        self.all("D:href").into_iter().map(|it| it.text.trim()).collect()
    }
}

fn element(rest: &mut &str, outer: &Scope) -> Node {
    let tag = tag(rest);
    let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |it| (it, true));
    let (raw, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
    let mut scope = outer.clone();
    let mut node = Node::default();
    for (name, value) in attributes_of(attributes) {
        match name.strip_prefix("xmlns") {
            Some(prefix) => scope.push((prefix.trim_start_matches(':').to_owned(), value)),
            None => node.attributes.push((name.to_owned(), value)),
        }
    }
    node.name = full_name(raw, &scope);
    if is_empty {
        return node;
    }
    loop {
        let at = rest.find('<').unwrap_or_else(|| panic!("{raw} has no end"));
        node.text.push_str(&decoded(&rest[..at]));
        *rest = &rest[at..];
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (data, after) = data.split_once("]]>").unwrap();
            node.text.push_str(data);
            *rest = after;
        } else if let Some(remark) = rest.strip_prefix("<!--") {
            *rest = remark.split_once("-->").unwrap().1;
        } else if rest.starts_with("</") {
            assert_eq!(tag_of_end(rest), raw, "elements end in the order they began");
            return node;
        } else {
            node.children.push(element(rest, &scope));
        }
    }
}

/// What is between the next `<` and `>`.
fn tag<'a>(rest: &mut &'a str) -> &'a str {
    let inner = rest.strip_prefix('<').unwrap_or_else(|| panic!("no element: {rest}"));
    let mut quote = None;
    let end = inner.find(|it: char| {
        match quote {
            Some(open) if it == open => quote = None,
            None if matches!(it, '"' | '\'') => quote = Some(it),
            _ => {}
        }
        quote.is_none() && it == '>'
    });
    let end = end.unwrap_or_else(|| panic!("no end of a tag: {rest}"));
    *rest = &inner[end + 1..];
    &inner[..end]
}

fn tag_of_end<'a>(rest: &mut &'a str) -> &'a str {
    tag(rest).trim_start_matches('/').trim_end()
}

fn attributes_of(text: &str) -> Vec<(&str, String)> {
    let (mut found, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').unwrap();
        let quote = value.chars().next().unwrap();
        assert!(matches!(quote, '"' | '\''), "an attribute has no quotes: {text}");
        let (value, after) = value[1..].split_once(quote).unwrap();
        found.push((name.trim(), decoded(value)));
        rest = after.trim_start();
    }
    found
}

fn full_name(raw: &str, scope: &Scope) -> String {
    let (prefix, local) = raw.split_once(':').unwrap_or(("", raw));
    let bound = scope.iter().rev().find(|it| it.0 == prefix).map(|it| it.1.as_str());
    let namespace = bound.unwrap_or_default();
    assert!(prefix.is_empty() || !namespace.is_empty(), "{raw} has a prefix that is not declared");
    match PREFIXES.iter().find(|it| it.0 == namespace) {
        Some((_, prefix)) => format!("{prefix}:{local}"),
        None => format!("{{{namespace}}}{local}"),
    }
}

/// The text that references in it mean.
fn decoded(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').unwrap_or_else(|| panic!("a bare & in {text}"));
        let number = name.strip_prefix('#').map(|it| match it.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
            None => it.parse().unwrap(),
        });
        out.push(match (name, number) {
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("amp", _) => '&',
            ("quot", _) => '"',
            ("apos", _) => '\'',
            (_, Some(number)) => char::from_u32(number).unwrap(),
            _ => panic!("&{name}; is not known"),
        });
        out.push_str(after);
    }
    out
}

#[test]
fn names_are_read_by_namespace_and_text_without_references() {
    let root = Node::read(
        "<?xml version=\"1.0\"?>\n<x:prop xmlns:x='DAV:' xmlns=\"urn:ietf:params:xml:ns:caldav\">\
         <comp name='a&gt;b'/><x:href> /a&amp;b&#13;&#xe9;</x:href><y xmlns='u'><![CDATA[<&]]></y>\
         <z xmlns=\"\"/></x:prop>",
    );
    assert_eq!(
        (root.name.as_str(), root.names()),
        ("D:prop", vec!["C:comp", "D:href", "{u}y", "{}z"])
    );
    assert_eq!(root.child("C:comp").unwrap().attribute("name"), Some("a>b"));
    assert_eq!(root.child("D:href").unwrap().text, " /a&b\r\u{e9}");
    assert_eq!(root.links(), ["/a&b\r\u{e9}"]);
    assert_eq!(root.child("{u}y").unwrap().text, "<&");
}

#[test]
#[should_panic(expected = "a prefix that is not declared")]
fn a_prefix_without_a_namespace_is_an_error() {
    drop(Node::read("<D:prop/>"));
}

#[test]
#[should_panic(expected = "elements end in the order they began")]
fn elements_that_overlap_are_an_error() {
    drop(Node::read("<a><b></a></b>"));
}
