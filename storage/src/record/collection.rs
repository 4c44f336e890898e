//! What rows hold of collections: what they are, who may do what, whom they are shared with.

use serde::{Deserialize, Serialize};

use super::{Id, PropertyRecord, Record, decode, encode};

/// A collection: a calendar, a folder, or one of the special ones of a home.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CollectionRecord {
    /// Its name in links, with those of the folders it is in before it.
    pub slug: String,
    /// What it is.
    pub kind: CollectionKind,
    /// The components that it takes, such as VEVENT.
    pub components: Vec<String>,
    /// Its properties, as clients set them.
    pub properties: Vec<PropertyRecord>,
    /// The number of the last commit before it was made: its place in the home.
    pub position: u64,
    /// Who may do what, the first that fits counts.
    pub acl: Vec<AceRecord>,
    /// Whom it is shared with.
    pub invites: Vec<InviteRecord>,
    /// The owner and the collection that it shows, if it is somebody else's.
    pub source: Option<(Id, Id)>,
}

impl Record for CollectionRecord {
    const SCHEMA: u8 = 2;

    fn encode(&self) -> Vec<u8> {
        encode(Self::SCHEMA, self)
    }

    fn decode(payload: &[u8]) -> Option<Self> {
        decode(Self::SCHEMA, payload)
            .or_else(|| Some(decode::<FirstCollection>(1, payload)?.into()))
    }
}

/// A collection as the first schema had it: calendars only.
#[derive(Deserialize)]
struct FirstCollection {
    slug: String,
    is_for_bookings: bool,
    components: Vec<String>,
    properties: Vec<PropertyRecord>,
    position: u64,
}

impl From<FirstCollection> for CollectionRecord {
    fn from(first: FirstCollection) -> Self {
        let FirstCollection { slug, is_for_bookings, components, properties, position } = first;
        let kind =
            if is_for_bookings { CollectionKind::Bookings } else { CollectionKind::Calendar };
        let (acl, invites, source) = (Vec::new(), Vec::new(), None);
        Self { slug, kind, components, properties, position, acl, invites, source }
    }
}

/// What a collection is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum CollectionKind {
    /// A calendar.
    Calendar,
    /// The calendar of bookings, in which no two events may overlap.
    Bookings,
    /// A collection of whatever clients put there.
    Folder,
    /// Where messages arrive (RFC 6638 §2.2).
    Inbox,
    /// Where messages are sent from (RFC 6638 §2.1).
    Outbox,
    /// Where users are told of shared calendars.
    Notifications,
    /// A calendar that is read from an address elsewhere.
    Subscription,
}

/// What kind of calendar user a principal is (RFC 5545 §3.2.3).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum PrincipalKind {
    /// A person.
    #[default]
    Individual,
    /// Several principals.
    Group,
    /// A thing that can be booked.
    Resource,
    /// A place that can be booked.
    Room,
}

/// One entry of an access control list (RFC 3744 §5.5).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AceRecord {
    /// Whom it is about.
    pub who: WhoRecord,
    /// The bits of the privileges.
    pub privileges: u32,
    /// Whether they are taken rather than given.
    pub is_denied: bool,
}

/// Whom an entry of an access control list is about (RFC 3744 §5.5.1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum WhoRecord {
    /// Whoever asks.
    Everybody,
    /// Whoever has logged in.
    Authenticated,
    /// Whoever has not.
    Unauthenticated,
    /// The owner.
    Owner,
    /// A principal and, if it is a group, those in it.
    Principal(Id),
    /// Those who may read all calendars of a principal.
    ReadDelegates(Id),
    /// Those who may write all calendars of a principal.
    WriteDelegates(Id),
}

/// Somebody with whom a calendar is shared.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct InviteRecord {
    /// The address that was invited.
    pub href: String,
    /// Who that is, if it is somebody here.
    pub sharee: Option<Id>,
    /// The name that the sharer gave them.
    pub common_name: String,
    /// What the sharer says of the calendar.
    pub summary: String,
    /// Whether they may write.
    pub can_write: bool,
    /// What became of it.
    pub status: InviteStatus,
    /// The identifier of the invitation.
    pub uid: String,
}

/// What became of an invitation to share a calendar.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum InviteStatus {
    /// Nobody answered yet.
    NoResponse,
    /// It was accepted: the calendar is in the sharee's home.
    Accepted,
    /// It was declined.
    Declined,
    /// The address is nobody's here.
    Invalid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_of_the_first_schema_is_read_as_what_it_was() {
        let first = b"\x01\x04work\x01\x01\x06VEVENT\x00\x07";
        let record = CollectionRecord::decode(first).unwrap();
        assert_eq!((record.slug.as_str(), record.kind), ("work", CollectionKind::Bookings));
        assert_eq!(
            (record.components.as_slice(), record.position),
            (&["VEVENT".to_owned()][..], 7)
        );
        let second = b"\x02\x04work\x01\x01\x06VEVENT\x00\x07\x00\x00\x00";
        assert_eq!(record.encode(), second);
        assert_eq!(CollectionRecord::decode(second), Some(record));
    }
}
