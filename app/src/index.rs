//! What is kept in memory: users, calendars, their members and busy days, rebuilt from rows.
//!
//! Every change of a row reaches the index through the store's watcher, in the order
//! of commits and before the writer hears of it; readers take a copy that stays as it is.

mod attachments;
mod links;
mod load;
mod members;
mod principals;
mod shelf;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use model::id::{CollectionId, UserId};
use model::interval::{Instant, Interval};
use model::zone::{Zone, ZoneDb};
use parking_lot::RwLock;
use storage::record::{
    AceRecord, BusySpanRecord, CollectionKind, CollectionRecord, Id, InviteRecord, PropertyRecord,
    Record, UserRecord,
};
use storage::table::{self, LONG, RowKey};
use storage::{Committed, Store};

pub(crate) use links::LinkSecret;
pub use members::{Chunk, Entry, Extra, Members};
pub(crate) use members::{Place, quoted};
pub use principals::Principal;

use crate::refusal::Refusal;

/// A user as the index knows them.
#[derive(Debug)]
pub struct User {
    /// Their identity.
    pub id: UserId,
    /// The name used to log in and in links.
    pub name: String,
    /// Where they can be written to.
    pub email: String,
    /// The name for people.
    pub display_name: String,
    /// The zone of what has none.
    pub zone: Zone,
    /// The version of their row: changes with the password.
    pub(crate) version: u64,
    pub(crate) password_hash: String,
}

/// A calendar, or another collection, as the index knows it.
///
/// One that shows somebody else's has the identity and owner of what it shows, and a
/// name and properties of its own.
#[derive(Debug)]
pub struct Collection {
    /// Its identity.
    pub id: CollectionId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name in links, with those of the folders it is in before it.
    pub slug: String,
    /// What it is.
    pub kind: CollectionKind,
    /// The components that it takes.
    pub components: Vec<String>,
    /// Its properties, as clients set them.
    pub properties: Vec<PropertyRecord>,
    /// Who may do what, the first that fits counts.
    pub acl: Vec<AceRecord>,
    /// Whom it is shared with.
    pub invites: Vec<InviteRecord>,
    /// The home that it shows somebody else's collection in, and its own identity there.
    pub shown_in: Option<(UserId, CollectionId)>,
    position: u64,
    /// Whether its events take its owner's time (RFC 6638 §9.1).
    pub takes_time: bool,
    members: Arc<ArcSwap<Members>>,
}

impl Collection {
    /// Its members, as they are at this moment.
    pub fn members(&self) -> Arc<Members> {
        self.members.load_full()
    }

    /// Its property of that name.
    pub fn property(&self, namespace: &str, name: &str) -> Option<&PropertyRecord> {
        self.properties.iter().find(|it| it.namespace == namespace && it.name == name)
    }

    /// Whether it holds bookings: then no two of its events may overlap.
    pub fn is_for_bookings(&self) -> bool {
        self.kind == CollectionKind::Bookings
    }

    /// Whether calendar objects are in it, and nothing else.
    pub fn is_calendar(&self) -> bool {
        match self.kind {
            CollectionKind::Calendar | CollectionKind::Bookings => true,
            CollectionKind::Folder
            | CollectionKind::Inbox
            | CollectionKind::Outbox
            | CollectionKind::Notifications
            | CollectionKind::Subscription => false,
        }
    }

    /// The row that holds it.
    pub(crate) fn key(&self) -> RowKey<CollectionRecord> {
        let (home, id) = self.shown_in.unwrap_or((self.owner, self.id));
        table::collection(home, id)
    }

    /// The home that it is in.
    pub(crate) fn home(&self) -> UserId {
        self.shown_in.map_or(self.owner, |it| it.0)
    }
}

/// The spans of one host by UTC day.
type Days = BTreeMap<i64, Arc<[BusySpanRecord]>>;

/// The busy time of one host.
#[derive(Debug, Default)]
struct Busy {
    days: Days,
    /// The days on which each source has spans.
    sources: HashMap<Id, BTreeSet<i64>>,
}

type UserCollections = HashMap<UserId, BTreeMap<CollectionId, Arc<Collection>>>;

/// Everything that is kept in memory.
#[derive(Debug)]
pub(crate) struct Index {
    users: RwLock<BTreeMap<UserId, Arc<User>>>,
    names: RwLock<BTreeMap<String, UserId>>,
    collections: RwLock<UserCollections>,
    members: RwLock<HashMap<CollectionId, Arc<ArcSwap<Members>>>>,
    busy: RwLock<HashMap<UserId, Busy>>,
    principals: RwLock<HashMap<UserId, Arc<Principal>>>,
    attachments: RwLock<attachments::Attachments>,
    links: RwLock<links::Links>,
    /// The number of the last commit that was taken in.
    seq: AtomicU64,
    zones: ZoneDb,
}

impl Index {
    /// Reads the rows of `store`, then follows its commits.
    pub(crate) fn load(store: &Store, zones: &ZoneDb) -> Result<Arc<Self>, Refusal> {
        let index = Arc::new(Self {
            users: RwLock::default(),
            names: RwLock::default(),
            collections: RwLock::default(),
            members: RwLock::default(),
            busy: RwLock::default(),
            principals: RwLock::default(),
            attachments: RwLock::default(),
            links: RwLock::default(),
            seq: AtomicU64::new(store.last_seq()),
            zones: zones.clone(),
        });
        index.read_all(store)?;
        let follower = Arc::clone(&index);
        store.watch(Box::new(move |committed| follower.follow(committed)));
        Ok(index)
    }

    /// The number of the last commit that all of this takes in.
    pub(crate) fn seq(&self) -> u64 {
        self.seq.load(Ordering::Acquire)
    }

    /// All users, by identity.
    pub(crate) fn users(&self) -> Vec<Arc<User>> {
        self.users.read().values().cloned().collect()
    }

    /// The user of that identity.
    pub(crate) fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.users.read().get(&id).cloned()
    }

    /// The user of that name.
    pub(crate) fn user_named(&self, name: &str) -> Option<Arc<User>> {
        let id = *self.names.read().get(name)?;
        self.user(id)
    }

    /// Everything in the home of a user, the oldest first.
    pub(crate) fn home(&self, owner: UserId) -> Vec<Arc<Collection>> {
        let collections = self.collections.read();
        let mut found: Vec<Arc<Collection>> =
            collections.get(&owner).map(|it| it.values().cloned().collect()).unwrap_or_default();
        found.sort_by_key(|it| it.position);
        found
    }

    /// The collections of a user without those that show somebody else's, the oldest first.
    pub(crate) fn collections(&self, owner: UserId) -> Vec<Arc<Collection>> {
        let mut found = self.home(owner);
        found.retain(|it| it.shown_in.is_none());
        found
    }

    /// The user's collection of that name.
    pub(crate) fn collection(&self, owner: UserId, slug: &str) -> Option<Arc<Collection>> {
        let collections = self.collections.read();
        collections.get(&owner)?.values().find(|it| it.slug == slug).cloned()
    }

    /// The collection of that identity and owner.
    pub(crate) fn collection_of(&self, owner: UserId, id: CollectionId) -> Option<Arc<Collection>> {
        self.collections.read().get(&owner)?.get(&id).cloned()
    }

    /// What takes a host's time in `range`, lapsed holds included, in no order.
    pub(crate) fn busy(&self, host: UserId, range: Interval) -> Vec<BusySpanRecord> {
        let busy = self.busy.read();
        let Some(Busy { days, .. }) = busy.get(&host) else { return Vec::new() };
        let mut found = Vec::new();
        let touches = |it: &&BusySpanRecord| it.start < range.end() && range.start() < it.end;
        for (day, spans) in days.range(range.utc_days()).chain(days.get_key_value(&LONG)) {
            let first_day = range.utc_days().start() == day || *day == LONG;
            // A span that touches several days is in each of them, and is told once.
            let begins = |it: &&BusySpanRecord| {
                first_day || it.start.div_euclid(model::interval::DAY_S) == *day
            };
            found.extend(spans.iter().filter(begins).filter(touches).cloned());
        }
        found
    }

    /// Takes in one commit.
    fn follow(&self, committed: &Committed) {
        let mut touched: BTreeMap<CollectionId, Members> = BTreeMap::new();
        for (key, value) in &committed.writes {
            let Some((id, rest)) = key.split_first() else { continue };
            let value = value.as_deref();
            match id {
                2 => self.follow_user(rest, committed.seq, value),
                5 => self.follow_collection(rest, value),
                6 | 9 | 19 => {
                    let Some((collection, rest)) = table::split_id(rest) else { continue };
                    let collection = CollectionId::from_bytes(collection);
                    let members = touched
                        .entry(collection)
                        .or_insert_with(|| (**self.members_of(collection).load()).clone());
                    match id {
                        6 => members.follow_object(rest, committed.seq, value),
                        9 => members.follow_change(rest, value),
                        _ => members.follow_extra(rest, value),
                    }
                }
                18 => self.follow_principal(rest, value),
                20 => self.follow_attachment(rest, value),
                22 => self.follow_link(rest, value),
                10 => self.follow_busy(key, value),
                _ => {}
            }
        }
        for (collection, members) in touched {
            self.members_of(collection).store(Arc::new(members));
        }
        self.seq.store(committed.seq, Ordering::Release);
    }

    fn follow_user(&self, rest: &[u8], version: u64, value: Option<&[u8]>) {
        let Some((id, _)) = table::split_id(rest) else { return };
        let id = UserId::from_bytes(id);
        match value.and_then(UserRecord::decode) {
            Some(record) => self.put_user(id, version, record),
            None => {
                if let Some(user) = self.users.write().remove(&id) {
                    self.names.write().remove(&user.name);
                }
            }
        }
    }

    fn put_user(&self, id: UserId, version: u64, record: UserRecord) {
        let zone = self.zones.zone(&record.zone);
        self.names.write().insert(record.name.clone(), id);
        let user = User {
            id,
            name: record.name,
            email: record.email,
            display_name: record.display_name,
            zone: zone.unwrap_or_else(Zone::utc),
            version,
            password_hash: record.password_hash,
        };
        self.users.write().insert(id, Arc::new(user));
    }

    fn follow_collection(&self, rest: &[u8], value: Option<&[u8]>) {
        let Some((owner, rest)) = table::split_id(rest) else { return };
        let Some((id, _)) = table::split_id(rest) else { return };
        let (owner, id) = (UserId::from_bytes(owner), CollectionId::from_bytes(id));
        match value.and_then(CollectionRecord::decode) {
            Some(record) => self.put_collection(owner, id, record),
            None => {
                if let Some(of_user) = self.collections.write().get_mut(&owner) {
                    of_user.remove(&id);
                }
            }
        }
    }

    fn put_collection(&self, home: UserId, id: CollectionId, record: CollectionRecord) {
        let collection = Arc::new(self.described(home, id, record));
        self.collections.write().entry(home).or_default().insert(id, collection);
    }

    /// The collection that a row of it describes, be the row there already or not.
    pub(crate) fn described(
        &self,
        home: UserId,
        id: CollectionId,
        record: CollectionRecord,
    ) -> Collection {
        let is_transparent = |it: &PropertyRecord| {
            it.name == "schedule-calendar-transp" && it.xml.contains("<transparent")
        };
        let is_calendar =
            matches!(record.kind, CollectionKind::Calendar | CollectionKind::Bookings);
        let (owner, of) = match record.source {
            Some((owner, of)) => (UserId::from_bytes(owner), CollectionId::from_bytes(of)),
            None => (home, id),
        };
        Collection {
            id: of,
            owner,
            slug: record.slug,
            kind: record.kind,
            components: record.components,
            acl: record.acl,
            invites: record.invites,
            shown_in: record.source.map(|_| (home, id)),
            position: record.position,
            // What is booked takes time, whatever somebody says.
            takes_time: record.kind == CollectionKind::Bookings
                || is_calendar && !record.properties.iter().any(is_transparent),
            properties: record.properties,
            members: self.members_of(of),
        }
    }

    /// The members kept under an identity, be there a collection of it or not.
    pub(crate) fn members(&self, id: CollectionId) -> Arc<Members> {
        let members = self.members.read().get(&id).cloned();
        members.map(|it| it.load_full()).unwrap_or_default()
    }

    fn members_of(&self, id: CollectionId) -> Arc<ArcSwap<Members>> {
        if let Some(members) = self.members.read().get(&id) {
            return Arc::clone(members);
        }
        Arc::clone(self.members.write().entry(id).or_default())
    }

    fn follow_busy(&self, key: &[u8], value: Option<&[u8]>) {
        let Some((host, day)) = table::busy_day(key) else { return };
        let record = value.and_then(storage::record::BusyRecord::decode);
        self.put_busy(host, day, record.map(|it| it.spans).unwrap_or_default());
    }

    fn put_busy(&self, host: UserId, day: i64, spans: Vec<BusySpanRecord>) {
        let mut busy = self.busy.write();
        let Busy { days, sources } = busy.entry(host).or_default();
        for span in days.get(&day).into_iter().flat_map(|it| it.iter()) {
            if let Some(of_source) = sources.get_mut(&span.source) {
                of_source.remove(&day);
                if of_source.is_empty() {
                    sources.remove(&span.source);
                }
            }
        }
        for span in &spans {
            sources.entry(span.source).or_default().insert(day);
        }
        if spans.is_empty() {
            days.remove(&day);
        } else {
            days.insert(day, spans.into());
        }
    }

    /// The days of a host on which spans of `source` are written.
    pub(crate) fn days_with(&self, host: UserId, source: Id) -> BTreeSet<i64> {
        let busy = self.busy.read();
        busy.get(&host).and_then(|it| it.sources.get(&source)).cloned().unwrap_or_default()
    }

    /// The members of calendars that are gone: what a removal left behind when it was cut off.
    pub(crate) fn orphans(&self) -> Vec<CollectionId> {
        let collections = self.collections.read();
        let alive: BTreeSet<CollectionId> =
            collections.values().flat_map(|it| it.values()).map(|it| it.id).collect();
        // What changed in homes is kept under the identities of users.
        let homes = self.users.read();
        let is_home = |it: &CollectionId| homes.contains_key(&UserId::from_bytes(*it.as_bytes()));
        let members = self.members.read();
        members.keys().filter(|it| !alive.contains(it) && !is_home(it)).copied().collect()
    }

    /// Forgets the members of a calendar that is gone.
    pub(crate) fn forget_members(&self, id: CollectionId) {
        self.members.write().remove(&id);
    }

    /// The days of a host for which there are spans, with how many; for the invariant check.
    pub(crate) fn busy_days(&self, host: UserId) -> Vec<(i64, Arc<[BusySpanRecord]>)> {
        let busy = self.busy.read();
        let days = busy.get(&host).into_iter().flat_map(|it| &it.days);
        days.map(|(day, spans)| (*day, Arc::clone(spans))).collect()
    }
}

/// Whether a span still counts at `now`: all but lapsed holds do.
pub(crate) fn counts_at(span: &BusySpanRecord, now: Instant) -> bool {
    span.expires > now
}
