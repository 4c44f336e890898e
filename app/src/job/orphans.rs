//! Finishing removals that were cut off, and taking back time that nothing takes any more.

use std::collections::BTreeSet;

use model::id::UserId;
use storage::WriteError;
use storage::record::{BusyKind, Id};

use crate::App;
use crate::commit::{BusyPlan, change_busy};
use crate::context::Ctx;
use crate::planned::source_of;
use crate::refusal::Refusal;

impl App {
    /// Removes the rows of calendars that are gone, and the time that nothing takes.
    pub(crate) async fn finish_removals(&self) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        for id in self.index.orphans() {
            self.clear(&ctx, id).await?;
        }
        for user in self.index.users() {
            self.sweep_busy(&ctx, user.id).await?;
        }
        Ok(())
    }

    /// Takes spans whose object is gone out of a host's busy days.
    pub(crate) async fn sweep_busy(&self, ctx: &Ctx, host: UserId) -> Result<(), Refusal> {
        for source in self.stray_sources(host) {
            let old_days = self.index.days_with(host, source);
            let plan = BusyPlan { source, old_days, ..BusyPlan::default() };
            let change = ctx.change("take back time", &host.to_string());
            let written = self.store.write(&change, |tx| {
                // An object that came back meanwhile is not stray any more.
                if self.living_sources(host).contains(&source) {
                    return Ok::<_, WriteError<Refusal>>(());
                }
                change_busy(tx, host, &plan, ctx.now)
            });
            written.await?;
        }
        Ok(())
    }

    /// The sources of spans that no object has; holds look after themselves.
    pub(crate) fn stray_sources(&self, host: UserId) -> BTreeSet<Id> {
        let living = self.living_sources(host);
        let days = self.index.busy_days(host);
        let spans = days.iter().flat_map(|it| it.1.iter());
        let of_objects = spans.filter(|it| it.kind != BusyKind::Held).map(|it| it.source);
        of_objects.filter(|it| !living.contains(it)).collect()
    }

    fn living_sources(&self, host: UserId) -> BTreeSet<Id> {
        let mut living = BTreeSet::new();
        for collection in self.index.collections(host) {
            living.extend(collection.members().iter().map(|it| source_of(&collection, &it.name)));
        }
        living
    }
}
