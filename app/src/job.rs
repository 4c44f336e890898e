//! What the server does on its own, each job looking at what is due.

mod audit;
mod busy;
mod holds;
mod orphans;
mod tombstones;

pub(crate) use tombstones::{floor_in, floor_of};

use crate::App;
use crate::refusal::Refusal;

impl App {
    /// Does everything that is due; may run twice, and at any time.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if the store cannot be read or written.
    pub async fn run_due_jobs(&self) -> Result<(), Refusal> {
        self.clear_lapsed_holds().await?;
        self.forget_subscriptions().await?;
        self.keep_busy_days().await
    }
}
