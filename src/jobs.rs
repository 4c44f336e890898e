//! Runs what is due, once a minute, for as long as the server runs.

use std::sync::Arc;
use std::time::Duration;

use app::App;

const EVERY: Duration = Duration::from_mins(1);

/// Starts the runner.
pub(crate) fn start(app: Arc<App>) {
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(cause) = app.run_due_jobs().await {
                tracing::error!(%cause, "a job failed; it runs again in a minute");
            }
        }
    });
}
