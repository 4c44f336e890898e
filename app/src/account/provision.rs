//! Making many accounts at once: users, groups, resources, delegates and their calendars.

use std::sync::Arc;

use model::id::UserId;

use crate::App;
use crate::account::NewUser;
use crate::calendar::NewCollection;
use crate::context::{Actor, Ctx};
use crate::index::{Principal, User};
use crate::refusal::Refusal;
use storage::record::PrincipalKind;

/// An account and what it is to others.
#[derive(Clone)]
pub struct Provision {
    /// The account; one without a password cannot log in.
    pub user: NewUser,
    /// What kind of calendar user it is.
    pub kind: PrincipalKind,
    /// Whether it may do everything everywhere.
    pub is_administrator: bool,
    /// The names of those who are in it, if it is a group.
    pub members: Vec<String>,
    /// The names of those who may read all of its calendars.
    pub read_delegates: Vec<String>,
    /// The names of those who may read and write all of its calendars.
    pub write_delegates: Vec<String>,
    /// Its calendars, in place of those that users usually begin with.
    pub calendars: Option<Vec<NewCollection>>,
}

impl App {
    /// Makes the accounts that are not there yet, then says of each what it is to others.
    ///
    /// Returns how many were made.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] with what is wrong; what was made until then stays.
    pub async fn provision(&self, ctx: &Ctx, all: &[Provision]) -> Result<usize, Refusal> {
        if ctx.actor != Actor::Server {
            return Err(Refusal::NotFound);
        }
        let mut made = 0;
        for one in all {
            if self.index.user_named(&one.user.name).is_none() {
                self.provision_user(ctx, one).await?;
                made += 1;
            }
        }
        for one in all {
            let user = self.named(&one.user.name)?;
            let principal = Principal {
                kind: one.kind,
                is_administrator: one.is_administrator,
                members: self.all_named(&one.members)?,
                read_delegates: self.all_named(&one.read_delegates)?,
                write_delegates: self.all_named(&one.write_delegates)?,
            };
            if *self.index.principal(user.id) != principal {
                self.set_principal(ctx, &user, &principal).await?;
            }
        }
        Ok(made)
    }

    async fn provision_user(&self, ctx: &Ctx, one: &Provision) -> Result<(), Refusal> {
        let user = self.add_account(ctx, &one.user).await?;
        if one.kind == PrincipalKind::Group {
            return Ok(());
        }
        self.make_special_collections(ctx, &user).await?;
        match &one.calendars {
            Some(calendars) => {
                for new in calendars {
                    self.add_collection(ctx, &user, new.clone()).await?;
                }
            }
            None => {
                self.make_first_calendars(ctx, &user).await?;
                self.make_first_offer(ctx, &user).await?;
            }
        }
        Ok(())
    }

    /// Gives the homes that an earlier version made what it did not know of.
    pub(crate) async fn complete_homes(&self) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        for user in self.index.users() {
            if self.index.principal(user.id).kind != PrincipalKind::Group {
                self.make_special_collections(&ctx, &user).await?;
            }
        }
        Ok(())
    }

    fn named(&self, name: &str) -> Result<Arc<User>, Refusal> {
        let unknown = || Refusal::BadRequest(format!("there is no user {name:?}"));
        self.index.user_named(name).ok_or_else(unknown)
    }

    fn all_named(&self, names: &[String]) -> Result<Vec<UserId>, Refusal> {
        names.iter().map(|it| Ok(self.named(it)?.id)).collect()
    }
}
