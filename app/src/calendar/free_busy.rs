//! When somebody is busy: one answer for the report, the pages and whoever else asks.

use ical::freebusy::{Taken, taken, text};
use ical::{Context, Document};
use model::interval::Interval;
use model::limit::{INSTANCES_MAX, OBJECT_INSTANCES_MAX};
use model::privilege::Privileges;
use storage::table;

use crate::App;
use crate::context::Ctx;
use crate::index::Collection;
use crate::policy::Action;
use crate::refusal::Refusal;

impl App {
    /// The VFREEBUSY text for `window` of some calendars (RFC 4791 §7.10).
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMuch`] if there are more instances than one request may expand to.
    pub fn free_busy(
        &self,
        ctx: &Ctx,
        calendars: &[&Collection],
        window: Interval,
    ) -> Result<Vec<u8>, Refusal> {
        let mut all: Vec<Taken> = Vec::new();
        for collection in calendars {
            self.require(ctx, Action::ReadFreeBusy, collection, None)?;
            self.add_taken(ctx, collection, window, &mut all)?;
        }
        Ok(text(window, &all, ctx.now))
    }

    /// What takes time in `window` in one calendar.
    fn add_taken(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        window: Interval,
        all: &mut Vec<Taken>,
    ) -> Result<(), Refusal> {
        let owner = self.owner_of(collection)?;
        let floating = self.floating(&owner, collection);
        let context = Context { zones: &self.zones, floating: &floating };
        let is_open = self.open_members(ctx, collection, Privileges::READ_FREE_BUSY);
        let members = collection.members();
        let events = members.near(window).filter(|it| it.component == "VEVENT");
        for entry in events.filter(|it| is_open(&it.name)) {
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
        Ok(())
    }
}
