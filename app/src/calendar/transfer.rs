//! Copying and moving members of collections (RFC 4918 §9.8, §9.9).

use model::id::AttachmentId;
use storage::record::{CollectionKind, ExtraRecord};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::Condition;
use crate::calendar::remove::Going;
use crate::commit::change_object;
use crate::context::Ctx;
use crate::index::{Collection, User};
use crate::planned::Text;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Plans made for one transfer before the server counts as too busy.
pub(super) const PLANS_MAX: usize = 100;

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
    /// Put the new in its place, once it is sure that it can be there.
    Allowed,
    /// Refuse.
    Refused,
}

/// How something is to be copied or moved.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Whether the source stays.
    pub transfer: Transfer,
    /// What to do with what is at the target already.
    pub overwrite: Overwrite,
    /// Whether what is in a collection comes along.
    pub is_deep: bool,
}

/// Where something is to go, be there anything or not.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// Whose home it is in.
    pub owner: &'a User,
    /// Its name, with those of the folders that it is in before it.
    pub slug: &'a str,
}

impl<'a> Destination<'a> {
    /// The name of the folder that it is in, which is empty for the home itself, and its own.
    pub(super) fn split(&self) -> (&'a str, &'a str) {
        self.slug.rsplit_once('/').unwrap_or(("", self.slug))
    }
}

/// What a copy or a move of a collection did.
#[derive(Clone, Debug)]
pub struct Transferred {
    /// Whether there was nothing at the target.
    pub is_new: bool,
    /// What was refused. Only a copy to where there was nothing goes on without it: else
    /// nothing was done at all.
    pub left: Vec<LeftOut>,
}

/// What could not be copied, by its place at the target, and why.
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

/// A text as it will stand at the target, and the copies that were made of files for it.
pub(super) struct Brought {
    pub(super) text: Text,
    pub(super) files: Vec<AttachmentId>,
}

/// A member on its way.
struct Passage<'a> {
    from: Place<'a>,
    to: Place<'a>,
    manner: Manner,
    /// What makes way for it.
    going: &'a Going,
}

impl App {
    /// Copies or moves a member, to a place of its own or in place of a member or a folder; says
    /// whether there was nothing.
    ///
    /// What is at the target goes in the transaction in which the member comes.
    ///
    /// # Errors
    ///
    /// What a put at the target and, for a move, a removal of the source would be refused for;
    /// [`Refusal::PreconditionFailed`] if the target is there and may not be overwritten,
    /// [`Refusal::Forbidden`] if it is a calendar or the source is within it.
    pub async fn transfer_member(
        &self,
        ctx: &Ctx,
        from: Place<'_>,
        to: Destination<'_>,
        manner: Manner,
        condition: &Condition,
    ) -> Result<bool, Refusal> {
        self.may_transfer(ctx, from, manner.transfer)?;
        let there = self.index.collection(to.owner.id, to.slug);
        let going = match &there {
            Some(there) if self.has_collection(ctx, to.owner, to.slug) => {
                let entry = self.entry(ctx, from.collection, from.name)?;
                condition.check_quoted(Some(&entry.etag))?;
                self.may_replace_folder(ctx, there, from.collection, manner.overwrite)?;
                self.going(there)
            }
            _ => Going::default(),
        };
        let (parent, name) = to.split();
        let into = match parent {
            "" => self.home_folder(ctx, to.owner).await,
            parent => self.collection_around(ctx, to.owner, parent, Some(name)),
        };
        let into =
            into.map_err(|it| if it == Refusal::NotFound { Refusal::NoParent } else { it })?;
        if there.is_some() && going.collections.is_empty() {
            // It has a name of which the asker may not know.
            self.may_add(ctx, &into)?;
            return Err(Refusal::Exists);
        }
        let to = Place { collection: &into, name };
        let passage = Passage { from, to, manner, going: &going };
        let is_new = self.transfer(ctx, &passage, condition).await?;
        self.clear_gone(ctx, &going).await?;
        Ok(is_new && going.collections.is_empty())
    }

    /// Refuses who may not put a member of `from` in place of a folder (RFC 4918 §9.8.4); no
    /// calendar goes that way.
    fn may_replace_folder(
        &self,
        ctx: &Ctx,
        there: &Collection,
        from: &Collection,
        overwrite: Overwrite,
    ) -> Result<(), Refusal> {
        if from.home() == there.home() && is_within(&from.slug, &there.slug) {
            return Err(Refusal::Forbidden);
        }
        if overwrite == Overwrite::Refused {
            return Err(Refusal::PreconditionFailed);
        }
        if there.kind != CollectionKind::Folder {
            return Err(Refusal::Forbidden);
        }
        self.require_removal(ctx, there)
    }

    /// Refuses who may not copy or move a member, and what is not there.
    fn may_transfer(&self, ctx: &Ctx, from: Place<'_>, transfer: Transfer) -> Result<(), Refusal> {
        self.require(ctx, Action::Read, from.collection, Some(from.name))?;
        if transfer == Transfer::Move {
            self.require(ctx, Action::Remove, from.collection, Some(from.name))?;
        }
        self.entry(ctx, from.collection, from.name).map(|_| ())
    }

    /// Copies or moves a member; says whether there was none at the target.
    async fn transfer(
        &self,
        ctx: &Ctx,
        passage: &Passage<'_>,
        condition: &Condition,
    ) -> Result<bool, Refusal> {
        let Passage { from, to, manner, going } = *passage;
        let Manner { transfer, overwrite, .. } = manner;
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
            self.check_exchange(target.owner, bytes.len() as u64, going.bytes())?;
        }
        let media_type = extra.and_then(|it| it.media_type.as_deref());
        let brought = self.brought(ctx, source, (target, to.name), (&bytes, media_type)).await;
        let Brought { text, files } = brought?;
        let (from, to) = (
            Place { collection: source, name: from.name },
            Place { collection: target, name: to.name },
        );
        let passage = Passage { from, to, manner, going };
        let carried = self.carry(ctx, &passage, (&entry.etag, &text)).await;
        if carried.is_err() {
            self.drop_files(ctx, &files).await?;
        }
        carried
    }

    /// A text as it will stand at the target, with the attachments that it names.
    pub(super) async fn brought(
        &self,
        ctx: &Ctx,
        source: &Collection,
        (target, name): (&Collection, &str),
        (bytes, media_type): (&[u8], Option<&str>),
    ) -> Result<Brought, Refusal> {
        let mut text = self.carried(ctx, target, name, (bytes, media_type))?;
        let mut files = Vec::new();
        if source.is_calendar() {
            if source.owner != target.owner
                && let Some((bytes, copies)) =
                    self.copy_attachments(ctx, (target, name), bytes).await?
            {
                text = self.carried(ctx, target, name, (&bytes, media_type))?;
                files = copies;
            }
            self.follow_attachments(ctx, target, name, &text.bytes).await?;
        }
        Ok(Brought { text, files })
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
        passage: &Passage<'_>,
        (etag, text): (&str, &Text),
    ) -> Result<bool, Refusal> {
        let Passage { from, to, manner, going: way } = *passage;
        let Manner { transfer, overwrite, .. } = manner;
        let change = ctx.change("transfer object", &format!("{}/{}", to.collection.id, to.name));
        let unchanged = Condition { if_match: Some(vec![etag.to_owned()]), ..Condition::default() };
        let unless_there = Condition {
            if_none_match: (overwrite == Overwrite::Refused).then(|| vec!["*".to_owned()]),
            ..Condition::default()
        };
        let beside = |it: Place<'_>| table::extra(it.collection.id, it.name);
        for _ in 0..PLANS_MAX {
            let mut going = self.plan(ctx, from.collection, from.name, None, &unchanged)?;
            let coming = self.plan(ctx, to.collection, to.name, Some(text), &unless_there)?;
            for action in at_target(transfer, coming.base.is_some()) {
                self.require(ctx, *action, to.collection, Some(to.name))?;
            }
            let is_same_bookings =
                from.collection.id == to.collection.id && from.collection.is_for_bookings();
            let followed = going.booking.filter(|_| is_same_bookings);
            if followed.is_some() {
                // Its event only gets another name.
                going.booking = None;
            }
            let written = self.store.write(&change, |tx| {
                way.remove(self, tx, ctx.now)?;
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
}

/// What has to be allowed at the target (RFC 3744 appendix B).
const fn at_target(transfer: Transfer, is_there: bool) -> &'static [Action] {
    match (transfer, is_there) {
        (_, false) => &[Action::Add],
        (Transfer::Copy, true) => &[Action::Change, Action::ChangeProperties],
        (Transfer::Move, true) => &[Action::Add, Action::Remove],
    }
}

/// Whether the first of two names in a home is that of the second, or of something in it.
pub(super) fn is_within(one: &str, other: &str) -> bool {
    one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
