//! Files attached to calendar objects, which the server keeps (RFC 8607).

use std::collections::BTreeSet;
use std::sync::Arc;

use ical::attach::{Managed, Which, attached, detached, managed_ids, replaced, restored, url_of};
use ical::{Context, Document};
use model::id::{AttachmentId, CollectionId, UserId};
use model::limit::{ATTACHMENT_MAX_BYTES, ATTACHMENTS_MAX, NAME_MAX_BYTES, PLACES_MAX};
use storage::record::{AttachmentRecord, BodyRecord, Id};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::{Condition, Put};
use crate::context::{Actor, Ctx};
use crate::index::Collection;
use crate::policy::Action;
use crate::refusal::Refusal;

/// A file as a client sends it.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What becomes of the attachments of an object.
#[derive(Clone, Debug)]
pub enum AttachmentChange<'a> {
    /// One more, for some instances.
    Add(Which, File<'a>),
    /// Another in place of that one.
    Update(String, File<'a>),
    /// One less, for some instances.
    Remove(Which, String),
}

/// What such a change did.
#[derive(Clone, Debug)]
pub struct AttachmentDone {
    /// The object, as it is stored now.
    pub put: Put,
    /// The attachment that was stored, with the file's name.
    pub stored: Option<(AttachmentId, String)>,
}

/// An attachment with its bytes.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The name of the file.
    pub filename: String,
    /// Its media type.
    pub media_type: String,
    /// When it was stored.
    pub modified: i64,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl App {
    /// Changes the attachments of an object; `url` says where one will be.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadAttachment`] with what is wrong, and what a put would be refused for.
    pub async fn change_attachments(
        &self,
        ctx: &Ctx,
        (collection, name): (&Collection, &str),
        change: &AttachmentChange<'_>,
        condition: &Condition,
        url: &(dyn Fn(AttachmentId, &str) -> String + Send + Sync),
    ) -> Result<AttachmentDone, Refusal> {
        let held = self.source_of(collection);
        let collection = held.as_deref().unwrap_or(collection);
        self.require(ctx, Action::Change, collection, Some(name))?;
        let (entry, text) = self.read_stored(collection, name)?;
        condition.check_quoted(Some(&entry.etag))?;
        let document = Document::parse(&text)?;
        let known = managed_ids(&document);
        if let AttachmentChange::Update(id, _) | AttachmentChange::Remove(_, id) = change
            && !known.contains(id)
        {
            return Err(Refusal::BadAttachment(Attach::UnknownId));
        }
        let stored = match change {
            AttachmentChange::Add(_, file) | AttachmentChange::Update(_, file) => {
                if matches!(change, AttachmentChange::Add(..)) && known.len() >= ATTACHMENTS_MAX {
                    return Err(Refusal::BadAttachment(Attach::TooMany));
                }
                let (id, filename) = self.store_file(ctx, (collection, name), file).await?;
                let url = url(id, &filename);
                Some((id, filename, url, file.media_type, file.bytes.len() as u64))
            }
            AttachmentChange::Remove(..) => None,
        };
        let owner = self.owner_of(collection)?;
        let floating = self.floating(&owner, collection);
        let context = Context::new(&self.zones, &floating);
        let id = stored.as_ref().map(|it| it.0.to_string()).unwrap_or_default();
        let managed = stored.as_ref().map(|(_, filename, url, media_type, length)| Managed {
            id: &id,
            filename,
            media_type,
            length: *length,
            url,
        });
        let edited = match (change, managed) {
            (AttachmentChange::Add(which, _), Some(managed)) => {
                attached(&document, which, &managed, &context)
            }
            (AttachmentChange::Update(old, _), Some(managed)) => {
                Ok(replaced(&document, old, &managed))
            }
            (AttachmentChange::Remove(which, old), _) => detached(&document, which, old, &context),
            (_, None) => Ok(text.to_vec()),
        };
        let edited = edited.map_err(|_| Refusal::BadAttachment(Attach::UnknownInstance))?;
        let unchanged =
            Condition { if_match: Some(vec![entry.etag.clone()]), ..Condition::default() };
        let put = self.put(ctx, collection, name, &edited, &unchanged).await?;
        Ok(AttachmentDone { put, stored: stored.map(|it| (it.0, it.1)) })
    }

    async fn store_file(
        &self,
        ctx: &Ctx,
        (collection, name): (&Collection, &str),
        file: &File<'_>,
    ) -> Result<(AttachmentId, String), Refusal> {
        if file.bytes.len() > ATTACHMENT_MAX_BYTES {
            return Err(Refusal::BadAttachment(Attach::TooBig));
        }
        self.check_quota(collection.owner, file.bytes.len())?;
        let id = AttachmentId::random();
        let filename = plain_name(file.name);
        let record = AttachmentRecord {
            owner: *collection.owner.as_bytes(),
            places: vec![(*collection.id.as_bytes(), name.to_owned())],
            filename: filename.clone(),
            media_type: file.media_type.to_owned(),
            length: file.bytes.len() as u64,
            modified: ctx.now,
        };
        let body = BodyRecord(file.bytes.to_vec());
        let change = ctx.change("store attachment", &id.to_string());
        let written = self.store.write(&change, |tx| {
            tx.put(&table::attachment(id), &record);
            tx.put(&table::attachment_body(id), &body);
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        Ok((id, filename))
    }

    /// An attachment, for whoever may read an object that it is attached to.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`] for all others, and where there is none.
    pub fn attachment(&self, ctx: &Ctx, id: AttachmentId) -> Result<Attachment, Refusal> {
        let record = self.store.read(&table::attachment(id))?.ok_or(Refusal::Forbidden)?;
        if !self.places_of(id, &record).any(|(collection, name)| {
            self.require(ctx, Action::Read, &collection, Some(name)).is_ok()
        }) {
            return Err(Refusal::Forbidden);
        }
        let body = self.store.read(&table::attachment_body(id))?.ok_or(Refusal::Forbidden)?;
        Ok(Attachment {
            filename: record.filename,
            media_type: record.media_type,
            modified: record.modified,
            bytes: body.0,
        })
    }

    /// The objects that an attachment is attached to still.
    fn places_of<'a>(
        &'a self,
        id: AttachmentId,
        record: &'a AttachmentRecord,
    ) -> impl Iterator<Item = (Arc<Collection>, &'a str)> {
        let owner = UserId::from_bytes(record.owner);
        let id = id.to_string();
        record.places.iter().filter_map(move |(collection, name)| {
            let collection = CollectionId::from_bytes(*collection);
            let collection = self.index.collection_of(owner, collection)?;
            let (_, text) = self.read_stored(&collection, name).ok()?;
            let is_there = Document::parse(&text).is_ok_and(|it| managed_ids(&it).contains(&id));
            is_there.then_some((collection, name.as_str()))
        })
    }

    /// The places that an attachment has left, if it has been in so many that they are too many.
    fn places_left(
        &self,
        id: AttachmentId,
        record: &AttachmentRecord,
    ) -> Result<Vec<(Id, String)>, Refusal> {
        if record.places.len() < PLACES_MAX {
            return Ok(Vec::new());
        }
        let there: BTreeSet<(Id, String)> = self
            .places_of(id, record)
            .map(|(collection, name)| (*collection.id.as_bytes(), name.to_owned()))
            .collect();
        if there.len() >= PLACES_MAX {
            return Err(Refusal::TooMany("objects with one attachment"));
        }
        Ok(record.places.iter().filter(|it| !there.contains(it)).cloned().collect())
    }

    /// Refuses a text that names an attachment which is not the owner's, or not there.
    ///
    /// The others get the object as one more place where they are attached. The text as it
    /// has to be, if a client changed what the server says of an attachment (RFC 8607 §3.12).
    pub(crate) async fn follow_attachments(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, Refusal> {
        if !contains(bytes, b"MANAGED-ID") && !contains(bytes, b"/attachments/at_") {
            return Ok(None);
        }
        let document = Document::parse(bytes)?;
        let restored = restored(&document, |id| {
            let record = self.store.read(&table::attachment(id.parse().ok()?)).ok()??;
            let is_own = record.owner == *collection.owner.as_bytes();
            is_own.then_some((record.filename, record.media_type, record.length))
        });
        let document = match &restored {
            Some(text) => Document::parse(text)?,
            None => document,
        };
        let place = (*collection.id.as_bytes(), name.to_owned());
        let unknown = || Refusal::BadAttachment(Attach::NotManaged);
        for id in managed_ids(&document) {
            let id: AttachmentId = id.parse().map_err(|_| unknown())?;
            let key = table::attachment(id);
            let record = self.store.read(&key)?.ok_or_else(unknown)?;
            if record.owner != *collection.owner.as_bytes() {
                return Err(unknown());
            }
            if record.places.contains(&place) {
                continue;
            }
            // Only who may read the file where it is may attach it elsewhere.
            self.attachment(ctx, id).map_err(|_| unknown())?;
            let left = self.places_left(id, &record)?;
            let server = Ctx { actor: Actor::Server, ..*ctx };
            let change = server.change("attach", &id.to_string());
            let written = self.store.write(&change, |tx| {
                let mut record = tx.read(&key)?.ok_or_else(unknown)?;
                record.places.retain(|it| !left.contains(it));
                record.places.push(place.clone());
                tx.put(&key, &record);
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        Ok(restored)
    }

    /// The text of a member that goes into a home of somebody else's, who gets copies of the
    /// files that it names, and which those are; nothing if it names none.
    pub(crate) async fn copy_attachments(
        &self,
        ctx: &Ctx,
        (collection, name): (&Collection, &str),
        bytes: &[u8],
    ) -> Result<Option<(Vec<u8>, Vec<AttachmentId>)>, Refusal> {
        if !contains(bytes, b"MANAGED-ID") {
            return Ok(None);
        }
        let (mut text, mut made) = (bytes.to_vec(), Vec::new());
        for old in managed_ids(&Document::parse(bytes)?) {
            let Ok(id) = old.parse() else { continue };
            let record = self.store.read(&table::attachment(id))?;
            if record.is_none_or(|it| it.owner == *collection.owner.as_bytes()) {
                continue;
            }
            let found = self.attachment(ctx, id);
            let found = found.map_err(|_| Refusal::BadAttachment(Attach::NotManaged))?;
            let Attachment { filename, media_type, bytes, .. } = &found;
            let file = File { name: filename, media_type, bytes };
            let (new, filename) = match self.store_file(ctx, (collection, name), &file).await {
                Ok(stored) => stored,
                Err(refusal) => {
                    self.drop_files(ctx, &made).await?;
                    return Err(refusal);
                }
            };
            made.push(new);
            let (document, new) = (Document::parse(&text)?, new.to_string());
            let url = url_of(&document, &old).unwrap_or_default().replace(&old, &new);
            let length = bytes.len() as u64;
            let managed = Managed { id: &new, filename: &filename, media_type, length, url: &url };
            text = replaced(&document, &old, &managed);
        }
        Ok(Some((text, made)))
    }

    /// Removes files again for which there was no use in the end.
    pub(crate) async fn drop_files(
        &self,
        ctx: &Ctx,
        files: &[AttachmentId],
    ) -> Result<(), Refusal> {
        if files.is_empty() {
            return Ok(());
        }
        let change = ctx.change("drop attachments", "");
        let written = self.store.write(&change, |tx| {
            for id in files {
                tx.remove(&table::attachment(*id));
                tx.remove(&table::attachment_body(*id));
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// Forgets attachments that no object has any more; those of the last day may still come.
    pub(crate) async fn forget_attachments(&self, ctx: &Ctx) -> Result<(), Refusal> {
        let mut old = Vec::new();
        self.store.scan(&table::attachments(), |rest, _, record| {
            if let Some((id, _)) = table::split_id(rest)
                && record.modified < ctx.now - 86_400
            {
                old.push((AttachmentId::from_bytes(id), record));
            }
        })?;
        let change = ctx.change("forget attachments", "");
        for (id, record) in old {
            if self.places_of(id, &record).next().is_none() {
                let written = self.store.write(&change, |tx| {
                    tx.remove(&table::attachment(id));
                    tx.remove(&table::attachment_body(id));
                    Ok::<_, WriteError<Refusal>>(())
                });
                written.await?;
            }
        }
        Ok(())
    }
}

/// What is wrong with an attachment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Attach {
    /// The object has none of that identifier.
    UnknownId,
    /// The object has no such instance.
    UnknownInstance,
    /// The object has as many as it may.
    TooMany,
    /// It is too long.
    TooBig,
    /// A text names one that is not kept here for its owner.
    NotManaged,
}

/// A file's name without what could mean something else in a path.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_plain = |it: &char| !it.is_control() && *it != '"';
    let mut plain: String = last.chars().filter(is_plain).collect();
    while plain.len() > NAME_MAX_BYTES {
        plain.pop();
    }
    if matches!(plain.as_str(), "" | "." | "..") { "attachment".to_owned() } else { plain }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|it| it.eq_ignore_ascii_case(word))
}
