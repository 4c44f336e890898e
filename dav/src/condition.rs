//! Conditions of requests: entity tags, dates and the header `If`.

use app::{App, Condition};
use http::header::{AsHeaderName, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::fmt::rfc2822::DateTimeParser;
use model::privilege::Privileges;
use percent_encoding::percent_decode_str;

use crate::admit::{Admitted, settled};
use crate::media::of_stored;
use crate::path::Resource;
use crate::wire::names::MOBILE_ME;
use crate::{Answer, problem};

/// What stands before a `CS:getctag` in a condition (bulk change draft §6).
const CTAG: &str = "http://me.com/_namespace/ctag/";
/// Lists of one `If`, at most.
const LISTS_MAX: usize = 100;

/// The conditions of a request (RFC 9110 §13.1).
pub(crate) fn of(headers: &HeaderMap) -> Condition {
    Condition { if_match: tags(headers, IF_MATCH), if_none_match: tags(headers, IF_NONE_MATCH) }
}

/// The conditions of a request that changes something, `If` and the date included.
///
/// # Errors
///
/// The answer that refuses the request: 412, or 400 for what cannot be read.
pub(crate) fn of_request(app: &App, request: &Admitted) -> Result<Condition, Answer> {
    let mut condition = of(&request.head.headers);
    let failed = || problem::plain(StatusCode::PRECONDITION_FAILED, "it was changed meanwhile");
    let now = etag_of(app, request, &request.resource);
    if let (Some(text), Some(now)) = (request.header(IF_UNMODIFIED_SINCE), &now)
        && condition.if_match.is_none()
        && let (Some(date), Some(modified)) = (date(text), now.modified)
    {
        if modified > date {
            return Err(failed());
        }
        condition.if_match = Some(vec![now.etag.clone()]);
    }
    if let Some(text) = request.header("if") {
        let bad = || problem::plain(StatusCode::BAD_REQUEST, "the header If cannot be read");
        let lists = lists(text).ok_or_else(bad)?;
        if !lists.iter().any(|it| it.holds(app, request)) {
            return Err(if text.contains(CTAG) { out_of_step() } else { failed() });
        }
        // What held a moment ago must still hold when it counts.
        if let (Some(now), None) = (now, &condition.if_match) {
            condition.if_match = Some(vec![now.etag]);
        }
    }
    Ok(condition)
}

/// The answer to a client that does not know the last state (bulk change draft §6.1).
fn out_of_step() -> Answer {
    let why = "the collection was changed meanwhile";
    problem::with_error(StatusCode::PRECONDITION_FAILED, why, |out| {
        out.empty_of(MOBILE_ME, "ctag-ok");
    })
}

/// Tells a client that spoke of a state what the state is now (bulk change draft §6).
pub(crate) fn tell_state(app: &App, request: &Admitted, answer: &mut Answer) {
    let speaks = request.header("if").is_some_and(|it| it.contains(CTAG));
    let Resource::Collection(name, _) = &request.resource else { return };
    if !speaks || !answer.status().is_success() {
        return;
    }
    let mut told = vec![("ctag", request.resource.clone())];
    if request.head.method.as_str().starts_with("MK") {
        told.push(("home-ctag", Resource::Home(name.clone())));
    }
    for (header, resource) in told {
        let ctag = etag_of(app, request, &resource).and_then(|it| it.ctag);
        if let Some(Ok(value)) = ctag.map(|it| HeaderValue::from_str(&it)) {
            answer.headers_mut().insert(header, value);
        }
    }
}

/// Refuses a request whose conditions do not hold now, where nothing looks at them later.
///
/// # Errors
///
/// As [`of_request`].
pub(crate) fn check(app: &App, request: &Admitted) -> Result<(), Answer> {
    let condition = of_request(app, request)?;
    let has_tag = matches!(request.resource, Resource::Collection(..) | Resource::Object(..));
    if !has_tag {
        return Ok(());
    }
    let now = etag_of(app, request, &request.resource);
    let met = condition.check_quoted(now.as_ref().map(|it| it.etag.as_str()));
    met.map_err(|refusal| problem::refused(&refusal))
}

/// Whether a client that names entity tags has the text already (RFC 9110 §13.1.2: weak tags too).
pub(crate) fn has(headers: &HeaderMap, etag: &str) -> Option<bool> {
    let is_this = |it: &str| it == "*" || it.strip_prefix("W/").unwrap_or(it) == etag;
    Some(of(headers).if_none_match?.iter().any(|it| is_this(it)))
}

/// Whether a text was changed after the last date that a client wants it from (§13.1.4).
pub(crate) fn is_later(headers: &HeaderMap, modified: Option<i64>) -> bool {
    let latest = headers.get(IF_UNMODIFIED_SINCE).and_then(|it| date(it.to_str().ok()?));
    matches!((latest, modified), (Some(latest), Some(modified)) if modified > latest)
}

/// Whether a text was changed after the date that a client has it from (RFC 9110 §13.1.3).
pub(crate) fn is_newer(headers: &HeaderMap, modified: i64) -> bool {
    let since = headers.get(http::header::IF_MODIFIED_SINCE);
    let since = since.and_then(|it| date(it.to_str().ok()?));
    since.is_none_or(|it| modified > it)
}

/// The moment that a date in a header means.
pub(crate) fn date(text: &str) -> Option<i64> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    Some(PARSER.parse_timestamp(text.trim()).ok()?.as_second())
}

/// What stands at a resource now.
struct Standing {
    etag: String,
    /// When its text was stored; nothing of what has none.
    modified: Option<i64>,
    /// The sync token of a collection.
    token: Option<String>,
    /// The `CS:getctag` of a collection.
    ctag: Option<String>,
}

fn etag_of(app: &App, request: &Admitted, resource: &Resource) -> Option<Standing> {
    let ctx = &request.ctx;
    match resource {
        Resource::Object(name, slug, object) => {
            let owner = app.user_named(ctx, name).ok()?;
            let collection = app.collection_around(ctx, &owner, slug, Some(object)).ok()?;
            let entry = app.entry(ctx, &collection, object).ok()?;
            let modified = Some(entry.modified);
            Some(Standing { etag: entry.etag.clone(), modified, token: None, ctag: None })
        }
        Resource::Collection(name, slug) => {
            let owner = app.user_named(ctx, name).ok()?;
            let collection = app.collection(ctx, &owner, slug).ok()?;
            app.may_read(ctx, &collection).ok()?;
            let token = app.sync_token(&collection, &collection.members());
            let etag = format!("\"{token}\"");
            Some(Standing { etag, modified: None, ctag: Some(token.clone()), token: Some(token) })
        }
        Resource::Home(name) => {
            let owner = app.user_named(ctx, name).ok()?;
            let may_read = app.home_privileges(ctx, &owner).contain(Privileges::READ);
            let tag = app.home_tag(&owner).ok().filter(|_| may_read)?;
            let token = Some(app.home_token(&owner));
            Some(Standing { etag: format!("\"{tag}\""), modified: None, token, ctag: Some(tag) })
        }
        _ => None,
    }
}

/// One list of conditions, and the resource that it is about (RFC 4918 §10.4).
#[derive(Debug, Eq, PartialEq)]
struct List {
    resource: Option<String>,
    conditions: Vec<One>,
}

/// One condition of a list.
#[derive(Debug, Eq, PartialEq)]
struct One {
    is_negated: bool,
    state: State,
}

#[derive(Debug, Eq, PartialEq)]
enum State {
    /// An entity tag, with its quotes.
    Etag(String),
    /// A lock token, which nothing has here, or a sync token (RFC 6578 §5).
    Token(String),
    /// A `CS:getctag` (bulk change draft §6).
    Ctag(String),
}

impl List {
    fn holds(&self, app: &App, request: &Admitted) -> bool {
        let resource = match &self.resource {
            None => Some(request.resource.clone()),
            Some(href) => {
                Resource::of_href(href).ok().map(|it| settled(app, &request.ctx, it, href))
            }
        };
        let now = resource.and_then(|it| etag_of(app, request, &it));
        self.conditions.iter().all(|it| {
            let matches = now.as_ref().is_some_and(|now| match &it.state {
                State::Etag(etag) => now.etag == *etag,
                State::Token(token) => now.token.as_ref() == Some(token),
                State::Ctag(ctag) => now.ctag.as_ref() == Some(ctag),
            });
            matches != it.is_negated
        })
    }
}

/// The lists of `If`: all without a resource, or each with one.
fn lists(text: &str) -> Option<Vec<List>> {
    let mut lists: Vec<List> = Vec::new();
    let mut resource: Option<String> = None;
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('<') {
            let (href, after) = inner.split_once('>')?;
            resource = Some(href.to_owned());
            rest = after.trim_start();
            if !rest.starts_with('(') {
                return None;
            }
        } else {
            let inner = rest.strip_prefix('(')?;
            let (conditions, after) = conditions(inner)?;
            lists.push(List { resource: resource.clone(), conditions });
            rest = after.trim_start();
        }
        if lists.len() > LISTS_MAX {
            return None;
        }
    }
    Some(lists).filter(|it| !it.is_empty())
}

/// The conditions up to the closing parenthesis, and what follows it.
fn conditions(text: &str) -> Option<(Vec<One>, &str)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(')') {
            return (!found.is_empty()).then_some((found, after));
        }
        let is_negated = rest.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("not"));
        if is_negated {
            rest = rest[3..].trim_start();
        }
        let (state, after) = if let Some(inner) = rest.strip_prefix('<') {
            let (token, after) = inner.split_once('>')?;
            let state = match token.strip_prefix(CTAG) {
                Some(ctag) => State::Ctag(percent_decode_str(ctag).decode_utf8_lossy().into()),
                None => State::Token(token.to_owned()),
            };
            (state, after)
        } else {
            let inner = rest.strip_prefix('[')?;
            let (etag, after) = inner.split_once(']')?;
            (State::Etag(quoted(etag.trim())), after)
        };
        found.push(One { is_negated, state });
        rest = after.trim_start();
    }
}

/// The entity tags of a header; a weak one never matches a strong comparison, so it stays weak.
fn tags(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Vec<String>> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let texts = values.filter_map(|it| it.to_str().ok());
    let tags = texts.flat_map(listed).map(str::trim).filter(|it| !it.is_empty());
    Some(tags.map(quoted).collect())
}

/// The parts of a list; within quotes a comma is a letter like any other (RFC 9110 §8.8.3).
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |it: char| {
        is_quoted ^= it == '"';
        it == ',' && !is_quoted
    })
}

/// Evolution sends entity tags without their quotes.
fn quoted(tag: &str) -> String {
    if tag == "*" || tag.contains('"') { of_stored(tag) } else { format!("\"{tag}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_read_one_by_one() {
        let cases = [
            ("\"a\"", vec!["\"a\""]),
            ("\"a\", W/\"b\"", vec!["\"a\"", "W/\"b\""]),
            ("\"data:,1\",\"2\"", vec!["\"data:,1\"", "\"2\""]),
            ("a, b", vec!["\"a\"", "\"b\""]),
            ("*", vec!["*"]),
        ];
        for (text, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, http::HeaderValue::from_static(text));
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(tags(&headers, IF_MATCH), Some(expected), "{text}");
        }
    }

    #[test]
    fn an_if_is_read_as_the_rfc_writes_it() {
        let etag = |it: &str| State::Etag(format!("\"{it}\""));
        let one = |is_negated, state| One { is_negated, state };
        let cases = [
            ("([\"a\"])", vec![(None, vec![one(false, etag("a"))])]),
            (
                "(<urn:x> [\"a\"]) (Not <DAV:no-lock>)",
                vec![
                    (None, vec![one(false, State::Token("urn:x".into())), one(false, etag("a"))]),
                    (None, vec![one(true, State::Token("DAV:no-lock".into()))]),
                ],
            ),
            (
                "(<http://me.com/_namespace/ctag/a%3A1>)",
                vec![(None, vec![one(false, State::Ctag("a:1".into()))])],
            ),
            (
                "</a> ([\"b\"]) ([\"c\"])",
                vec![
                    (Some("/a"), vec![one(false, etag("b"))]),
                    (Some("/a"), vec![one(false, etag("c"))]),
                ],
            ),
        ];
        for (text, expected) in cases {
            let expected: Vec<List> = expected
                .into_iter()
                .map(|(resource, conditions)| List {
                    resource: resource.map(str::to_owned),
                    conditions,
                })
                .collect();
            assert_eq!(lists(text), Some(expected), "{text}");
        }
        for bad in ["", "()", "(", "x", "<a>", "([a)", "(<a)", "([\"a\"]", "(a)"] {
            assert_eq!(lists(bad), None, "{bad}");
        }
    }
}
