//! Making calendars, and the properties that clients give them.

use std::sync::Arc;

use model::id::CollectionId;
use model::limit::{COLLECTIONS_MAX, DEAD_PROPERTIES_MAX_BYTES, SEGMENT_MAX_BYTES};
use storage::record::{CollectionRecord, PropertiesRecord, PropertyRecord};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::sync::{MARK, home_mark};
use crate::context::Ctx;
use crate::index::{Collection, User};
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

/// A calendar to be made.
#[derive(Clone, Debug)]
pub struct NewCollection {
    /// Its name in links.
    pub slug: String,
    /// The components that it takes; none for those that are usual.
    pub components: Vec<String>,
    /// Its properties.
    pub properties: Vec<PropertyRecord>,
}

/// A change of one property.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PropertyChange {
    /// Sets it.
    Set(PropertyRecord),
    /// Takes it away: namespace and name.
    Remove(String, String),
}

/// The components of a calendar that is made without a word about them.
pub(crate) const USUAL_COMPONENTS: &[&str] = &["VEVENT", "VTODO", "VJOURNAL"];

impl App {
    /// Makes a calendar.
    ///
    /// # Errors
    ///
    /// [`Refusal::Exists`] if there is one of that name.
    pub async fn make_collection(
        &self,
        ctx: &Ctx,
        owner: &User,
        new: NewCollection,
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::WriteEvents, owner.id)?;
        self.make_collection_of(ctx, owner, new, false).await
    }

    pub(crate) async fn make_collection_of(
        &self,
        ctx: &Ctx,
        owner: &User,
        new: NewCollection,
        is_for_bookings: bool,
    ) -> Result<(), Refusal> {
        if new.slug.is_empty() || new.slug.len() > SEGMENT_MAX_BYTES {
            return Err(Refusal::BadRequest("the name of the calendar is too long".into()));
        }
        if self.index.collections(owner.id).len() >= COLLECTIONS_MAX {
            return Err(Refusal::TooMuch("calendars"));
        }
        check_size(&new.properties)?;
        let usual = || USUAL_COMPONENTS.iter().map(|it| (*it).to_owned()).collect();
        let components = if new.components.is_empty() { usual() } else { new.components };
        // The row of the name keeps two calendars from having the same one.
        let name = table::uid(CollectionId::from_bytes(*owner.id.as_bytes()), &new.slug);
        let id = CollectionId::random();
        let key = table::collection(owner.id, id);
        let record = CollectionRecord {
            slug: new.slug,
            is_for_bookings,
            components,
            properties: new.properties,
            position: self.store.last_seq(),
        };
        let change = ctx.change("make calendar", &id.to_string());
        let index = &self.index;
        let written = self.store.write(&change, |tx| {
            let holder = tx.read(&name)?;
            // A calendar that went leaves its name behind.
            let is_taken = holder.is_some_and(|it| {
                let holder = index.collection(owner.id, &record.slug);
                holder.is_some_and(|known| it.0 == known.id.as_bytes())
            });
            if is_taken {
                return Err(WriteError::Refused(Refusal::Exists));
            }
            tx.put(&name, &storage::record::MetaRecord(id.as_bytes().to_vec()));
            tx.put(&key, &record);
            tx.put(&home_mark(owner.id), &MARK);
            Ok(())
        });
        Ok(written.await?)
    }

    /// Changes properties of a calendar, all or none.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if they would take too much room.
    pub async fn change_properties(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        changes: &[PropertyChange],
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::WriteEvents, collection.owner)?;
        let key = table::collection(collection.owner, collection.id);
        let change = ctx.change("change properties", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            apply(&mut record.properties, changes)?;
            tx.put(&key, &record);
            tx.put(&home_mark(collection.owner), &MARK);
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        self.rebuild_if_busy_changed(ctx, collection).await
    }

    /// The properties that clients gave a user's principal or home, by that word.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if the asker may not see them.
    pub fn user_properties(
        &self,
        ctx: &Ctx,
        user: &User,
        of: &str,
    ) -> Result<Vec<PropertyRecord>, Refusal> {
        permit(ctx.actor, Action::ReadEvents, user.id)?;
        let record = self.store.read(&table::properties(user.id, of))?;
        Ok(record.map(|it| it.properties).unwrap_or_default())
    }

    /// Changes properties of a user's principal or home, all or none.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if they would take too much room.
    pub async fn change_user_properties(
        &self,
        ctx: &Ctx,
        user: &User,
        of: &str,
        changes: &[PropertyChange],
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::WriteEvents, user.id)?;
        let key = table::properties(user.id, of);
        let change = ctx.change("change properties", &user.id.to_string());
        let written = self.store.write(&change, |tx| {
            let known = tx.read(&key)?;
            let mut record = known.unwrap_or(PropertiesRecord { properties: Vec::new() });
            apply(&mut record.properties, changes)?;
            tx.put(&key, &record);
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// A calendar that no longer takes time gives it back; one in another zone takes other time.
    async fn rebuild_if_busy_changed(&self, ctx: &Ctx, before: &Collection) -> Result<(), Refusal> {
        let after: Option<Arc<Collection>> = self.index.collection(before.owner, &before.slug);
        let owner = self.owner_of(before)?;
        let zone = |it: &Collection| self.floating(&owner, it).name().to_owned();
        match after {
            Some(after)
                if after.takes_time != before.takes_time || zone(&after) != zone(before) =>
            {
                self.rebuild_busy(ctx, before.owner).await
            }
            _ => Ok(()),
        }
    }
}

fn apply(properties: &mut Vec<PropertyRecord>, changes: &[PropertyChange]) -> Result<(), Refusal> {
    for change in changes {
        let (namespace, name) = match change {
            PropertyChange::Set(property) => (&property.namespace, &property.name),
            PropertyChange::Remove(namespace, name) => (namespace, name),
        };
        let place = properties.iter().position(|it| it.namespace == *namespace && it.name == *name);
        match (change, place) {
            (PropertyChange::Set(property), Some(place)) => properties[place] = property.clone(),
            (PropertyChange::Set(property), None) => properties.push(property.clone()),
            (PropertyChange::Remove(..), Some(place)) => {
                properties.remove(place);
            }
            (PropertyChange::Remove(..), None) => {}
        }
    }
    check_size(properties)
}

fn check_size(properties: &[PropertyRecord]) -> Result<(), Refusal> {
    let bytes: usize = properties.iter().map(|it| it.xml.len()).sum();
    if bytes > DEAD_PROPERTIES_MAX_BYTES {
        return Err(Refusal::TooMuch("bytes of properties"));
    }
    Ok(())
}
