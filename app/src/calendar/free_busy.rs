//! When somebody is busy: one answer for the report, the pages and whoever else asks.

use std::sync::Arc;

use bytes::Bytes;
use ical::freebusy::{Taken, stamped, taken, told};
use ical::recur::Steps;
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

/// What somebody may do with a collection, or with a member of it.
type Privileged<'a> = &'a dyn Fn(&Collection, Option<&str>) -> Privileges;

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
        for collection in calendars {
            self.require(ctx, Action::ReadFreeBusy, collection, None)?;
        }
        let may = |of: &Collection, name: Option<&str>| self.privileges(ctx, of, name);
        self.busy_time(calendars, window, ctx.now, &may)
    }

    /// The same for whoever may do with calendars and their members what `may` says.
    fn busy_time(
        &self,
        calendars: &[&Collection],
        window: Interval,
        now: Instant,
        may: Privileged<'_>,
    ) -> Result<Vec<u8>, Refusal> {
        let mut asked = Vec::with_capacity(calendars.len());
        let mut is_kept = true;
        let mut question = Vec::with_capacity(64);
        question.extend_from_slice(&window.start().to_be_bytes());
        question.extend_from_slice(&window.end().to_be_bytes());
        for collection in calendars {
            let (setting, members) = (self.setting(collection, now, None)?, collection.members());
            let of_all = may(collection, None);
            let is_open = of_all.contain(Privileges::READ_FREE_BUSY);
            if !is_open || members.has_acls() && !of_all.contain(Privileges::ALL) {
                // Who may see what is another question for each of them.
                is_kept = false;
            }
            question.extend_from_slice(&members.number().to_be_bytes());
            for name in [setting.floating.name(), &setting.owner.email] {
                question.extend_from_slice(name.as_bytes());
                question.push(0);
            }
            asked.push((setting, members, is_open));
        }
        let key = (OF_NO_CHUNK, Arc::from(question));
        if let Some(known) = self.memory.answers.find(&key).filter(|_| is_kept) {
            return Ok(stamped(&known, now));
        }
        let steps = Steps::of_request();
        let mut all: Vec<Taken> = Vec::new();
        for (setting, members, is_open) in &asked {
            let may_see = |name: &str| match members.extra(name) {
                Some(extra) if !extra.acl.is_empty() => {
                    may(setting.collection, Some(name)).contain(Privileges::READ_FREE_BUSY)
                }
                _ => *is_open,
            };
            self.add_taken(setting, (members, &may_see), (window, &steps), &mut all)?;
        }
        let told = Bytes::from(told(window, &all));
        if is_kept {
            self.memory.answers.keep(key, told.clone(), told.len() + 64);
        }
        Ok(stamped(&told, now))
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

    /// The VFREEBUSY text for `window` of a published calendar, for whoever has its link.
    pub(crate) fn published_busy_time(
        &self,
        collection: &Collection,
        window: Interval,
        now: Instant,
    ) -> Result<Vec<u8>, Refusal> {
        let may = |of: &Collection, name: Option<&str>| self.privileges_by_link(of, name);
        self.busy_time(&[collection], window, now, &may)
    }

    /// What takes time in `window` in one calendar.
    fn add_taken(
        &self,
        setting: &Setting<'_>,
        (members, may_see): (&Members, &dyn Fn(&str) -> bool),
        (window, steps): (Interval, &Steps<'_>),
        all: &mut Vec<Taken>,
    ) -> Result<(), Refusal> {
        let Setting { collection, owner, floating, .. } = setting;
        let context = Context::new(&self.zones, floating).within(steps);
        let takes_time = |it: &Entry| it.is_event() || it.component == "VFREEBUSY";
        let is_told = |it: &&Arc<Entry>| takes_time(it) && may_see(&it.name);
        for entry in members.near(window).filter(is_told) {
            if entry.is_event()
                && let Some(outline) = self.outline_for(setting, entry, (window, steps))
            {
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
                let (found, is_cut) = found.unwrap_or_default();
                // What is left out would be told as free.
                if is_cut && (steps.are_over() || !found.is_empty()) {
                    return Err(Refusal::TooMuch("instances in the window"));
                }
                all.extend(found);
            }
            if all.len() > INSTANCES_MAX {
                return Err(Refusal::TooMuch("instances in the window"));
            }
        }
        Ok(())
    }
}
