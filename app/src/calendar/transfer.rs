//! Copying and moving members and whole collections (RFC 4918 §9.8, §9.9).

use model::id::CollectionId;
use storage::record::{CollectionKind, MetaRecord};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::{Condition, NewCollection};
use crate::calendar::{note_changed, note_removed};
use crate::commit::change_object;
use crate::context::Ctx;
use crate::index::{Collection, User};
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

/// A member of a collection, which need not be there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The collection.
    pub collection: &'a Collection,
    /// The member's name.
    pub name: &'a str,
}

impl App {
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
        self.require(ctx, Action::Read, source, Some(from.name))?;
        if transfer == Transfer::Move {
            self.require(ctx, Action::Remove, source, Some(from.name))?;
        }
        let is_there = target.members().find(to.name).is_some();
        let action = if is_there { Action::Change } else { Action::Add };
        self.require(ctx, action, target, Some(to.name))?;
        let (entry, bytes) = self.read_stored(source, from.name)?;
        if source.id == target.id && from.name == to.name {
            return Err(Refusal::Forbidden);
        }
        condition.check_quoted(Some(&entry.etag))?;
        if is_there && overwrite == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        let text = match target.kind {
            CollectionKind::Folder => {
                let members = source.members();
                let kept = members.extra(from.name).and_then(|it| it.media_type.clone());
                let kind = kept.unwrap_or_else(|| "text/calendar; charset=utf-8".to_owned());
                Text::of_file(&bytes, &kind)
            }
            _ => {
                let members = source.members();
                let kept = members.extra(from.name).and_then(|it| it.media_type.as_deref());
                if kept.is_some_and(|it| !it.to_ascii_lowercase().contains("calendar")) {
                    return Err(Refusal::WrongMediaType);
                }
                self.text_to_put(ctx, target, to.name, &bytes)?
            }
        };
        let (from, to) = (
            Place { collection: source, name: from.name },
            Place { collection: target, name: to.name },
        );
        self.carry(ctx, (from, to), transfer, overwrite, (&entry.etag, &text)).await
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
                let kept = tx.read(&beside(from))?;
                if transfer == Transfer::Move {
                    change_object(tx, &going)?;
                }
                let is_new = change_object(tx, &coming)?;
                if let Some(kept) = kept {
                    tx.put(&beside(to), &kept);
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

    /// Copies a collection, with what is in it if `is_deep`, to `slug` in the home of `owner`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`] for special collections, and what making a collection and
    /// putting its members would be refused for.
    pub async fn copy_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        (owner, slug): (&User, &str),
        is_deep: bool,
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::Read, from, None)?;
        let is_within = from.owner == owner.id
            && (slug == from.slug || slug.starts_with(&format!("{}/", from.slug)));
        if is_within || !matches!(from.kind, CollectionKind::Calendar | CollectionKind::Folder) {
            return Err(Refusal::Forbidden);
        }
        let mut all = vec![(None, slug.to_owned())];
        if is_deep {
            let within = format!("{}/", from.slug);
            for inner in self.index.collections(from.owner) {
                if let Some(rest) = inner.slug.strip_prefix(&within) {
                    all.push((Some(inner.clone()), format!("{slug}/{rest}")));
                }
            }
            all.sort_by(|one, other| one.1.cmp(&other.1));
        }
        for (inner, slug) in all {
            let from = inner.as_deref().unwrap_or(from);
            let new = NewCollection {
                slug: slug.clone(),
                kind: from.kind,
                components: from.components.clone(),
                properties: from.properties.clone(),
            };
            self.make_collection(ctx, owner, new).await?;
            let made = self.collection(ctx, owner, &slug)?;
            let members = from.members();
            for entry in members.iter().filter(|_| is_deep) {
                let places = (
                    Place { collection: from, name: &entry.name },
                    Place { collection: &made, name: &entry.name },
                );
                let any = Condition::default();
                self.transfer(ctx, places, Transfer::Copy, Overwrite::Allowed, &any).await?;
            }
        }
        Ok(())
    }

    /// Gives a collection, and what is in it, another name in the same home.
    ///
    /// # Errors
    ///
    /// [`Refusal::Exists`] if there is something of that name, [`Refusal::Forbidden`] for
    /// special collections.
    pub async fn rename_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        slug: &str,
    ) -> Result<(), Refusal> {
        let home = self.index.user(from.home()).ok_or(Refusal::NotFound)?;
        self.require_home(ctx, Action::Remove, &home)?;
        self.require_home(ctx, Action::Add, &home)?;
        let is_within = slug == from.slug || slug.starts_with(&format!("{}/", from.slug));
        if is_within || !matches!(from.kind, CollectionKind::Calendar | CollectionKind::Folder) {
            return Err(Refusal::Forbidden);
        }
        if let Some((parent, _)) = slug.rsplit_once('/') {
            let parent = self.index.collection(home.id, parent).ok_or(Refusal::NoParent)?;
            if parent.kind != CollectionKind::Folder {
                return Err(Refusal::WrongPlace);
            }
        }
        if self.index.collection(home.id, slug).is_some() {
            return Err(Refusal::Exists);
        }
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

/// The identity of a collection's own row.
fn own_id(collection: &Collection) -> CollectionId {
    collection.shown_in.map_or(collection.id, |it| it.1)
}
