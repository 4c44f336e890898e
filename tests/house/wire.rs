//! Reading the XML of answers, which always uses the same prefixes.

/// One `DAV:response`.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// What it is about.
    pub(crate) href: String,
    /// Its own status, where it has no properties.
    pub(crate) status: String,
    /// The status and the inner XML of each propstat.
    pub(crate) parts: Vec<(String, String)>,
}

impl Reply {
    /// The inner XML of the properties that have that status.
    pub(crate) fn with(&self, status: &str) -> &str {
        let mut parts = self.parts.iter();
        parts.find(|it| it.0.contains(status)).map_or("", |it| it.1.as_str())
    }

    /// The text of a property that it has.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        element(self.with(" 200 "), name).map(text)
    }

    /// The text of the first link in a property that it has.
    pub(crate) fn link(&self, name: &str) -> Option<String> {
        element(element(self.with(" 200 "), name)?, "href").map(text)
    }

    /// Whether it says that there is no such property.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        element(self.with(" 404 "), name).is_some()
    }
}

/// The responses of a multistatus.
pub(crate) fn replies(body: &str) -> Vec<Reply> {
    let parts = body.split("<D:response>").skip(1);
    parts.filter_map(|it| it.split_once("</D:response>")).map(|it| reply(it.0)).collect()
}

fn reply(xml: &str) -> Reply {
    let mut parts = Vec::new();
    for part in xml.split("<D:propstat>").skip(1) {
        let (properties, status) = part.rsplit_once("<D:status>").unwrap();
        let status = status.split('<').next().unwrap_or_default();
        let properties = element(properties, "prop").unwrap_or_default();
        parts.push((status.to_owned(), properties.to_owned()));
    }
    let own = if parts.is_empty() { element(xml, "status") } else { None };
    let href = element(xml, "href").map(text).unwrap_or_default();
    Reply { href, status: own.unwrap_or_default().to_owned(), parts }
}

/// What is in the first element of that local name; nothing where there is none.
pub(crate) fn element<'a>(xml: &'a str, local: &str) -> Option<&'a str> {
    let mut at = 0;
    while let Some(open) = xml[at..].find('<') {
        let start = at + open + 1;
        let end = start + xml[start..].find('>')?;
        let tag = &xml[start..end];
        let name = tag.trim_end_matches('/').split(' ').next().unwrap_or_default();
        let is_it = name.rsplit(':').next() == Some(local);
        at = end + 1;
        if is_it && !tag.starts_with(['/', '?', '!']) {
            if tag.ends_with('/') {
                return Some("");
            }
            let length = xml[at..].find(&format!("</{name}>"))?;
            return Some(&xml[at..at + length]);
        }
    }
    None
}

/// The text that XML means.
pub(crate) fn text(xml: &str) -> String {
    xml.replace("&#13;", "\r")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[test]
fn the_reader_of_answers_finds_what_is_there_and_nothing_else() {
    let body = "<D:multistatus><D:response><D:href>/a&amp;b</D:href><D:propstat><D:prop>\
                <D:getetag>\"1\"</D:getetag><x xmlns=\"u\" y=\"z\">v</x></D:prop>\
                <D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><C:no/>\
                </D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>\
                <D:response><D:href>/gone</D:href><D:status>HTTP/1.1 404 Not Found</D:status>\
                </D:response></D:multistatus>";
    let found = replies(body);
    assert_eq!((found.len(), found[0].href.as_str()), (2, "/a&b"));
    assert_eq!(found[0].value("getetag").as_deref(), Some("\"1\""));
    assert_eq!(found[0].value("x").as_deref(), Some("v"));
    assert!(found[0].lacks("no") && !found[0].lacks("getetag"));
    assert_eq!(found[1].status, "HTTP/1.1 404 Not Found");
    assert!(found[1].parts.is_empty());
}
