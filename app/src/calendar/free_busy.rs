//! When somebody is busy: one answer for the report, the pages and whoever else asks.

use std::sync::Arc;

use bytes::Bytes;
use ical::freebusy::{Taken, stamped, taken, told};
use ical::{Context, Document};
use model::interval::{Instant, Interval};
use model::limit::{INSTANCES_MAX, OBJECT_INSTANCES_MAX};
use model::privilege::Privileges;

use crate::App;
use crate::calendar::memory::Setting;
use crate::context::Ctx;
use crate::index::{Collection, Entry, Members, User};
use crate::policy::Action;
use crate::refusal::Refusal;

/// What is told of more than a chunk of members has no number.
const OF_NO_CHUNK: u64 = 0;

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
        let mut asked = Vec::with_capacity(calendars.len());
        let mut is_kept = true;
        let mut question = Vec::with_capacity(64);
        question.extend_from_slice(&window.start().to_be_bytes());
        question.extend_from_slice(&window.end().to_be_bytes());
        for collection in calendars {
            self.require(ctx, Action::ReadFreeBusy, collection, None)?;
            let (setting, members) =
                (self.setting(collection, ctx.now, None)?, collection.members());
            if members.has_acls()
                && !self.privileges(ctx, collection, None).contain(Privileges::ALL)
            {
                // Who may see what is another question for each of them.
                is_kept = false;
            }
            question.extend_from_slice(&members.number().to_be_bytes());
            for name in [setting.floating.name(), &setting.owner.email] {
                question.extend_from_slice(name.as_bytes());
                question.push(0);
            }
            asked.push((setting, members));
        }
        let key = (OF_NO_CHUNK, Arc::from(question));
        if let Some(known) = self.memory.answers.find(&key).filter(|_| is_kept) {
            return Ok(stamped(&known, ctx.now));
        }
        let mut all: Vec<Taken> = Vec::new();
        for (setting, members) in &asked {
            self.add_taken(ctx, setting, members, window, &mut all)?;
        }
        let told = Bytes::from(told(window, &all));
        if is_kept {
            self.memory.answers.keep(key, told.clone(), told.len() + 64);
        }
        Ok(stamped(&told, ctx.now))
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
        self.free_busy(&Ctx::server(now), &[collection], window)
    }

    /// What takes time in `window` in one calendar.
    fn add_taken(
        &self,
        ctx: &Ctx,
        setting: &Setting<'_>,
        members: &Members,
        window: Interval,
        all: &mut Vec<Taken>,
    ) -> Result<(), Refusal> {
        let Setting { collection, owner, floating, .. } = setting;
        let context = Context { zones: &self.zones, floating };
        let may_see = |it: &&Arc<Entry>| {
            let has_own = members.extra(&it.name).is_some_and(|it| !it.acl.is_empty());
            !has_own || {
                let some = self.privileges(ctx, collection, Some(&it.name));
                some.contain(Privileges::READ_FREE_BUSY)
            }
        };
        for entry in members.events_near(window).filter(|it| it.is_event()).filter(may_see) {
            if let Some(outline) = self.outline(setting, entry, window) {
                all.extend(outline.taken(window));
            } else {
                let text = match self.read_entry(collection, Arc::clone(entry)) {
                    Ok((_, text)) => text,
                    // It went meanwhile.
                    Err(Refusal::NotFound) => continue,
                    Err(refusal) => return Err(refusal),
                };
                let Ok(document) = Document::parse(&text) else { continue };
                let found = taken(&document, window, &context, &owner.email, OBJECT_INSTANCES_MAX);
                all.extend(found.map(|it| it.0).unwrap_or_default());
            }
            if all.len() > INSTANCES_MAX {
                return Err(Refusal::TooMuch("instances in the window"));
            }
        }
        Ok(())
    }
}
