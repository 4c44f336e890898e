//! Principals: what users are to each other, as groups, resources, administrators and delegates.

use std::sync::Arc;

use model::id::UserId;
use model::limit::DELEGATES_MAX;
use storage::record::PrincipalRecord;
use storage::{WriteError, table};

use crate::App;
use crate::context::Ctx;
use crate::index::{Principal, User};
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

/// How somebody stands in for another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Delegation {
    /// They may read all calendars.
    Read,
    /// They may read and write all calendars.
    Write,
}

impl App {
    /// What a user is beside a login.
    pub fn principal(&self, user: &User) -> Arc<Principal> {
        self.index.principal(user.id)
    }

    /// The users of these identities, as far as there are any.
    pub fn users_of(&self, ids: &[UserId]) -> Vec<Arc<User>> {
        ids.iter().filter_map(|it| self.index.user(*it)).collect()
    }

    /// The groups that a user is in, also through other groups.
    pub fn groups_of(&self, user: &User) -> Vec<Arc<User>> {
        let groups: Vec<UserId> = self.index.groups_of(user.id).into_iter().collect();
        self.users_of(&groups)
    }

    /// Those whose calendars a user may read, or write, as a delegate.
    pub fn delegators_of(&self, user: &User, delegation: Delegation) -> Vec<Arc<User>> {
        let (read, write) = self.index.delegators_of(user.id);
        match delegation {
            Delegation::Read => self.users_of(&read),
            Delegation::Write => self.users_of(&write),
        }
    }

    /// Those who stand in for a user.
    pub fn delegates_of(&self, user: &User, delegation: Delegation) -> Vec<Arc<User>> {
        let principal = self.index.principal(user.id);
        match delegation {
            Delegation::Read => self.users_of(&principal.read_delegates),
            Delegation::Write => self.users_of(&principal.write_delegates),
        }
    }

    /// Says who stands in for a user, in place of all who did.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not, [`Refusal::TooMany`] if they are many.
    pub async fn set_delegates(
        &self,
        ctx: &Ctx,
        user: &User,
        delegation: Delegation,
        delegates: Vec<UserId>,
    ) -> Result<(), Refusal> {
        self.require_home(ctx, Action::WriteAcl, user)?;
        self.change_principal(ctx, user.id, |it| match delegation {
            Delegation::Read => it.read_delegates.clone_from(&delegates),
            Delegation::Write => it.write_delegates.clone_from(&delegates),
        })
        .await
    }

    /// Says what a user is beside a login, and who stands in for them.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] for anybody but the server.
    pub async fn set_principal(
        &self,
        ctx: &Ctx,
        user: &User,
        principal: &Principal,
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::Administer, user.id)?;
        self.change_principal(ctx, user.id, |it| it.clone_from(principal)).await
    }

    async fn change_principal(
        &self,
        ctx: &Ctx,
        user: UserId,
        change: impl Fn(&mut Principal) + Send + Sync,
    ) -> Result<(), Refusal> {
        let key = table::principal(user);
        let what = ctx.change("change principal", &user.to_string());
        let written = self.store.write(&what, |tx| {
            let mut principal = tx.read(&key)?.map(Principal::from).unwrap_or_default();
            change(&mut principal);
            let lists = [&principal.members, &principal.read_delegates, &principal.write_delegates];
            if lists.iter().any(|it| it.len() > DELEGATES_MAX) {
                return Err(Refusal::TooMany("members of a group").into());
            }
            tx.put(&key, &PrincipalRecord::from(&principal));
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// The user with that mail address, whatever its case.
    pub fn user_with_email(&self, email: &str) -> Option<Arc<User>> {
        self.index.users().into_iter().find(|it| it.email.eq_ignore_ascii_case(email))
    }
}
