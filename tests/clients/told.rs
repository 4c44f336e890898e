//! What a multistatus tells, and what every client takes for granted about its form.

use std::ops::Deref;

use crate::server::Answered;
use crate::xml::Node;

/// One response of a multistatus.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// What it is about.
    pub(crate) href: String,
    /// Its own status, if it has no properties.
    pub(crate) status: Option<u16>,
    /// The names of the conditions in its error.
    pub(crate) errors: Vec<String>,
    properties: Vec<(u16, Node)>,
}

/// The responses of a multistatus, and the token of a sync.
#[derive(Clone, Debug)]
pub(crate) struct Multistatus {
    responses: Vec<Told>,
    token: Option<String>,
}

impl Multistatus {
    /// Reads an answer, which must be a multistatus that no client stumbles over.
    pub(crate) fn of(answered: &Answered) -> Self {
        assert_eq!(answered.status, 207, "{}", answered.body);
        let kind = answered.header("content-type");
        assert!(kind.starts_with("application/xml") || kind.starts_with("text/xml"), "{kind}");
        let root = Node::read(&answered.body);
        assert_eq!(root.name, "D:multistatus", "KDAV looks for it");
        let responses = root.children("D:response").map(Told::of).collect();
        Self { responses, token: root.child("D:sync-token").map(|it| it.text.clone()) }
    }

    /// The one response that there is.
    #[track_caller]
    pub(crate) fn only(&self) -> &Told {
        assert_eq!(self.responses.len(), 1, "{:#?}", self.responses);
        &self.responses[0]
    }

    /// The response about `href`, by exactly that name: Apple looks results up by it.
    #[track_caller]
    pub(crate) fn about(&self, href: &str) -> &Told {
        let found = self.responses.iter().find(|it| it.href == href);
        found.unwrap_or_else(|| panic!("nothing about {href}: {:?}", self.hrefs()))
    }

    /// What the responses are about.
    pub(crate) fn hrefs(&self) -> Vec<&str> {
        self.responses.iter().map(|it| it.href.as_str()).collect()
    }

    /// The token of a sync: a URI, since Evolution throws away what has neither `:` nor `/`.
    #[track_caller]
    pub(crate) fn token(&self) -> &str {
        let token = self.token.as_deref().unwrap();
        assert!(token.contains(':'), "{token}");
        token
    }
}

impl Deref for Multistatus {
    type Target = [Told];

    fn deref(&self) -> &[Told] {
        &self.responses
    }
}

impl Told {
    fn of(response: &Node) -> Self {
        let mut hrefs = response.children("D:href");
        let href = hrefs.next().unwrap().text.clone();
        assert!(hrefs.next().is_none(), "one link for each response");
        assert!(
            href.starts_with('/') && !href.starts_with("//"),
            "a path and nothing more: {href}"
        );
        let status = response.child("D:status").map(status);
        let (mut properties, mut statuses) = (Vec::new(), Vec::new());
        for part in response.children("D:propstat") {
            let status = status_of(part);
            assert!(!statuses.contains(&status), "KDAV reads only the last of two: {href}");
            statuses.push(status);
            for property in &part.child("D:prop").unwrap().children {
                let is_new = properties.iter().all(|it: &(u16, Node)| it.1.name != property.name);
                assert!(is_new, "{} is told twice, for {href}", property.name);
                properties.push((status, property.clone()));
            }
        }
        assert_eq!(status.is_some(), statuses.is_empty(), "either a status or properties: {href}");
        let errors = response.all("D:error").into_iter();
        let errors = errors.flat_map(|it| it.names()).map(str::to_owned).collect();
        Self { href, status, errors, properties }
    }

    /// A property, if it is there.
    pub(crate) fn property(&self, name: &str) -> Option<&Node> {
        self.properties.iter().find(|it| it.0 == 200 && it.1.name == name).map(|it| &it.1)
    }

    /// A property that must be there.
    #[track_caller]
    pub(crate) fn has(&self, name: &str) -> &Node {
        let found = self.property(name);
        found.unwrap_or_else(|| panic!("{} has no {name}: {:#?}", self.href, self.properties))
    }

    /// The text of a property that must be there.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.has(name).text.trim()
    }

    /// The first link in a property that must be there.
    #[track_caller]
    pub(crate) fn link(&self, name: &str) -> &str {
        let links = self.has(name).links();
        links.first().unwrap_or_else(|| panic!("{} has no link in {name}", self.href))
    }

    /// What came of a property; nothing if it is not told.
    pub(crate) fn outcome(&self, name: &str) -> Option<u16> {
        self.properties.iter().find(|it| it.1.name == name).map(|it| it.0)
    }

    /// The names of the properties that are told, and what came of each.
    pub(crate) fn outcomes(&self) -> Vec<(&str, u16)> {
        self.properties.iter().map(|it| (it.1.name.as_str(), it.0)).collect()
    }

    /// Whether it is a calendar.
    pub(crate) fn is_calendar(&self) -> bool {
        self.property("D:resourcetype").is_some_and(|it| it.child("C:calendar").is_some())
    }

    /// The privileges that the user has on it, as names.
    #[track_caller]
    pub(crate) fn privileges(&self) -> Vec<&str> {
        let privileges = self.has("D:current-user-privilege-set").all("D:privilege");
        privileges.into_iter().flat_map(Node::names).collect()
    }
}

fn status_of(part: &Node) -> u16 {
    part.child("D:status").map(status).unwrap()
}

/// The code of a status line, which must have a reason: Outlook's pattern wants the blank.
fn status(line: &Node) -> u16 {
    let rest = line.text.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("{}", line.text));
    let (code, reason) = rest.split_once(' ').unwrap();
    assert!(!reason.is_empty(), "{}", line.text);
    code.parse().unwrap()
}
