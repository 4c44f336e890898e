//! Keeping the busy days written out: ahead of every booking window, by today's zone rules.

use std::collections::BTreeSet;

use model::id::UserId;
use model::interval::DAY_S;
use model::limit::{HORIZON_DAYS, WINDOW_MAX_DAYS};
use storage::record::MetaRecord;
use storage::table::{self, LONG};
use storage::{WriteError, table::meta};

use crate::App;
use crate::commit::{BusyPlan, change_busy};
use crate::context::Ctx;
use crate::index::Collection;
use crate::planned::{Gaps, source_of, spans_of};
use crate::refusal::Refusal;

/// Days after which the horizon is moved on: well before a booking window could reach it.
const EVERY_DAYS: i64 = (HORIZON_DAYS - WINDOW_MAX_DAYS as i64) / 2;

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

    /// Writes out the busy days of one user anew, object by object.
    pub(crate) async fn rebuild_busy(&self, ctx: &Ctx, user: UserId) -> Result<(), Refusal> {
        for collection in self.index.collections(user) {
            let window = crate::planned::horizon(ctx.now);
            let names: Vec<_> = collection.members().iter().map(|it| it.name.clone()).collect();
            for name in names {
                let old_days = self.index.days_with(user, source_of(&collection, &name));
                let entry = collection.members().find(&name).cloned();
                let is_near =
                    entry.is_some_and(|it| it.first < window.end() && window.start() <= it.last);
                match self.rebuild_object(ctx, &collection, &name, old_days, is_near).await {
                    // One that is too dense, or not understood any more, keeps nobody else waiting.
                    Err(Refusal::TooMany(_) | Refusal::Invalid(_)) => {
                        tracing::warn!(request = ctx.request, "busy days cannot be written out");
                    }
                    done => done?,
                }
            }
        }
        self.sweep_busy(ctx, user).await
    }

    async fn rebuild_object(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: &str,
        old_days: BTreeSet<i64>,
        is_near: bool,
    ) -> Result<(), Refusal> {
        if !is_near && old_days.is_empty() {
            return Ok(());
        }
        let source = source_of(collection, name);
        let Some(text) = self.old_text(ctx, collection, name)? else { return Ok(()) };
        let booking = text.booking.filter(|_| collection.is_for_bookings());
        let record = booking.map(|it| self.store.read(&table::booking(it))).transpose()?.flatten();
        let gaps = record.as_ref().map(Gaps::from).unwrap_or_default();
        let spans = spans_of(&text, collection, source, gaps);
        let plan = BusyPlan { source, old_days, spans, is_exclusive: false };
        let change = ctx.change("write out busy days", &source_text(source));
        let object = table::object(collection.id, name);
        let written = self.store.write(&change, |tx| {
            // An object that changed meanwhile wrote its own days.
            let is_same = tx.read(&object)?.is_some_and(|it| it.etag == text.etag);
            if is_same {
                change_busy(tx, collection.owner, &plan, ctx.now)?;
            }
            Ok::<_, WriteError<Refusal>>(())
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

fn source_text(source: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(source))
}
