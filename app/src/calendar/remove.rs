//! Removing a calendar object, or a calendar with all that is in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::id::{CollectionId, UserId};
use model::interval::Instant;
use storage::record::CollectionKind;
use storage::{Tx, WriteError, table};

use crate::App;
use crate::calendar::transfer::{PLANS_MAX, is_within};
use crate::calendar::{Condition, note_removed};
use crate::commit::{BusyBatch, change_much_busy, uid_row};
use crate::context::Ctx;
use crate::index::Collection;
use crate::planned::source_of;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::share::{Wording, decline, identity};

/// Objects whose rows go in one commit.
const CLEARED_AT_ONCE: usize = 200;

/// Collections that go together, with the time that is taken by what is in them.
///
/// Once their rows are gone nothing of them is there for anybody; the rows of what was in them
/// are cleared away afterwards.
#[derive(Debug, Default)]
pub(crate) struct Going {
    pub(crate) collections: Vec<Arc<Collection>>,
    busy: BusyBatch,
}

impl Going {
    /// Takes the collections, and the time, out of the rows; [`Refusal::Busy`] if one of them
    /// got another name, or there is another one within them.
    pub(crate) fn remove(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        now: Instant,
    ) -> Result<(), WriteError<Refusal>> {
        if self.collections.iter().any(|it| it.kind == CollectionKind::Folder) {
            let seen = app.index.seq();
            self.check_whole(app)?;
            tx.expect_last(seen);
        }
        for collection in &self.collections {
            app.remove_row(tx, collection)?;
        }
        // What is not shown here from elsewhere is its home's own.
        let home = self.collections.first().map(|it| it.home());
        home.map_or(Ok(()), |it| change_much_busy(tx, it, &self.busy, now))
    }

    /// Refuses to leave a collection behind that came into one of these meanwhile.
    fn check_whole(&self, app: &App) -> Result<(), Refusal> {
        let own = || self.collections.iter().filter(|it| it.shown_in.is_none());
        let is_new = |it: &Arc<Collection>| {
            own().any(|outer| it.slug != outer.slug && is_within(&it.slug, &outer.slug))
                && !self.collections.iter().any(|known| known.key() == it.key())
        };
        let home = self.collections.first().map(|it| app.index.home(it.home()));
        if home.is_some_and(|it| it.iter().any(is_new)) { Err(Refusal::Busy) } else { Ok(()) }
    }

    /// Bytes of the texts that go.
    pub(crate) fn bytes(&self) -> u64 {
        let own = self.collections.iter().filter(|it| it.shown_in.is_none());
        own.map(|it| it.members().bytes()).sum()
    }
}

impl App {
    /// Removes the object `name`; the booking whose event it was is cancelled.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none, [`Refusal::PreconditionFailed`] if
    /// `condition` does not hold.
    pub async fn remove(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        condition: &Condition,
    ) -> Result<(), Refusal> {
        let held = self.source_of(collection);
        let collection = held.as_deref().unwrap_or(collection);
        self.require(ctx, Action::Remove, collection, Some(name))?;
        let change = ctx.change("remove object", &format!("{}/{name}", collection.id));
        self.change_planned(ctx, collection, name, (None, condition), &change).await?;
        Ok(())
    }

    /// Removes a calendar and everything in it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it is gone, [`Refusal::Forbidden`] for the calendar of bookings.
    pub async fn remove_collection(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        wording: Wording<'_>,
    ) -> Result<(), Refusal> {
        self.require_removal(ctx, collection)?;
        let change = ctx.change("remove collection", &collection.id.to_string());
        for _ in 0..PLANS_MAX {
            let going = self.going(collection);
            let written = self.store.write(&change, |tx| {
                let known = tx.read(&collection.key())?;
                known.filter(|it| it.slug == collection.slug).ok_or(Refusal::NotFound)?;
                going.remove(self, tx, ctx.now)
            });
            match written.await {
                Err(WriteError::Refused(Refusal::Busy)) => {}
                done => {
                    done?;
                    self.clear_gone(ctx, &going).await?;
                    for gone in going.collections.iter().filter(|it| it.shown_in.is_none()) {
                        let told = self.tell_withdrawn(ctx, gone, &gone.invites, wording).await;
                        if let Err(refusal) = told {
                            // What is done stays done, whoever hears of it.
                            tracing::warn!(request = ctx.request, "nobody was told: {refusal}");
                        }
                    }
                    return Ok(());
                }
            }
        }
        Err(Refusal::Busy)
    }

    /// A collection that is to go, with all that goes with it.
    pub(crate) fn going(&self, collection: &Collection) -> Going {
        let home = self.index.home(collection.home());
        let is_it = |it: &Collection| it.key() == collection.key();
        let within = format!("{}/", collection.slug);
        let is_within =
            |it: &Collection| collection.shown_in.is_none() && it.slug.starts_with(&within);
        let collections: Vec<_> =
            home.into_iter().filter(|it| is_it(it) || is_within(it)).collect();
        let mut busy = BusyBatch::default();
        for it in collections.iter().filter(|it| it.shown_in.is_none()) {
            for entry in it.members().iter() {
                let source = source_of(it, &entry.name);
                busy.old_days.extend(self.index.days_with(it.owner, source));
                busy.sources.insert(source);
            }
        }
        Going { collections, busy }
    }

    /// Clears away what is left of collections that are gone; what was cut off goes on at the
    /// next start.
    pub(crate) async fn clear_gone(&self, ctx: &Ctx, going: &Going) -> Result<(), Refusal> {
        for gone in &going.collections {
            if gone.shown_in.is_none() {
                self.clear(ctx, gone.id).await?;
            }
        }
        // What was put there in the last moment took time too.
        let hosts: BTreeSet<UserId> = going.collections.iter().map(|it| it.owner).collect();
        for host in hosts {
            self.sweep_busy(ctx, host).await?;
        }
        Ok(())
    }

    /// Lets the asker go on with removing a collection.
    pub(crate) fn require_removal(
        &self,
        ctx: &Ctx,
        collection: &Collection,
    ) -> Result<(), Refusal> {
        let home = self.index.user(collection.home()).ok_or(Refusal::NotFound)?;
        match (collection.slug.rsplit_once('/'), collection.shown_in) {
            (Some((parent, _)), None) => {
                let parent = self.collection(ctx, &home, parent)?;
                self.require(ctx, Action::Remove, &parent, None)?;
            }
            _ => self.require_home(ctx, Action::Remove, &home)?,
        }
        match collection.kind {
            CollectionKind::Calendar | CollectionKind::Folder | CollectionKind::Subscription => {}
            CollectionKind::Bookings
            | CollectionKind::Inbox
            | CollectionKind::Outbox
            | CollectionKind::Notifications => {
                if collection.shown_in.is_none() {
                    return Err(Refusal::Forbidden);
                }
            }
        }
        Ok(())
    }

    /// Removes the row of a collection, if it is there, with its public link and what shows it
    /// in other homes.
    fn remove_row(
        &self,
        tx: &mut Tx<'_>,
        collection: &Collection,
    ) -> Result<(), WriteError<Refusal>> {
        let key = collection.key();
        let Some(record) = tx.read(&key)? else { return Ok(()) };
        if record.slug != collection.slug {
            // It is elsewhere by now.
            return Err(Refusal::Busy.into());
        }
        tx.remove(&key);
        if collection.shown_in.is_some() {
            decline(tx, collection)?;
        } else {
            let link = table::public_link(collection.owner, collection.id);
            if tx.read(&link)?.is_some() {
                tx.remove(&link);
            }
            self.withdraw_shown(tx, identity(collection), &record.invites)?;
        }
        note_removed(tx, collection.home(), &collection.slug);
        Ok(())
    }

    /// Removes every row of a calendar that is gone; what was cut off goes on at the next start.
    pub(crate) async fn clear(&self, ctx: &Ctx, id: CollectionId) -> Result<(), Refusal> {
        let mut objects = Vec::new();
        self.store.scan(&table::objects_of(id), |name, version, record| {
            let name = String::from_utf8_lossy(name).into_owned();
            objects.push((name, version, record.uid, record.change_index));
        })?;
        let change = ctx.change("clear calendar", &id.to_string());
        for some in objects.chunks(CLEARED_AT_ONCE) {
            let written = self.store.write(&change, |tx| {
                for (name, version, uid, change_index) in some {
                    tx.remove(&table::change(id, *version, *change_index));
                    tx.remove(&uid_row(id, uid));
                    tx.remove(&table::body(id, name));
                    tx.remove(&table::extra(id, name));
                    tx.remove(&table::object(id, name));
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        self.index.forget_members(id);
        Ok(())
    }
}
