//! The members of one calendar: by name, by time, and by when they last changed.

use std::sync::Arc;

use model::interval::{Instant, Interval};
use storage::record::{AceRecord, ChangeRecord, ExtraRecord, ObjectRecord, PropertyRecord, Record};
use storage::table;

use super::shelf::{Reach, Shelf, unique};

/// A calendar object without its text.
#[derive(Debug)]
pub struct Entry {
    /// Its name in links.
    pub name: Arc<str>,
    /// The strong entity tag, quotes included (RFC 9110 §8.8.3).
    pub etag: String,
    /// RFC 5545 §3.8.4.7.
    pub uid: String,
    /// The component, such as VEVENT.
    pub component: String,
    /// Bytes of its text.
    pub length: u32,
    /// When this text was stored.
    pub modified: Instant,
    /// Stands for this very text, as long as the process lives.
    pub number: u64,
    /// The commit that wrote it, and its text.
    pub(crate) version: u64,
    pub(crate) first: Instant,
    pub(crate) last: Instant,
    /// Whether the span alone cannot tell which windows the object touches.
    pub(crate) is_loose: bool,
}

impl Reach for Arc<Entry> {}

/// An entry among those of its time: what most questions ask of it stands beside it.
#[derive(Clone, Debug)]
struct Timed {
    last: Instant,
    entry: Arc<Entry>,
}

impl Reach for Timed {
    fn reach(&self) -> i64 {
        self.last
    }
}

impl Entry {
    /// Whether it is an event.
    pub(crate) fn is_event(&self) -> bool {
        self.component == "VEVENT"
    }
}

/// Some members that follow each other by name.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// Stands for these very members, as long as the process lives.
    pub number: u64,
    /// Whether anything is kept beside the text of any of them.
    pub has_extras: bool,
    items: &'a [(Arc<str>, Arc<Entry>)],
}

impl<'a> Chunk<'a> {
    /// The members, by name.
    pub fn entries(self) -> impl Iterator<Item = &'a Arc<Entry>> {
        self.items.iter().map(|it| &it.1)
    }
}

/// The list in which an entry is found by when it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum TimeShelf {
    Bounded,
    Endless,
    Timeless,
}

impl TimeShelf {
    fn of(entry: &Entry) -> Self {
        match entry.last {
            Instant::MAX if entry.is_event() => Self::Endless,
            Instant::MAX => Self::Timeless,
            _ => Self::Bounded,
        }
    }
}

/// What is kept of a member beside its text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extra {
    /// The media type of what is no calendar object.
    pub media_type: Option<String>,
    /// Its properties, as clients set them.
    pub properties: Vec<PropertyRecord>,
    /// Who may do what with it, before what its collection says.
    pub acl: Vec<AceRecord>,
}

impl Reach for Arc<Extra> {}

impl From<ExtraRecord> for Extra {
    fn from(record: ExtraRecord) -> Self {
        let ExtraRecord { media_type, properties, acl } = record;
        Self { media_type, properties, acl }
    }
}

/// A change of a member.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) name: String,
    pub(crate) is_deleted: bool,
}

impl Reach for Arc<Changed> {}

/// The place of a change: commit, and entry within it.
pub(crate) type Place = (u64, u16);

type ByTime = Shelf<(Instant, Arc<str>), Timed>;

/// All members at one moment.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Stands for these very members.
    number: u64,
    by_name: Shelf<Arc<str>, Arc<Entry>>,
    by_time: ByTime,
    /// Those that do not end: they would make every chunk reach for ever.
    endless: ByTime,
    /// Tasks and whatever else is not found by when it is.
    timeless: ByTime,
    changes: Shelf<Place, Arc<Changed>>,
    extras: Shelf<Arc<str>, Arc<Extra>>,
    bytes: u64,
}

impl Members {
    /// All members, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.by_name.iter().map(|it| &it.1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The member of that name.
    pub fn find(&self, name: &str) -> Option<&Arc<Entry>> {
        self.by_name.find(name)
    }

    /// Bytes of all texts.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What is kept beside the text of the member of that name.
    pub fn extra(&self, name: &str) -> Option<&Arc<Extra>> {
        self.extras.find(name)
    }

    /// Whether any member has a list of its own that says who may do what.
    pub fn has_acls(&self) -> bool {
        self.names_with_acls().next().is_some()
    }

    /// The names of the members that have a list of their own.
    pub(crate) fn names_with_acls(&self) -> impl Iterator<Item = &str> {
        self.extras.iter().filter(|it| !it.1.acl.is_empty()).map(|it| &*it.0)
    }

    /// The number of the last commit that changed a member; zero if none ever did.
    pub fn seq(&self) -> u64 {
        self.changes.last().map_or(0, |it| it.0.0)
    }

    /// Stands for these very members, as long as the process lives; zero for none at all.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether anything is kept beside the text of any member.
    pub fn has_extras(&self) -> bool {
        !self.extras.is_empty()
    }

    /// All members by name, in chunks.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'_>> {
        self.by_name.chunks().map(|(number, items)| {
            let has_extras = match (items.first(), items.last()) {
                (Some((first, _)), Some((last, _))) if self.has_extras() => self
                    .extras
                    .starting_at(Arc::clone(first))
                    .next()
                    .is_some_and(|it| it.0 <= *last),
                _ => false,
            };
            Chunk { number, has_extras, items }
        })
    }

    /// The members that may touch `window`: the cost is that of the answer.
    pub(crate) fn near(&self, window: Interval) -> impl Iterator<Item = &Arc<Entry>> {
        let is_beyond = move |key: &(Instant, Arc<str>)| key.0 >= window.end();
        let timeless = self.timeless.reaching(Instant::MIN, is_beyond).map(|it| &it.1.entry);
        self.events_near(window).chain(timeless)
    }

    /// The events that may touch `window`.
    pub(crate) fn events_near(&self, window: Interval) -> impl Iterator<Item = &Arc<Entry>> {
        let is_beyond = move |key: &(Instant, Arc<str>)| key.0 >= window.end();
        let bounded = self.by_time.reaching(window.start(), is_beyond);
        bounded.chain(self.endless.reaching(Instant::MAX, is_beyond)).map(|it| &it.1.entry)
    }

    fn time_shelf(&mut self, entry: &Entry) -> &mut ByTime {
        match TimeShelf::of(entry) {
            TimeShelf::Bounded => &mut self.by_time,
            TimeShelf::Endless => &mut self.endless,
            TimeShelf::Timeless => &mut self.timeless,
        }
    }

    /// The changes after commit `seq`, oldest first; of each member only the last.
    pub(crate) fn changes_after(&self, seq: u64) -> impl Iterator<Item = (u64, &Changed)> {
        self.changes_beyond((seq, u16::MAX)).map(|it| (it.0.0, it.1))
    }

    /// The changes beyond a place, in the same commit or later, with their places.
    pub(crate) fn changes_beyond(&self, place: Place) -> impl Iterator<Item = (Place, &Changed)> {
        let next = match place {
            (seq, u16::MAX) => (seq.saturating_add(1), 0),
            (seq, index) => (seq, index + 1),
        };
        self.changes.starting_at(next).map(|it| (it.0, &*it.1))
    }

    pub(super) fn follow_object(&mut self, name: &[u8], version: u64, value: Option<&[u8]>) {
        let Ok(name) = std::str::from_utf8(name) else { return };
        self.number = unique();
        if let Some(old) = self.by_name.find(name).cloned() {
            self.bytes -= u64::from(old.length);
            self.time_shelf(&old).remove(&(old.first, Arc::clone(&old.name)));
        }
        let record = value.and_then(ObjectRecord::decode).filter(|it| !it.is_deleted);
        let Some(record) = record else {
            self.by_name.remove(name);
            return;
        };
        let entry = entry(name, version, record);
        self.bytes += u64::from(entry.length);
        self.by_name.insert(Arc::clone(&entry.name), Arc::clone(&entry));
        let (key, last) = ((entry.first, Arc::clone(&entry.name)), entry.last);
        self.time_shelf(&entry).insert(key, Timed { last, entry: Arc::clone(&entry) });
    }

    pub(super) fn follow_extra(&mut self, name: &[u8], value: Option<&[u8]>) {
        let Ok(name) = std::str::from_utf8(name) else { return };
        match value.and_then(ExtraRecord::decode) {
            Some(record) => self.extras.insert(name.into(), Arc::new(record.into())),
            None => self.extras.remove(name),
        }
    }

    pub(super) fn follow_change(&mut self, place: &[u8], value: Option<&[u8]>) {
        let Some(place) = place_of(place) else { return };
        match value.and_then(ChangeRecord::decode) {
            Some(record) => self.changes.insert(place, changed(record)),
            None => self.changes.remove(&place),
        }
    }
}

fn entry(name: &str, version: u64, record: ObjectRecord) -> Arc<Entry> {
    Arc::new(Entry {
        name: name.into(),
        etag: quoted(record.etag),
        uid: record.uid,
        component: record.component,
        length: record.length,
        modified: record.modified,
        number: unique(),
        version,
        first: record.first,
        last: record.last,
        is_loose: record.is_recurring,
    })
}

/// An entity tag as headers and properties carry it.
pub(crate) fn quoted(etag: [u8; 16]) -> String {
    format!("\"{:032x}\"", u128::from_be_bytes(etag))
}

fn changed(record: ChangeRecord) -> Arc<Changed> {
    let ChangeRecord { name, is_deleted, created_seq: _ } = record;
    Arc::new(Changed { name, is_deleted })
}

fn place_of(place: &[u8]) -> Option<Place> {
    let seq = table::split_seq(place)?;
    Some((seq, u16::from_be_bytes(place.get(8..10)?.try_into().ok()?)))
}

/// Rows of one calendar as they come from a scan.
#[derive(Default)]
pub(super) struct Loading {
    entries: Vec<Arc<Entry>>,
    changes: Vec<(Place, Arc<Changed>)>,
    extras: Vec<(Arc<str>, Arc<Extra>)>,
}

impl Loading {
    pub(super) fn object(&mut self, name: &[u8], version: u64, record: ObjectRecord) {
        if let (false, Ok(name)) = (record.is_deleted, std::str::from_utf8(name)) {
            self.entries.push(entry(name, version, record));
        }
    }

    pub(super) fn extra(&mut self, name: &[u8], record: ExtraRecord) {
        if let Ok(name) = std::str::from_utf8(name) {
            self.extras.push((name.into(), Arc::new(record.into())));
        }
    }

    /// Takes over the changes that were read beside.
    pub(super) fn changes(&mut self, beside: Self) {
        self.changes.extend(beside.changes);
    }

    pub(super) fn change(&mut self, place: &[u8], record: ChangeRecord) {
        if let Some(place) = place_of(place) {
            self.changes.push((place, changed(record)));
        }
    }
}

impl From<Loading> for Members {
    fn from(loading: Loading) -> Self {
        let by_time = |shelf: TimeShelf| {
            let wanted = loading.entries.iter().filter(|it| TimeShelf::of(it) == shelf);
            let timed = |it: &Arc<Entry>| Timed { last: it.last, entry: Arc::clone(it) };
            let items = wanted.map(|it| ((it.first, Arc::clone(&it.name)), timed(it)));
            Shelf::from_items(items.collect())
        };
        Self {
            number: unique(),
            bytes: loading.entries.iter().map(|it| u64::from(it.length)).sum(),
            by_time: by_time(TimeShelf::Bounded),
            endless: by_time(TimeShelf::Endless),
            timeless: by_time(TimeShelf::Timeless),
            by_name: Shelf::from_items(
                loading.entries.into_iter().map(|it| (Arc::clone(&it.name), it)).collect(),
            ),
            changes: Shelf::from_items(loading.changes),
            extras: Shelf::from_items(loading.extras),
        }
    }
}
