//! Push: devices that want to hear when a calendar changes, and which of them should hear now.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::{CollectionId, SubscriptionId, UserId};
use model::interval::Instant;
use model::limit::{PUSH_FAILURES_MAX, PUSH_LASTS_S, PUSH_MAX, PUSH_URL_MAX_BYTES};
use model::privilege::Privileges;
use storage::record::{MetaRecord, PushRecord};
use storage::{WriteError, table};

use crate::App;
use crate::context::{Actor, Ctx};
use crate::index::Collection;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// Bytes of a device's public key, a point of P-256.
const KEY_BYTES: usize = 65;
/// Bytes of a device's secret.
const AUTH_BYTES: usize = 16;
/// Seconds before a push that failed is tried again; twice as many each time.
const AGAIN_S: i64 = 30;

/// What a device wants to be told, and how.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// Where messages for it go: an `https` address of its push service.
    pub url: String,
    /// Its public key, as an uncompressed point of P-256.
    pub public_key: Vec<u8>,
    /// Its secret.
    pub auth: Vec<u8>,
    /// Until when it wants to hear, if it says.
    pub expires: Option<Instant>,
}

/// A message that should be sent now.
#[derive(Clone, Debug)]
pub struct Push {
    id: SubscriptionId,
    seq: u64,
    /// Where it goes.
    pub url: String,
    /// The device's public key.
    pub public_key: Vec<u8>,
    /// The device's secret.
    pub auth: Vec<u8>,
    /// The calendar, as its property tells it.
    pub topic: String,
    /// What a sync of the calendar now ends at.
    pub sync_token: String,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pushed {
    /// The push service took it.
    Arrived,
    /// The device is not there any more, or must not be written to.
    Gone,
    /// It may go better later.
    Failed,
}

impl App {
    /// The private key of pushes: `fresh` if there was none.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if the store cannot be read or written.
    pub async fn push_secret(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let row = table::meta("push key");
        let change = Ctx::server(self.clock.now()).change("make key", "");
        let written = self.store.write(&change, |tx| match tx.read(&row)? {
            Some(known) => Ok::<_, WriteError<Refusal>>(known.0),
            None => {
                tx.put(&row, &MetaRecord(fresh.clone()));
                Ok(fresh.clone())
            }
        });
        Ok(written.await?)
    }

    /// From now on clients are told that there are pushes, signed by that public key.
    pub fn offer_push(&self, public_key: String) {
        // A key that was told stays.
        let _ = self.push_key.set(public_key);
    }

    /// The public key that pushes are signed by, if there are any.
    pub fn push_key(&self) -> Option<&str> {
        self.push_key.get().map(String::as_str)
    }

    /// The name of a calendar in pushes: the same for all who see it.
    pub fn push_topic(&self, collection: &Collection) -> String {
        let epoch = self.secrets.epoch.to_be_bytes();
        URL_SAFE_NO_PAD.encode(short_hash(&[b"push", &epoch, collection.id.as_bytes()]))
    }

    /// Tells a device of changes of a calendar from now on; until when.
    ///
    /// A device that is told already is told for longer, under the same identity.
    ///
    /// # Errors
    ///
    /// [`Refusal::Lacks`] if the asker may not read the calendar, [`Refusal::BadRequest`] for
    /// what is no device, [`Refusal::TooMany`] if the asker has too many.
    pub async fn subscribe(
        &self,
        ctx: &Ctx,
        collection: &Collection,
        new: NewSubscription,
    ) -> Result<(SubscriptionId, Instant), Refusal> {
        self.require(ctx, Action::Read, collection, None)?;
        let Actor::User(user) = ctx.actor else { return Err(Refusal::Forbidden) };
        // No name and password: they would be sent to whoever is named after them.
        let is_address = new.url.strip_prefix("https://").is_some_and(|it| {
            it.split('/').next().is_some_and(|host| !host.is_empty() && !host.contains('@'))
        });
        let is_good = is_address
            && new.url.len() <= PUSH_URL_MAX_BYTES
            && new.public_key.len() == KEY_BYTES
            && new.auth.len() == AUTH_BYTES;
        if !is_good {
            return Err(Refusal::BadRequest("a push needs an address, a key and a secret".into()));
        }
        let latest = ctx.now + PUSH_LASTS_S;
        let expires = new.expires.unwrap_or(latest).clamp(ctx.now, latest);
        let mut record = PushRecord {
            user: *user.as_bytes(),
            owner: *collection.owner.as_bytes(),
            collection: *collection.id.as_bytes(),
            url: new.url,
            public_key: new.public_key,
            auth: new.auth,
            expires,
            told: collection.members().seq(),
            failures: 0,
            due: ctx.now,
        };
        let mut own = self.subscriptions()?;
        own.retain(|it| it.1.user == record.user);
        let same = |it: &PushRecord| it.collection == record.collection && it.url == record.url;
        let known = own.iter().find(|it| same(&it.1));
        if known.is_none() && own.len() >= PUSH_MAX {
            return Err(Refusal::TooMany("devices that are told of changes"));
        }
        let id = known.map_or_else(SubscriptionId::random, |it| it.0);
        let key = table::push(id);
        let change = ctx.change("subscribe", &collection.id.to_string());
        let written = self.store.write(&change, |tx| {
            if let Some(known) = tx.read(&key)? {
                record.told = known.told;
            }
            tx.put(&key, &record);
            Ok::<_, WriteError<Refusal>>(())
        });
        written.await?;
        Ok((id, expires))
    }

    /// Tells a device of nothing any more.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it is not one of the asker's.
    pub async fn unsubscribe(&self, ctx: &Ctx, id: SubscriptionId) -> Result<(), Refusal> {
        let Actor::User(user) = ctx.actor else { return Err(Refusal::NotFound) };
        let key = table::push(id);
        let change = ctx.change("unsubscribe", &id.to_string());
        let written = self.store.write(&change, |tx| {
            let known = tx.read(&key)?.filter(|it| it.user == *user.as_bytes());
            known.ok_or(Refusal::NotFound)?;
            tx.remove(&key);
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// The messages that should be sent now: of calendars that changed since the last.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if a row cannot be trusted.
    pub fn due_pushes(&self) -> Result<Vec<Push>, Refusal> {
        let now = self.clock.now();
        let mut due = Vec::new();
        for (id, record) in self.subscriptions()? {
            let Some(collection) = self.pushed(&record, now) else { continue };
            let members = collection.members();
            if members.seq() == record.told || now < record.due {
                continue;
            }
            due.push(Push {
                id,
                seq: members.seq(),
                topic: self.push_topic(&collection),
                sync_token: self.sync_token(&collection, &members),
                url: record.url,
                public_key: record.public_key,
                auth: record.auth,
            });
        }
        Ok(due)
    }

    /// Remembers what became of a message.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if the store cannot be written.
    pub async fn note_pushed(&self, push: &Push, pushed: Pushed) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        let key = table::push(push.id);
        let change = ctx.change("push", &push.id.to_string());
        let written = self.store.write(&change, |tx| {
            let Some(mut record) = tx.read(&key)? else { return Ok(()) };
            match pushed {
                Pushed::Arrived => {
                    record.told = record.told.max(push.seq);
                    (record.failures, record.due) = (0, ctx.now);
                }
                Pushed::Failed => {
                    record.due = ctx.now + (AGAIN_S << record.failures.min(PUSH_FAILURES_MAX));
                    record.failures += 1;
                }
                Pushed::Gone => {}
            }
            match pushed == Pushed::Gone || record.failures > PUSH_FAILURES_MAX {
                true => tx.remove(&key),
                false => tx.put(&key, &record),
            }
            Ok::<_, WriteError<Refusal>>(())
        });
        Ok(written.await?)
    }

    /// Forgets the devices that are to be told nothing any more.
    pub(crate) async fn forget_subscriptions(&self) -> Result<(), Refusal> {
        let ctx = Ctx::server(self.clock.now());
        for (id, record) in self.subscriptions()? {
            if self.pushed(&record, ctx.now).is_some() {
                continue;
            }
            let key = table::push(id);
            let change = ctx.change("forget subscription", &id.to_string());
            let written = self.store.write(&change, |tx| {
                // It may have been told to last for longer meanwhile.
                if tx.read(&key)?.is_some_and(|it| it == record) {
                    tx.remove(&key);
                }
                Ok::<_, WriteError<Refusal>>(())
            });
            written.await?;
        }
        Ok(())
    }

    /// The calendar of a subscription that holds, if whoever made it may still read it.
    fn pushed(&self, record: &PushRecord, now: Instant) -> Option<std::sync::Arc<Collection>> {
        let (owner, id) =
            (UserId::from_bytes(record.owner), CollectionId::from_bytes(record.collection));
        let collection = self.index.collection_of(owner, id)?;
        let user = UserId::from_bytes(record.user);
        self.index.user(user)?;
        let ctx = Ctx { actor: Actor::User(user), now, request: 0 };
        let may_read = self.privileges(&ctx, &collection, None).contain(Privileges::READ);
        (may_read && now < record.expires).then_some(collection)
    }

    fn subscriptions(&self) -> Result<Vec<(SubscriptionId, PushRecord)>, Refusal> {
        let mut found = Vec::new();
        self.store.scan(&table::pushes(), |rest, _, record| {
            if let Some((id, _)) = table::split_id(rest) {
                found.push((SubscriptionId::from_bytes(id), record));
            }
        })?;
        Ok(found)
    }
}
