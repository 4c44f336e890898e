//! When somebody is busy: one answer for the report, the pages and whoever else asks.

use ical::freebusy::{Taken, taken, text};
use ical::{Context, Document};
use model::interval::{Instant, Interval};
use model::limit::{INSTANCES_MAX, OBJECT_INSTANCES_MAX};
use model::privilege::Privileges;
use storage::table;

use crate::App;
use crate::context::Ctx;
use crate::index::{Collection, User};
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
            self.add_taken(collection, window, &mut all)?;
        }
        Ok(text(window, &all, ctx.now))
    }

    /// The VFREEBUSY text for `window` of all calendars of a user that take time, and of which
    /// the asker may know when.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if there are none, [`Refusal::TooMuch`] as for [`App::free_busy`].
    pub fn free_busy_of_home(
        &self,
        ctx: &Ctx,
        owner: &User,
        window: Interval,
    ) -> Result<Vec<u8>, Refusal> {
        let mut calendars = self.index.collections(owner.id);
        calendars.retain(|it| {
            let some = Privileges::READ_FREE_BUSY;
            it.is_calendar() && it.takes_time && self.privileges(ctx, it, None).contain(some)
        });
        if calendars.is_empty() {
            self.require_home(ctx, Action::ReadFreeBusy, owner)?;
        }
        let calendars: Vec<&Collection> = calendars.iter().map(|it| &**it).collect();
        self.free_busy(ctx, &calendars, window)
    }

    /// The VFREEBUSY text for `window` of a calendar, for whoever asked for permission already.
    pub(crate) fn busy_of(
        &self,
        collection: &Collection,
        window: Interval,
        now: Instant,
    ) -> Result<Vec<u8>, Refusal> {
        let mut all: Vec<Taken> = Vec::new();
        self.add_taken(collection, window, &mut all)?;
        Ok(text(window, &all, now))
    }

    /// What takes time in `window` in one calendar.
    fn add_taken(
        &self,
        collection: &Collection,
        window: Interval,
        all: &mut Vec<Taken>,
    ) -> Result<(), Refusal> {
        let owner = self.owner_of(collection)?;
        let floating = self.floating(&owner, collection);
        let context = Context { zones: &self.zones, floating: &floating };
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
        Ok(())
    }
}
