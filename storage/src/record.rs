//! What rows hold: plain values, each with the version of its shape.
//!
//! Identifiers are their 16 bytes, instants seconds since the epoch. A shape that
//! changes gets a new schema number and a reading of the old one beside it.

mod collection;

pub use collection::{
    AceRecord, CollectionKind, CollectionRecord, InviteRecord, InviteStatus, PrincipalKind,
    WhoRecord,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The bits of an identifier.
pub type Id = [u8; 16];

/// Something that a row can hold.
pub trait Record: Sized {
    /// The version of its shape, the first byte of the payload.
    const SCHEMA: u8 = 1;

    /// The payload.
    fn encode(&self) -> Vec<u8>;

    /// The record that [`Record::encode`] made; nothing if it is none.
    fn decode(payload: &[u8]) -> Option<Self>;
}

/// Declares records that are kept in the postcard format.
macro_rules! records {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Record for $name {
            fn encode(&self) -> Vec<u8> {
                encode(Self::SCHEMA, self)
            }

            fn decode(payload: &[u8]) -> Option<Self> {
                decode(Self::SCHEMA, payload)
            }
        }
    )*};
}

records! {
    /// A user's account.
    UserRecord {
        /// The name used to log in and in links.
        name: String,
        /// Where the user can be written to.
        email: String,
        /// The name for people.
        display_name: String,
        /// The argon2id hash, in PHC form.
        password_hash: String,
        /// The IANA name of the user's zone.
        zone: String,
        /// When the account was made.
        created: i64,
    }
    /// A password for one device or program.
    AppPasswordRecord {
        /// What the user calls it.
        label: String,
        /// The keyed digest of the password.
        digest: [u8; 32],
        /// When it was made.
        created: i64,
    }
    /// The dead properties of a resource that is no calendar.
    PropertiesRecord {
        /// In the order in which they were first set.
        properties: Vec<PropertyRecord>,
    }
    /// What is known of a calendar object without its text.
    ObjectRecord {
        /// 128 bits of the SHA-256 of the text.
        etag: Id,
        /// RFC 5545 §3.8.4.7.
        uid: String,
        /// The component, such as VEVENT.
        component: String,
        /// The first instant that any instance may touch, whatever the zone of floating times.
        first: i64,
        /// The last, or `i64::MAX` for a series that does not end.
        last: i64,
        /// Whether the span alone cannot say when its instances are.
        is_recurring: bool,
        /// Bytes of the text.
        length: u32,
        /// When this text was stored.
        modified: i64,
        /// The sequence number of the commit that first made it, or zero for this one.
        created_seq: u64,
        /// The place of its change among the entries of the commit that wrote this row.
        change_index: u16,
        /// Whether it went: the row stays, so that its last change can be found.
        is_deleted: bool,
    }
    /// A change in a calendar.
    ChangeRecord {
        /// The object's name.
        name: String,
        /// Whether it went.
        is_deleted: bool,
        /// The sequence number of the commit that first made it, or zero for this one.
        created_seq: u64,
    }
    /// What takes a host's time on one UTC day, holds and bookings included.
    BusyRecord {
        /// Sorted by start; a span that touches several days is in each of them.
        spans: Vec<BusySpanRecord>,
    }
    /// The hours of a host.
    ScheduleRecord {
        /// What the host calls it.
        name: String,
        /// The IANA name of its zone.
        zone: String,
        /// Start and end minutes of each weekday, Monday first.
        weekly: [Vec<(u16, u16)>; 7],
        /// Dates as days since the epoch, with the windows that replace the weekday's.
        overrides: Vec<(i32, Vec<(u16, u16)>)>,
    }
    /// What can be booked.
    EventTypeRecord {
        /// Its name in links.
        slug: String,
        /// Its name for people.
        title: String,
        /// A sentence or two.
        description: String,
        /// Where it takes place.
        place: String,
        /// The lengths to choose from, in minutes.
        durations_min: Vec<u16>,
        /// Minutes between two starts.
        step_min: u16,
        /// Seconds to keep free before.
        before_s: u32,
        /// Seconds to keep free after.
        after_s: u32,
        /// Seconds between now and the earliest start.
        notice_s: u32,
        /// How far ahead can be booked.
        window: WindowRecord,
        /// Bookings on one local day, at most.
        max_per_day: Option<u16>,
        /// When it is offered.
        schedule: Id,
        /// Whether it is offered at all.
        is_active: bool,
        /// Its place in the list.
        position: u16,
    }
    /// A booking.
    BookingRecord {
        /// Whose time it takes.
        host: Id,
        /// What was booked.
        event_type: Id,
        /// When it starts.
        start: i64,
        /// When it ends.
        end: i64,
        /// Seconds kept free before.
        before_s: u32,
        /// Seconds kept free after.
        after_s: u32,
        /// The visitor's name.
        visitor_name: String,
        /// The visitor's address.
        visitor_email: String,
        /// The visitor's telephone number, or nothing.
        visitor_phone: String,
        /// What the visitor wants to say, or nothing.
        visitor_notes: String,
        /// The zone in which the visitor saw the time.
        visitor_zone: String,
        /// Whether it will not take place.
        is_cancelled: bool,
        /// The calendar of its event.
        collection: Id,
        /// The name of its event there.
        object: String,
        /// How often it was changed.
        sequence: u32,
        /// When it was made.
        created: i64,
    }
    /// A slot kept for a visitor.
    HoldRecord {
        /// Whose time it takes.
        host: Id,
        /// What is being booked.
        event_type: Id,
        /// When it starts.
        start: i64,
        /// When it ends.
        end: i64,
        /// The visitor's token.
        visitor: Id,
        /// When it lapses.
        expires: i64,
        /// The booking that it became, if it did.
        booking: Option<Id>,
    }
    /// What a visitor, or all of a network, have on hold and booked of late.
    VisitorRecord {
        /// The holds, each with the moment when it lapses.
        holds: Vec<(Id, i64)>,
        /// When the visitor, or somebody of the network, booked within the last hour.
        bookings: Vec<i64>,
    }
    /// What a user is beside a login: group, resource, administrator, and who stands in for them.
    PrincipalRecord {
        /// What kind of calendar user it is (RFC 5545 §3.2.3).
        kind: PrincipalKind,
        /// Whether it may do everything everywhere.
        is_administrator: bool,
        /// Those who are in it, if it is a group.
        members: Vec<Id>,
        /// Those who may read all of its calendars.
        read_delegates: Vec<Id>,
        /// Those who may read and write all of its calendars.
        write_delegates: Vec<Id>,
    }
    /// What is kept of a member beside its text.
    #[derive(Default)]
    ExtraRecord {
        /// The media type of what is no calendar object.
        media_type: Option<String>,
        /// Its properties, as clients set them.
        properties: Vec<PropertyRecord>,
        /// Who may do what with it, before what its collection says.
        acl: Vec<AceRecord>,
    }
    /// An attachment of calendar objects (RFC 8607); its bytes are in a row of their own.
    AttachmentRecord {
        /// Whose calendar it was made in.
        owner: Id,
        /// The calendars and objects that it is attached to, or was.
        places: Vec<(Id, String)>,
        /// The name of the file.
        filename: String,
        /// Its media type.
        media_type: String,
        /// How many bytes it has.
        length: u64,
        /// When it was stored.
        modified: i64,
    }
    /// The link by which anybody can read a calendar.
    PublicLinkRecord {
        /// What nobody can guess.
        secret: [u8; 20],
        /// When it was made.
        made_at: i64,
    }
    /// A device that is told of changes of a calendar.
    PushRecord {
        /// Whose device it is.
        user: Id,
        /// Whose calendar it is.
        owner: Id,
        /// The calendar.
        collection: Id,
        /// Where messages go.
        url: String,
        /// The device's public key.
        public_key: Vec<u8>,
        /// The device's secret.
        auth: Vec<u8>,
        /// Until when it is told.
        expires: i64,
        /// The last change of the calendar that it was told of.
        told: u64,
        /// Messages that failed since the last that arrived.
        failures: u32,
        /// When the next message may go.
        due: i64,
    }
    /// Who did what.
    AuditRecord {
        /// When.
        at: i64,
        /// Who.
        actor: String,
        /// What.
        action: String,
        /// To what.
        subject: String,
    }
}

/// A property as a client set it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PropertyRecord {
    /// Its XML namespace.
    pub namespace: String,
    /// Its local name.
    pub name: String,
    /// The whole element, complete in itself.
    pub xml: String,
}

/// How far ahead can be booked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum WindowRecord {
    /// Days from now.
    Rolling(u16),
    /// The first and last date, as days since the epoch.
    Range(i32, i32),
}

/// What kind of thing takes the time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum BusyKind {
    /// A booking.
    Booked,
    /// A hold.
    Held,
    /// A calendar event.
    Calendar,
    /// A calendar event that is not certain.
    Tentative,
}

/// A span of a host's time that is taken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BusySpanRecord {
    /// When it starts.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// Seconds to keep free before.
    pub before_s: u32,
    /// Seconds to keep free after.
    pub after_s: u32,
    /// What it is.
    pub kind: BusyKind,
    /// The object or hold that it comes from.
    pub source: Id,
    /// What was booked, for bookings and holds.
    pub event_type: Option<Id>,
    /// When a hold lapses; `i64::MAX` for all else.
    pub expires: i64,
}

/// A single value: a name, a number, a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MetaRecord(pub Vec<u8>);

impl Record for MetaRecord {
    fn encode(&self) -> Vec<u8> {
        [&[Self::SCHEMA], self.0.as_slice()].concat()
    }

    fn decode(payload: &[u8]) -> Option<Self> {
        Some(Self(payload.strip_prefix(&[Self::SCHEMA])?.to_vec()))
    }
}

/// The text of a calendar object, as the client sent it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodyRecord(pub Vec<u8>);

impl Record for BodyRecord {
    fn encode(&self) -> Vec<u8> {
        [&[Self::SCHEMA], self.0.as_slice()].concat()
    }

    fn decode(payload: &[u8]) -> Option<Self> {
        Some(Self(payload.strip_prefix(&[Self::SCHEMA])?.to_vec()))
    }
}

fn encode(schema: u8, record: &impl Serialize) -> Vec<u8> {
    // Records hold plain values only, which postcard always takes.
    postcard::to_extend(record, vec![schema]).unwrap_or_default()
}

fn decode<R: DeserializeOwned>(schema: u8, payload: &[u8]) -> Option<R> {
    postcard::from_bytes(payload.strip_prefix(&[schema])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row written today must be readable for ever: a changed shape changes these bytes.
    #[test]
    fn the_bytes_of_a_record_are_as_agreed() {
        let change = ChangeRecord { name: "a.ics".into(), is_deleted: true, created_seq: 300 };
        assert_eq!(change.encode(), b"\x01\x05a.ics\x01\xac\x02");
        let span = BusySpanRecord {
            start: -1,
            end: 60,
            before_s: 0,
            after_s: 900,
            kind: BusyKind::Held,
            source: [7; 16],
            event_type: None,
            expires: 5,
        };
        let day = BusyRecord { spans: vec![span] };
        let mut expected = b"\x01\x01\x01\x78\x00\x84\x07\x01".to_vec();
        expected.extend_from_slice(&[7; 16]);
        expected.extend_from_slice(b"\x00\x0a");
        assert_eq!(day.encode(), expected);
        assert_eq!(BusyRecord::decode(&expected), Some(day));
    }

    #[test]
    fn a_row_of_another_schema_is_no_record() {
        assert_eq!(ChangeRecord::decode(b"\x02\x05a.ics\x01\xac\x02"), None);
        assert_eq!(BodyRecord::decode(b""), None);
    }
}
