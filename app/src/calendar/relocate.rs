//! Copying and moving whole collections (RFC 4918 §9.8.3, §9.9.2), so that nothing is lost.

use std::sync::Arc;

use model::id::CollectionId;
use model::privilege::Privileges;
use storage::record::CollectionKind;
use storage::{Change, Tx, WriteError};

use crate::App;
use crate::calendar::collections::{check_slug, put_record};
use crate::calendar::remove::Going;
use crate::calendar::transfer::{
    Destination, Manner, Overwrite, PLANS_MAX, Transfer, Transferred, is_within,
};
use crate::calendar::{Condition, note_removed};
use crate::commit::change_object;
use crate::context::Ctx;
use crate::index::{Collection, Entry};
use crate::policy::Action;
use crate::refusal::Refusal;

/// What goes from a place in the very transaction in which something else comes there.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// The collection, with all that is in it.
    pub(super) going: Going,
    /// The member of that name.
    member: Option<(Arc<Collection>, String)>,
}

impl Way {
    /// Whether there was nothing.
    pub(super) fn is_free(&self) -> bool {
        self.going.collections.is_empty() && self.member.is_none()
    }
}

impl App {
    /// Copies or moves a collection, to a place of its own or in place of what is there.
    ///
    /// A copy to where there was nothing goes on without what is refused; what the asker may
    /// not see is not copied. A move, and whatever goes in place of something, is done as a
    /// whole or not at all.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`] for special collections and for what is within the other,
    /// [`Refusal::TooDeep`] for what would be within too many folders, and what removing the
    /// source and making the target would be refused for.
    pub async fn transfer_collection(
        &self,
        ctx: &Ctx,
        from: &Arc<Collection>,
        to: Destination<'_>,
        manner: Manner,
    ) -> Result<Transferred, Refusal> {
        self.may_transfer_collection(ctx, from, to, manner.transfer)?;
        let way = self.way_to(ctx, to, manner.overwrite)?;
        let left = match manner.transfer {
            Transfer::Move if from.home() == to.owner.id => {
                self.rename_collection(ctx, from, to, &way).await?;
                Vec::new()
            }
            Transfer::Move => {
                self.may_leave(ctx, from)?;
                self.duplicate(ctx, from, to, (manner, &way)).await?
            }
            Transfer::Copy => self.duplicate(ctx, from, to, (manner, &way)).await?,
        };
        Ok(Transferred { is_new: way.is_free(), left })
    }

    /// Refuses who may not copy or move a collection, and what cannot be at the target.
    fn may_transfer_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        to: Destination<'_>,
        transfer: Transfer,
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::Read, from, None)?;
        if transfer == Transfer::Move {
            self.require_removal(ctx, from)?;
        }
        self.require_addition(ctx, to.owner, to.slug)?;
        let is_near = from.home() == to.owner.id
            && (is_within(to.slug, &from.slug) || is_within(&from.slug, to.slug));
        if is_near || !matches!(from.kind, CollectionKind::Calendar | CollectionKind::Folder) {
            return Err(Refusal::Forbidden);
        }
        if let Some(there) = self.index.collection(to.owner.id, to.slug) {
            self.require_removal(ctx, &there)?;
        }
        check_slug(to.slug)
    }

    /// What has to go from the target, if that may go.
    fn way_to(&self, ctx: &Ctx, to: Destination<'_>, overwrite: Overwrite) -> Result<Way, Refusal> {
        let (parent, name) = to.split();
        let parent = self.index.collection(to.owner.id, parent);
        let parent = parent.filter(|it| it.members().find(name).is_some());
        let there = self.index.collection(to.owner.id, to.slug);
        if there.is_some() && !self.has_collection(ctx, to.owner, to.slug) {
            return Err(Refusal::Exists);
        }
        if overwrite == Overwrite::Refused && (there.is_some() || parent.is_some()) {
            return Err(Refusal::PreconditionFailed);
        }
        if let Some(parent) = &parent {
            self.require(ctx, Action::Remove, parent, Some(name))?;
        }
        let going = there.map(|it| self.going(&it)).unwrap_or_default();
        Ok(Way { going, member: parent.map(|it| (it, name.to_owned())) })
    }

    /// Writes what comes to a place, while what is there goes; all or nothing.
    pub(super) async fn write_in_place(
        &self,
        ctx: &Ctx,
        change: &Change,
        way: &Way,
        mut come: impl FnMut(&mut Tx<'_>) -> Result<(), WriteError<Refusal>>,
    ) -> Result<(), Refusal> {
        let any = Condition::default();
        for _ in 0..PLANS_MAX {
            let member = way.member.as_ref();
            let member = member.map(|(parent, name)| self.plan(ctx, parent, name, None, &any));
            let member = member.transpose()?;
            let written = self.store.write(change, |tx| {
                way.going.remove(self, tx, ctx.now)?;
                if let Some(member) = &member {
                    change_object(tx, member)?;
                }
                come(tx)
            });
            match written.await {
                // The member that has to go is another one by now.
                Err(WriteError::Refused(Refusal::Busy)) if way.member.is_some() => {}
                done => return Ok(done?),
            }
        }
        Err(Refusal::Busy)
    }

    /// Refuses to take a collection to another home if anything of it would be lost there.
    pub(super) fn may_leave(&self, ctx: &Ctx, from: &Collection) -> Result<(), Refusal> {
        let all = self.index.home(from.home()).into_iter();
        for one in all.filter(|it| is_within(&it.slug, &from.slug)) {
            self.may_read(ctx, &one)?;
            let is_open = self.open_members(ctx, &one, Privileges::READ);
            let is_closed = |it: &Arc<Entry>| !is_open(&it.name);
            if let Some(closed) = one.members().iter().find(|it| is_closed(it)) {
                self.require(ctx, Action::Read, &one, Some(&closed.name))?;
            }
            // What it says of others cannot go with it, and must not be lost (RFC 3744 §7.3).
            let is_shared = !one.acl.is_empty() || !one.invites.is_empty();
            if is_shared || one.shown_in.is_some() || one.members().has_acls() {
                return Err(Refusal::Forbidden);
            }
        }
        Ok(())
    }

    /// Gives a collection, and what is in it, another name in the same home.
    async fn rename_collection(
        &self,
        ctx: &Ctx,
        from: &Collection,
        to: Destination<'_>,
        way: &Way,
    ) -> Result<(), Refusal> {
        let home = to.owner.id;
        let change = ctx.change("rename collection", &from.id.to_string());
        let come = |tx: &mut Tx<'_>| {
            let seen = self.index.seq();
            let mut renamed = self.index.home(home);
            renamed.retain(|it| is_within(&it.slug, &from.slug));
            // The outer before the inner: each has to have a folder to be in.
            renamed.sort_by(|one, other| one.slug.cmp(&other.slug));
            if !renamed.iter().any(|it| it.key() == from.key()) {
                return Err(Refusal::NotFound.into());
            }
            if from.kind == CollectionKind::Folder {
                // Nothing may come into it, or leave it, that is not seen here.
                tx.expect_last(seen);
            }
            for it in renamed {
                let slug = format!("{}{}", to.slug, &it.slug[from.slug.len()..]);
                check_slug(&slug)?;
                let record = tx.read(&it.key())?.filter(|known| known.slug == it.slug);
                let mut record = record.ok_or(Refusal::NotFound)?;
                note_removed(tx, home, &record.slug);
                record.slug = slug;
                put_record(tx, home, own_id(&it), &record)?;
            }
            Ok(())
        };
        self.write_in_place(ctx, &change, way, come).await?;
        self.clear_gone(ctx, &way.going).await
    }
}

/// The identity of a collection's own row.
fn own_id(collection: &Collection) -> CollectionId {
    collection.shown_in.map_or(collection.id, |it| it.1)
}
