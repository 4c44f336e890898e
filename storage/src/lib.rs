//! Rows kept durably and changed all-or-nothing: no rules, no permissions, no iCalendar.
//!
//! [`Store::write`] is the one way to change anything: a closure reads rows by
//! keys it can name, decides, and queues writes; what reaches the [`Engine`] is
//! data, applied only if every row read still has the version it had.

mod chunk;
pub mod engine;
mod envelope;
mod export;
mod fresh;
mod journal;
mod keeper;
pub mod record;
mod sled_engine;
mod store;
pub mod table;
mod tx;
mod writer;

pub use engine::{Committed, Engine, StoreError};
pub use sled_engine::{SledEngine, SledOptions};
pub use store::{Change, Store, WriteError, epoch_record};
pub use tx::Tx;
