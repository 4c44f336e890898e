//! Building a copy of a collection where nobody sees it, and showing it once it is whole.
//!
//! Its members are put under an identity that no row of a collection has yet; what a crash
//! leaves of that is cleared at the next start, as is the rest of what was removed.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::id::{CollectionId, UserId};
use model::limit::COLLECTIONS_MAX;
use model::privilege::Privileges;
use storage::record::{BusySpanRecord, CollectionRecord, ExtraRecord};
use storage::{Tx, WriteError, table};

use crate::App;
use crate::calendar::Condition;
use crate::calendar::collections::{check_slug, put_record};
use crate::calendar::relocate::Way;
use crate::calendar::remove::Going;
use crate::calendar::transfer::{Destination, LeftOut, Manner, Transfer};
use crate::commit::{BusyBatch, BusyPlan, ObjectPlan, change_much_busy, put_unseen};
use crate::context::Ctx;
use crate::index::{Collection, Entry, Members};
use crate::planned::{Gaps, Text, source_of, spans_of};
use crate::refusal::Refusal;

/// Members that are put in one commit.
const PUT_AT_ONCE: usize = 200;
/// Bytes of texts that are put in one commit, but for the last of them.
const PUT_AT_ONCE_BYTES: usize = 4 * 1024 * 1024;

/// A copy that nobody sees yet.
struct Unseen {
    source: Arc<Collection>,
    /// The members of the source that were copied.
    members: Arc<Members>,
    collection: Collection,
    record: CollectionRecord,
    /// The time that its members will take.
    spans: Vec<BusySpanRecord>,
}

/// A member that can be put into a copy.
struct Ready {
    name: String,
    text: Text,
    extra: ExtraRecord,
}

/// What is known of a copy while it is built.
struct Building<'a> {
    owner: UserId,
    manner: Manner,
    way: &'a Way,
    /// Bytes of the texts so far.
    bytes: u64,
    made: Vec<Unseen>,
    left: Vec<LeftOut>,
}

impl App {
    /// Copies a collection, and removes the source of a move, in one step for all others.
    ///
    /// Tells what was refused: then only a copy to where there was nothing has been made.
    pub(super) async fn duplicate(
        &self,
        ctx: &Ctx,
        from: &Arc<Collection>,
        to: Destination<'_>,
        (manner, way): (Manner, &Way),
    ) -> Result<Vec<LeftOut>, Refusal> {
        let owner = to.owner.id;
        let (made, left) = (Vec::new(), Vec::new());
        let mut building = Building { owner, manner, way, bytes: 0, made, left };
        let sources = self.sources(ctx, from, to, &mut building)?;
        let mut built = Ok(());
        for (source, slug) in sources {
            built = self.build(ctx, source, slug, &mut building).await;
            if built.is_err() {
                break;
            }
        }
        let is_whole = building.left.is_empty();
        let may_be_partial = manner.transfer == Transfer::Copy && way.is_free();
        let leaving = match manner.transfer {
            Transfer::Move => self.going(from),
            Transfer::Copy => Going::default(),
        };
        if built.is_ok() && (is_whole || may_be_partial) {
            built = self.unveil(ctx, from, &leaving, &building).await;
        }
        let is_shown = |it: &Unseen| self.index.collection_of(owner, it.collection.id).is_some();
        for unseen in building.made.iter().filter(|it| !is_shown(it)) {
            self.clear(ctx, unseen.collection.id).await?;
        }
        built?;
        if is_whole || may_be_partial {
            self.clear_gone(ctx, &way.going).await?;
            if manner.transfer == Transfer::Move {
                self.bring_after(ctx, &building).await?;
            }
            self.clear_gone(ctx, &leaving).await?;
        }
        Ok(building.left)
    }

    /// The collections to copy, each with its name at the target, the outer before the inner.
    fn sources(
        &self,
        ctx: &Ctx,
        from: &Arc<Collection>,
        to: Destination<'_>,
        building: &mut Building<'_>,
    ) -> Result<Vec<(Arc<Collection>, String)>, Refusal> {
        let going = building.way.going.collections.len();
        let room = (COLLECTIONS_MAX + going).saturating_sub(self.index.home(to.owner.id).len());
        if room == 0 {
            return Err(Refusal::TooMany("calendars"));
        }
        let mut sources = vec![(Arc::clone(from), to.slug.to_owned())];
        let mut names = BTreeSet::from([to.slug.to_owned()]);
        for (inner, rest) in self.within(from).into_iter().filter(|_| building.manner.is_deep) {
            if self.may_read(ctx, &inner).is_err() {
                continue;
            }
            let slug = format!("{}/{rest}", to.slug);
            let has_parent = slug.rsplit_once('/').is_some_and(|it| names.contains(it.0));
            let refusal = match check_slug(&slug) {
                Err(refusal) => Some(refusal),
                Ok(()) if !has_parent => Some(Refusal::NoParent),
                Ok(()) if sources.len() >= room => Some(Refusal::TooMany("calendars")),
                Ok(()) => None,
            };
            match refusal {
                Some(refusal) => building.left.push(LeftOut { slug, name: None, refusal }),
                None => {
                    names.insert(slug.clone());
                    sources.push((inner, slug));
                }
            }
        }
        Ok(sources)
    }

    /// The collections within another, with their names in it, the outer before the inner; none
    /// that show somebody else's.
    fn within(&self, outer: &Collection) -> Vec<(Arc<Collection>, String)> {
        let within = format!("{}/", outer.slug);
        let mut inner = Vec::new();
        for it in self.index.collections(outer.home()) {
            if let Some(rest) = it.slug.strip_prefix(&within) {
                let rest = rest.to_owned();
                inner.push((it, rest));
            }
        }
        inner.sort_by(|one, other| one.1.cmp(&other.1));
        inner
    }

    /// Builds the copy of one collection, with its members if they come along.
    async fn build(
        &self,
        ctx: &Ctx,
        source: Arc<Collection>,
        slug: String,
        building: &mut Building<'_>,
    ) -> Result<(), Refusal> {
        let record = CollectionRecord {
            slug,
            kind: source.kind,
            components: source.components.clone(),
            properties: source.properties.clone(),
            position: self.store.last_seq(),
            acl: Vec::new(),
            invites: Vec::new(),
            source: None,
        };
        let id = CollectionId::random();
        let collection = self.index.described(building.owner, id, record.clone());
        let members = source.members();
        building.made.push(Unseen {
            source: Arc::clone(&source),
            members: Arc::clone(&members),
            collection,
            record,
            spans: Vec::new(),
        });
        let is_open = self.open_members(ctx, &source, Privileges::READ);
        let is_deep = building.manner.is_deep;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for entry in members.iter().filter(|it| is_deep && is_open(&it.name)) {
            match self.ready(ctx, &entry.name, building).await {
                Ok(ready) => {
                    bytes += ready.text.bytes.len();
                    batch.push(ready);
                }
                Err(refusal) => building.leave(&entry.name, refusal),
            }
            if batch.len() >= PUT_AT_ONCE || bytes >= PUT_AT_ONCE_BYTES {
                self.put_batch(ctx, &batch, building).await?;
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        self.put_batch(ctx, &batch, building).await
    }

    /// Reads a member for the collection that is being built.
    async fn ready(
        &self,
        ctx: &Ctx,
        name: &str,
        building: &mut Building<'_>,
    ) -> Result<Ready, Refusal> {
        let unseen = building.made.last().ok_or(Refusal::NotFound)?;
        let (_, bytes) = self.read_stored(&unseen.source, name)?;
        let kept = self.store.read(&table::extra(unseen.source.id, name))?.unwrap_or_default();
        let media_type = kept.media_type.as_deref();
        let text = self.carried(ctx, &unseen.collection, name, (&bytes, media_type))?;
        let all = building.bytes + bytes.len() as u64;
        self.check_exchange(building.owner, all, building.way.going.bytes())?;
        if unseen.source.is_calendar() {
            self.follow_attachments(ctx, &unseen.collection, name, &bytes).await?;
        }
        building.bytes = all;
        let media_type = text.media_type.clone();
        // Of who may do what a copy says nothing (RFC 3744 §7.4).
        let extra = ExtraRecord { media_type, properties: kept.properties, acl: Vec::new() };
        Ok(Ready { name: name.to_owned(), text, extra })
    }

    /// Puts members into the collection that is being built.
    async fn put_batch(
        &self,
        ctx: &Ctx,
        batch: &[Ready],
        building: &mut Building<'_>,
    ) -> Result<(), Refusal> {
        let Some(unseen) = building.made.last_mut() else { return Ok(()) };
        let collection = &unseen.collection;
        let any = Condition::default();
        let change = ctx.change("copy objects", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            for Ready { name, text, extra } in batch {
                put_unseen(tx, &plan_of(collection, (name, text), &any, ctx))?;
                if *extra != ExtraRecord::default() {
                    tx.put(&table::extra(collection.id, name), extra);
                }
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        for Ready { name, text, .. } in batch {
            let source = source_of(collection, name);
            unseen.spans.extend(spans_of(text, collection, source, Gaps::default()));
        }
        Ok(())
    }

    /// Shows a copy to everybody, while what it replaces and the source of a move go.
    async fn unveil(
        &self,
        ctx: &Ctx,
        from: &Collection,
        leaving: &Going,
        building: &Building<'_>,
    ) -> Result<(), Refusal> {
        let Building { owner, manner, way, made, .. } = building;
        let spans = made.iter().flat_map(|it| it.spans.iter().cloned()).collect();
        let busy = BusyBatch { spans, ..BusyBatch::default() };
        let come = |tx: &mut Tx<'_>| {
            leaving.remove(self, tx, ctx.now)?;
            for Unseen { collection, record, .. } in made {
                put_record(tx, *owner, collection.id, record)?;
            }
            change_much_busy(tx, *owner, &busy, ctx.now)
        };
        let action = match manner.transfer {
            Transfer::Copy => "copy collection",
            Transfer::Move => "move collection",
        };
        let change = ctx.change(action, &from.id.to_string());
        self.write_in_place(ctx, &change, way, come).await
    }

    /// Brings after what changed in the source of a move while its copy was built.
    ///
    /// Its collection has gone by now, so nothing changes there any more.
    async fn bring_after(&self, ctx: &Ctx, building: &Building<'_>) -> Result<(), Refusal> {
        let any = Condition::default();
        for Unseen { source, members, collection, .. } in &building.made {
            let now = source.members();
            if now.number() == members.number() {
                continue;
            }
            let change = ctx.change("bring after", &collection.id.to_string());
            let is_late =
                |it: &Entry| members.find(&it.name).is_none_or(|known| known.version != it.version);
            for late in now.iter().filter(|it| is_late(it)) {
                let (_, bytes) = self.read_stored(source, &late.name)?;
                let kept = now.extra(&late.name);
                let media_type = kept.and_then(|it| it.media_type.as_deref());
                let text = self.carried(ctx, collection, &late.name, (&bytes, media_type))?;
                let new = (Some((&text, &[][..])), &any);
                self.change_planned(ctx, collection, &late.name, new, &change).await?;
            }
            for gone in members.iter().filter(|it| now.find(&it.name).is_none()) {
                let none = (None, &any);
                match self.change_planned(ctx, collection, &gone.name, none, &change).await {
                    Ok(_) | Err(Refusal::NotFound) => {}
                    Err(refusal) => return Err(refusal),
                }
            }
        }
        Ok(())
    }
}

impl Building<'_> {
    /// Notes that a member of the collection that is being built cannot be in it.
    fn leave(&mut self, name: &str, refusal: Refusal) {
        if let Some(unseen) = self.made.last() {
            let slug = unseen.record.slug.clone();
            self.left.push(LeftOut { slug, name: Some(name.to_owned()), refusal });
        }
    }
}

/// What it takes to put a member where there is none; its time is taken later.
fn plan_of<'a>(
    collection: &'a Collection,
    (name, text): (&'a str, &'a Text),
    condition: &'a Condition,
    ctx: &Ctx,
) -> ObjectPlan<'a> {
    ObjectPlan {
        collection,
        name,
        base: None,
        condition,
        text: Some(text),
        properties: &[],
        busy: BusyPlan::default(),
        booking: None,
        has_extra: false,
        now: ctx.now,
    }
}
