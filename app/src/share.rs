//! Sharing a calendar with other users: inviting, answering, withdrawing.

use std::sync::Arc;

use model::id::{CollectionId, UserId};
use model::limit::INVITES_MAX;
use storage::record::{CollectionKind, Id, InviteRecord, InviteStatus};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::{NewCollection, note_changed};
use crate::context::{Actor, Ctx};
use crate::index::{Collection, User};
use crate::policy::Action;
use crate::refusal::Refusal;

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
    /// Invites users to a calendar, and takes invitations back.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not, [`Refusal::Forbidden`] for what cannot be shared.
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
        let owner = self.owner_of(collection)?;
        let mut invites = collection.invites.clone();
        for change in changes {
            match change {
                ShareChange::Set { .. } => set_invite(&mut invites, change, owner.id),
                ShareChange::Remove { href, sharee } => {
                    let gone: Vec<InviteRecord> =
                        invites.extract_if(.., |it| is_to(it, href, *sharee)).collect();
                    for invite in gone {
                        self.withdraw(ctx, collection, &owner, &invite, wording).await?;
                    }
                }
            }
        }
        if invites.len() > INVITES_MAX {
            return Err(Refusal::TooMany("users with whom one calendar is shared"));
        }
        self.write_invites(ctx, collection, &invites).await?;
        for invite in invites.iter().filter(|it| !collection.invites.contains(it)) {
            let Some(to) = invite.sharee.and_then(|it| self.index.user(UserId::from_bytes(it)))
            else {
                continue;
            };
            let notice = Notice {
                at: ctx.now,
                to: &to,
                from: &owner,
                collection,
                invite,
                is_withdrawn: false,
                is_reply: false,
            };
            self.notify(ctx, &notice, wording).await?;
        }
        Ok(())
    }

    /// Accepts or declines an invitation; the name of the calendar in the sharee's home.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such invitation.
    pub async fn answer_invite(
        &self,
        ctx: &Ctx,
        sharee: &User,
        uid: &str,
        accepts: bool,
        wording: Wording<'_>,
    ) -> Result<Option<String>, Refusal> {
        self.require_home(ctx, Action::Add, sharee)?;
        let (source, place) = self.invitation(sharee, uid).ok_or(Refusal::NotFound)?;
        let mut invites = source.invites.clone();
        let invite = &mut invites[place];
        invite.status = if accepts { InviteStatus::Accepted } else { InviteStatus::Declined };
        let invite = invite.clone();
        let server = Ctx { actor: Actor::Server, ..*ctx };
        self.write_invites(&server, &source, &invites).await?;
        let shown = self.shown(sharee, &source);
        let slug = match (accepts, shown) {
            (true, Some(shown)) => Some(shown.slug.clone()),
            (true, None) => Some(self.show(&server, sharee, &source, &invite).await?),
            (false, Some(shown)) => {
                self.drop_shown(&server, &shown).await?;
                None
            }
            (false, None) => None,
        };
        let owner = self.owner_of(&source)?;
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

    /// The invitation of that identifier, and its place among those of its calendar.
    fn invitation(&self, sharee: &User, uid: &str) -> Option<(Arc<Collection>, usize)> {
        let is_it = |it: &InviteRecord| it.uid == uid && it.sharee == Some(*sharee.id.as_bytes());
        for owner in self.index.users() {
            for collection in self.index.collections(owner.id) {
                if let Some(place) = collection.invites.iter().position(is_it) {
                    return Some((collection, place));
                }
            }
        }
        None
    }

    /// The collection in the sharee's home that shows `source`.
    fn shown(&self, sharee: &User, source: &Collection) -> Option<Arc<Collection>> {
        let mut home = self.index.home(sharee.id).into_iter();
        home.find(|it| it.shown_in.is_some() && it.id == source.id)
    }

    /// Makes the collection that shows `source` in a sharee's home.
    async fn show(
        &self,
        ctx: &Ctx,
        sharee: &User,
        source: &Collection,
        invite: &InviteRecord,
    ) -> Result<String, Refusal> {
        let slug = format!("shared-{}", invite.uid);
        let mut properties = source.properties.clone();
        properties.retain(|it| it.name != "schedule-calendar-transp");
        let new = NewCollection {
            slug: slug.clone(),
            kind: source.kind,
            components: source.components.clone(),
            properties,
        };
        let of: (Id, Id) = (*source.owner.as_bytes(), *source.id.as_bytes());
        self.add_collection(ctx, sharee, new, Some(of)).await?;
        Ok(slug)
    }

    /// A sharee removed what shows another's calendar: that is a no to the invitation.
    pub(crate) async fn decline_shared(
        &self,
        ctx: &Ctx,
        shown: &Collection,
    ) -> Result<(), Refusal> {
        let Some(source) = self.source_of(shown) else { return Ok(()) };
        let mut invites = source.invites.clone();
        let sharee = Some(*shown.home().as_bytes());
        for invite in invites.iter_mut().filter(|it| it.sharee == sharee) {
            invite.status = InviteStatus::Declined;
        }
        self.write_invites(ctx, &source, &invites).await
    }

    /// Takes a calendar that goes out of all homes that show it.
    pub(crate) async fn withdraw_shares(
        &self,
        ctx: &Ctx,
        collection: &Collection,
    ) -> Result<(), Refusal> {
        for invite in &collection.invites {
            let user = invite.sharee.and_then(|it| self.index.user(UserId::from_bytes(it)));
            if let Some(shown) = user.and_then(|it| self.shown(&it, collection)) {
                self.drop_shown(ctx, &shown).await?;
            }
        }
        Ok(())
    }

    async fn withdraw(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        owner: &User,
        invite: &InviteRecord,
        wording: Wording<'_>,
    ) -> Result<(), Refusal> {
        let user = invite.sharee.and_then(|it| self.index.user(UserId::from_bytes(it)));
        let Some(user) = user else { return Ok(()) };
        if let Some(shown) = self.shown(&user, collection) {
            self.drop_shown(ctx, &shown).await?;
        }
        let notice = Notice {
            at: ctx.now,
            to: &user,
            from: owner,
            collection,
            invite,
            is_withdrawn: true,
            is_reply: false,
        };
        self.notify(ctx, &notice, wording).await
    }

    async fn drop_shown(&self, ctx: &Ctx, shown: &Collection) -> Result<(), Refusal> {
        match self.remove_record(ctx, shown).await {
            Err(Refusal::NotFound) => Ok(()),
            done => done,
        }
    }

    async fn write_invites(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        invites: &[InviteRecord],
    ) -> Result<(), Refusal> {
        let key = table::collection(collection.owner, collection.id);
        let change = ctx.change("share calendar", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            record.invites = invites.to_vec();
            tx.put(&key, &record);
            note_changed(tx, collection.owner, &collection.slug);
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
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
        self.put_file(&server, &notices, &name, file, &crate::Condition::default()).await?;
        Ok(())
    }

    /// The collection that an identifier in an invitation stands for; for front ends.
    pub fn collection_by_id(&self, owner: UserId, id: CollectionId) -> Option<Arc<Collection>> {
        self.index.collection_of(owner, id)
    }
}

/// Whether an invitation is to whoever has that address, by whichever address it was sent.
fn is_to(invite: &InviteRecord, href: &str, sharee: Option<UserId>) -> bool {
    let is_same = |it: UserId| invite.sharee == Some(*it.as_bytes());
    invite.href == href || sharee.is_some_and(is_same)
}

/// What the name of a notice about an answer begins with.
const REPLY: &str = "reply-";

/// Whether a notice of that name tells the answer to an invitation.
pub fn is_reply(name: &str) -> bool {
    name.starts_with(REPLY)
}

/// Invites somebody, or changes what they were invited to.
fn set_invite(invites: &mut Vec<InviteRecord>, change: &ShareChange, owner: UserId) {
    let ShareChange::Set { href, sharee, common_name, summary, can_write } = change else {
        return;
    };
    // Nobody is invited to what is their own.
    let sharee = sharee.filter(|it| *it != owner);
    let known = invites.iter_mut().find(|it| is_to(it, href, sharee));
    let status = match (&known, sharee) {
        (_, None) => InviteStatus::Invalid,
        (Some(known), Some(_)) if known.status == InviteStatus::Accepted => known.status,
        (_, Some(_)) => InviteStatus::NoResponse,
    };
    let uid = known.as_ref().map_or_else(
        || format!("{:032x}", u128::from_be_bytes(rand::random())),
        |it| it.uid.clone(),
    );
    let invite = InviteRecord {
        href: href.clone(),
        sharee: sharee.map(|it| *it.as_bytes()),
        common_name: common_name.clone(),
        summary: summary.clone(),
        can_write: *can_write,
        status,
        uid,
    };
    match known {
        Some(known) => *known = invite,
        None => invites.push(invite),
    }
}
