//! Every limit of the product, with its unit and its reason.

/// Bytes of one calendar object; also `CALDAV:max-resource-size`.
///
/// Inline attachments of a few megabytes are common, larger ones belong elsewhere.
pub const OBJECT_MAX_BYTES: usize = 10 * 1024 * 1024;
/// Bytes of an iCalendar stream that is imported: a whole calendar of many years.
pub const STREAM_MAX_BYTES: usize = 512 * 1024 * 1024;
/// Lines of an imported stream.
pub const STREAM_LINES_MAX: usize = 16_000_000;
/// Components of an imported stream.
pub const STREAM_COMPONENTS_MAX: usize = 1_000_000;
/// Bytes of an XML request body: the largest multiget fits several times.
pub const XML_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a form posted by a page.
pub const FORM_MAX_BYTES: usize = 64 * 1024;
/// Depth of an XML request; DAV needs about ten.
pub const XML_MAX_DEPTH: usize = 64;
/// Elements of an XML request.
pub const XML_MAX_ELEMENTS: usize = 100_000;
/// Filters of one query, those within others included: what people search by has ten at most,
/// and each may have to look through the whole calendar.
pub const FILTERS_MAX: usize = 50;
/// Bytes of a text that a filter looks for: more than anybody types.
pub const FILTER_TEXT_MAX_BYTES: usize = 1_024;
/// Properties named in one request.
pub const PROPERTIES_MAX: usize = 500;
/// Bytes of the names of all properties in one request: each answer repeats them.
pub const NAMES_MAX_BYTES: usize = 64 * 1024;
/// Members named in one `calendar-multiget`.
pub const MULTIGET_MAX: usize = 5_000;
/// Objects that one request may make, change and remove: more would keep others waiting.
pub const BULK_MAX: usize = 1_000;
/// Bytes of a request's header, names and values together.
pub const HEADER_MAX_BYTES: usize = 64 * 1024;
/// Header fields of a request.
pub const HEADERS_MAX: usize = 100;
/// Bytes of a request's target.
pub const URI_MAX_BYTES: usize = 4 * 1024;
/// Bytes of one segment of a path, decoded: what file systems of clients allow.
pub const SEGMENT_MAX_BYTES: usize = 255;
/// Lines of one calendar object, before unfolding.
pub const LINES_MAX: usize = 400_000;
/// Properties of one calendar object.
pub const LOGICAL_LINES_MAX: usize = 200_000;
/// Bytes of one unfolded line.
pub const LINE_MAX_BYTES: usize = OBJECT_MAX_BYTES;
/// Nested components: VCALENDAR, VEVENT, VALARM and room for what RFC 9073 nests.
pub const DEPTH_MAX: usize = 8;
/// Components of one calendar object (a series and its overrides).
pub const COMPONENTS_MAX: usize = 10_000;
/// Attendees of one component.
pub const ATTENDEES_MAX: usize = 1_000;
/// RRULEs of one component; RFC 5545 §3.8.5.3 would have one.
pub const RULES_MAX: usize = 10;
/// RDATE and EXDATE values of one component.
pub const DATES_MAX: usize = 10_000;
/// Instances that one request may expand to.
pub const INSTANCES_MAX: usize = 100_000;
/// Bytes of the texts that one answer may carry; a calendar beyond it is fetched in parts.
pub const ANSWER_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Bytes of an answer in XML: as many texts as one may carry, with all around them.
pub const DOCUMENT_MAX_BYTES: usize = 384 * 1024 * 1024;
/// Bytes of texts kept in memory: those of ten thousand objects.
pub const KEPT_TEXTS_BYTES: usize = 12 * 1024 * 1024;
/// Bytes of outlines kept in memory: those of as many objects.
pub const KEPT_OUTLINES_BYTES: usize = 5 * 1024 * 1024;
/// Bytes of parts of answers kept in memory: a listing of as many.
pub const KEPT_ANSWERS_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of the texts that one request may expand to.
pub const EXPANDED_MAX_BYTES: usize = 32 * 1024 * 1024;
/// Instances of one object that one request may expand to.
pub const OBJECT_INSTANCES_MAX: usize = 10_000;
/// Days, times and periods that the rules of one object are looked through, each time that it is
/// asked when it is: 100,000 weeks are 900,000, and take a few milliseconds.
pub const SCAN_STEPS_MAX: u32 = 1_000_000;
/// Those of all objects that one request looks through: about half a second.
pub const REQUEST_STEPS_MAX: u32 = 50_000_000;
/// Steps that writing out one instance counts for.
pub const INSTANCE_STEPS: usize = 50;
/// Times that a rule may make within one of its periods: every quarter of an hour of a year is
/// 35,136, every minute of a day 1,440, every second of an hour 3,600.
pub const PERIOD_TIMES_MAX: usize = 50_000;
/// Days, times and periods that the rules of one VTIMEZONE are looked through.
pub const ZONE_STEPS_MAX: u32 = 100_000;
/// Time zones of one object that are described in it and nowhere else, or written into it.
pub const OBJECT_ZONES_MAX: usize = 100;
/// Instances of one object that its alarms are looked for at: five alarms of each that it may have.
pub const ALARM_INSTANCES_MAX: usize = 5 * OBJECT_INSTANCES_MAX;
/// Occurrences that a COUNT may ask for.
pub const COUNT_MAX: u32 = 100_000;
/// Calendars of one user.
pub const COLLECTIONS_MAX: usize = 500;
/// Folders within folders.
pub const FOLDERS_DEEP: usize = 16;
/// Entries of one access control list.
pub const ACES_MAX: usize = 100;
/// Bytes of all that is in one home, attachments included; also the quota that is told.
pub const HOME_MAX_BYTES: u64 = 10 * 1024 * 1024 * 1024;
/// Bytes of one attachment.
pub const ATTACHMENT_MAX_BYTES: usize = 10 * 1024 * 1024;
/// Objects that one attachment may be attached to.
pub const PLACES_MAX: usize = 1_000;
/// Attachments of one object.
pub const ATTACHMENTS_MAX: usize = 20;
/// Resources that one `expand-property` may lead to, and how deep.
pub const EXPANDED_MAX: usize = 2_000;
/// See [`EXPANDED_MAX`].
pub const EXPANDED_DEEP: usize = 8;
/// Principals that one search may find.
pub const FOUND_MAX: usize = 200;
/// Users with whom one calendar is shared.
pub const INVITES_MAX: usize = 500;
/// Bytes of the address in an invitation: a mail address, or a principal's path in percents.
pub const INVITE_ADDRESS_MAX_BYTES: usize = 1_024;
/// Bytes of the name that a sharer gives to somebody.
pub const INVITE_NAME_MAX_BYTES: usize = 200;
/// Bytes of what a sharer says of a calendar: its name, or a few sentences. All invitations are
/// in the row of their calendar, which is written whole.
pub const INVITE_SUMMARY_MAX_BYTES: usize = 1_000;
/// Members of a group, or delegates of a user.
pub const DELEGATES_MAX: usize = 1_000;
/// Bytes of all dead properties of one resource.
pub const DEAD_PROPERTIES_MAX_BYTES: usize = 64 * 1024;
/// Changes answered by one `sync-collection` without a client's own limit.
pub const SYNC_MAX: usize = 1_000_000;
/// Days ahead for which busy time is written out; booking windows end before.
pub const HORIZON_DAYS: i64 = 400;
/// Days that a booking window may reach ahead.
pub const WINDOW_MAX_DAYS: u16 = 365;
/// Busy spans of one host and day, more than one a minute; and of all longer than a week.
pub const SPANS_PER_DAY_MAX: usize = 2_000;
/// Days after which a busy span lives in its host's row of long spans.
pub const LONG_SPAN_DAYS: i64 = 7;
/// Seconds that a hold lasts (R11).
pub const HOLD_S: i64 = 300;
/// Holds that one visitor may have at once (R11).
pub const HOLDS_MAX: usize = 3;
/// Days for which a calendar remembers what was deleted: clients away for longer start anew.
pub const TOMBSTONE_DAYS: i64 = 180;
/// Days for which the audit trail is kept, at least.
pub const AUDIT_DAYS: i64 = 90;
/// Holds of all visitors of one network at once: an office shares its address.
pub const HOLDS_PER_NETWORK: usize = 30;
/// Bookings of all visitors of one network within an hour.
pub const BOOKINGS_PER_HOUR: usize = 30;
/// Bytes of a name on a booking.
pub const NAME_MAX_BYTES: usize = 200;
/// Bytes of an address: RFC 5321 §4.5.3.1.
pub const EMAIL_MAX_BYTES: usize = 254;
/// Bytes of a visitor's notes.
pub const NOTES_MAX_BYTES: usize = 4_000;
/// Bytes of a password: more would only feed the hash.
pub const PASSWORD_MAX_BYTES: usize = 1_024;
/// Password hashes computed at one time: each takes 19 MiB.
pub const HASHES_AT_ONCE: usize = 2;
/// Logins that may wait for a hash before 503 is answered.
pub const HASHES_WAITING: usize = 50;
/// Failed logins of one user from one network before 429.
pub const FAILURES_MAX: u32 = 10;
/// Seconds in which failed logins are counted.
pub const FAILURES_WINDOW_S: u64 = 300;
/// Verified credentials remembered at once.
pub const CREDENTIALS_MAX: usize = 10_000;
/// Seconds for which verified credentials are remembered.
pub const CREDENTIALS_S: u64 = 60;
/// Connections of one address at once.
pub const CONNECTIONS_PER_ADDRESS: usize = 200;
/// Years of a time zone that one answer tells of: two changes a year, and some that have four.
pub const ZONE_YEARS_MAX: i64 = 500;
/// Bytes of the texts of a calendar that is given to everybody who has its link.
pub const PUBLIC_MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Days for which busy time is told to those who name none: what calendars ask for to meet.
pub const PUBLIC_BUSY_DAYS: i64 = 60;
/// Devices and calendars of one user that are told of changes: a phone asks for each calendar.
pub const PUSH_MAX: usize = 500;
/// Bytes of the address of a device at its push service.
pub const PUSH_URL_MAX_BYTES: usize = 2_000;
/// Seconds for which a device is told of changes, unless it asks again: clients do so each day.
pub const PUSH_LASTS_S: i64 = 7 * 86_400;
/// Times that a push is tried again before the device counts as gone: the last after four hours.
pub const PUSH_FAILURES_MAX: u32 = 9;
