//! Keys that the store makes for itself, and what is signed and digested with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use model::id::BookingId;
use model::interval::Instant;
use sha2::{Digest, Sha256};
use storage::record::MetaRecord;
use storage::table::{self, RowKey};
use storage::{Change, Store, epoch_record};
use subtle::ConstantTimeEq;

use crate::refusal::Refusal;

/// The keys of one store.
pub(crate) struct Secrets {
    /// Signs the links of bookings.
    link_key: [u8; 32],
    /// Digests the passwords of devices.
    digest_key: [u8; 32],
    /// Known to this process alone: digests verified credentials.
    process_key: [u8; 32],
    /// What sync tokens begin with: another after a restore.
    pub(crate) epoch: u32,
}

impl Secrets {
    /// Reads the keys, made at random the first time.
    pub(crate) async fn load(store: &Store, now: Instant) -> Result<Self, Refusal> {
        let link_key = key(store, &table::meta("link key"), now).await?;
        let digest_key = key(store, &table::meta("digest key"), now).await?;
        let fresh = epoch_record(rand::random());
        let epoch = made_once(store, &table::meta("epoch"), &fresh, now).await?;
        let epoch = epoch.try_into().map(u32::from_be_bytes);
        let epoch = epoch.map_err(|_| Refusal::Broken("damaged row: meta epoch".into()))?;
        Ok(Self { link_key, digest_key, process_key: rand::random(), epoch })
    }

    /// The token by which whoever booked can manage the booking: 128 bits nobody can guess.
    pub(crate) fn booking_token(&self, id: BookingId) -> String {
        let mut token = id.as_bytes().to_vec();
        token.extend_from_slice(&mac(&self.link_key, &[b"booking", id.as_bytes()])[..16]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The booking that `token` was made for.
    pub(crate) fn booking_of(&self, token: &str) -> Option<BookingId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|it| it.len() == 32)?;
        let id = BookingId::from_bytes(bytes[..16].try_into().ok()?);
        let expected = mac(&self.link_key, &[b"booking", id.as_bytes()]);
        bool::from(expected[..16].ct_eq(&bytes[16..])).then_some(id)
    }

    /// The digest under which a device's password is stored.
    pub(crate) fn device_digest(&self, user: &[u8; 16], password: &str) -> [u8; 32] {
        mac(&self.digest_key, &[b"device", user, password.as_bytes()])
    }

    /// The digest under which verified credentials are remembered.
    pub(crate) fn credential_digest(&self, name: &str, password: &str) -> [u8; 32] {
        mac(&self.process_key, &[name.as_bytes(), &[0], password.as_bytes()])
    }

    /// What proves that a form was made for this visitor (against cross-site requests).
    pub(crate) fn form_token(&self, visitor: &[u8; 16]) -> String {
        URL_SAFE_NO_PAD.encode(&mac(&self.link_key, &[b"form", visitor])[..16])
    }
}

/// Whether two secrets are equal, in constant time.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    bool::from(one.ct_eq(other))
}

/// 128 bits of the SHA-256 of `parts`.
pub(crate) fn short_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let full = hash.finalize();
    std::array::from_fn(|n| full[n])
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

async fn key(store: &Store, row: &RowKey<MetaRecord>, now: Instant) -> Result<[u8; 32], Refusal> {
    let fresh = MetaRecord(rand::random::<[u8; 32]>().to_vec());
    let bytes = made_once(store, row, &fresh, now).await?;
    bytes.try_into().map_err(|_| Refusal::Broken("damaged row: meta key".into()))
}

/// The value at `row`, which is `fresh` if there was none.
async fn made_once(
    store: &Store,
    row: &RowKey<MetaRecord>,
    fresh: &MetaRecord,
    now: Instant,
) -> Result<Vec<u8>, Refusal> {
    let change =
        Change { at: now, actor: "server".into(), action: "make key", subject: String::new() };
    let made = store.write(&change, |tx| match tx.read(row)? {
        Some(known) => Ok::<_, storage::WriteError<Refusal>>(known.0),
        None => {
            tx.put(row, fresh);
            Ok(fresh.0.clone())
        }
    });
    Ok(made.await?)
}
