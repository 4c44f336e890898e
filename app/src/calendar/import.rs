//! Whole calendars in and out: one stream of many objects.

use std::collections::BTreeMap;

use ical::{Document, Invalid, Precondition};
use storage::table;

use crate::App;
use crate::calendar::Condition;
use crate::context::Ctx;
use crate::index::Collection;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// One object of a stream.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The name that it has or will have.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether the calendar has an object of that UID.
    pub is_known: bool,
    /// The object with the zones that it needs.
    pub text: Vec<u8>,
}

impl App {
    /// Stores every object of an iCalendar stream; returns how many, and what was refused.
    ///
    /// An object whose UID the calendar has already replaces that one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if the stream cannot be read at all.
    pub async fn import(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        stream: &[u8],
    ) -> Result<(usize, Vec<String>), Refusal> {
        let (mut stored, mut refused) = (0, Vec::new());
        for Sent { name, text, .. } in self.objects_of(ctx, collection, stream)? {
            match self.put(ctx, collection, &name, &text, &Condition::default()).await {
                Ok(_) => stored += 1,
                Err(cause) => refused.push(format!("{name}: {cause}")),
            }
        }
        Ok((stored, refused))
    }

    /// The objects of an iCalendar stream, with the names that they have or will have.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] if the stream cannot be read at all.
    pub fn objects_of(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        stream: &[u8],
    ) -> Result<Vec<Sent>, Refusal> {
        self.require(ctx, Action::Add, collection, None)?;
        let document = Document::parse_stream(stream)?;
        let wrong = |why: &str| {
            let precondition = Precondition::ValidCalendarObjectResource;
            Refusal::Invalid(Invalid { precondition, why: why.to_owned() })
        };
        if document.calendar().value("METHOD").is_some_and(|it| !it.eq_ignore_ascii_case("PUBLISH"))
        {
            return Err(wrong("METHOD makes it a message, which is not stored"));
        }
        let known: BTreeMap<String, String> =
            collection.members().iter().map(|it| (it.uid.clone(), it.name.to_string())).collect();
        let named = |(uid, text): (String, Vec<u8>)| {
            let hash = u128::from_be_bytes(short_hash(&[uid.as_bytes()]));
            let known = known.get(&uid);
            let name = known.cloned().unwrap_or_else(|| format!("{hash:032x}.ics"));
            Sent { is_known: known.is_some(), name, uid, text }
        };
        let objects: Vec<_> = ical::objects(&document).into_iter().map(named).collect();
        if objects.is_empty() { Err(wrong("there is nothing in it to store")) } else { Ok(objects) }
    }

    /// A name for a member that no other has.
    pub fn new_name(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(rand::random()))
    }

    /// All objects of a calendar as one iCalendar stream.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if the asker may not read them.
    pub fn export(&self, ctx: &Ctx, collection: &Collection) -> Result<Vec<u8>, Refusal> {
        self.require(ctx, Action::Read, collection, None)?;
        let mut texts = Vec::new();
        let reading = self.reading(ctx, collection);
        for entry in reading.members().iter().filter(|it| reading.require(&it.name).is_ok()) {
            let body = self.store.read(&table::body(collection.id, &entry.name))?;
            texts.extend(body.map(|it| it.0));
        }
        Ok(ical::stream(&texts))
    }
}
