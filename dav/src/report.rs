//! The reports, each in a file of its own.

mod calendar_query;
mod data;
mod expand_property;
mod filter;
mod free_busy;
mod multiget;
mod principals;
mod scope;
mod sync_collection;

use std::borrow::Cow;
use std::sync::Arc;

use app::{App, Collection, Entry, Reading, Refusal, User};
use http::StatusCode;
use ical::Document;
use model::limit::ANSWER_MAX_BYTES;

use crate::admit::Admitted;
use crate::method::asked;
use crate::pattern::Pattern;
use crate::property::{Live, Subject, Text, Wanted, What};
use crate::wire::names::{CALDAV, CALENDAR_SERVER, DAV};
use crate::wire::out::Out;
use crate::wire::tree::{Element, read};
use crate::{Answer, multistatus, problem};
use data::Data;

/// Answers a `REPORT` (RFC 3253 §3.6) by the name of its body.
pub(crate) fn respond(app: &App, request: &Admitted, body: &[u8]) -> Answer {
    let root = match read(body) {
        Ok(root) => root,
        Err(bad) => return problem::plain(StatusCode::BAD_REQUEST, bad.why()),
    };
    let answer = match (root.namespace.as_str(), root.name.as_str()) {
        (CALDAV, "calendar-query") => calendar_query::respond(app, request, &root),
        (CALDAV, "calendar-multiget") => multiget::respond(app, request, &root),
        (CALDAV, "free-busy-query") => free_busy::respond(app, request, &root),
        (DAV, "sync-collection") => sync_collection::respond(app, request, &root),
        (DAV, "principal-property-search") => principals::search(app, request, &root),
        (DAV, "principal-search-property-set") => Ok(principals::searchable()),
        (DAV, "principal-match") => principals::own(app, request, &root),
        (DAV, "acl-principal-prop-set") => principals::of_acl(app, request, &root),
        (CALENDAR_SERVER, "calendarserver-principal-search") => {
            principals::by_words(app, request, &root)
        }
        (DAV, "expand-property") => expand_property::respond(app, request, &root),
        _ => Err(unsupported()),
    };
    let mut answer = answer.unwrap_or_else(|refused| refused);
    if answer.status() == StatusCode::MULTI_STATUS {
        request.prefer.tell_listing(answer.headers_mut());
    }
    answer
}

/// The answer to a report that the resource does not have (RFC 3253 §3.6).
fn unsupported() -> Answer {
    let why = "this report is not known here";
    problem::precondition(StatusCode::FORBIDDEN, "D:supported-report", why)
}

/// The properties that a report asks for; nothing asked means the entity tags.
fn wanted(root: &Element) -> Result<Wanted, Answer> {
    if let Some(prop) = root.child(DAV, "prop") {
        return asked(prop).map(Wanted::These);
    }
    if root.child(DAV, "propname").is_some() {
        return Ok(Wanted::Names);
    }
    Ok(Wanted::All(Vec::new()))
}

/// Whether the text of objects is asked for.
fn wants_text(wanted: &Wanted) -> bool {
    match wanted {
        Wanted::These(asked) => asked.iter().any(|it| it.live == Some(Live::CalendarData)),
        Wanted::All(_) | Wanted::Names => false,
    }
}

/// Writes objects of one calendar into a multistatus.
struct Objects<'a> {
    app: &'a App,
    request: &'a Admitted,
    owner: &'a User,
    collection: &'a Collection,
    wanted: &'a Wanted,
    data: &'a Data,
    wants_text: bool,
    reading: Reading<'a>,
    pattern: Option<Pattern<'a>>,
}

impl<'a> Objects<'a> {
    /// Objects of `collection`, with what is `wanted` of each.
    fn of(
        app: &'a App,
        request: &'a Admitted,
        (owner, collection): (&'a User, &'a Collection),
        (wanted, data): (&'a Wanted, &'a Data),
    ) -> Self {
        let wants_text = wants_text(wanted);
        let reading = app.reading(&request.ctx, collection);
        let text = wants_text.then_some(Text { text: "", media_type: data.media_type });
        let of = (owner, collection);
        let pattern = Pattern::of(app, request, of, wanted, (reading.members(), text));
        Self { app, request, owner, collection, wanted, data, wants_text, reading, pattern }
    }

    /// Refuses an answer whose texts would not fit in memory beside those of others.
    fn check_size<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> Result<u64, Refusal> {
        let bytes: u64 = entries.map(|it| u64::from(it.length)).sum();
        if self.wants_text && bytes > ANSWER_MAX_BYTES {
            return Err(Refusal::TooMuch("bytes of texts in one answer"));
        }
        Ok(bytes)
    }

    /// Writes one; false if it went while the answer was made, or the asker may not see it.
    fn write(&self, out: &mut Out, entry: &Arc<Entry>, known: Option<&[u8]>) -> bool {
        let read = match known {
            None if self.wants_text => match self.reading.text(entry) {
                Ok(read) => Some(read),
                Err(_) => return false,
            },
            _ if self.reading.require(&entry.name).is_err() => return false,
            _ => None,
        };
        let (entry, bytes) = match &read {
            Some((entry, text)) => (entry, Some(&**text)),
            None => (entry, known),
        };
        let text = bytes.filter(|_| self.wants_text).map(|it| self.formed(it));
        let media_type = self.data.media_type;
        let text = text.as_deref().map(|text| Text { text, media_type });
        let extra = self.reading.members().extra(&entry.name);
        if let (Some(pattern), None) = (&self.pattern, extra) {
            pattern.write(out, entry, text);
            return true;
        }
        let what = What::Object(self.owner, self.collection, entry, text);
        let dead = extra.map_or(&[][..], |it| &it.properties);
        let subject = Subject { app: self.app, request: self.request, what, dead };
        multistatus::properties(out, &subject, self.wanted);
        true
    }

    /// Writes all that there are.
    fn write_all(&self, out: &mut Out) {
        for chunk in self.reading.members().chunks() {
            match &self.pattern {
                Some(pattern) if !chunk.has_extras && !self.wants_text => {
                    pattern.write_chunk(out, chunk);
                }
                _ => chunk.entries().for_each(|it| {
                    self.write(out, it, None);
                }),
            }
        }
    }
}

impl Objects<'_> {
    /// A text in the form that was asked for.
    fn formed<'t>(&self, bytes: &'t [u8]) -> Cow<'t, str> {
        if !self.data.is_jcal() {
            return readable(bytes);
        }
        match Document::parse_stream(bytes) {
            Ok(document) => {
                let jcal = ical::jcal::to_jcal(&document);
                Cow::Owned(String::from_utf8(jcal).unwrap_or_default())
            }
            Err(_) => readable(bytes),
        }
    }
}

/// A stored text as XML can carry it: folds within a character are undone.
fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(ical::refolded(bytes)),
    }
}
