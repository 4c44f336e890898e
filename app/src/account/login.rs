//! Finding out who somebody is, by name and password.

use std::net::IpAddr;
use std::sync::Arc;

use argon2::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use model::limit::PASSWORD_MAX_BYTES;
use storage::table;

use crate::App;
use crate::account::gate::Network;
use crate::context::Ctx;
use crate::index::User;
use crate::refusal::Refusal;
use crate::secret::same;

/// A name and a password, and where they come from.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The user's name.
    pub name: &'a str,
    /// The account's password, or that of a device.
    pub password: &'a str,
    /// The address at the other end of the connection.
    pub from: IpAddr,
}

impl App {
    /// The user that these credentials are of.
    ///
    /// Right ones are remembered until a minute after their last use, by a keyed digest, so
    /// that a client's next request costs no hash; a change of the password forgets them.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadCredentials`], [`Refusal::Throttled`] after too many failures, or
    /// [`Refusal::Busy`] if too many others wait for a hash.
    pub async fn login(&self, ctx: &Ctx, login: Login<'_>) -> Result<Arc<User>, Refusal> {
        let digest = self.secrets.credential_digest(login.name, login.password);
        if let Some(user) = self.remembered(&digest) {
            return Ok(user);
        }
        // A client opens several connections at once: one of them is worth a hash.
        let turn = self.gate.turn(digest);
        let guard = turn.lock().await;
        let found = match self.remembered(&digest) {
            Some(user) => Ok(user),
            None => self.find_out(ctx, &login, digest).await,
        };
        drop(guard);
        self.gate.end_turn(&digest, turn);
        found
    }

    /// The user whose credentials were right a moment ago, and still are.
    fn remembered(&self, digest: &[u8; 32]) -> Option<Arc<User>> {
        let (id, version) = self.gate.remembered(digest, self.clock.elapsed())?;
        self.index.user(id).filter(|it| it.version == version)
    }

    async fn find_out(
        &self,
        ctx: &Ctx,
        login: &Login<'_>,
        digest: [u8; 32],
    ) -> Result<Arc<User>, Refusal> {
        let elapsed = self.clock.elapsed();
        let Login { name, password, from } = *login;
        let is_sane = !password.is_empty() && password.len() <= PASSWORD_MAX_BYTES;
        let network = Network::of(from);
        if !is_sane {
            // It can be nobody's: not worth a hash, nor a place among the failures.
            return Err(Refusal::BadCredentials);
        }
        if let Err(throttled) = self.gate.attempt(name, network, elapsed) {
            self.gate.wait_like_a_hash().await;
            return Err(throttled);
        }
        let forgotten = self.gate.forgotten();
        let user = self.index.user_named(name);
        let is_right = match &user {
            Some(user) if self.is_device(user, password)? => true,
            known => self.verify(known.as_deref(), password).await?,
        };
        match user.filter(|_| is_right) {
            Some(user) => {
                self.gate.was_right(name, network);
                let elapsed = self.clock.elapsed();
                self.gate.remember(digest, (user.id, user.version), forgotten, elapsed);
                Ok(user)
            }
            None => {
                tracing::info!(request = ctx.request, "login failed");
                Err(Refusal::BadCredentials)
            }
        }
    }

    /// Whether `password` is that of one of the user's devices: those are random, so no hash.
    fn is_device(&self, user: &User, password: &str) -> Result<bool, Refusal> {
        let digest = self.secrets.device_digest(user.id.as_bytes(), password);
        let mut is_known = false;
        self.store.scan(&table::app_passwords(user.id), |_, _, record| {
            is_known |= same(&record.digest, &digest);
        })?;
        Ok(is_known)
    }

    /// Whether `password` is that of the account; for nobody's, the same work is done.
    async fn verify(&self, user: Option<&User>, password: &str) -> Result<bool, Refusal> {
        let hash = user.map(|it| it.password_hash.clone());
        let password = password.to_owned();
        let argon2 = self.gate.argon2();
        let verify = move || match hash.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => argon2.verify_password(password.as_bytes(), &hash).is_ok(),
            _ => {
                let mut out = [0; 32];
                // The answer is no either way: only the time it takes matters.
                let _ = argon2.hash_password_into(password.as_bytes(), &[7; 16], &mut out);
                false
            }
        };
        let began = self.clock.elapsed();
        let verified = self.gate.hash(verify).await;
        self.gate.took(self.clock.elapsed().saturating_sub(began));
        verified
    }
}
