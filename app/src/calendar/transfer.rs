//! Copying and moving members and whole collections (RFC 4918 §9.8, §9.9).

use std::sync::Arc;

use model::id::CollectionId;
use model::privilege::Privileges;
use storage::record::{CollectionKind, ExtraRecord, MetaRecord};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::collections::is_good_slug;
use crate::calendar::{Condition, NewCollection, note_changed, note_removed};
use crate::commit::change_object;
use crate::context::Ctx;
use crate::index::{Collection, Entry, User};
use crate::planned::Text;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Plans made for one move before the server counts as too busy.
const PLANS_MAX: usize = 100;

/// Whether the source stays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transfer {
    /// It stays.
    Copy,
    /// It goes.
    Move,
}

/// What to do with what is at the target already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overwrite {
    /// Put the new in its place.
    Allowed,
    /// Refuse.
    Refused,
}

/// What a copy of a collection left out, by its place at the target, and why.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The collection.
    pub slug: String,
    /// The member; nothing for the collection itself.
    pub name: Option<String>,
    /// Why.
    pub refusal: Refusal,
}

/// A member of a collection, which need not be there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The collection.
    pub collection: &'a Collection,
    /// The member's name.
    pub name: &'a str,
}

impl App {
    /// Refuses who may not copy or move a member, and what is not there.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] or [`Refusal::NotFound`].
    pub fn may_transfer(
        &self,
        ctx: &Ctx,
        from: Place<'_>,
        transfer: Transfer,
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::Read, from.collection, Some(from.name))?;
        if transfer == Transfer::Move {
            self.require(ctx, Action::Remove, from.collection, Some(from.name))?;
        }
        self.entry(ctx, from.collection, from.name).map(|_| ())
    }

    /// Copies or moves a member; says whether there was none at the target.
    ///
    /// # Errors
    ///
    /// What a put at the target and, for a move, a removal of the source would be refused for;
    /// [`Refusal::PreconditionFailed`] if the target is there and may not be overwritten.
    pub async fn transfer(
        &self,
        ctx: &Ctx,
        (from, to): (Place<'_>, Place<'_>),
        transfer: Transfer,
        overwrite: Overwrite,
        condition: &Condition,
    ) -> Result<bool, Refusal> {
        let (held_from, held_to) = (self.source_of(from.collection), self.source_of(to.collection));
        let source = held_from.as_deref().unwrap_or(from.collection);
        let target = held_to.as_deref().unwrap_or(to.collection);
        self.may_transfer(ctx, from, transfer)?;
        let is_there = target.members().find(to.name).is_some();
        for action in at_target(transfer, is_there) {
            self.require(ctx, *action, to.collection, Some(to.name))?;
        }
        let (entry, bytes) = self.read_stored(source, from.name)?;
        if source.id == target.id && from.name == to.name {
            return Err(Refusal::Forbidden);
        }
        condition.check_quoted(Some(&entry.etag))?;
        if is_there && overwrite == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        let members = source.members();
        let extra = members.extra(from.name);
        let has_list = extra.is_some_and(|it| !it.acl.is_empty());
        if transfer == Transfer::Move && has_list && source.id != target.id {
            // Its list goes with it (RFC 3744 §7.3): whoever moves it sets one in that place.
            self.require(ctx, Action::WriteAcl, to.collection, Some(to.name))?;
        }
        if transfer == Transfer::Copy || source.owner != target.owner {
            self.check_quota(target.owner, bytes.len())?;
        }
        let media_type = extra.and_then(|it| it.media_type.as_deref());
        let text = self.carried(ctx, target, to.name, (&bytes, media_type))?;
        if source.is_calendar() {
            self.follow_attachments(ctx, target, to.name, &bytes).await?;
        }
        let (from, to) = (
            Place { collection: source, name: from.name },
            Place { collection: target, name: to.name },
        );
        self.carry(ctx, (from, to), transfer, overwrite, (&entry.etag, &text)).await
    }

    /// A text as it will stand at the target.
    fn carried(
        &self,
        ctx: &Ctx,
        target: &Collection,
        name: &str,
        (bytes, media_type): (&[u8], Option<&str>),
    ) -> Result<Text, Refusal> {
        if target.kind == CollectionKind::Folder {
            return Ok(Text::of_file(bytes, media_type.unwrap_or("text/calendar; charset=utf-8")));
        }
        if media_type.is_some_and(|it| !it.to_ascii_lowercase().contains("calendar")) {
            return Err(Refusal::WrongMediaType("only calendar objects can be in a calendar"));
        }
        self.text_to_put(ctx, target, name, bytes)
    }

    /// Carries a transfer out in one transaction, again and again while others are quicker.
    async fn carry(
        &self,
        ctx: &Ctx,
        (from, to): (Place<'_>, Place<'_>),
        transfer: Transfer,
        overwrite: Overwrite,
        (etag, text): (&str, &Text),
    ) -> Result<bool, Refusal> {
        let change = ctx.change("transfer object", &format!("{}/{}", to.collection.id, to.name));
        let unchanged = Condition { if_match: Some(vec![etag.to_owned()]), ..Condition::default() };
        let at_target = Condition {
            if_none_match: (overwrite == Overwrite::Refused).then(|| vec!["*".to_owned()]),
            ..Condition::default()
        };
        let beside = |it: Place<'_>| table::extra(it.collection.id, it.name);
        for _ in 0..PLANS_MAX {
            let mut going = self.plan(ctx, from.collection, from.name, None, &unchanged)?;
            let coming = self.plan(ctx, to.collection, to.name, Some(text), &at_target)?;
            let is_same_bookings =
                from.collection.id == to.collection.id && from.collection.is_for_bookings();
            let followed = going.booking.filter(|_| is_same_bookings);
            if followed.is_some() {
                // Its event only gets another name.
                going.booking = None;
            }
            let written = self.store.write(&change, |tx| {
                let kept = tx.read(&beside(from))?.unwrap_or_default();
                let there = tx.read(&beside(to))?;
                if transfer == Transfer::Move {
                    change_object(tx, &going)?;
                }
                let is_new = change_object(tx, &coming)?;
                let extra = ExtraRecord {
                    media_type: text.media_type.clone(),
                    properties: kept.properties,
                    acl: match transfer {
                        Transfer::Move => kept.acl,
                        // A copy has the list that a put would leave there (RFC 3744 §7.4).
                        Transfer::Copy => there.as_ref().map_or(Vec::new(), |it| it.acl.clone()),
                    },
                };
                if there.is_some() || extra != ExtraRecord::default() {
                    tx.put(&beside(to), &extra);
                }
                if let Some(id) = followed.filter(|_| transfer == Transfer::Move) {
                    let key = table::booking(id);
                    if let Some(mut booking) = tx.read(&key)? {
                        to.name.clone_into(&mut booking.object);
                        tx.put(&key, &booking);
                    }
                }
                Ok::<_, WriteError<Refusal>>(is_new)
            });
            match written.await {
                Err(WriteError::Refused(Refusal::Busy)) => {}
                done => return Ok(done?),
            }
        }
        Err(Refusal::Busy)
    }

    /// Refuses who may not copy or move a collection to `slug` in the home of `owner`, and what
    /// would not be whole there; what stands there now may be removed once this is passed.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`] for special collections and for what is within the other, and
    /// what removing the source and making the target would be refused for.
    pub fn may_transfer_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        (owner, slug): (&User, &str),
        transfer: Transfer,
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::Read, from, None)?;
        if transfer == Transfer::Move {
            self.require_removal(ctx, from)?;
        }
        self.require_addition(ctx, owner, slug)?;
        let is_within =
            |one: &str, other: &str| one == other || one.starts_with(&format!("{other}/"));
        let is_near =
            from.home() == owner.id && (is_within(slug, &from.slug) || is_within(&from.slug, slug));
        if is_near || !matches!(from.kind, CollectionKind::Calendar | CollectionKind::Folder) {
            return Err(Refusal::Forbidden);
        }
        if let Some(there) = self.index.collection(owner.id, slug) {
            self.require_removal(ctx, &there)?;
        }
        if transfer == Transfer::Move && from.home() != owner.id {
            // What it says of others cannot go with it, and must not be lost (RFC 3744 §7.3).
            let is_shared = !from.acl.is_empty() || !from.invites.is_empty();
            let is_shown = from.shown_in.is_some();
            if is_shared || is_shown {
                return Err(Refusal::Forbidden);
            }
        }
        Ok(())
    }

    /// Copies a collection, with what is in it if `is_deep`, to `slug` in the home of `owner`.
    ///
    /// What the asker may not see is not copied; what else was left out is told.
    ///
    /// # Errors
    ///
    /// As [`App::may_transfer_collection`]; [`Refusal::Exists`] if there is something.
    pub async fn copy_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        (owner, slug): (&User, &str),
        is_deep: bool,
    ) -> Result<Vec<LeftOut>, Refusal> {
        self.may_transfer_collection(ctx, from, (owner, slug), Transfer::Copy)?;
        let mut all = vec![(None, slug.to_owned())];
        if is_deep {
            for (inner, rest) in self.within(from) {
                if self.may_read(ctx, &inner).is_ok() {
                    all.push((Some(inner), format!("{slug}/{rest}")));
                }
            }
            all.sort_by(|one, other| one.1.cmp(&other.1));
        }
        let mut left = Vec::new();
        for (inner, slug) in all {
            let source = inner.as_deref().unwrap_or(from);
            match self.copy_one(ctx, source, (owner, &slug), is_deep).await {
                Ok(of_members) => left.extend(of_members),
                Err(refusal) if inner.is_none() => return Err(refusal),
                Err(refusal) => left.push(LeftOut { slug, name: None, refusal }),
            }
        }
        Ok(left)
    }

    /// Copies one collection, with its members if `is_deep`.
    async fn copy_one(
        &self,
        ctx: &Ctx,
        from: &Collection,
        (owner, slug): (&User, &str),
        is_deep: bool,
    ) -> Result<Vec<LeftOut>, Refusal> {
        let new = NewCollection {
            slug: slug.to_owned(),
            kind: from.kind,
            components: from.components.clone(),
            properties: from.properties.clone(),
        };
        self.make_collection(ctx, owner, new).await?;
        let made = self.collection(ctx, owner, slug)?;
        let members = from.members();
        let mut left = Vec::new();
        let is_open = self.open_members(ctx, from, Privileges::READ);
        for entry in members.iter().filter(|it| is_deep && is_open(&it.name)) {
            let places = (
                Place { collection: from, name: &entry.name },
                Place { collection: &made, name: &entry.name },
            );
            let any = Condition::default();
            let copied = self.transfer(ctx, places, Transfer::Copy, Overwrite::Allowed, &any);
            if let Err(refusal) = copied.await {
                let name = Some(entry.name.to_string());
                left.push(LeftOut { slug: slug.to_owned(), name, refusal });
            }
        }
        Ok(left)
    }

    /// Moves a collection to another home; it stays where it is if anything of it would be lost.
    ///
    /// # Errors
    ///
    /// As [`App::copy_collection`], and [`Refusal::Lacks`] if there is something in it that the
    /// asker may not see.
    pub async fn move_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        (owner, slug): (&User, &str),
    ) -> Result<Vec<LeftOut>, Refusal> {
        self.may_transfer_collection(ctx, from, (owner, slug), Transfer::Move)?;
        let inner = self.within(from);
        for one in inner.iter().map(|it| &*it.0).chain([from]) {
            self.may_read(ctx, one)?;
            let is_open = self.open_members(ctx, one, Privileges::READ);
            let is_closed = |it: &Arc<Entry>| !is_open(&it.name);
            if let Some(closed) = one.members().iter().find(|it| is_closed(it)) {
                self.require(ctx, Action::Read, one, Some(&closed.name))?;
            }
        }
        let left = self.copy_collection(ctx, from, (owner, slug), true).await?;
        if left.is_empty() {
            self.remove_collection(ctx, from).await?;
        }
        Ok(left)
    }

    /// The collections within another, with their names in it; none that show somebody else's.
    fn within(&self, outer: &Collection) -> Vec<(Arc<Collection>, String)> {
        let within = format!("{}/", outer.slug);
        let all = self.index.collections(outer.home()).into_iter();
        let inner = all.filter_map(|it| {
            let rest = it.slug.strip_prefix(&within)?.to_owned();
            Some((it, rest))
        });
        inner.collect()
    }

    /// Gives a collection, and what is in it, another name in the same home.
    ///
    /// # Errors
    ///
    /// [`Refusal::Exists`] if there is something of that name, and as
    /// [`App::may_transfer_collection`].
    pub async fn rename_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        slug: &str,
    ) -> Result<(), Refusal> {
        let home = self.index.user(from.home()).ok_or(Refusal::NotFound)?;
        self.may_transfer_collection(ctx, from, (&home, slug), Transfer::Move)?;
        self.require_free(&home, slug)?;
        let within = format!("{}/", from.slug);
        let renamed: Vec<_> = self
            .index
            .home(home.id)
            .into_iter()
            .filter_map(|it| match it.slug.strip_prefix(&within) {
                Some(rest) => Some((it.key(), own_id(&it), format!("{slug}/{rest}"))),
                None if it.slug == from.slug => Some((it.key(), own_id(&it), slug.to_owned())),
                None => None,
            })
            .collect();
        if renamed.iter().any(|it| !is_good_slug(&it.2)) {
            return Err(Refusal::BadRequest("the name of the collection is too long".into()));
        }
        let names = CollectionId::from_bytes(*home.id.as_bytes());
        let change = ctx.change("rename collection", &from.id.to_string());
        let written = self.store.write(&change, |tx| {
            for (key, id, slug) in &renamed {
                let mut record = tx.read(key)?.ok_or(Refusal::NotFound)?;
                note_removed(tx, home.id, &record.slug);
                record.slug.clone_from(slug);
                tx.put(key, &record);
                tx.put(&table::uid(names, slug), &MetaRecord(id.as_bytes().to_vec()));
                note_changed(tx, home.id, slug);
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }
}

/// What has to be allowed at the target (RFC 3744 appendix B).
const fn at_target(transfer: Transfer, is_there: bool) -> &'static [Action] {
    match (transfer, is_there) {
        (_, false) => &[Action::Add],
        (Transfer::Copy, true) => &[Action::Change, Action::ChangeProperties],
        (Transfer::Move, true) => &[Action::Add, Action::Remove],
    }
}

/// The identity of a collection's own row.
fn own_id(collection: &Collection) -> CollectionId {
    collection.shown_in.map_or(collection.id, |it| it.1)
}
