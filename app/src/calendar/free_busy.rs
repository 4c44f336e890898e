//! When somebody is busy: one answer for the report, the pages and whoever else asks.

use ical::freebusy::{Taken, taken, text};
use ical::{Context, Document};
use model::interval::Interval;
use model::limit::{INSTANCES_MAX, OBJECT_INSTANCES_MAX};
use storage::table;

use crate::App;
use crate::context::Ctx;
use crate::index::Collection;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

impl App {
    /// The VFREEBUSY text for `window` of one calendar (RFC 4791 §7.10).
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if there are more instances than one request may expand to.
    pub fn free_busy(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        window: Interval,
    ) -> Result<Vec<u8>, Refusal> {
        permit(ctx.actor, Action::ReadEvents, collection.owner)?;
        let owner = self.owner_of(collection)?;
        let floating = self.floating(&owner, collection);
        let context = Context { zones: &self.zones, floating: &floating };
        let mut all: Vec<Taken> = Vec::new();
        for entry in collection.members().near(window).filter(|it| it.component == "VEVENT") {
            let Some(body) = self.store.read(&table::body(collection.id, &entry.name))? else {
                continue;
            };
            let Ok(document) = Document::parse(&body.0) else { continue };
            let found = taken(&document, window, &context, &owner.email, OBJECT_INSTANCES_MAX);
            all.extend(found.map(|it| it.0).unwrap_or_default());
            if all.len() > INSTANCES_MAX {
                return Err(Refusal::TooMuch("instances in the window"));
            }
        }
        Ok(text(window, &all, ctx.now))
    }
}
