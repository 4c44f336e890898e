//! What a conversation expects of an answer.

use super::snippet;
use super::{Remembered, filled};
use crate::http::{Answer, unquoted};
use crate::icalendar::Component;
use crate::likeness::{Filters, alike};
use crate::multistatus::{Response, read};
use crate::tree::Element;
use crate::verify::is_status;

/// The prefixes that scripts and snippets use.
pub(crate) const PREFIXES: [(&str, &str); 4] = [
    ("D", "DAV:"),
    ("C", "urn:ietf:params:xml:ns:caldav"),
    ("CS", "http://calendarserver.org/ns/"),
    ("A", "http://apple.com/ns/ical/"),
];

/// One line that begins with `<`.
#[derive(Clone, Debug)]
pub(crate) enum Expectation {
    Status(String),
    Text(Source, Test),
    Responses(usize),
    Status207 { place: Place, status: String },
    Remember { source: Source, name: String },
    Calendar(Vec<String>),
}

/// Where in an answer a text is.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Body,
    Header(String),
    Element(Vec<String>),
    Place(Place),
}

/// A response of a multistatus, or a property in it.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Href(String),
    Property { name: String, href: String },
}

/// What a text has to be.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    IsThere,
    IsNot,
    Is(String),
    Has(String),
    Lacks(String),
}

impl Expectation {
    /// Reads what stands behind the `<`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is_code = word.len() == 3 && word.starts_with(|it: char| it.is_ascii_digit());
        match (word, rest) {
            (code, "") if is_code => Ok(Self::Status(code.to_owned())),
            ("empty", "") => Ok(Self::Text(Source::Body, Test::Is(String::new()))),
            ("calendar", "") => Ok(Self::Calendar(Vec::new())),
            ("has", it) => Ok(Self::Text(Source::Body, Test::Has(it.to_owned()))),
            ("lacks", it) => Ok(Self::Text(Source::Body, Test::Lacks(it.to_owned()))),
            ("responses", it) => it.parse().map(Self::Responses).map_err(|_| "not a number".into()),
            ("no", it) => match Source::parse(it)? {
                (source, "") => Ok(Self::Text(source, Test::IsNot)),
                (_, more) => Err(format!("{more:?} is too much")),
            },
            ("remember", it) => {
                let (source, rest) = Source::parse(it)?;
                let name = rest.strip_prefix("as $").ok_or("not like … as $name")?;
                Ok(Self::Remember { source, name: name.to_owned() })
            }
            _ => {
                let (source, rest) = Source::parse(text)?;
                match (source, rest.split_once(' ').unwrap_or((rest, ""))) {
                    (Source::Place(place), ("status", it)) => {
                        Ok(Self::Status207 { place, status: it.to_owned() })
                    }
                    (source, ("", _)) => Ok(Self::Text(source, Test::IsThere)),
                    (source, ("is", it)) => Ok(Self::Text(source, Test::Is(it.to_owned()))),
                    (source, ("has", it)) => Ok(Self::Text(source, Test::Has(it.to_owned()))),
                    (source, ("lacks", it)) => Ok(Self::Text(source, Test::Lacks(it.to_owned()))),
                    (_, (other, _)) => Err(format!("{other:?} is not understood")),
                }
            }
        }
    }

    /// A line of what a calendar should say.
    pub(super) fn add(&mut self, line: &str) -> Result<(), String> {
        match self {
            Self::Calendar(lines) => {
                lines.push(line.to_owned());
                Ok(())
            }
            _ => Err("only a calendar is compared line by line".into()),
        }
    }

    /// Whether the answer is as expected; what is to be remembered is.
    pub(super) fn check(&self, answer: &Answer, remembered: &mut Remembered) -> Result<(), String> {
        match self {
            Self::Status(wanted) => {
                let status = answer.status.to_string();
                let is_it = is_status(&status, wanted);
                is_it.then_some(()).ok_or_else(|| format!("status {status} instead of {wanted}"))
            }
            Self::Text(source, test) => test.check(source.find(answer, remembered)?, remembered),
            Self::Responses(wanted) => {
                let found = read(answer)?.len();
                (found == *wanted)
                    .then_some(())
                    .ok_or_else(|| format!("{found} responses instead of {wanted}"))
            }
            Self::Status207 { place, status } => {
                let told = read(answer)?;
                let found = place.status(&told, remembered).unwrap_or("none");
                is_status(found, status)
                    .then_some(())
                    .ok_or_else(|| format!("its status is {found} instead of {status}"))
            }
            Self::Remember { source, name } => {
                let found = source.find(answer, remembered)?;
                let found = found.ok_or("there is nothing to remember")?;
                remembered.insert(name.clone(), found);
                Ok(())
            }
            Self::Calendar(lines) => {
                let lines: Vec<String> = lines.iter().map(|it| filled(it, remembered)).collect();
                let wanted = Component::parse(&snippet::body(&lines)?.text)?;
                alike(&wanted, &Component::parse(&answer.text())?, &Filters::with([]))
            }
        }
    }
}

impl Source {
    /// Reads a source and gives what follows it.
    fn parse(text: &str) -> Result<(Self, &str), String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (what, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        if what.is_empty() {
            return Err(format!("{word:?} is not understood"));
        }
        match word {
            "header" => Ok((Self::Header(what.to_owned()), rest)),
            "element" => {
                let path: Result<Vec<String>, String> = what.split('/').map(clark).collect();
                Ok((Self::Element(path?), rest))
            }
            "href" => Ok((Self::Place(Place::Href(what.to_owned())), rest)),
            "property" => {
                let rest = rest.strip_prefix("of ").ok_or("not like property NAME of PATH")?;
                let (href, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let place = Place::Property { name: clark(what)?, href: href.to_owned() };
                Ok((Self::Place(place), rest))
            }
            _ => Err(format!("{word:?} is not understood")),
        }
    }

    fn find(&self, answer: &Answer, remembered: &Remembered) -> Result<Option<String>, String> {
        Ok(match self {
            Self::Body => Some(answer.text()),
            Self::Header(name) => answer.values(name).next().map(str::to_owned),
            Self::Element(path) => {
                let root = Element::parse(&answer.body)?;
                let (first, rest) = path.split_first().ok_or("an empty path")?;
                let mut found: Vec<&Element> =
                    Some(&root).filter(|it| it.name == *first).into_iter().collect();
                for name in rest {
                    found = found.into_iter().flat_map(|it| it.all(name)).collect();
                }
                found.first().map(|it| it.value())
            }
            Self::Place(place) => {
                let told = read(answer)?;
                match place {
                    Place::Href(_) => place
                        .response(&told, remembered)
                        .filter(|it| it.is_ok())
                        .map(|it| it.href.clone()),
                    Place::Property { name, .. } => place
                        .response(&told, remembered)
                        .and_then(|it| it.property(name))
                        .map(Element::value),
                }
            }
        })
    }
}

impl Place {
    fn response<'a>(&self, told: &'a [Response], remembered: &Remembered) -> Option<&'a Response> {
        let (Self::Href(href) | Self::Property { href, .. }) = self;
        let href = unquoted(&filled(href, remembered));
        told.iter().find(|it| it.href == href)
    }

    fn status<'a>(&self, told: &'a [Response], remembered: &Remembered) -> Option<&'a str> {
        let response = self.response(told, remembered)?;
        match self {
            Self::Href(_) => response.status.as_deref(),
            Self::Property { name, .. } => {
                let mut parts = response.parts.iter();
                let part = parts.find(|it| it.1.iter().any(|it| it.name == *name))?;
                Some(part.0.as_str())
            }
        }
    }
}

impl Test {
    fn check(&self, found: Option<String>, remembered: &Remembered) -> Result<(), String> {
        let Some(found) = found else {
            return match self {
                Self::IsNot => Ok(()),
                _ => Err("it is not there".into()),
            };
        };
        let (is_it, wanted) = match self {
            Self::IsThere => return Ok(()),
            Self::IsNot => return Err(format!("it is there: {found}")),
            Self::Is(wanted) => (found == filled(wanted, remembered), wanted),
            Self::Has(wanted) => (found.contains(&filled(wanted, remembered)), wanted),
            Self::Lacks(wanted) => (!found.contains(&filled(wanted, remembered)), wanted),
        };
        let wanted = filled(wanted, remembered);
        is_it.then_some(()).ok_or_else(|| match self {
            Self::Lacks(_) => format!("{wanted:?} is in it"),
            Self::Has(_) => format!("{wanted:?} is not in it"),
            _ => format!("it is {found:?} instead of {wanted:?}"),
        })
    }
}

/// `D:href` as the whole name of an element.
fn clark(name: &str) -> Result<String, String> {
    let (prefix, local) = name.split_once(':').ok_or_else(|| format!("{name} has no prefix"))?;
    let found = PREFIXES.iter().find(|it| it.0 == prefix);
    let (_, space) = found.ok_or_else(|| format!("nobody knows the prefix {prefix}"))?;
    Ok(format!("{{{space}}}{local}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::testing::answer;

    const BODY: &str = "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/a%20b/</D:href>\
        <D:propstat><D:prop><D:displayname>Work</D:displayname></D:prop><D:status>HTTP/1.1 200 OK\
        </D:status></D:propstat><D:propstat><D:prop><D:owner/></D:prop><D:status>HTTP/1.1 404 No\
        </D:status></D:propstat></D:response><D:response><D:href>/gone</D:href><D:status>\
        HTTP/1.1 404 No</D:status></D:response><D:sync-token>t:1</D:sync-token></D:multistatus>";

    #[test]
    fn each_kind_of_line_is_true_or_not() {
        for (line, expected) in [
            ("207", true),
            ("2xx", true),
            ("200", false),
            ("header ETag", true),
            ("header ETag is \"1\"", true),
            ("header ETag is \"2\"", false),
            ("header Location", false),
            ("no header Location", true),
            ("no header ETag", false),
            ("has Work", true),
            ("has Play", false),
            ("lacks Play", true),
            ("lacks Work", false),
            ("empty", false),
            ("element D:multistatus/D:sync-token is t:1", true),
            ("element D:multistatus/D:sync-token is t:2", false),
            ("element D:multistatus/D:sync-token lacks t:", false),
            ("element D:error/D:sync-token", false),
            ("no element D:error", true),
            ("responses 2", true),
            ("responses 1", false),
            ("href /a%20b/", true),
            ("href /gone", false),
            ("href /gone status 404", true),
            ("href /gone status 403", false),
            ("href /a%20b/ status 404", false),
            ("no href /gone", true),
            ("no href /a%20b/", false),
            ("property D:displayname of /a%20b/ is Work", true),
            ("property D:displayname of /a%20b/ is Play", false),
            ("property D:owner of /a%20b/", false),
            ("property D:owner of /a%20b/ status 404", true),
            ("property D:displayname of /a%20b/ status 404", false),
            ("no property D:owner of /a%20b/", true),
        ] {
            let expectation = Expectation::parse(line).unwrap();
            let answer = answer(207, &[("ETag", "\"1\"")], BODY);
            let checked = expectation.check(&answer, &mut Remembered::new());
            assert_eq!(checked.is_ok(), expected, "{line}: {checked:?}");
        }
    }

    #[test]
    fn what_is_remembered_is_put_in_later() {
        let (answer, mut remembered) = (answer(207, &[], BODY), Remembered::new());
        for line in [
            "remember element D:multistatus/D:sync-token as $token",
            "element D:multistatus/D:sync-token is $token",
            "remember property D:displayname of /a%20b/ as $name",
            "has $name",
        ] {
            Expectation::parse(line).unwrap().check(&answer, &mut remembered).unwrap();
        }
        assert_eq!(remembered["token"], "t:1");
        let missing = Expectation::parse("remember header ETag as $tag").unwrap();
        assert!(missing.check(&answer, &mut remembered).is_err());
    }

    #[test]
    fn a_calendar_is_compared_by_what_it_means() {
        let mut expectation = Expectation::parse("calendar").unwrap();
        expectation.add("event u 2026-03-02T09:00Z 30m Title").unwrap();
        let body = |title: &str| {
            let line = format!("event u 2026-03-02T09:00Z 30m {title}");
            snippet::body(&[line])
                .unwrap()
                .text
                .replace("DURATION:PT1800S", "DTEND:20260302T093000Z")
        };
        let check =
            |title| expectation.check(&answer(200, &[], &body(title)), &mut Remembered::new());
        assert!(check("Title").is_ok());
        assert!(check("Another").is_err());
    }

    #[test]
    fn a_line_that_means_nothing_is_refused() {
        for line in [
            "",
            "20",
            "header",
            "element X:y",
            "element y",
            "href",
            "responses x",
            "no 200",
            "property D:x",
            "remember header ETag",
            "header ETag was 1",
        ] {
            assert!(Expectation::parse(line).is_err(), "{line}");
        }
    }
}
