//! What stands before the hash: remembered credentials, a queue, and a count of failures.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use model::id::UserId;
use model::limit::{
    CREDENTIALS_MAX, CREDENTIALS_S, FAILURES_MAX, FAILURES_WINDOW_S, HASHES_AT_ONCE, HASHES_WAITING,
};
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::refusal::Refusal;

/// What a password hash costs.
#[derive(Clone, Copy, Debug)]
pub struct HashCost {
    /// Kibibytes of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for HashCost {
    /// The least that OWASP recommends for argon2id.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Failed logins counted at once, at most.
const FAILURES_KEPT: usize = 10_000;

/// The state that logins share.
pub(crate) struct Gate {
    cost: HashCost,
    /// Hashes computed at this moment.
    at_once: Arc<Semaphore>,
    /// Hashes computed or waited for.
    waiting: Arc<Semaphore>,
    /// How often credentials were forgotten: what was verified before counts no more.
    forgotten: AtomicU64,
    /// Microseconds that the last hash took.
    last_hash_us: AtomicU64,
    verified: Mutex<HashMap<[u8; 32], Verified>>,
    /// Credentials being verified: whoever comes with the same waits for the first.
    in_turn: Mutex<HashMap<[u8; 32], Arc<AsyncMutex<()>>>>,
    failures: Mutex<HashMap<(String, Network), Failures>>,
}

/// Credentials that were right.
#[derive(Clone, Copy)]
struct Verified {
    user: UserId,
    /// The version of the user's row at that time.
    version: u64,
    until: Duration,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Duration,
}

/// The network of an address: /24 or /64.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct Network([u8; 8]);

impl Network {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(it) => {
                let [a, b, c, _] = it.octets();
                Self([0, 0, 0, 0, 0, a, b, c])
            }
            IpAddr::V6(it) => Self(std::array::from_fn(|n| it.octets()[n])),
        }
    }
}

impl Gate {
    pub(crate) fn new(cost: HashCost) -> Self {
        Self {
            cost,
            at_once: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(HASHES_AT_ONCE + HASHES_WAITING)),
            forgotten: AtomicU64::new(0),
            last_hash_us: AtomicU64::new(0),
            verified: Mutex::default(),
            in_turn: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// The hash function.
    pub(crate) fn argon2(&self) -> Argon2<'static> {
        let params = Params::new(self.cost.memory_kib, self.cost.passes, 1, None);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default())
    }

    /// Runs `hash` beside the async threads, at most [`HASHES_AT_ONCE`] at a time.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if too many wait already.
    pub(crate) async fn hash<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| Refusal::Busy)?;
        // The hash goes on when nobody waits for it any more, so it keeps its places itself.
        let counted = move || {
            let _places = (place, turn);
            hash()
        };
        tokio::task::spawn_blocking(counted).await.map_err(|it| Refusal::Broken(it.to_string()))
    }

    /// The turn in which these credentials are verified.
    pub(crate) fn turn(&self, digest: [u8; 32]) -> Arc<AsyncMutex<()>> {
        Arc::clone(self.in_turn.lock().entry(digest).or_default())
    }

    /// Forgets a turn that nobody else waits for.
    pub(crate) fn end_turn(&self, digest: &[u8; 32], turn: Arc<AsyncMutex<()>>) {
        drop(turn);
        let mut in_turn = self.in_turn.lock();
        if in_turn.get(digest).is_some_and(|it| Arc::strong_count(it) == 1) {
            in_turn.remove(digest);
        }
    }

    /// Notes how long a hash took.
    pub(crate) fn took(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.last_hash_us.store(us, Ordering::Relaxed);
    }

    /// Waits as long as a hash takes, so that an answer without one tells nothing by its speed.
    pub(crate) async fn wait_like_a_hash(&self) {
        let us = self.last_hash_us.load(Ordering::Relaxed).min(1_000_000);
        tokio::time::sleep(Duration::from_micros(us)).await;
    }

    /// The user whose credentials have this digest, and the version of the row they fit.
    pub(crate) fn remembered(&self, digest: &[u8; 32], elapsed: Duration) -> Option<(UserId, u64)> {
        let mut verified = self.verified.lock();
        let known = verified.get_mut(digest).filter(|it| elapsed < it.until)?;
        known.until = elapsed + Duration::from_secs(CREDENTIALS_S);
        Some((known.user, known.version))
    }

    /// How often credentials were forgotten so far.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Remembers credentials that were right, unless some were forgotten since `forgotten`.
    pub(crate) fn remember(
        &self,
        digest: [u8; 32],
        (user, version): (UserId, u64),
        forgotten: u64,
        elapsed: Duration,
    ) {
        let mut verified = self.verified.lock();
        if forgotten != self.forgotten() {
            return;
        }
        if verified.len() >= CREDENTIALS_MAX {
            verified.retain(|_, it| elapsed < it.until);
        }
        if verified.len() < CREDENTIALS_MAX {
            let until = elapsed + Duration::from_secs(CREDENTIALS_S);
            verified.insert(digest, Verified { user, version, until });
        }
    }

    /// Forgets every credential of `user`.
    pub(crate) fn forget(&self, user: UserId) {
        let mut verified = self.verified.lock();
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        verified.retain(|_, it| it.user != user);
    }

    /// Counts an attempt before it is made; a success takes it back, a failure does not.
    ///
    /// # Errors
    ///
    /// [`Refusal::Throttled`] if that name failed too often from that network.
    pub(crate) fn attempt(
        &self,
        name: &str,
        from: Network,
        elapsed: Duration,
    ) -> Result<(), Refusal> {
        let window = Duration::from_secs(FAILURES_WINDOW_S);
        let key = (name.chars().take(64).collect(), from);
        let mut failures = self.failures.lock();
        if failures.len() >= FAILURES_KEPT && !failures.contains_key(&key) {
            failures.retain(|_, it| elapsed < it.since + window);
            // Still full: the oldest makes room, so that counting never stops.
            let oldest = failures.iter().min_by_key(|it| it.1.since).map(|it| it.0.clone());
            if let Some(oldest) = oldest.filter(|_| failures.len() >= FAILURES_KEPT) {
                failures.remove(&oldest);
            }
        }
        let known = failures.entry(key).or_insert(Failures { count: 0, since: elapsed });
        if elapsed >= known.since + window {
            *known = Failures { count: 0, since: elapsed };
        }
        if known.count >= FAILURES_MAX {
            let left = (known.since + window).saturating_sub(elapsed);
            return Err(Refusal::Throttled(left.as_secs().max(1)));
        }
        known.count += 1;
        Ok(())
    }

    /// Takes an attempt back that was right.
    pub(crate) fn was_right(&self, name: &str, from: Network) {
        let key = (name.chars().take(64).collect(), from);
        if let Some(known) = self.failures.lock().get_mut(&key) {
            known.count = known.count.saturating_sub(1);
        }
    }
}
