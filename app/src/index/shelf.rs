//! A sorted map in chunks: a copy costs a pointer a chunk, a change copies one chunk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Items of one chunk, at most.
const CHUNK: usize = 128;

/// A number that nothing else in this process has: it stands for what something was made from.
pub(crate) fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How far an item reaches, for questions that pass over whole chunks.
pub(crate) trait Reach {
    /// A number that is no smaller for items that reach further.
    fn reach(&self) -> i64 {
        i64::MAX
    }
}

/// A sorted map whose copies share what did not change.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<K, V> {
    chunks: Vec<Arc<Chunk<K, V>>>,
    length: usize,
}

#[derive(Clone, Debug)]
struct Chunk<K, V> {
    /// Of these very items: a chunk never changes.
    number: u64,
    items: Vec<(K, V)>,
    reach: i64,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { chunks: Vec::new(), length: 0 }
    }
}

impl<K: Ord + Clone, V: Clone + Reach> Shelf<K, V> {
    /// The map of `items`, which may come in any order; of equal keys the last counts.
    pub(crate) fn from_items(mut items: Vec<(K, V)>) -> Self {
        items.sort_by(|one, other| one.0.cmp(&other.0));
        items.reverse();
        items.dedup_by(|one, other| one.0 == other.0);
        items.reverse();
        let length = items.len();
        let chunks = items.chunks(CHUNK / 2).map(|it| Arc::new(Chunk::new(it.to_vec()))).collect();
        Self { chunks, length }
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The value at `key`.
    pub(crate) fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let chunk = self.chunks.get(self.chunk_of(key)?)?;
        let place = chunk.items.binary_search_by(|it| it.0.borrow().cmp(key)).ok()?;
        Some(&chunk.items[place].1)
    }

    /// Puts `value` at `key`, in place of what was there.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let Some(number) = self.chunk_of(&key) else {
            self.chunks.push(Arc::new(Chunk::new(vec![(key, value)])));
            self.length = 1;
            return;
        };
        let mut items = self.chunks[number].items.clone();
        match items.binary_search_by(|it| it.0.cmp(&key)) {
            Ok(place) => items[place].1 = value,
            Err(place) => {
                items.insert(place, (key, value));
                self.length += 1;
            }
        }
        if items.len() > CHUNK {
            let more = items.split_off(CHUNK / 2);
            self.chunks.insert(number + 1, Arc::new(Chunk::new(more)));
        }
        self.chunks[number] = Arc::new(Chunk::new(items));
    }

    /// Takes away what is at `key`.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
    {
        let Some(number) = self.chunk_of(key) else { return };
        let mut items = self.chunks[number].items.clone();
        let Ok(place) = items.binary_search_by(|it| it.0.borrow().cmp(key)) else { return };
        items.remove(place);
        self.length -= 1;
        if items.is_empty() {
            self.chunks.remove(number);
        } else {
            self.chunks[number] = Arc::new(Chunk::new(items));
        }
    }

    /// All items in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.chunks.iter().flat_map(|it| it.items.iter())
    }

    /// All items in order, in chunks, each with a number that stands for these very items.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (u64, &[(K, V)])> {
        self.chunks.iter().map(|it| (it.number, it.items.as_slice()))
    }

    /// The items from the first whose key is not less than `key`, in order.
    pub(crate) fn starting_at(&self, key: K) -> impl Iterator<Item = &(K, V)> {
        let number = self.chunk_of(&key).unwrap_or(0);
        let rest = self.chunks.get(number..).unwrap_or_default();
        rest.iter().flat_map(|it| it.items.iter()).skip_while(move |it| it.0 < key)
    }

    /// The last item.
    pub(crate) fn last(&self) -> Option<&(K, V)> {
        self.chunks.last()?.items.last()
    }

    /// The items before the first whose key `is_beyond`, in chunks that reach `at_least`.
    pub(crate) fn reaching(
        &self,
        at_least: i64,
        is_beyond: impl Fn(&K) -> bool,
    ) -> impl Iterator<Item = &(K, V)> {
        let until =
            self.chunks.partition_point(|it| it.items.first().is_some_and(|it| !is_beyond(&it.0)));
        let near = self.chunks[..until].iter().filter(move |it| it.reach >= at_least);
        near.flat_map(|it| it.items.iter())
            .filter(move |it| !is_beyond(&it.0) && it.1.reach() >= at_least)
    }

    /// The chunk in which `key` is, or would be.
    fn chunk_of<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: std::borrow::Borrow<Q>,
    {
        let first =
            |chunk: &Arc<Chunk<K, V>>| chunk.items.first().is_some_and(|it| it.0.borrow() <= key);
        let after = self.chunks.partition_point(first);
        (!self.chunks.is_empty()).then(|| after.saturating_sub(1))
    }
}

impl<K, V: Reach> Chunk<K, V> {
    fn new(items: Vec<(K, V)>) -> Self {
        let reach = items.iter().map(|it| it.1.reach()).max().unwrap_or(i64::MIN);
        Self { number: unique(), items, reach }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    impl Reach for u64 {
        fn reach(&self) -> i64 {
            i64::try_from(*self).unwrap_or(i64::MAX)
        }
    }

    #[test]
    fn a_shelf_holds_what_a_map_holds_whatever_is_done_to_it() {
        let (mut shelf, mut map) = (Shelf::<u64, u64>::default(), BTreeMap::new());
        let mut state = 7_u64;
        for step in 0..20_000_u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = (state >> 33) % 3_000;
            if step % 3 == 0 {
                shelf.remove(&key);
                map.remove(&key);
            } else {
                shelf.insert(key, step);
                map.insert(key, step);
            }
            assert_eq!(shelf.len(), map.len());
        }
        assert!(shelf.iter().copied().eq(map.iter().map(|(k, v)| (*k, *v))));
        let from: Vec<u64> = shelf.starting_at(1_500).map(|it| it.0).collect();
        assert!(from.iter().eq(map.range(1_500..).map(|it| it.0)));
        let reaching: Vec<u64> = shelf.reaching(19_000, |it| *it >= 2_000).map(|it| it.0).collect();
        let expected = map.range(..2_000).filter(|it| *it.1 >= 19_000).map(|it| *it.0);
        assert!(reaching.into_iter().eq(expected));
        assert_eq!(shelf.find(&9_999), None);
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        let shelf = Shelf::from_items(vec![(2, 1), (1, 5), (2, 3)]);
        assert_eq!(shelf.iter().copied().collect::<Vec<_>>(), [(1, 5), (2, 3)]);
    }
}
