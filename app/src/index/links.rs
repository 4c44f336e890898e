//! Which calendars anybody may read, by the secrets of their links.

use std::collections::HashMap;

use model::id::{CollectionId, UserId};
use storage::record::{PublicLinkRecord, Record};
use storage::table;

use super::Index;

/// What the rest of a row's key names: an owner and a calendar.
type Place = (UserId, CollectionId);

/// The secret of a link: 160 bits.
pub(crate) type LinkSecret = [u8; 20];

/// The links, in both directions.
#[derive(Debug, Default)]
pub(super) struct Links {
    places: HashMap<LinkSecret, Place>,
    secrets: HashMap<Place, LinkSecret>,
}

impl Links {
    fn remove(&mut self, place: Place) {
        if let Some(secret) = self.secrets.remove(&place) {
            self.places.remove(&secret);
        }
    }
}

impl Index {
    /// The owner and the identity of the calendar that a link leads to.
    pub(crate) fn linked(&self, secret: &LinkSecret) -> Option<Place> {
        self.links.read().places.get(secret).copied()
    }

    /// The secret of the link to a calendar, if it has one.
    pub(crate) fn link_to(&self, owner: UserId, id: CollectionId) -> Option<LinkSecret> {
        self.links.read().secrets.get(&(owner, id)).copied()
    }

    pub(super) fn follow_link(&self, rest: &[u8], value: Option<&[u8]>) {
        match value.and_then(PublicLinkRecord::decode) {
            Some(record) => self.put_link(rest, &record),
            None => {
                if let Some(place) = place(rest) {
                    self.links.write().remove(place);
                }
            }
        }
    }

    pub(super) fn put_link(&self, rest: &[u8], record: &PublicLinkRecord) {
        let Some(place) = place(rest) else { return };
        let mut links = self.links.write();
        links.remove(place);
        links.places.insert(record.secret, place);
        links.secrets.insert(place, record.secret);
    }
}

fn place(rest: &[u8]) -> Option<Place> {
    let (owner, rest) = table::split_id(rest)?;
    let (id, _) = table::split_id(rest)?;
    Some((UserId::from_bytes(owner), CollectionId::from_bytes(id)))
}
