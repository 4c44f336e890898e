//! Responses about many members of one collection: what is alike in all of them is made once.

use std::sync::Arc;

use app::{App, Chunk, Collection, Entry, Members, User};
use percent_encoding::utf8_percent_encode;

use crate::admit::Admitted;
use crate::multistatus::{self, Sorted};
use crate::path::{Resource, SEGMENT};
use crate::property::calendar::{CALENDAR_TYPE, http_date};
use crate::property::{Live, Subject, Text, Wanted, What};
use crate::wire::out::Out;

/// How responses about members look that have nothing kept beside their texts.
pub(crate) struct Pattern<'a> {
    app: &'a App,
    request: &'a Admitted,
    owner: &'a User,
    collection: &'a Collection,
    /// The path to the collection, percent-encoded.
    place: String,
    values: Vec<Live>,
    has_values: bool,
    /// What follows the values, down to the end of the response.
    tail: Vec<u8>,
    /// All that responses depend on beside the members, if that can be told.
    question: Option<Arc<[u8]>>,
}

impl<'a> Pattern<'a> {
    /// The pattern of responses with what is `wanted`; nothing if each member must be looked at.
    ///
    /// `text` is what each is told to have as its text where that is written.
    pub(crate) fn of(
        app: &'a App,
        request: &'a Admitted,
        (owner, collection): (&'a User, &'a Collection),
        wanted: &Wanted,
        (members, text): (&Members, Option<Text<'_>>),
    ) -> Option<Self> {
        let Wanted::These(asked) = wanted else { return None };
        // Who may see the list of a member depends on that list.
        if asked.iter().any(|it| it.live == Some(Live::Acl)) {
            return None;
        }
        let sample = members.iter().next()?;
        let what = What::Object(owner, collection, sample, text);
        let subject = Subject { app, request, what, dead: &[] };
        let sorted = Sorted::of(&subject, asked);
        let tail = Out::part(|out| sorted.write_others(out));
        let values: Option<Vec<Live>> = sorted.values.iter().map(|it| it.live).collect();
        let place = Resource::Collection(owner.name.clone(), collection.slug.clone()).href();
        let (values, has_values) = (values?, sorted.has_values());
        let is_plain = |it: &Live| {
            matches!(
                it,
                Live::Etag
                    | Live::ContentType
                    | Live::ContentLength
                    | Live::LastModified
                    | Live::ResourceType
            )
        };
        let question = values.iter().all(is_plain).then(|| {
            let mut question = format!("{place}\0{has_values}{values:?}\0").into_bytes();
            question.extend_from_slice(&tail);
            question.into()
        });
        Some(Self { app, request, owner, collection, place, values, has_values, tail, question })
    }

    /// Writes the responses about a chunk of members, or a copy of those written before.
    pub(crate) fn write_chunk(&self, out: &mut Out, chunk: Chunk<'_>) {
        if out.is_full() {
            return;
        }
        let write = |out: &mut Out| chunk.entries().for_each(|it| self.write(out, it, None));
        match &self.question {
            Some(question) => {
                out.piece(self.app.told(chunk.number, question, || Out::part(write)));
            }
            None => write(out),
        }
    }

    /// Writes the response about one member.
    pub(crate) fn write(&self, out: &mut Out, entry: &Entry, text: Option<Text<'_>>) {
        out.element("D:response", |out| {
            out.element("D:href", |out| {
                out.stored(&self.place);
                utf8_percent_encode(&entry.name, SEGMENT).for_each(|it| out.stored(it));
            });
            if self.has_values {
                multistatus::propstat(out, multistatus::OK, |out| {
                    for live in &self.values {
                        self.value(out, entry, text, *live);
                    }
                });
            }
            out.made(&self.tail);
        });
    }

    fn value(&self, out: &mut Out, entry: &Entry, text: Option<Text<'_>>, live: Live) {
        match live {
            Live::Etag => out.leaf("D:getetag", &entry.etag),
            Live::ContentType => out.leaf("D:getcontenttype", CALENDAR_TYPE),
            Live::LastModified => out.leaf("D:getlastmodified", &http_date(entry.modified)),
            other => {
                let what = What::Object(self.owner, self.collection, entry, text);
                let subject = Subject { app: self.app, request: self.request, what, dead: &[] };
                subject.write_live(out, other);
            }
        }
    }
}
