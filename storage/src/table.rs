//! The tables: one byte each, then a key that sorts as scans need it.

use std::marker::PhantomData;

use model::id::{
    AppPasswordId, AttachmentId, BookingId, CollectionId, EventTypeId, HoldId, ScheduleId,
    SubscriptionId, UserId,
};

use crate::engine::Key;
use crate::record::{
    AppPasswordRecord, AttachmentRecord, AuditRecord, BodyRecord, BookingRecord, BusyRecord,
    ChangeRecord, CollectionRecord, EventTypeRecord, ExtraRecord, HoldRecord, MetaRecord,
    ObjectRecord, PrincipalRecord, PropertiesRecord, PublicLinkRecord, PushRecord, Record,
    ScheduleRecord, UserRecord, VisitorRecord,
};

/// The table names, by the byte that keys begin with.
pub const TABLES: &[(u8, &str)] = &[
    (1, "meta"),
    (2, "user"),
    (3, "user name"),
    (4, "app password"),
    (5, "collection"),
    (6, "object"),
    (7, "body"),
    (8, "uid"),
    (9, "change"),
    (10, "busy"),
    (11, "schedule"),
    (12, "event type"),
    (13, "booking"),
    (14, "hold"),
    (15, "visitor"),
    (16, "audit"),
    (17, "properties"),
    (18, "principal"),
    (19, "extra"),
    (20, "attachment"),
    (21, "attachment body"),
    (22, "public link"),
    (23, "push"),
];

/// The name of the table whose keys begin with `id`.
pub(crate) fn name_of(id: u8) -> &'static str {
    TABLES.iter().find(|(it, _)| *it == id).map_or("unknown table", |(_, name)| name)
}

/// The place of one row that holds an `R`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RowKey<R>(pub(crate) Key, PhantomData<fn() -> R>);

/// The rows of a table whose keys begin alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rows<R>(pub(crate) Key, PhantomData<fn() -> R>);

impl<R> RowKey<R> {
    fn new(table: u8, parts: &[&[u8]]) -> Self {
        Self([&[table], parts.concat().as_slice()].concat(), PhantomData)
    }
}

impl<R> Rows<R> {
    fn new(table: u8, parts: &[&[u8]]) -> Self {
        Self([&[table], parts.concat().as_slice()].concat(), PhantomData)
    }

    /// What follows the common beginning in `key`, if `key` is one of these rows.
    pub fn rest<'k>(&self, key: &'k [u8]) -> Option<&'k [u8]> {
        key.strip_prefix(self.0.as_slice())
    }
}

/// A fact about the store as a whole.
pub fn meta(name: &str) -> RowKey<MetaRecord> {
    RowKey::new(1, &[name.as_bytes()])
}

/// A user.
pub fn user(user: UserId) -> RowKey<UserRecord> {
    RowKey::new(2, &[user.as_bytes()])
}

/// All users.
pub fn users() -> Rows<UserRecord> {
    Rows::new(2, &[])
}

/// The user of that name.
pub fn user_name(name: &str) -> RowKey<MetaRecord> {
    RowKey::new(3, &[name.as_bytes()])
}

/// A password of one device.
pub fn app_password(user: UserId, id: AppPasswordId) -> RowKey<AppPasswordRecord> {
    RowKey::new(4, &[user.as_bytes(), id.as_bytes()])
}

/// The passwords of a user's devices.
pub fn app_passwords(user: UserId) -> Rows<AppPasswordRecord> {
    Rows::new(4, &[user.as_bytes()])
}

/// A calendar.
pub fn collection(user: UserId, id: CollectionId) -> RowKey<CollectionRecord> {
    RowKey::new(5, &[user.as_bytes(), id.as_bytes()])
}

/// All calendars of all users.
pub fn collections() -> Rows<CollectionRecord> {
    Rows::new(5, &[])
}

/// What is known of a calendar object without its text.
pub fn object(collection: CollectionId, name: &str) -> RowKey<ObjectRecord> {
    RowKey::new(6, &[collection.as_bytes(), name.as_bytes()])
}

/// All calendar objects.
pub fn objects() -> Rows<ObjectRecord> {
    Rows::new(6, &[])
}

/// The objects of one calendar.
pub fn objects_of(collection: CollectionId) -> Rows<ObjectRecord> {
    Rows::new(6, &[collection.as_bytes()])
}

/// The text of a calendar object.
pub fn body(collection: CollectionId, name: &str) -> RowKey<BodyRecord> {
    RowKey::new(7, &[collection.as_bytes(), name.as_bytes()])
}

/// The name of the object with that UID.
pub fn uid(collection: CollectionId, uid: &str) -> RowKey<MetaRecord> {
    RowKey::new(8, &[collection.as_bytes(), uid.as_bytes()])
}

/// The changes of a calendar, by sequence number.
pub fn changes(collection: CollectionId) -> Rows<ChangeRecord> {
    Rows::new(9, &[collection.as_bytes()])
}

/// The change that a commit logged at that place.
pub fn change(collection: CollectionId, seq: u64, index: u16) -> RowKey<ChangeRecord> {
    RowKey::new(9, &[collection.as_bytes(), &seq.to_be_bytes(), &index.to_be_bytes()])
}

/// All changes of all calendars.
pub fn all_changes() -> Rows<ChangeRecord> {
    Rows::new(9, &[])
}

/// The day that stands for spans too long to be written out day by day.
pub const LONG: i64 = i64::MIN;

/// What takes a host's time on a UTC day, counted from the epoch, or for [`LONG`].
pub fn busy(host: UserId, day: i64) -> RowKey<BusyRecord> {
    // The flipped sign bit makes days before the epoch sort first.
    let day = day.cast_unsigned() ^ (1 << 63);
    RowKey::new(10, &[host.as_bytes(), &day.to_be_bytes()])
}

/// All busy days of all hosts.
pub fn busy_days() -> Rows<BusyRecord> {
    Rows::new(10, &[])
}

/// The host and day that `key` is of, if it is of a busy day.
pub fn busy_day(key: &[u8]) -> Option<(UserId, i64)> {
    let (host, day) = key.strip_prefix(&[10])?.split_first_chunk::<16>()?;
    let day = u64::from_be_bytes(day.try_into().ok()?) ^ (1 << 63);
    Some((UserId::from_bytes(*host), day.cast_signed()))
}

/// A schedule.
pub fn schedule(host: UserId, id: ScheduleId) -> RowKey<ScheduleRecord> {
    RowKey::new(11, &[host.as_bytes(), id.as_bytes()])
}

/// The schedules of a host.
pub fn schedules(host: UserId) -> Rows<ScheduleRecord> {
    Rows::new(11, &[host.as_bytes()])
}

/// An event type.
pub fn event_type(host: UserId, id: EventTypeId) -> RowKey<EventTypeRecord> {
    RowKey::new(12, &[host.as_bytes(), id.as_bytes()])
}

/// The event types of a host.
pub fn event_types(host: UserId) -> Rows<EventTypeRecord> {
    Rows::new(12, &[host.as_bytes()])
}

/// A booking.
pub fn booking(id: BookingId) -> RowKey<BookingRecord> {
    RowKey::new(13, &[id.as_bytes()])
}

/// All bookings.
pub fn bookings() -> Rows<BookingRecord> {
    Rows::new(13, &[])
}

/// A hold.
pub fn hold(id: HoldId) -> RowKey<HoldRecord> {
    RowKey::new(14, &[id.as_bytes()])
}

/// All holds.
pub fn holds() -> Rows<HoldRecord> {
    Rows::new(14, &[])
}

/// What a visitor has on hold.
pub fn visitor(token: [u8; 16]) -> RowKey<VisitorRecord> {
    RowKey::new(15, &[&token])
}

/// What all visitors have on hold.
pub fn visitors() -> Rows<VisitorRecord> {
    Rows::new(15, &[])
}

/// One entry of the audit trail, by the rest of its key.
pub fn audit_entry(rest: &[u8]) -> RowKey<AuditRecord> {
    RowKey::new(16, &[rest])
}

/// The audit trail, by sequence number.
pub fn audit() -> Rows<AuditRecord> {
    Rows::new(16, &[])
}

/// The dead properties of a user's principal or calendar home.
pub fn properties(user: UserId, of: &str) -> RowKey<PropertiesRecord> {
    RowKey::new(17, &[user.as_bytes(), of.as_bytes()])
}

/// What a user is beside a login.
pub fn principal(user: UserId) -> RowKey<PrincipalRecord> {
    RowKey::new(18, &[user.as_bytes()])
}

/// All that users are beside logins.
pub fn principals() -> Rows<PrincipalRecord> {
    Rows::new(18, &[])
}

/// What is kept of a member beside its text.
pub fn extra(collection: CollectionId, name: &str) -> RowKey<ExtraRecord> {
    RowKey::new(19, &[collection.as_bytes(), name.as_bytes()])
}

/// What is kept of all members beside their texts.
pub fn extras() -> Rows<ExtraRecord> {
    Rows::new(19, &[])
}

/// An attachment without its bytes.
pub fn attachment(id: AttachmentId) -> RowKey<AttachmentRecord> {
    RowKey::new(20, &[id.as_bytes()])
}

/// All attachments without their bytes.
pub fn attachments() -> Rows<AttachmentRecord> {
    Rows::new(20, &[])
}

/// The bytes of an attachment.
pub fn attachment_body(id: AttachmentId) -> RowKey<BodyRecord> {
    RowKey::new(21, &[id.as_bytes()])
}

/// The link by which anybody can read a calendar.
pub fn public_link(user: UserId, id: CollectionId) -> RowKey<PublicLinkRecord> {
    RowKey::new(22, &[user.as_bytes(), id.as_bytes()])
}

/// All links by which anybody can read calendars.
pub fn public_links() -> Rows<PublicLinkRecord> {
    Rows::new(22, &[])
}

/// A device that is told of changes of a calendar.
pub fn push(id: SubscriptionId) -> RowKey<PushRecord> {
    RowKey::new(23, &[id.as_bytes()])
}

/// All devices that are told of changes.
pub fn pushes() -> Rows<PushRecord> {
    Rows::new(23, &[])
}

/// Splits the 16 bytes of an identifier off a key's rest.
pub fn split_id(rest: &[u8]) -> Option<([u8; 16], &[u8])> {
    let (id, rest) = rest.split_first_chunk::<16>()?;
    Some((*id, rest))
}

/// The sequence number at the beginning of a log entry's rest.
pub fn split_seq(rest: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*rest.first_chunk()?))
}

impl<R: Record> RowKey<R> {
    /// The row's bytes as the engine knows it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
