//! Access control lists: who may do what with a collection or a member (RFC 3744 §5.5, §8.1).

use std::sync::Arc;

use model::id::UserId;
use model::limit::ACES_MAX;
use model::privilege::Privileges;
use storage::record::{AceRecord, Id, InviteRecord, WhoRecord};
use storage::{WriteError, table};

use crate::App;
use crate::context::Ctx;
use crate::index::{Collection, User};
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::share::privileges_by;

/// One entry of a list.
#[derive(Clone, Debug)]
pub struct Ace {
    /// Whom it is about.
    pub who: Who,
    /// What it gives or takes.
    pub privileges: Privileges,
    /// Whether they are taken rather than given.
    pub is_denied: bool,
}

/// Whom an entry is about (RFC 3744 §5.5.1).
#[derive(Clone, Debug)]
pub enum Who {
    /// Whoever asks.
    Everybody,
    /// Whoever has logged in.
    Authenticated,
    /// Whoever has not.
    Unauthenticated,
    /// The owner.
    Owner,
    /// A user and, if it is a group, those in it.
    User(Arc<User>),
    /// Those who may read all calendars of a user.
    ReadDelegates(Arc<User>),
    /// Those who may write all calendars of a user.
    WriteDelegates(Arc<User>),
}

impl App {
    /// The list of a collection, or of a member of it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not see it.
    pub fn acl(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: Option<&str>,
    ) -> Result<Vec<Ace>, Refusal> {
        self.require(ctx, Action::ReadAcl, collection, name)?;
        let held = self.source_of(collection);
        let source = held.as_deref().unwrap_or(collection);
        let members = source.members();
        let records = match name {
            Some(name) => members.extra(name).map(|it| it.acl.clone()).unwrap_or_default(),
            None => source.acl.clone(),
        };
        Ok(records.iter().filter_map(|it| self.ace(it)).collect())
    }

    /// Those with whom a collection is shared, as entries that stand after its list.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not see who may do what.
    pub fn shared_with(&self, ctx: &Ctx, collection: &Collection) -> Result<Vec<Ace>, Refusal> {
        self.require(ctx, Action::ReadAcl, collection, None)?;
        let held = self.source_of(collection);
        let source = held.as_deref().unwrap_or(collection);
        let entry = |invite: &InviteRecord| {
            let privileges = privileges_by(invite);
            let user = self.index.user(UserId::from_bytes(invite.sharee?))?;
            let ace = Ace { who: Who::User(user), privileges, is_denied: false };
            (!privileges.is_empty()).then_some(ace)
        };
        Ok(source.invites.iter().filter_map(entry).collect())
    }

    fn ace(&self, record: &AceRecord) -> Option<Ace> {
        let user = |id: Id| self.index.user(UserId::from_bytes(id));
        let who = match record.who {
            WhoRecord::Everybody => Who::Everybody,
            WhoRecord::Authenticated => Who::Authenticated,
            WhoRecord::Unauthenticated => Who::Unauthenticated,
            WhoRecord::Owner => Who::Owner,
            WhoRecord::Principal(id) => Who::User(user(id)?),
            WhoRecord::ReadDelegates(id) => Who::ReadDelegates(user(id)?),
            WhoRecord::WriteDelegates(id) => Who::WriteDelegates(user(id)?),
        };
        let privileges = Privileges::from_bits(record.privileges);
        Some(Ace { who, privileges, is_denied: record.is_denied })
    }

    /// Puts a list in place of that of a collection, or of a member of it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not change it, [`Refusal::TooMany`] if it is long,
    /// [`Refusal::ProtectedEntry`] or [`Refusal::InheritedEntry`] if it denies in vain.
    pub async fn set_acl(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        name: Option<&str>,
        aces: &[Ace],
    ) -> Result<(), Refusal> {
        self.require(ctx, Action::WriteAcl, collection, name)?;
        if aces.len() > ACES_MAX {
            return Err(Refusal::TooMany("entries of a list"));
        }
        for ace in aces.iter().filter(|it| it.is_denied) {
            let kept = self.beyond_lists(collection.owner, &ace.who);
            if kept.touch(ace.privileges) {
                let is_owner = match &ace.who {
                    Who::User(user) => user.id == collection.owner,
                    who => matches!(who, Who::Owner),
                };
                // What the owner may do with a member comes from its calendar (RFC 3744 §8.1.1).
                return Err(match name {
                    Some(_) if is_owner => Refusal::InheritedEntry,
                    _ => Refusal::ProtectedEntry,
                });
            }
        }
        let records: Vec<AceRecord> = aces.iter().map(record).collect();
        let change = ctx.change("change access", &collection.id.to_string());
        let key = table::collection(collection.owner, collection.id);
        let written = self.store.write(&change, |tx| {
            match name {
                Some(name) => {
                    let object = table::object(collection.id, name);
                    tx.read(&object)?.filter(|it| !it.is_deleted).ok_or(Refusal::NotFound)?;
                    let beside = table::extra(collection.id, name);
                    let mut extra = tx.read(&beside)?.unwrap_or_default();
                    extra.acl.clone_from(&records);
                    tx.put(&beside, &extra);
                }
                None => {
                    let mut known = tx.read(&key)?.ok_or(Refusal::NotFound)?;
                    known.acl.clone_from(&records);
                    tx.put(&key, &known);
                }
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }
}

fn record(ace: &Ace) -> AceRecord {
    let who = match &ace.who {
        Who::Everybody => WhoRecord::Everybody,
        Who::Authenticated => WhoRecord::Authenticated,
        Who::Unauthenticated => WhoRecord::Unauthenticated,
        Who::Owner => WhoRecord::Owner,
        Who::User(user) => WhoRecord::Principal(*user.id.as_bytes()),
        Who::ReadDelegates(user) => WhoRecord::ReadDelegates(*user.id.as_bytes()),
        Who::WriteDelegates(user) => WhoRecord::WriteDelegates(*user.id.as_bytes()),
    };
    AceRecord { who, privileges: ace.privileges.bits(), is_denied: ace.is_denied }
}
