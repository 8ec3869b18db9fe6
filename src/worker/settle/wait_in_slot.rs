//! A job that is held in its slot, for as long as what it needs is down for everybody.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::worker::observe::health::{Health, Stall};
use crate::worker::settle::{JobError, backoff};

/// A job that keeps its slot while it waits for what is everybody's trouble.
pub(in crate::worker) struct Hold<'a> {
    health: &'a Arc<Health>,
    draining: &'a CancellationToken,
    tries: u32,
    stall: Option<Stall>,
}

impl<'a> Hold<'a> {
    /// Nothing is held yet.
    pub fn new(health: &'a Arc<Health>, draining: &'a CancellationToken) -> Self {
        Self { health, draining, tries: 0, stall: None }
    }

    /// Waits until what failed may be tried again; false where the worker drains.
    pub async fn wait(&mut self, error: &JobError) -> bool {
        self.tries += 1;
        let wait = backoff(self.tries);
        warn!(%error, reason = error.code(), ?wait, "held");
        // Until the next try has an end, so that readiness does not come and go with each.
        self.stall = Some(self.health.stall(error.to_string()));
        tokio::select! {
            biased;
            () = self.draining.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }
}

/// How long a step may take before its job counts as held.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for a step, however long it takes; past [`PATIENCE`] the worker is not ready meanwhile.
pub(in crate::worker) async fn watched<T>(health: &Arc<Health>, why: &str, step: impl Future<Output = T>) -> T {
    let mut step = pin!(step);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut step).await {
        return done;
    }
    warn!(reason = why, "held");
    let _stall = health.stall(why.to_owned());
    step.await
}
