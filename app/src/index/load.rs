//! Reading the index from the rows of a store, at the start.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use model::id::{AttachmentId, CollectionId, UserId};
use storage::{Store, table};

use super::{Index, Members};
use crate::index::members::Loading;
use crate::refusal::Refusal;

impl Index {
    /// Reads users, calendars, members and busy days.
    pub(super) fn read_all(&self, store: &Store) -> Result<(), Refusal> {
        // Two tables are as long as all others together: each is read on a thread of its own.
        let (objects, changes) = std::thread::scope(|scope| {
            let changes = scope.spawn(|| read_changes(store));
            let objects = read_objects(store);
            (objects, changes.join())
        });
        let mut loading = objects?;
        let broken = |_| Refusal::Broken("reading the changes panicked".into());
        for (collection, changes) in changes.map_err(broken)?? {
            loading.entry(collection).or_default().changes(changes);
        }
        store.scan(&table::extras(), |rest, _, record| {
            if let Some((collection, name)) = table::split_id(rest) {
                let collection = loading.entry(CollectionId::from_bytes(collection)).or_default();
                collection.extra(name, record);
            }
        })?;
        store.scan(&table::principals(), |rest, _, record| {
            if let Some((id, _)) = table::split_id(rest) {
                self.put_principal(UserId::from_bytes(id), record);
            }
        })?;
        store.scan(&table::attachments(), |rest, _, record| {
            if let Some((id, _)) = table::split_id(rest) {
                self.put_attachment(AttachmentId::from_bytes(id), &record);
            }
        })?;
        store.scan(&table::public_links(), |rest, _, record| {
            self.put_link(rest, &record);
        })?;
        let mut members = self.members.write();
        for (id, loaded) in loading {
            members.insert(id, Arc::new(ArcSwap::from_pointee(Members::from(loaded))));
        }
        drop(members);
        store.scan(&table::users(), |rest, version, record| {
            if let Some((id, _)) = table::split_id(rest) {
                self.put_user(UserId::from_bytes(id), version, record);
            }
        })?;
        store.scan(&table::collections(), |rest, _, record| {
            let ids = table::split_id(rest);
            let ids = ids.and_then(|(owner, rest)| Some((owner, table::split_id(rest)?.0)));
            if let Some((owner, id)) = ids {
                self.put_collection(
                    UserId::from_bytes(owner),
                    CollectionId::from_bytes(id),
                    record,
                );
            }
        })?;
        let days = table::busy_days();
        store.scan(&days, |rest, _, record| {
            let key = [&[10], rest].concat();
            if let Some((host, day)) = table::busy_day(&key) {
                self.put_busy(host, day, record.spans);
            }
        })?;
        Ok(())
    }
}

fn read_objects(store: &Store) -> Result<HashMap<CollectionId, Loading>, Refusal> {
    let mut loading: HashMap<CollectionId, Loading> = HashMap::new();
    store.scan(&table::objects(), |rest, version, record| {
        if let Some((collection, name)) = table::split_id(rest) {
            let collection = loading.entry(CollectionId::from_bytes(collection)).or_default();
            collection.object(name, version, record);
        }
    })?;
    Ok(loading)
}

fn read_changes(store: &Store) -> Result<HashMap<CollectionId, Loading>, Refusal> {
    let mut loading: HashMap<CollectionId, Loading> = HashMap::new();
    store.scan(&table::all_changes(), |rest, _, record| {
        if let Some((collection, place)) = table::split_id(rest) {
            let collection = loading.entry(CollectionId::from_bytes(collection)).or_default();
            collection.change(place, record);
        }
    })?;
    Ok(loading)
}
