//! The properties that clients give to collections, members, principals and homes.

use std::sync::Arc;

use model::limit::DEAD_PROPERTIES_MAX_BYTES;
use storage::record::{ExtraRecord, PropertiesRecord, PropertyRecord};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::note_changed;
use crate::context::Ctx;
use crate::index::{Collection, User};
use crate::policy::Action;
use crate::refusal::Refusal;

/// A change of one property.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PropertyChange {
    /// Sets it.
    Set(PropertyRecord),
    /// Takes it away: namespace and name.
    Remove(String, String),
}

impl App {
    /// Changes properties of a calendar, all or none.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`] if they would take too much room.
    pub async fn change_properties(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        changes: &[PropertyChange],
    ) -> Result<(), Refusal> {
        if collection.shown_in.is_some() {
            // What somebody calls another's calendar is their own affair.
            let home = self.index.user(collection.home()).ok_or(Refusal::NotFound)?;
            self.require_home(ctx, Action::ChangeProperties, &home)?;
        } else {
            self.require(ctx, Action::ChangeProperties, collection, None)?;
        }
        let frees = |it: &PropertyChange| match it {
            PropertyChange::Set(it) => {
                it.name == "schedule-calendar-transp" && it.xml.contains("<transparent")
            }
            PropertyChange::Remove(..) => false,
        };
        let is_own = collection.shown_in.is_none();
        if is_own && collection.is_for_bookings() && changes.iter().any(frees) {
            // What is booked takes time, or it could be booked twice.
            return Err(Refusal::Forbidden);
        }
        let key = collection.key();
        let change = ctx.change("change properties", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            apply(&mut record.properties, changes)?;
            tx.put(&key, &record);
            note_changed(tx, collection.home(), &collection.slug);
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
        if of != "principal" {
            self.require_home(ctx, Action::Read, user)?;
        }
        let record = self.store.read(&table::properties(user.id, of))?;
        Ok(record.map(|it| it.properties).unwrap_or_default())
    }

    /// Changes properties of a user's principal or home, all or none.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`] if they would take too much room.
    pub async fn change_user_properties(
        &self,
        ctx: &Ctx,
        user: &User,
        of: &str,
        changes: &[PropertyChange],
    ) -> Result<(), Refusal> {
        self.require_home(ctx, Action::ChangeProperties, user)?;
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

    /// Changes properties of a member, all or none.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, [`Refusal::TooMany`] if they would take too
    /// much room.
    pub async fn change_member_properties(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        changes: &[PropertyChange],
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::ChangeProperties, collection, Some(name))?;
        let change = ctx.change("change properties", &format!("{}/{name}", collection.id));
        let key = table::extra(collection.id, name);
        let object = table::object(collection.id, name);
        let written = self.store.write(&change, |tx| {
            tx.read(&object)?.filter(|it| !it.is_deleted).ok_or(Refusal::NotFound)?;
            let mut record = tx.read(&key)?.unwrap_or_else(ExtraRecord::default);
            apply(&mut record.properties, changes)?;
            tx.put(&key, &record);
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// A calendar that no longer takes time gives it back; one in another zone takes other time.
    async fn rebuild_if_busy_changed(&self, ctx: &Ctx, before: &Collection) -> Result<(), Refusal> {
        if before.shown_in.is_some() {
            return Ok(());
        }
        let after: Option<Arc<Collection>> = self.index.collection(before.owner, &before.slug);
        let owner = self.owner_of(before)?;
        let zone = |it: &Collection| self.floating(&owner, it).name().to_owned();
        match after {
            Some(after)
                if after.takes_time != before.takes_time || zone(&after) != zone(before) =>
            {
                self.rebuild_busy_of(ctx, &after).await
            }
            _ => Ok(()),
        }
    }
}

/// Makes all of the changes, unless the properties took too much room then.
pub(crate) fn apply(
    properties: &mut Vec<PropertyRecord>,
    changes: &[PropertyChange],
) -> Result<(), Refusal> {
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

pub(crate) fn check_size(properties: &[PropertyRecord]) -> Result<(), Refusal> {
    let bytes: usize = properties.iter().map(|it| it.xml.len()).sum();
    if bytes > DEAD_PROPERTIES_MAX_BYTES {
        return Err(Refusal::TooMany("bytes of properties"));
    }
    Ok(())
}
