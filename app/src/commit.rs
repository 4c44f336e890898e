//! The one path by which calendars change: object, change log, busy days and booking together.
//!
//! It runs inside a transaction, so it only reads rows by keys it can name; all that
//! needs parsing was worked out in [`crate::planned`].

use std::collections::{BTreeMap, BTreeSet};

use model::id::{BookingId, CollectionId, UserId};
use model::interval::{DAY_S, Instant, Interval};
use model::limit::SPANS_PER_DAY_MAX;
use slots::{Busy, Kind, Reason};
use storage::record::{
    BodyRecord, BookingRecord, BusyKind, BusyRecord, BusySpanRecord, ChangeRecord, CollectionKind,
    ExtraRecord, Id, MetaRecord, ObjectRecord,
};
use storage::table::{self, LONG, RowKey};
use storage::{Tx, WriteError};

use crate::calendar::properties::apply;
use crate::calendar::{Condition, PropertyChange, named};
use crate::index::{Collection, counts_at};
use crate::planned::{Text, days_of};
use crate::refusal::Refusal;
use crate::secret::short_hash;

/// What is to become of an object.
#[derive(Clone, Debug)]
pub(crate) struct ObjectPlan<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) name: &'a str,
    /// The entity tag of the text that the plan was made from; nothing if there was none.
    pub(crate) base: Option<Id>,
    /// What the client takes for granted.
    pub(crate) condition: &'a Condition,
    /// The new text, or nothing where the object goes.
    pub(crate) text: Option<&'a Text>,
    /// What changes of its properties with the text.
    pub(crate) properties: &'a [PropertyChange],
    pub(crate) busy: BusyPlan,
    /// The booking whose event it is.
    pub(crate) booking: Option<BookingId>,
    pub(crate) now: Instant,
}

/// What is to become of the time that one source takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct BusyPlan {
    pub(crate) source: Id,
    /// The days that hold spans of the source now.
    pub(crate) old_days: BTreeSet<i64>,
    /// The spans that the source will have.
    pub(crate) spans: Vec<BusySpanRecord>,
    /// Whether no other span may be closer than the gaps allow.
    pub(crate) is_exclusive: bool,
}

/// What is to become of the time that many sources of one host take.
#[derive(Clone, Debug, Default)]
pub(crate) struct BusyBatch {
    /// The sources that take none any more.
    pub(crate) sources: BTreeSet<Id>,
    /// The days that hold spans of them now.
    pub(crate) old_days: BTreeSet<i64>,
    /// The spans that come.
    pub(crate) spans: Vec<BusySpanRecord>,
}

/// Puts or removes one object. True if there was none before.
pub(crate) fn change_object(
    tx: &mut Tx<'_>,
    plan: &ObjectPlan<'_>,
) -> Result<bool, WriteError<Refusal>> {
    let home = plan.collection.owner;
    let record = tx.read(&table::collection(home, plan.collection.id))?;
    let record = record.ok_or(Refusal::NotFound)?;
    if plan.text.is_some() && record.kind == CollectionKind::Folder {
        let path = match record.slug.as_str() {
            "" => plan.name.to_owned(),
            slug => format!("{slug}/{}", plan.name),
        };
        if named(tx, home, &path)?.is_some() {
            return Err(Refusal::Exists.into());
        }
    }
    write_object(tx, plan)
}

/// Puts one object into a collection that has no row yet, so that nobody sees it.
///
/// Its time is taken in the transaction that shows the collection.
pub(crate) fn put_unseen(
    tx: &mut Tx<'_>,
    plan: &ObjectPlan<'_>,
) -> Result<(), WriteError<Refusal>> {
    write_object(tx, plan).map(|_| ())
}

fn write_object(tx: &mut Tx<'_>, plan: &ObjectPlan<'_>) -> Result<bool, WriteError<Refusal>> {
    let key = table::object(plan.collection.id, plan.name);
    let known = tx.read(&key)?;
    let version = tx.version(&key)?;
    let live = known.as_ref().filter(|it| !it.is_deleted);
    plan.condition.check(live.map(|it| it.etag))?;
    if live.map(|it| it.etag) != plan.base {
        // The plan was made from another text: plan again.
        return Err(Refusal::Busy.into());
    }
    if plan.text.is_none() && live.is_none() {
        return Err(Refusal::NotFound.into());
    }
    // Each name has one change: the last.
    if let Some(known) = &known {
        tx.remove(&table::change(plan.collection.id, version, known.change_index));
    }
    // A name that comes back keeps its first number: a client may know it from before.
    let created_seq =
        known.as_ref().map_or(0, |it| if it.created_seq == 0 { version } else { it.created_seq });
    let change =
        ChangeRecord { name: plan.name.to_owned(), is_deleted: plan.text.is_none(), created_seq };
    let change_index = tx.append(&table::changes(plan.collection.id), &change);
    write_uid(tx, plan, live.map(|it| it.uid.as_str()))?;
    let body = table::body(plan.collection.id, plan.name);
    match plan.text {
        Some(text) => {
            tx.put(&key, &object_record(text, plan.now, created_seq, change_index));
            tx.put(&body, &BodyRecord(text.bytes.clone()));
            write_extra(tx, plan, text.media_type.as_ref())?;
        }
        None => {
            tx.put(&key, &gone_record(plan.now, created_seq, change_index));
            tx.remove(&body);
            let extra = table::extra(plan.collection.id, plan.name);
            if tx.read(&extra)?.is_some() {
                tx.remove(&extra);
            }
        }
    }
    change_busy(tx, plan.collection.owner, &plan.busy, plan.now)?;
    if let Some(booking) = plan.booking {
        follow_event(tx, plan, booking)?;
    }
    Ok(live.is_none())
}

/// Writes what is kept beside a text.
fn write_extra(
    tx: &mut Tx<'_>,
    plan: &ObjectPlan<'_>,
    media_type: Option<&String>,
) -> Result<(), WriteError<Refusal>> {
    if media_type.is_none() && plan.properties.is_empty() {
        return Ok(());
    }
    let key = table::extra(plan.collection.id, plan.name);
    let mut extra: ExtraRecord = tx.read(&key)?.unwrap_or_default();
    apply(&mut extra.properties, plan.properties)?;
    extra.media_type = media_type.cloned().or(extra.media_type);
    tx.put(&key, &extra);
    Ok(())
}

fn object_record(text: &Text, now: Instant, created_seq: u64, change_index: u16) -> ObjectRecord {
    ObjectRecord {
        etag: text.etag,
        uid: text.summary.uid.clone(),
        component: text.summary.component.clone(),
        first: text.span.first,
        last: text.span.last,
        is_recurring: text.span.is_loose,
        length: u32::try_from(text.bytes.len()).unwrap_or(u32::MAX),
        modified: now,
        created_seq,
        change_index,
        is_deleted: false,
    }
}

/// What stays of an object that went, so that its last change can be found.
fn gone_record(now: Instant, created_seq: u64, change_index: u16) -> ObjectRecord {
    ObjectRecord {
        etag: [0; 16],
        uid: String::new(),
        component: String::new(),
        first: 0,
        last: 0,
        is_recurring: false,
        length: 0,
        modified: now,
        created_seq,
        change_index,
        is_deleted: true,
    }
}

/// The row that says which object has a UID, however long that is.
pub(crate) fn uid_row(collection: CollectionId, uid: &str) -> RowKey<MetaRecord> {
    let hash = u128::from_be_bytes(short_hash(&[uid.as_bytes()]));
    table::uid(collection, &format!("{hash:032x}"))
}

/// Keeps UIDs unique within a calendar (RFC 4791 §5.3.2.1, no-uid-conflict).
fn write_uid(
    tx: &mut Tx<'_>,
    plan: &ObjectPlan<'_>,
    old: Option<&str>,
) -> Result<(), WriteError<Refusal>> {
    let key = |uid: &str| uid_row(plan.collection.id, uid);
    // Files have none.
    let new = plan.text.map(|it| it.summary.uid.as_str()).filter(|it| !it.is_empty());
    let old = old.filter(|it| !it.is_empty());
    if new == old {
        return Ok(());
    }
    if let (Some(_), Some(_)) = (old, new) {
        // What stands there keeps its UID (RFC 4791 §5.3.2.1).
        return Err(Refusal::UidConflict(plan.name.to_owned()).into());
    }
    if let Some(old) = old {
        tx.remove(&key(old));
    }
    if let Some(new) = new {
        if let Some(holder) = tx.read(&key(new))? {
            let holder = String::from_utf8_lossy(&holder.0).into_owned();
            return Err(Refusal::UidConflict(holder).into());
        }
        tx.put(&key(new), &MetaRecord(plan.name.as_bytes().to_vec()));
    }
    Ok(())
}

/// Takes a source's spans out of the busy days and puts its new ones in.
pub(crate) fn change_busy(
    tx: &mut Tx<'_>,
    host: UserId,
    plan: &BusyPlan,
    now: Instant,
) -> Result<(), WriteError<Refusal>> {
    if plan.is_exclusive {
        check_exclusive(tx, host, plan, now)?;
    }
    let batch = BusyBatch {
        sources: BTreeSet::from([plan.source]),
        old_days: plan.old_days.clone(),
        spans: plan.spans.clone(),
    };
    change_much_busy(tx, host, &batch, now)
}

/// The same for many sources, none of which has to keep its distance from others.
pub(crate) fn change_much_busy(
    tx: &mut Tx<'_>,
    host: UserId,
    batch: &BusyBatch,
    now: Instant,
) -> Result<(), WriteError<Refusal>> {
    let mut by_day: BTreeMap<i64, Vec<&BusySpanRecord>> = BTreeMap::new();
    for span in &batch.spans {
        for day in days_of(span) {
            by_day.entry(day).or_default().push(span);
        }
    }
    let days: BTreeSet<i64> =
        batch.old_days.iter().copied().chain(by_day.keys().copied()).collect();
    for day in days {
        let key = table::busy(host, day);
        let known = tx.read(&key)?.map(|it| it.spans).unwrap_or_default();
        let mut spans = known.clone();
        spans.retain(|it| !batch.sources.contains(&it.source) && counts_at(it, now));
        spans.extend(by_day.remove(&day).into_iter().flatten().cloned());
        if spans.len() > SPANS_PER_DAY_MAX {
            return Err(Refusal::TooMany("events on one day").into());
        }
        spans.sort_by_key(|it| (it.start, it.end, it.source));
        if spans.is_empty() {
            tx.remove(&key);
        } else if spans != known {
            tx.put(&key, &BusyRecord { spans });
        }
    }
    Ok(())
}

/// Refuses spans that come too close to another, or to each other (R4, I3).
fn check_exclusive(
    tx: &mut Tx<'_>,
    host: UserId,
    plan: &BusyPlan,
    now: Instant,
) -> Result<(), WriteError<Refusal>> {
    let mut spans: Vec<&BusySpanRecord> = plan.spans.iter().collect();
    spans.sort_by_key(|it| it.start);
    let too_close = |pair: &[&BusySpanRecord]| {
        let gap_s = i64::from(pair[0].after_s.max(pair[1].before_s));
        pair[1].start < pair[0].end + gap_s
    };
    if spans.windows(2).any(too_close) {
        return Err(Refusal::Unavailable(vec![Reason::Booked], Vec::new()).into());
    }
    // A long span is written in one row, but what it may meet stands in the rows of its days.
    let touched = plan.spans.iter().filter_map(|it| Interval::new(it.start, it.end).ok());
    let days: BTreeSet<i64> =
        touched.flat_map(|it| it.widened(86_400, 86_400).utc_days()).collect();
    let others = read_days(tx, host, days, (plan.source, None), now)?;
    for span in spans {
        let Ok(asked) = Interval::new(span.start, span.end) else { continue };
        if let Some(other) = others.iter().find(|it| it.blocks(asked, span.before_s, span.after_s))
        {
            let reason =
                if other.span.overlaps(asked) { reason_of(other.kind) } else { Reason::Buffer };
            return Err(Refusal::Unavailable(vec![reason], Vec::new()).into());
        }
    }
    Ok(())
}

const fn reason_of(kind: Kind) -> Reason {
    match kind {
        Kind::Booked => Reason::Booked,
        Kind::Held => Reason::Held,
        Kind::Calendar => Reason::CalendarConflict,
        Kind::Tentative => Reason::Tentative,
    }
}

/// What takes a host's time on `days` and in long spans, without what `except` takes.
pub(crate) fn read_days(
    tx: &mut Tx<'_>,
    host: UserId,
    days: impl IntoIterator<Item = i64>,
    (except, event_type): (Id, Option<Id>),
    now: Instant,
) -> Result<Vec<Busy>, WriteError<Refusal>> {
    let mut found: Vec<BusySpanRecord> = Vec::new();
    let days: BTreeSet<i64> = days.into_iter().chain([LONG]).collect();
    for day in days {
        let spans = tx.read(&table::busy(host, day))?.map(|it| it.spans).unwrap_or_default();
        found.extend(spans.into_iter().filter(|it| it.source != except && counts_at(it, now)));
    }
    found.sort_by_key(|it| (it.start, it.end, it.source));
    found.dedup();
    Ok(found.iter().filter_map(|it| busy_of(it, event_type)).collect())
}

/// The UTC days that a meeting at `span` must be checked against: a day more on each side.
pub(crate) fn days_around(span: Interval) -> impl Iterator<Item = i64> {
    let wide = span.widened(86_400 + 3_600, 86_400 + 3_600);
    wide.start().div_euclid(DAY_S)..=wide.end().div_euclid(DAY_S)
}

/// A stored span as the slot engine knows it; `event_type` says which count toward a limit.
pub(crate) fn busy_of(span: &BusySpanRecord, event_type: Option<Id>) -> Option<Busy> {
    Some(Busy {
        span: Interval::new(span.start, span.end).ok()?,
        before_s: span.before_s,
        after_s: span.after_s,
        kind: match span.kind {
            BusyKind::Booked => Kind::Booked,
            BusyKind::Held => Kind::Held,
            BusyKind::Calendar => Kind::Calendar,
            BusyKind::Tentative => Kind::Tentative,
        },
        counts: event_type.is_some() && span.event_type == event_type,
    })
}

/// A booking follows its event: it is cancelled when that goes, and moves when that moves.
fn follow_event(
    tx: &mut Tx<'_>,
    plan: &ObjectPlan<'_>,
    id: BookingId,
) -> Result<(), WriteError<Refusal>> {
    let key = table::booking(id);
    let Some(booking) = tx.read(&key)? else { return Ok(()) };
    let is_its_event =
        booking.collection == *plan.collection.id.as_bytes() && booking.object == plan.name;
    if !is_its_event || booking.is_cancelled {
        return Ok(());
    }
    let followed = match (plan.text, plan.text.and_then(Text::meeting)) {
        (Some(_), Some(at)) => {
            BookingRecord { start: at.start(), end: at.end(), ..booking.clone() }
        }
        // A series or a whole day says nothing that a booking could follow.
        (Some(text), None) if !text.is_cancelled => return Ok(()),
        (_, None) => BookingRecord { is_cancelled: true, ..booking.clone() },
        (None, Some(_)) => return Ok(()),
    };
    if followed != booking {
        tx.put(&key, &followed);
    }
    Ok(())
}
