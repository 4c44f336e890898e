//! What each actor may ask for: one file for each use case, and the one path to a commit.

mod access;
mod account;
mod attachment;
mod booking;
mod calendar;
mod commit;
mod context;
mod demo;
mod host;
mod index;
mod invariants;
mod job;
mod kept;
mod planned;
mod policy;
mod principal;
mod publish;
mod push;
mod quota;
mod refusal;
mod secret;
mod share;
mod zones;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use model::clock::Clock;
use model::zone::{Zone, ZoneDb};
use storage::Store;

pub use account::{HashCost, Login, NewUser, Provision};
pub use attachment::{Attach, Attachment, AttachmentChange, AttachmentDone, File};
pub use booking::{ConfirmForm, Confirmed, Held, HoldRequest, ManagedBooking, MonthAnswer};
pub use calendar::{
    Ace, Budget, Condition, Destination, HomeChange, HomeSync, LeftOut, Manner, NewCollection,
    Overwrite, Place, PropertyChange, Put, Queried, Reading, Sent, Stored, SyncAnswer, SyncChange,
    Transfer, Transferred, Who,
};
pub use context::{Actor, Ctx, VisitorToken};
pub use demo::Demo;
pub use host::{HostPage, OfferedType};
pub use ical::attach::Which;
pub use ical::query;
pub use index::{Chunk, Collection, Entry, Extra, Members, Principal, User};
pub use policy::{Action, Verdict};
pub use principal::Delegation;
pub use publish::Published;
pub use push::{NewSubscription, Push, Pushed};
pub use refusal::{Lack, Refusal};
pub use share::{Notice, ShareChange, Wording, is_reply};
pub use slots::{Day, Reason};
pub use storage::record::{
    CollectionKind, InviteRecord, InviteStatus, PrincipalKind, PropertyRecord,
};
pub use zones::{PublishedZone, PublishedZones};

use account::Gate;
use calendar::Memory;
use index::Index;
use secret::Secrets;

/// The product without its doors: everything that somebody may ask for is a method.
pub struct App {
    store: Store,
    index: Arc<Index>,
    zones: ZoneDb,
    clock: Arc<dyn Clock>,
    default_zone: Zone,
    secrets: Secrets,
    gate: Gate,
    published: OnceLock<PublishedZones>,
    push_key: OnceLock<String>,
    memory: Memory,
}

/// What an [`App`] is built from.
pub struct Parts {
    /// Where rows are kept.
    pub store: Store,
    /// The zones that people may name.
    pub zones: ZoneDb,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The zone of users who name none.
    pub default_zone: String,
    /// What a password hash costs.
    pub hash_cost: HashCost,
}

impl App {
    /// Reads the indexes from the store and starts to keep them up to date.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if a row cannot be trusted.
    pub async fn start(parts: Parts) -> Result<Self, Refusal> {
        let Parts { store, zones, clock, default_zone, hash_cost } = parts;
        let default_zone = zones.zone(&default_zone).unwrap_or_else(Zone::utc);
        let secrets = Secrets::load(&store, clock.now()).await?;
        let index = Index::load(&store, &zones)?;
        let gate = Gate::new(hash_cost);
        let memory = Memory::default();
        let (published, push_key) = (OnceLock::new(), OnceLock::new());
        let app = Self {
            store,
            index,
            zones,
            clock,
            default_zone,
            secrets,
            gate,
            published,
            push_key,
            memory,
        };
        app.finish_removals().await?;
        app.complete_homes().await?;
        app.run_due_jobs().await?;
        Ok(app)
    }

    /// The zones that people may name.
    pub fn zones(&self) -> &ZoneDb {
        &self.zones
    }

    /// The clock that everything goes by.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Writes the store as it is at one moment to `file`, while it goes on; returns how many rows.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if the file cannot be written.
    pub async fn backup(&self, file: &Path) -> Result<u64, Refusal> {
        let (store, file) = (self.store.clone(), file.to_owned());
        let written = tokio::task::spawn_blocking(move || store.export(&file)).await;
        Ok(written.map_err(|it| Refusal::Broken(it.to_string()))??)
    }

    /// Writes out what is queued and refuses what comes later.
    pub fn close(&self) {
        self.store.close();
    }
}
