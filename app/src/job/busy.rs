//! Keeping the busy days written out: ahead of every booking window, by today's zone rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::id::UserId;
use model::interval::DAY_S;
use model::limit::{HORIZON_DAYS, WINDOW_MAX_DAYS};
use storage::record::{BusySpanRecord, Id, MetaRecord, ObjectRecord};
use storage::table::{self, LONG, RowKey};
use storage::{WriteError, table::meta};

use crate::App;
use crate::commit::{BusyBatch, change_much_busy};
use crate::context::Ctx;
use crate::index::{Collection, Entry};
use crate::planned::{Gaps, source_of, spans_of};
use crate::refusal::Refusal;

/// Days after which the horizon is moved on: well before a booking window could reach it.
const EVERY_DAYS: i64 = (HORIZON_DAYS - WINDOW_MAX_DAYS as i64) / 2;

/// Objects whose time is written out in one commit.
const REBUILT_AT_ONCE: usize = 100;

impl App {
    /// Extends the busy days when the horizon comes near, and redoes them for new zone rules.
    pub(super) async fn keep_busy_days(&self) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        let today = ctx.now.div_euclid(DAY_S);
        let key = meta("busy days");
        let done = self.store.read(&key)?.map(|it| it.0).unwrap_or_default();
        let is_current = |done: &[u8]| {
            let (day, version) = done.split_first_chunk::<8>()?;
            let age = today - i64::from_be_bytes(*day);
            Some((0..EVERY_DAYS).contains(&age) && version == self.zones.version().as_bytes())
        };
        if is_current(&done).unwrap_or(false) {
            return Ok(());
        }
        for user in self.index.users() {
            self.rebuild_busy(&ctx, user.id).await?;
            self.forget_past(&ctx, user.id, today - 2).await?;
        }
        self.trim_audit(&ctx).await?;
        self.forget_deletions(&ctx).await?;
        self.forget_attachments(&ctx).await?;
        let done = [&today.to_be_bytes()[..], self.zones.version().as_bytes()].concat();
        let change = ctx.change("extend busy days", "");
        let written = self.store.write(&change, |tx| {
            tx.put(&key, &MetaRecord(done.clone()));
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// Writes out the busy days of one user anew.
    pub(crate) async fn rebuild_busy(&self, ctx: &Ctx, user: UserId) -> Result<(), Refusal> {
        for collection in self.index.collections(user) {
            self.rebuild_busy_of(ctx, &collection).await?;
        }
        self.sweep_busy(ctx, user).await
    }

    /// Writes out anew the time that one calendar takes.
    pub(crate) async fn rebuild_busy_of(
        &self,
        ctx: &Ctx,
        collection: &Collection,
    ) -> Result<(), Refusal> {
        let members = collection.members();
        self.rebuild_entries(ctx, collection, members.iter().cloned().collect()).await?;
        // What was planned before the calendar changed may have come meanwhile.
        let is_new = |it: &&Arc<Entry>| {
            members.find(&it.name).is_none_or(|known| known.version != it.version)
        };
        let late = collection.members().iter().filter(is_new).cloned().collect();
        self.rebuild_entries(ctx, collection, late).await
    }

    async fn rebuild_entries(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        entries: Vec<Arc<Entry>>,
    ) -> Result<(), Refusal> {
        for some in entries.chunks(REBUILT_AT_ONCE) {
            let mut rebuilt = Vec::new();
            for entry in some {
                match self.rebuilt(ctx, collection, entry) {
                    Ok(found) => rebuilt.extend(found),
                    Err(Refusal::Invalid(_)) => complain(ctx),
                    Err(refusal) => return Err(refusal),
                }
            }
            match self.write_rebuilt(ctx, collection, &rebuilt).await {
                // One that is too dense keeps no other waiting.
                Err(Refusal::TooMany(_)) => {}
                done => {
                    done?;
                    continue;
                }
            }
            for one in rebuilt.chunks(1) {
                match self.write_rebuilt(ctx, collection, one).await {
                    Err(Refusal::TooMany(_)) => complain(ctx),
                    done => done?,
                }
            }
        }
        Ok(())
    }

    /// The time that an object takes by today's rules; nothing if it took none and takes none.
    fn rebuilt(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        entry: &Entry,
    ) -> Result<Option<Rebuilt>, Refusal> {
        let window = crate::planned::horizon(ctx.now);
        let source = source_of(collection, &entry.name);
        let old_days = self.index.days_with(collection.owner, source);
        let is_near = entry.first < window.end() && window.start() <= entry.last;
        if !is_near && old_days.is_empty() {
            return Ok(None);
        }
        let Some(text) = self.old_text(ctx, collection, &entry.name)? else { return Ok(None) };
        let booking = text.booking.filter(|_| collection.is_for_bookings());
        let record = booking.map(|it| self.store.read(&table::booking(it))).transpose()?.flatten();
        let gaps = record.as_ref().map(Gaps::from).unwrap_or_default();
        let spans = spans_of(&text, collection, source, gaps);
        let object = table::object(collection.id, &entry.name);
        Ok(Some(Rebuilt { object, etag: text.etag, source, old_days, spans }))
    }

    async fn write_rebuilt(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        rebuilt: &[Rebuilt],
    ) -> Result<(), Refusal> {
        let change = ctx.change("write out busy days", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let mut batch = BusyBatch::default();
            // Whoever changed what its time depends on writes it out by that.
            let known = tx.read(&collection.key())?;
            if known.is_none_or(|it| it.properties != collection.properties) {
                return Ok(());
            }
            for it in rebuilt {
                // An object that changed meanwhile wrote its own days.
                if tx.read(&it.object)?.is_some_and(|known| known.etag == it.etag) {
                    batch.sources.insert(it.source);
                    batch.old_days.extend(&it.old_days);
                    batch.spans.extend(it.spans.iter().cloned());
                }
            }
            change_much_busy(tx, collection.owner, &batch, ctx.now)
        });
        Ok(written.await?)
    }

    /// Removes the busy days before `day`: nothing is booked in the past.
    async fn forget_past(&self, ctx: &Ctx, user: UserId, day: i64) -> Result<(), Refusal> {
        let known = self.index.busy_days(user);
        let past: Vec<i64> =
            known.iter().map(|it| it.0).filter(|it| *it < day && *it != LONG).collect();
        let change = ctx.change("forget past busy days", &user.to_string());
        for days in past.chunks(500) {
            let written = self.store.write(&change, |tx| {
                for day in days {
                    tx.remove(&table::busy(user, *day));
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        Ok(())
    }
}

/// The time that an object takes by today's rules.
struct Rebuilt {
    object: RowKey<ObjectRecord>,
    /// What its text was then.
    etag: Id,
    source: Id,
    old_days: BTreeSet<i64>,
    spans: Vec<BusySpanRecord>,
}

fn complain(ctx: &Ctx) {
    tracing::warn!(request = ctx.request, "busy days cannot be written out");
}
