//! Building a copy of a collection where nobody sees it, and showing it in one step.
//!
//! Its members are put under an identity that no row of a collection has yet; what a crash
//! leaves of that is cleared at the next start, as is the rest of what was removed. A move is
//! built anew where its source changed meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::id::{AttachmentId, CollectionId, UserId};
use model::limit::COLLECTIONS_MAX;
use model::privilege::Privileges;
use storage::record::{BusySpanRecord, CollectionRecord, ExtraRecord, Id};
use storage::{Tx, WriteError, table};

use crate::App;
use crate::calendar::Condition;
use crate::calendar::collections::{check_slug, put_record};
use crate::calendar::relocate::Way;
use crate::calendar::remove::Going;
use crate::calendar::transfer::{Brought, Destination, LeftOut, Manner, PLANS_MAX, Transfer};
use crate::commit::{BusyBatch, BusyPlan, ObjectPlan, change_much_busy, put_unseen};
use crate::context::Ctx;
use crate::index::{Collection, Entry, Members};
use crate::planned::{Gaps, Text, source_of, spans_of};
use crate::refusal::Refusal;

/// Copies built for one move before the server counts as too busy.
const BUILDS_MAX: usize = 5;
/// Members that are put in one commit.
const PUT_AT_ONCE: usize = 200;
/// Bytes of texts that are put in one commit, but for the last of them.
const PUT_AT_ONCE_BYTES: usize = 4 * 1024 * 1024;

/// A copy that nobody sees yet.
struct Unseen {
    source: Arc<Collection>,
    /// The members of the source, as they were copied.
    members: Arc<Members>,
    collection: Collection,
    record: CollectionRecord,
    /// The entity tags of the members that are in it.
    put: BTreeMap<String, Id>,
    /// The time that its members will take.
    spans: Vec<BusySpanRecord>,
    /// The copies that were made of attached files.
    files: Vec<AttachmentId>,
}

impl Unseen {
    /// Whether the members of the source are still those that were copied.
    fn is_current(&self) -> bool {
        Arc::ptr_eq(&self.source.members(), &self.members)
    }
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
        for _ in 0..BUILDS_MAX {
            let own = self.index.collection_of(from.owner, from.id).ok_or(Refusal::NotFound)?;
            let current = if from.shown_in.is_none() { &own } else { from };
            match self.duplicate_once(ctx, current, to, (manner, way)).await {
                Err(Refusal::Busy) if manner.transfer == Transfer::Move => {}
                done => return done,
            }
        }
        Err(Refusal::Busy)
    }

    async fn duplicate_once(
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
        let mut built = Ok(Going::default());
        for (source, slug) in sources {
            if let Err(refusal) = self.build(ctx, source, slug, &mut building).await {
                built = Err(refusal);
                break;
            }
        }
        if built.is_ok() {
            built = self.show(ctx, from, &mut building).await;
        }
        let is_shown = |it: &Unseen| self.index.collection_of(owner, it.collection.id).is_some();
        let (shown, unseen): (Vec<_>, Vec<_>) = building.made.iter().partition(|it| is_shown(it));
        for it in unseen {
            self.clear(ctx, it.collection.id).await?;
            self.drop_files(ctx, &it.files).await?;
        }
        let leaving = built?;
        if !shown.is_empty() {
            self.clear_gone(ctx, &way.going).await?;
            self.clear_gone(ctx, &leaving).await?;
        }
        Ok(building.left)
    }

    /// Shows a copy unless something is left that has to be in it; what goes for it.
    async fn show(
        &self,
        ctx: &Ctx,
        from: &Collection,
        building: &mut Building<'_>,
    ) -> Result<Going, Refusal> {
        if building.manner.transfer == Transfer::Copy {
            if building.left.is_empty() || building.way.is_free() {
                self.unveil(ctx, from, &Going::default(), building).await?;
            }
            return Ok(Going::default());
        }
        for _ in 0..PLANS_MAX {
            let leaving = self.going(from);
            if !building.left.is_empty() {
                return Ok(leaving);
            }
            let unveiled = self.unveil(ctx, from, &leaving, building).await;
            let is_behind = !building.made.iter().all(Unseen::is_current);
            match unveiled {
                Err(Refusal::Busy) if is_behind && self.has_same(from, building) => {
                    for place in 0..building.made.len() {
                        self.catch_up(ctx, place, building).await?;
                    }
                }
                done => return done.map(|()| leaving),
            }
        }
        Err(Refusal::Busy)
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
            put: BTreeMap::new(),
            spans: Vec::new(),
            files: Vec::new(),
        });
        let is_open = self.open_members(ctx, &source, Privileges::READ);
        let is_deep = building.manner.is_deep;
        let all = members.iter().filter(|it| is_deep && is_open(&it.name));
        let all: Vec<Arc<Entry>> = all.cloned().collect();
        self.put_members(ctx, building.made.len() - 1, &all, building).await
    }

    /// Puts members of a source into its copy.
    async fn put_members(
        &self,
        ctx: &Ctx,
        place: usize,
        entries: &[Arc<Entry>],
        building: &mut Building<'_>,
    ) -> Result<(), Refusal> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for entry in entries {
            match self.ready(ctx, &entry.name, place, building).await {
                Ok(ready) => {
                    bytes += ready.text.bytes.len();
                    batch.push(ready);
                }
                // It went while others were copied.
                Err(_) if building.made[place].source.members().find(&entry.name).is_none() => {}
                Err(refusal) => {
                    let slug = building.made[place].record.slug.clone();
                    let name = Some(entry.name.to_string());
                    building.left.push(LeftOut { slug, name, refusal });
                }
            }
            if batch.len() >= PUT_AT_ONCE || bytes >= PUT_AT_ONCE_BYTES {
                self.put_batch(ctx, &batch, &mut building.made[place]).await?;
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        self.put_batch(ctx, &batch, &mut building.made[place]).await
    }

    /// Reads a member for the collection that is being built.
    async fn ready(
        &self,
        ctx: &Ctx,
        name: &str,
        place: usize,
        building: &mut Building<'_>,
    ) -> Result<Ready, Refusal> {
        let unseen = &mut building.made[place];
        let (_, bytes) = self.read_stored(&unseen.source, name)?;
        let kept = self.store.read(&table::extra(unseen.source.id, name))?.unwrap_or_default();
        let media_type = kept.media_type.as_deref();
        let all = building.bytes + bytes.len() as u64;
        self.check_exchange(building.owner, all, building.way.going.bytes())?;
        let place = (&unseen.collection, name);
        let brought = self.brought(ctx, &unseen.source, place, (&bytes, media_type)).await;
        let Brought { text, files } = brought?;
        unseen.files.extend(files);
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
        unseen: &mut Unseen,
    ) -> Result<(), Refusal> {
        let collection = &unseen.collection;
        let any = Condition::default();
        let change = ctx.change("copy objects", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            for Ready { name, text, extra } in batch {
                put_unseen(tx, &plan_of(collection, (name, Some(text)), &any, ctx))?;
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
            unseen.put.insert(name.clone(), text.etag);
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
            if manner.transfer == Transfer::Move {
                let seen = self.index.seq();
                self.may_leave(ctx, from)?;
                if !self.has_same(from, building) || !made.iter().all(Unseen::is_current) {
                    return Err(Refusal::Busy.into());
                }
                tx.expect_last(seen);
            }
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

    /// Whether a collection, and those in it, are still those that were copied.
    fn has_same(&self, from: &Collection, building: &Building<'_>) -> bool {
        let outer = self.index.collection_of(from.owner, from.id);
        let inner = self.within(from).into_iter().map(|it| it.0);
        let now: Vec<Arc<Collection>> = outer.into_iter().chain(inner).collect();
        let is_there = |it: &Unseen| now.iter().any(|now| Arc::ptr_eq(now, &it.source));
        now.len() == building.made.len() && building.made.iter().all(is_there)
    }

    /// Copies again what changed in the source of a move since it was copied.
    async fn catch_up(
        &self,
        ctx: &Ctx,
        place: usize,
        building: &mut Building<'_>,
    ) -> Result<(), Refusal> {
        let unseen = &mut building.made[place];
        let now = unseen.source.members();
        let before = std::mem::replace(&mut unseen.members, Arc::clone(&now));
        let state = |of: &Members, name: &str| {
            let version = of.find(name).map(|it| it.version);
            (version, of.extra(name).map(Arc::as_ptr))
        };
        let is_same = |it: &&Arc<Entry>| state(&before, &it.name) == state(&now, &it.name);
        // What is to be put may have the UID of what goes.
        for it in before.iter().filter(|it| !is_same(it)) {
            self.take_out(ctx, &it.name, &mut building.made[place]).await?;
        }
        let late: Vec<Arc<Entry>> = now.iter().filter(|it| !is_same(it)).cloned().collect();
        self.put_members(ctx, place, &late, building).await
    }

    /// Takes a member out of a copy that nobody sees.
    async fn take_out(&self, ctx: &Ctx, name: &str, unseen: &mut Unseen) -> Result<(), Refusal> {
        let Some(etag) = unseen.put.remove(name) else { return Ok(()) };
        let collection = &unseen.collection;
        let source = source_of(collection, name);
        unseen.spans.retain(|it| it.source != source);
        let any = Condition::default();
        let change = ctx.change("copy objects", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let plan = plan_of(collection, (name, None), &any, ctx);
            put_unseen(tx, &ObjectPlan { base: Some(etag), ..plan })
        });
        Ok(written.await?)
    }
}

/// What it takes to put a member where there is none, or to take one out; its time is taken later.
fn plan_of<'a>(
    collection: &'a Collection,
    (name, text): (&'a str, Option<&'a Text>),
    condition: &'a Condition,
    ctx: &Ctx,
) -> ObjectPlan<'a> {
    ObjectPlan {
        collection,
        name,
        base: None,
        condition,
        text,
        properties: &[],
        busy: BusyPlan::default(),
        booking: None,
        now: ctx.now,
    }
}
