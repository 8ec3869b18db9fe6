//! Waiting for a shared dependency (S3, the results queue) that is down.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::DeliveryError;
use crate::worker::observe::health::{Health, Outage};

/// Retries a job in place, keeping its concurrency slot, while a shared dependency is down.
pub(super) struct SlotWait<'a> {
    health: &'a Arc<Health>,
    draining: &'a CancellationToken,
    tries: u32,
    outage: Option<Outage>,
}

impl<'a> SlotWait<'a> {
    /// The wait of a job that has not waited yet.
    pub fn new(health: &'a Arc<Health>, draining: &'a CancellationToken) -> Self {
        Self { health, draining, tries: 0, outage: None }
    }

    /// Waits until the job may try again; false where the worker drains.
    pub async fn wait(&mut self, error: &DeliveryError) -> bool {
        self.tries += 1;
        let wait = backoff(self.tries);
        warn!(%error, reason = error.code(), ?wait, "held");
        // It lasts until the next try has ended, so that readiness does not come and go with each try.
        self.outage = Some(self.health.outage(error.to_string()));
        tokio::select! {
            biased;
            () = self.draining.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }
}

/// The wait before a try: a second, doubled after each, half a minute at most.
fn backoff(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.saturating_sub(1).min(5)).min(Duration::from_secs(30))
}

/// How long a step may take before its dependency counts as down.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for a step, however long it takes; past [`PATIENCE`] the worker is not ready meanwhile.
pub(super) async fn watched<T>(health: &Arc<Health>, why: &str, step: impl Future<Output = T>) -> T {
    let mut step = pin!(step);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut step).await {
        return done;
    }
    warn!(reason = why, "held");
    let _outage = health.outage(why.to_owned());
    step.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_in_a_slot_doubles_up_to_half_a_minute() {
        let waits = [1, 2, 3, 4, 5, 6, 7, u32::MAX].map(|tries| backoff(tries).as_secs());
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
