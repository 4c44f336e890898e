//! What is kept of calendars beside the index, so that it is not worked out for every question.

use std::sync::Arc;

use bytes::Bytes;
use ical::recur::Steps;
use ical::{Context, Document, Outline};
use model::interval::{DAY_S, Instant, Interval};
use model::limit::{KEPT_ANSWERS_BYTES, KEPT_OUTLINES_BYTES, KEPT_TEXTS_BYTES};
use model::zone::Zone;

use crate::App;
use crate::index::{Collection, Entry, User};
use crate::kept::Kept;
use crate::refusal::Refusal;

/// Days for which an outline is made from one day on.
const OUTLINE_DAYS: i64 = 100;

/// Texts, outlines and answers, each by a number that stands for what it was made from.
pub(crate) struct Memory {
    /// The texts of objects, by the numbers of entries.
    pub(super) texts: Kept<u64, Bytes>,
    /// Their outlines, also where they have none, by numbers of entries and of times.
    outlines: Kept<(u64, i64), Option<Arc<Outline>>>,
    /// Parts of answers, by the number of what they tell of and what was asked.
    pub(super) answers: Kept<(u64, Arc<[u8]>), Bytes>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            texts: Kept::within(KEPT_TEXTS_BYTES),
            outlines: Kept::within(KEPT_OUTLINES_BYTES),
            answers: Kept::within(KEPT_ANSWERS_BYTES),
        }
    }
}

/// What the meaning of a calendar's objects depends on beside their texts.
pub(crate) struct Setting<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) owner: Arc<User>,
    /// The zone of floating times: the calendar's own, or another that a question names.
    pub(crate) floating: Zone,
    /// Whether that zone is the calendar's own.
    is_own: bool,
    pub(crate) now: Instant,
}

impl App {
    /// The setting of a calendar's objects as it is now, in its own zone or in `floating`.
    pub(crate) fn setting<'a>(
        &self,
        collection: &'a Collection,
        now: Instant,
        floating: Option<&Zone>,
    ) -> Result<Setting<'a>, Refusal> {
        let owner = self.owner_of(collection)?;
        let is_own = floating.is_none();
        let floating = floating.cloned().unwrap_or_else(|| self.floating(&owner, collection));
        Ok(Setting { collection, owner, floating, is_own, now })
    }

    /// The outline of an event, if it has one that answers for all of `window`.
    pub(crate) fn outline_for(
        &self,
        setting: &Setting<'_>,
        entry: &Arc<Entry>,
        (window, steps): (Interval, &Steps<'_>),
    ) -> Option<Arc<Outline>> {
        let outline = self.outline(setting, entry, steps)?;
        outline.is_for(window, &setting.floating, &setting.owner.email).then_some(outline)
    }

    /// The outline of an event, if it has one that can be made within `steps`.
    pub(crate) fn outline(
        &self,
        setting: &Setting<'_>,
        entry: &Arc<Entry>,
        steps: &Steps<'_>,
    ) -> Option<Arc<Outline>> {
        let Setting { owner, floating, is_own, now, .. } = setting;
        if !is_own {
            return None;
        }
        let day = now.div_euclid(OUTLINE_DAYS * DAY_S);
        let key = (entry.number, day);
        match self.memory.outlines.find(&key) {
            // One made for another zone is made again.
            Some(Some(known)) if !known.is_in(floating, &owner.email) => {}
            Some(known) => return known,
            None if !self.memory.outlines.lets_in() => return None,
            None => {}
        }
        let (read, text) = self.read_entry(setting.collection, Arc::clone(entry)).ok()?;
        if read.number != entry.number {
            return None;
        }
        let document = Document::parse(&text).ok();
        let context = Context::new(&self.zones, floating).within(steps);
        let outline = document.and_then(|it| {
            Outline::read(&it, &context, &owner.email, day * OUTLINE_DAYS * DAY_S).map(Arc::new)
        });
        if outline.is_none() && steps.are_over() {
            // Another request may find that it has one.
            return None;
        }
        let bytes = outline.as_ref().map_or(0, |it| it.weight());
        self.memory.outlines.keep(key, outline.clone(), bytes);
        outline
    }

    /// The part of an answer that tells `question` of what has `number`, made at most once while
    /// it is kept.
    pub fn told(&self, number: u64, question: &Arc<[u8]>, make: impl FnOnce() -> Vec<u8>) -> Bytes {
        let key = (number, Arc::clone(question));
        if let Some(known) = self.memory.answers.find(&key) {
            return known;
        }
        let mut made = make();
        made.shrink_to_fit();
        let made = Bytes::from(made);
        self.memory.answers.keep(key, made.clone(), made.len() + question.len());
        made
    }
}
