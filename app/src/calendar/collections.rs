//! Making collections: calendars, folders, and the special ones of each home.

use std::sync::Arc;

use model::id::{CollectionId, UserId};
use model::limit::{COLLECTIONS_MAX, FOLDERS_DEEP, SEGMENT_MAX_BYTES};
use storage::record::{CollectionKind, CollectionRecord, Id, MetaRecord, PropertyRecord};
use storage::table::{self, RowKey};
use storage::{Tx, WriteError};

use crate::App;
use crate::calendar::note_changed;
use crate::calendar::properties::check_size;
use crate::context::Ctx;
use crate::index::{Collection, User};
use crate::policy::Action;
use crate::refusal::Refusal;

/// A collection to be made.
#[derive(Clone, Debug)]
pub struct NewCollection {
    /// Its name in links, with those of the folders it is in before it.
    pub slug: String,
    /// What it is.
    pub kind: CollectionKind,
    /// The components that it takes; none for those that are usual.
    pub components: Vec<String>,
    /// Its properties.
    pub properties: Vec<PropertyRecord>,
}

/// The components of a calendar that is made without a word about them.
pub(crate) const USUAL_COMPONENTS: &[&str] = &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"];

impl App {
    /// Makes a calendar, a folder or a subscription.
    ///
    /// # Errors
    ///
    /// [`Refusal::Exists`] if there is something of that name, [`Refusal::NoParent`] if there
    /// is no folder to make it in, [`Refusal::WrongPlace`] if that is a calendar.
    pub async fn make_collection(
        &self,
        ctx: &Ctx,
        owner: &User,
        new: NewCollection,
    ) -> Result<(), Refusal> {
        self.require_addition(ctx, owner, &new.slug)?;
        self.require_free(owner, &new.slug)?;
        self.add_collection(ctx, owner, new).await.map(|_| ())
    }

    /// Lets the asker go on with making a collection at `slug`.
    pub(crate) fn require_addition(
        &self,
        ctx: &Ctx,
        owner: &User,
        slug: &str,
    ) -> Result<(), Refusal> {
        let Some((parent, _)) = slug.rsplit_once('/') else {
            return self.require_home(ctx, Action::Add, owner);
        };
        let parent = match self.collection(ctx, owner, parent) {
            Err(Refusal::NotFound) => return Err(Refusal::NoParent),
            found => found?,
        };
        self.require(ctx, Action::Add, &parent, None)?;
        if parent.kind == CollectionKind::Folder { Ok(()) } else { Err(Refusal::WrongPlace) }
    }

    /// Refuses a name that a collection, or a member of the folder or home, has already.
    pub(crate) fn require_free(&self, owner: &User, slug: &str) -> Result<(), Refusal> {
        let (parent, name) = slug.rsplit_once('/').unwrap_or(("", slug));
        let parent = self.index.collection(owner.id, parent);
        let is_member = parent.is_some_and(|it| it.members().find(name).is_some());
        let is_taken = is_member || self.index.collection(owner.id, slug).is_some();
        if is_taken { Err(Refusal::Exists) } else { Ok(()) }
    }

    /// The files that are in a home itself, which is made when the first is put there.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may put nothing there.
    pub async fn home_folder(&self, ctx: &Ctx, owner: &User) -> Result<Arc<Collection>, Refusal> {
        self.require_home(ctx, Action::Add, owner)?;
        if let Some(found) = self.index.collection(owner.id, "") {
            return Ok(found);
        }
        let new = NewCollection {
            slug: String::new(),
            kind: CollectionKind::Folder,
            components: Vec::new(),
            properties: Vec::new(),
        };
        match self.add_collection(ctx, owner, new).await {
            // Somebody else was quicker.
            Ok(_) | Err(Refusal::Exists) => {}
            Err(refusal) => return Err(refusal),
        }
        self.index.collection(owner.id, "").ok_or(Refusal::NotFound)
    }

    /// Writes the rows of a new collection.
    pub(crate) async fn add_collection(
        &self,
        ctx: &Ctx,
        owner: &User,
        new: NewCollection,
    ) -> Result<CollectionId, Refusal> {
        let (id, record) = self.planned_collection(owner, new, None)?;
        let change = ctx.change("make collection", &id.to_string());
        self.store.write(&change, |tx| put_record(tx, owner.id, id, &record)).await?;
        Ok(id)
    }

    /// The row of a new collection, which may show somebody else's, if it can be made.
    pub(crate) fn planned_collection(
        &self,
        owner: &User,
        new: NewCollection,
        source: Option<(Id, Id)>,
    ) -> Result<(CollectionId, CollectionRecord), Refusal> {
        let is_home = new.slug.is_empty() && new.kind == CollectionKind::Folder;
        if !is_home {
            check_slug(&new.slug)?;
        }
        if self.index.home(owner.id).len() >= COLLECTIONS_MAX {
            return Err(Refusal::TooMany("calendars"));
        }
        check_size(&new.properties)?;
        let usual = || USUAL_COMPONENTS.iter().map(|it| (*it).to_owned()).collect();
        let is_calendar = matches!(new.kind, CollectionKind::Calendar | CollectionKind::Bookings);
        let components =
            if new.components.is_empty() && is_calendar { usual() } else { new.components };
        let record = CollectionRecord {
            slug: new.slug,
            kind: new.kind,
            components,
            properties: new.properties,
            position: self.store.last_seq(),
            acl: Vec::new(),
            invites: Vec::new(),
            source,
        };
        Ok((CollectionId::random(), record))
    }
}

/// Puts the row of a collection that gets its name, and tells the home of it.
pub(crate) fn put_record(
    tx: &mut Tx<'_>,
    home: UserId,
    id: CollectionId,
    record: &CollectionRecord,
) -> Result<(), WriteError<Refusal>> {
    if named(tx, home, &record.slug)?.is_some() {
        return Err(Refusal::Exists.into());
    }
    if !record.slug.is_empty() {
        let (parent, name) = record.slug.rsplit_once('/').unwrap_or(("", &record.slug));
        match named(tx, home, parent)? {
            Some(parent) => {
                let member = tx.read(&table::object(parent, name))?;
                if member.is_some_and(|it| !it.is_deleted) {
                    return Err(Refusal::Exists.into());
                }
            }
            // A home that no file is in has no row.
            None if parent.is_empty() => {}
            None => return Err(Refusal::NoParent.into()),
        }
    }
    tx.put(&name_row(home, &record.slug), &MetaRecord(id.as_bytes().to_vec()));
    tx.put(&table::collection(home, id), record);
    note_changed(tx, home, &record.slug);
    Ok(())
}

/// The row of a name, which keeps two collections of a home from having the same one.
fn name_row(home: UserId, slug: &str) -> RowKey<MetaRecord> {
    table::uid(CollectionId::from_bytes(*home.as_bytes()), slug)
}

/// The collection that has a name in a home.
pub(crate) fn named(
    tx: &mut Tx<'_>,
    home: UserId,
    slug: &str,
) -> Result<Option<CollectionId>, WriteError<Refusal>> {
    let Some(holder) = tx.read(&name_row(home, slug))? else { return Ok(None) };
    let holder = holder.0.try_into().map(CollectionId::from_bytes);
    let holder = holder.map_err(|_| Refusal::Broken("a name of nobody".into()))?;
    // A collection that went leaves its name behind.
    let known = tx.read(&table::collection(home, holder))?;
    Ok(known.filter(|it| it.slug == slug).map(|_| holder))
}

/// Refuses a name that no collection can have, with those of its folders before it.
pub(crate) fn check_slug(slug: &str) -> Result<(), Refusal> {
    let is_good = |it: &str| !it.is_empty() && it.len() <= SEGMENT_MAX_BYTES;
    if !slug.split('/').all(is_good) {
        return Err(Refusal::BadRequest("the name of the collection is too long".into()));
    }
    if slug.split('/').count() > FOLDERS_DEEP { Err(Refusal::TooDeep) } else { Ok(()) }
}
