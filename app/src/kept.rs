//! Values that are kept because making them again costs time, within a bound of bytes.
//!
//! A key names what a value was made from so exactly that a kept one is never stale: it is
//! only ever forgotten to make room.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use parking_lot::Mutex;

/// Bytes that an entry takes beside its value, about.
const ENTRY_BYTES: usize = 96;

/// Of how many values that find no room one is let in all the same.
const LET_IN_OF: u32 = 64;

/// Values by what they were made from.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    inner: Mutex<Inner<K, V>>,
    max_bytes: usize,
}

#[derive(Debug)]
struct Inner<K, V> {
    slots: HashMap<K, Slot<V>>,
    /// Keys in the order in which they are looked at when room is needed.
    turns: VecDeque<K>,
    bytes: usize,
    /// How many were not found while there was no room.
    missed: u32,
}

#[derive(Debug)]
struct Slot<V> {
    value: V,
    bytes: usize,
    /// Whether it was asked for since its last turn.
    is_used: bool,
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Keeps `max_bytes` at most.
    pub(crate) fn within(max_bytes: usize) -> Self {
        let inner = Inner { slots: HashMap::new(), turns: VecDeque::new(), bytes: 0, missed: 0 };
        Self { inner: Mutex::new(inner), max_bytes }
    }

    /// The value of that key, if it is kept.
    pub(crate) fn find(&self, key: &K) -> Option<V> {
        let mut inner = self.inner.lock();
        let slot = inner.slots.get_mut(key)?;
        slot.is_used = true;
        Some(slot.value.clone())
    }

    /// Whether one that was not found is worth making to be kept.
    ///
    /// Where more is asked for again and again than there is room for, each would only drive
    /// out another before that is asked for again: so most of them are not let in.
    pub(crate) fn lets_in(&self) -> bool {
        let mut inner = self.inner.lock();
        if inner.bytes < self.max_bytes / 8 * 7 {
            return true;
        }
        inner.missed = inner.missed.wrapping_add(1);
        inner.missed.is_multiple_of(LET_IN_OF)
    }

    /// Keeps a value of `bytes` bytes in place of any that is kept, unless that is more than a part of the bound.
    pub(crate) fn keep(&self, key: K, value: V, bytes: usize) {
        let bytes = bytes + ENTRY_BYTES;
        if bytes > self.max_bytes / 4 {
            return;
        }
        let mut inner = self.inner.lock();
        let gone = inner.make_room(self.max_bytes - bytes);
        let slot = Slot { value, bytes, is_used: false };
        inner.bytes += bytes;
        match inner.slots.insert(key.clone(), slot) {
            Some(old) => inner.bytes -= old.bytes,
            None => inner.turns.push_back(key),
        }
        drop(inner);
        // Whoever waits for the lock need not wait for this.
        drop(gone);
    }
}

impl<K: Clone + Eq + Hash, V> Inner<K, V> {
    /// Takes out what was not asked for of late, until no more than `max_bytes` are left.
    fn make_room(&mut self, max_bytes: usize) -> Vec<V> {
        let mut gone = Vec::new();
        while self.bytes > max_bytes
            && let Some(key) = self.turns.pop_front()
        {
            match self.slots.get_mut(&key) {
                Some(slot) if slot.is_used => {
                    slot.is_used = false;
                    self.turns.push_back(key);
                }
                Some(_) => {
                    if let Some(slot) = self.slots.remove(&key) {
                        self.bytes -= slot.bytes;
                        gone.push(slot.value);
                    }
                }
                None => {}
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_bound_holds() {
        let kept: Kept<u32, u32> = Kept::within(100 * (ENTRY_BYTES + 4));
        kept.keep(0, 7, 4);
        for key in 1..10_000 {
            kept.keep(key, key, 4);
            assert_eq!(kept.find(&0), Some(7), "asked for at every turn, at {key}");
        }
        let inner = kept.inner.lock();
        assert!(inner.bytes <= kept.max_bytes && inner.slots.len() == 100);
        assert_eq!(inner.turns.len(), inner.slots.len());
    }

    /// Each turn drove everything out that the next one asked for.
    #[test]
    fn what_is_asked_for_in_turns_is_found_in_part_where_it_has_no_room() {
        let kept: Kept<u32, ()> = Kept::within(100 * (ENTRY_BYTES + 4));
        let (mut found, mut made) = (0, 0);
        for key in (0..20).flat_map(|_| 0..400) {
            if kept.find(&key).is_some() {
                found += 1;
            } else if kept.lets_in() {
                made += 1;
                kept.keep(key, (), 4);
            }
        }
        assert!(found > 8_000 / 8 && made < 300, "{found} found, {made} made");
        let asked_since = (0..64 * 400).filter(|key| kept.lets_in() && *key >= 400);
        asked_since.for_each(|key| kept.keep(key, (), 4));
        let stays = (0..400).filter(|key| kept.find(key).is_some()).count();
        assert!(stays < 30, "{stays} stay though nobody asks for them");
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let kept: Kept<u32, ()> = Kept::within(1_000);
        kept.keep(1, (), 1_000);
        assert_eq!(kept.find(&1), None);
    }
}
