//! Sharing a calendar with other users: inviting, answering, withdrawing.

mod invites;

use std::sync::Arc;

use model::id::{CollectionId, UserId};
use storage::record::{CollectionKind, CollectionRecord, Id, InviteRecord, InviteStatus};
use storage::table::{self, RowKey};
use storage::{StoreError, Tx, WriteError};

use crate::App;
use crate::calendar::{NewCollection, note_changed, note_removed, put_record};
use crate::context::{Actor, Ctx};
use crate::index::{Collection, User};
use crate::policy::Action;
use crate::refusal::Refusal;

pub(crate) use invites::privileges_by;

/// Whom to invite, or not any more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ShareChange {
    /// Invites somebody, or changes what they may do.
    Set {
        /// Their address: `mailto:` or a principal's.
        href: String,
        /// The user, if the front end knows whose address that is.
        sharee: Option<UserId>,
        /// The name that the sharer gives them.
        common_name: String,
        /// What the sharer says of the calendar.
        summary: String,
        /// Whether they may write.
        can_write: bool,
    },
    /// Takes the calendar away from them.
    Remove {
        /// Their address.
        href: String,
        /// The user, if the front end knows whose address that is.
        sharee: Option<UserId>,
    },
}

/// What somebody is told about a shared calendar; the front end words it.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// When.
    pub at: i64,
    /// Who is told.
    pub to: &'a User,
    /// Whose calendar it is.
    pub from: &'a User,
    /// The calendar.
    pub collection: &'a Collection,
    /// The invitation, as it is now.
    pub invite: &'a InviteRecord,
    /// Whether it was taken back.
    pub is_withdrawn: bool,
    /// Whether it is the answer of the one who was invited.
    pub is_reply: bool,
}

/// Words a notice: the name of its kind, its media type and its text.
pub type Wording<'a> = &'a (dyn Fn(&Notice<'_>) -> (String, String) + Send + Sync);

impl App {
    /// Invites users to a calendar, and takes invitations back: all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not, [`Refusal::Forbidden`] for what cannot be shared,
    /// [`Refusal::BadRequest`] for texts that are too long, [`Refusal::TooMany`] for a long list.
    pub async fn share(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        changes: &[ShareChange],
        wording: Wording<'_>,
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::WriteAcl, collection, None)?;
        if collection.shown_in.is_some() || !collection.is_calendar() {
            return Err(Refusal::Forbidden);
        }
        invites::check_texts(changes)?;
        let owner = self.owner_of(collection)?;
        let (key, source) = (collection.key(), identity(collection));
        let change = ctx.change("share calendar", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            let before = record.invites.clone();
            let changed = invites::apply(&mut record.invites, changes, owner.id)?;
            self.withdraw_shown(tx, source, &changed.withdrawn)?;
            if record.invites != before {
                tx.put(&key, &record);
                note_changed(tx, owner.id, &record.slug);
            }
            Ok::<_, WriteError<Refusal>>(changed)
        });
        let changed = written.await?;
        self.tell_withdrawn(ctx, collection, &changed.withdrawn, wording).await?;
        self.tell(ctx, collection, (&changed.sent, false), wording).await
    }

    /// Tells those who were invited to a calendar that they are not any more.
    pub(crate) async fn tell_withdrawn(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        withdrawn: &[InviteRecord],
        wording: Wording<'_>,
    ) -> Result<(), Refusal> {
        self.tell(ctx, collection, (withdrawn, true), wording).await
    }

    /// Tells those who are invited, or not any more, of it.
    async fn tell(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        (invites, is_withdrawn): (&[InviteRecord], bool),
        wording: Wording<'_>,
    ) -> Result<(), Refusal> {
        let owner = self.owner_of(collection)?;
        for invite in invites {
            let to = invite.sharee.and_then(|it| self.index.user(UserId::from_bytes(it)));
            let Some(to) = to else { continue };
            let (at, from, is_reply) = (ctx.now, &*owner, false);
            let notice = Notice { at, to: &to, from, collection, invite, is_withdrawn, is_reply };
            self.notify(ctx, &notice, wording).await?;
        }
        Ok(())
    }

    /// Accepts or declines an invitation; the name of the calendar in the sharee's home.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such invitation, or not any more.
    pub async fn answer_invite(
        &self,
        ctx: &Ctx,
        sharee: &User,
        uid: &str,
        accepts: bool,
        wording: Wording<'_>,
    ) -> Result<Option<String>, Refusal> {
        self.require_home(ctx, Action::Add, sharee)?;
        let source = self.invitation(sharee, uid).ok_or(Refusal::NotFound)?;
        let owner = self.owner_of(&source)?;
        let new = self.new_shown(sharee, &source, uid);
        let key = source.key();
        let server = Ctx { actor: Actor::Server, ..*ctx };
        let change = server.change("answer invitation", &source.id.to_string());
        let written = self.store.write(&change, |tx| {
            // What was taken back a moment ago cannot be accepted any more.
            let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            let mut known = record.invites.iter_mut();
            let invite = known.find(|it| is_of(it, sharee, uid)).ok_or(Refusal::NotFound)?;
            let status = if accepts { InviteStatus::Accepted } else { InviteStatus::Declined };
            let is_news = std::mem::replace(&mut invite.status, status) != status;
            let invite = invite.clone();
            let shown = self.shown_row(tx, identity(&source), &invite)?;
            let slug = match (accepts, shown) {
                (true, Some((_, shown))) => Some(shown.slug),
                (true, None) => {
                    let (id, shown) = new.as_ref().map_err(Clone::clone)?;
                    put_record(tx, sharee.id, *id, shown)?;
                    Some(shown.slug.clone())
                }
                (false, Some((key, shown))) => {
                    tx.remove(&key);
                    note_removed(tx, sharee.id, &shown.slug);
                    None
                }
                (false, None) => None,
            };
            if is_news {
                tx.put(&key, &record);
                note_changed(tx, source.owner, &record.slug);
            }
            Ok::<_, WriteError<Refusal>>((invite, slug))
        });
        let (invite, slug) = written.await?;
        let notice = Notice {
            at: ctx.now,
            to: &owner,
            from: sharee,
            collection: &source,
            invite: &invite,
            is_withdrawn: false,
            is_reply: true,
        };
        self.notify(&server, &notice, wording).await?;
        Ok(slug)
    }

    /// The calendar that somebody was invited to by the invitation of that identifier.
    fn invitation(&self, sharee: &User, uid: &str) -> Option<Arc<Collection>> {
        for owner in self.index.users() {
            for collection in self.index.collections(owner.id) {
                if collection.invites.iter().any(|it| is_of(it, sharee, uid)) {
                    return Some(collection);
                }
            }
        }
        None
    }

    /// The collection in a sharee's home that shows the one of that identity.
    fn shown(&self, sharee: UserId, source: CollectionId) -> Option<Arc<Collection>> {
        let mut home = self.index.home(sharee).into_iter();
        home.find(|it| it.shown_in.is_some() && it.id == source)
    }

    /// The rows of a collection that will show `source` in a sharee's home.
    fn new_shown(
        &self,
        sharee: &User,
        source: &Collection,
        uid: &str,
    ) -> Result<(CollectionId, CollectionRecord), Refusal> {
        let mut properties = source.properties.clone();
        properties.retain(|it| it.name != "schedule-calendar-transp");
        let new = NewCollection {
            slug: shown_slug(uid),
            kind: source.kind,
            components: source.components.clone(),
            properties,
        };
        self.planned_collection(sharee, new, Some(identity(source)))
    }

    /// The row of the collection that shows `source` to whom that invitation is, if there is one.
    fn shown_row(
        &self,
        tx: &mut Tx<'_>,
        source: (Id, Id),
        invite: &InviteRecord,
    ) -> Result<Option<ShownRow>, StoreError> {
        let Some(sharee) = invite.sharee.map(UserId::from_bytes) else { return Ok(None) };
        // By the name that it was made under, or by the one that the sharee gave it since.
        let name =
            table::uid(CollectionId::from_bytes(*sharee.as_bytes()), &shown_slug(&invite.uid));
        let made =
            tx.read(&name)?.and_then(|it| it.0.try_into().ok()).map(CollectionId::from_bytes);
        let made = made.map(|it| table::collection(sharee, it));
        let renamed = self.shown(sharee, CollectionId::from_bytes(source.1)).map(|it| it.key());
        for key in made.into_iter().chain(renamed) {
            if let Some(record) = tx.read(&key)?.filter(|it| it.source == Some(source)) {
                return Ok(Some((key, record)));
            }
        }
        Ok(None)
    }

    /// Takes a calendar out of the homes of those who were invited to it.
    pub(crate) fn withdraw_shown(
        &self,
        tx: &mut Tx<'_>,
        source: (Id, Id),
        invites: &[InviteRecord],
    ) -> Result<(), StoreError> {
        for invite in invites {
            if let (Some(home), Some((key, shown))) =
                (invite.sharee, self.shown_row(tx, source, invite)?)
            {
                tx.remove(&key);
                note_removed(tx, UserId::from_bytes(home), &shown.slug);
            }
        }
        Ok(())
    }

    /// Puts a notice into the collection that its receiver's clients look into.
    async fn notify(
        &self,
        ctx: &Ctx,
        notice: &Notice<'_>,
        wording: Wording<'_>,
    ) -> Result<(), Refusal> {
        let mut home = self.index.collections(notice.to.id).into_iter();
        let Some(notices) = home.find(|it| it.kind == CollectionKind::Notifications) else {
            return Ok(());
        };
        let (media_type, text) = wording(notice);
        let reply = if notice.is_reply { REPLY } else { "" };
        let name = format!("{reply}{}.xml", notice.invite.uid);
        let file = (text.as_bytes(), media_type.as_str());
        let server = Ctx { actor: Actor::Server, ..*ctx };
        let any = crate::Condition::default();
        match self.put_file(&server, &notices, &name, file, &any).await {
            // It was done already: that there is no room to tell of it undoes nothing.
            Ok(_) | Err(Refusal::QuotaExceeded) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// The collection that an identifier in an invitation stands for; for front ends.
    pub fn collection_by_id(&self, owner: UserId, id: CollectionId) -> Option<Arc<Collection>> {
        self.index.collection_of(owner, id)
    }
}

/// The key and the content of a row that shows somebody else's calendar.
type ShownRow = (RowKey<CollectionRecord>, CollectionRecord);

/// Notes that a sharee removed what shows another's calendar: that is a no to the invitation.
pub(crate) fn decline(tx: &mut Tx<'_>, shown: &Collection) -> Result<(), StoreError> {
    let source = table::collection(shown.owner, shown.id);
    let Some(mut record) = tx.read(&source)? else { return Ok(()) };
    let sharee = Some(*shown.home().as_bytes());
    for invite in record.invites.iter_mut().filter(|it| it.sharee == sharee) {
        invite.status = InviteStatus::Declined;
    }
    tx.put(&source, &record);
    note_changed(tx, shown.owner, &record.slug);
    Ok(())
}

/// What names a calendar in the rows that show it.
pub(crate) fn identity(collection: &Collection) -> (Id, Id) {
    (*collection.owner.as_bytes(), *collection.id.as_bytes())
}

/// The name under which a calendar comes into the home of whoever accepts an invitation.
fn shown_slug(uid: &str) -> String {
    format!("shared-{uid}")
}

/// Whether it is the invitation of that identifier, and to that user.
fn is_of(invite: &InviteRecord, sharee: &User, uid: &str) -> bool {
    invite.uid == uid && invite.sharee == Some(*sharee.id.as_bytes())
}

/// What the name of a notice about an answer begins with.
const REPLY: &str = "reply-";

/// Whether a notice of that name tells the answer to an invitation.
pub fn is_reply(name: &str) -> bool {
    name.starts_with(REPLY)
}
