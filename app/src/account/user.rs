//! Making users and the passwords of their devices.

use std::sync::Arc;

use argon2::PasswordHasher;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::{AppPasswordId, UserId};
use model::interval::Instant;
use model::limit::{EMAIL_MAX_BYTES, NAME_MAX_BYTES, PASSWORD_MAX_BYTES};
use storage::record::{AppPasswordRecord, CollectionKind, MetaRecord, PropertyRecord, UserRecord};
use storage::{WriteError, table};

use crate::App;
use crate::calendar::NewCollection;
use crate::context::Ctx;
use crate::index::User;
use crate::policy::{Action, permit};
use crate::refusal::Refusal;

/// App passwords that a user may have.
const APP_PASSWORDS_MAX: usize = 50;

/// An account to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The name used to log in and in links: letters, digits, `.`, `-`, `_` and `@`.
    pub name: String,
    /// Where the user can be written to.
    pub email: String,
    /// The name for people; the name itself if empty.
    pub display_name: String,
    /// The password.
    pub password: String,
    /// The IANA name of the user's zone; the server's if there is none.
    pub zone: Option<String>,
}

impl App {
    /// Makes an account with calendars for events, tasks and bookings, and something to book.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] with what is wrong, [`Refusal::Exists`] if the name is taken.
    pub async fn add_user(&self, ctx: &Ctx, new: NewUser) -> Result<UserId, Refusal> {
        if new.password.is_empty() {
            return Err(no_password());
        }
        let user = self.add_account(ctx, &new).await?;
        self.make_special_collections(ctx, &user).await?;
        self.make_first_calendars(ctx, &user).await?;
        self.make_first_offer(ctx, &user).await?;
        Ok(user.id)
    }

    /// Makes an account with nothing in it; without a password nobody can log in to it.
    pub(crate) async fn add_account(&self, ctx: &Ctx, new: &NewUser) -> Result<Arc<User>, Refusal> {
        check(new)?;
        let zone = match &new.zone {
            Some(name) => {
                let zone = self.zones.zone(name);
                zone.ok_or_else(|| Refusal::BadRequest(format!("there is no time zone {name:?}")))?
            }
            None => self.default_zone.clone(),
        };
        let id = UserId::random();
        let display_name =
            if new.display_name.is_empty() { new.name.clone() } else { new.display_name.clone() };
        let password_hash = match new.password.is_empty() {
            true => String::new(),
            false => self.hashed(new.password.clone()).await?,
        };
        let record = UserRecord {
            name: new.name.clone(),
            email: new.email.clone(),
            display_name,
            password_hash,
            zone: zone.name().to_owned(),
            created: ctx.now,
        };
        let name_key = table::user_name(&new.name);
        let change = ctx.change("add user", &id.to_string());
        let written = self.store.write(&change, |tx| {
            if tx.read(&name_key)?.is_some() {
                return Err(WriteError::Refused(Refusal::Exists));
            }
            tx.put(&name_key, &MetaRecord(id.as_bytes().to_vec()));
            tx.put(&table::user(id), &record);
            Ok(())
        });
        written.await?;
        self.index.user(id).ok_or(Refusal::NotFound)
    }

    /// Gives an account another password; all that was remembered of the old is forgotten.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is no such user.
    pub async fn set_password(
        &self,
        ctx: &Ctx,
        name: &str,
        password: String,
    ) -> Result<(), Refusal> {
        let user = self.owner(ctx, name, Action::Administer)?;
        check_password(&password)?;
        let hash = self.hashed(password).await?;
        let change = ctx.change("set password", &user.id.to_string());
        let key = table::user(user.id);
        let written = self.store.write(&change, |tx| {
            let mut record = tx.read(&key)?.ok_or(Refusal::NotFound)?;
            record.password_hash.clone_from(&hash);
            tx.put(&key, &record);
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        self.gate.forget(user.id);
        Ok(())
    }

    /// Makes a random password for one device; it is told here and never again.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`] if the user has too many.
    pub async fn add_app_password(
        &self,
        ctx: &Ctx,
        user: &User,
        label: &str,
    ) -> Result<(AppPasswordId, String), Refusal> {
        permit(ctx.actor, Action::Administer, user.id)?;
        if self.app_passwords(ctx, user)?.len() >= APP_PASSWORDS_MAX {
            return Err(Refusal::TooMany("app passwords"));
        }
        // 160 bits: nobody guesses them, so a keyed digest is enough to keep.
        let password = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 20]>());
        let id = AppPasswordId::random();
        let record = AppPasswordRecord {
            label: label.chars().take(NAME_MAX_BYTES).collect(),
            digest: self.secrets.device_digest(user.id.as_bytes(), &password),
            created: ctx.now,
        };
        let change = ctx.change("add app password", &id.to_string());
        let written = self.store.write(&change, |tx| {
            tx.put(&table::app_password(user.id, id), &record);
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        Ok((id, password))
    }

    /// The passwords of a user's devices: identity, label, and when each was made.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if the asker may not see them.
    pub fn app_passwords(
        &self,
        ctx: &Ctx,
        user: &User,
    ) -> Result<Vec<(AppPasswordId, String, Instant)>, Refusal> {
        permit(ctx.actor, Action::Administer, user.id)?;
        let mut found = Vec::new();
        self.store.scan(&table::app_passwords(user.id), |rest, _, record| {
            if let Some((id, _)) = table::split_id(rest) {
                found.push((AppPasswordId::from_bytes(id), record.label, record.created));
            }
        })?;
        Ok(found)
    }

    /// Takes a device's password back, at once.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if there is none.
    pub async fn revoke_app_password(
        &self,
        ctx: &Ctx,
        user: &User,
        id: AppPasswordId,
    ) -> Result<(), Refusal> {
        permit(ctx.actor, Action::Administer, user.id)?;
        let key = table::app_password(user.id, id);
        let change = ctx.change("revoke app password", &id.to_string());
        let written = self.store.write(&change, |tx| {
            tx.read(&key)?.ok_or(Refusal::NotFound)?;
            tx.remove(&key);
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        self.gate.forget(user.id);
        Ok(())
    }

    async fn hashed(&self, password: String) -> Result<String, Refusal> {
        let argon2 = self.gate.argon2();
        let hash = move || argon2.hash_password(password.as_bytes()).map(|it| it.to_string());
        self.gate.hash(hash).await?.map_err(|it| Refusal::Broken(it.to_string()))
    }

    /// Makes what every home has beside calendars, as far as it is not there.
    pub(crate) async fn make_special_collections(
        &self,
        ctx: &Ctx,
        user: &User,
    ) -> Result<(), Refusal> {
        let special = [
            ("inbox", CollectionKind::Inbox),
            ("outbox", CollectionKind::Outbox),
            ("notifications", CollectionKind::Notifications),
        ];
        for (slug, kind) in special {
            if !self.index.collections(user.id).iter().any(|it| it.kind == kind) {
                let (components, properties) = (Vec::new(), Vec::new());
                let new = NewCollection { slug: slug.to_owned(), kind, components, properties };
                match self.add_collection(ctx, user, new).await {
                    // A calendar of that name was there first.
                    Ok(_) | Err(Refusal::Exists) => {}
                    Err(refusal) => return Err(refusal),
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn make_first_calendars(&self, ctx: &Ctx, user: &User) -> Result<(), Refusal> {
        let calendars = [
            ("default", "Default", vec!["VEVENT", "VJOURNAL"], CollectionKind::Calendar),
            ("tasks", "Tasks", vec!["VTODO"], CollectionKind::Calendar),
            ("bookings", "Bookings", vec!["VEVENT"], CollectionKind::Bookings),
        ];
        for (slug, title, components, kind) in calendars {
            let new = NewCollection {
                slug: slug.to_owned(),
                kind,
                components: components.into_iter().map(str::to_owned).collect(),
                properties: vec![PropertyRecord {
                    namespace: "DAV:".into(),
                    name: "displayname".into(),
                    xml: format!("<displayname xmlns=\"DAV:\">{title}</displayname>"),
                }],
            };
            self.add_collection(ctx, user, new).await?;
        }
        Ok(())
    }
}

fn check(new: &NewUser) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::BadRequest(why.to_owned()));
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | '@');
    if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(is_plain) {
        return bad("a user name is 1 to 64 letters, digits, '.', '-', '_' or '@'");
    }
    if new.name.chars().all(|it| it == '.') || new.name == "r" {
        return bad(
            "a user name cannot be of dots alone, nor 'r', which is in the links of bookings",
        );
    }
    let parts = new.email.split_once('@');
    let is_address = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let is_clean = !new.email.contains(|it: char| it.is_whitespace() || it.is_control());
    if !is_address || !is_clean || new.email.len() > EMAIL_MAX_BYTES {
        return bad("the e-mail address is not one");
    }
    if new.display_name.len() > NAME_MAX_BYTES || new.display_name.contains(char::is_control) {
        return bad("the display name is too long or has control characters");
    }
    if new.password.is_empty() { Ok(()) } else { check_password(&new.password) }
}

fn no_password() -> Refusal {
    Refusal::BadRequest(format!("a password has 1 to {PASSWORD_MAX_BYTES} bytes"))
}

fn check_password(password: &str) -> Result<(), Refusal> {
    if password.is_empty() || password.len() > PASSWORD_MAX_BYTES {
        return Err(no_password());
    }
    Ok(())
}
