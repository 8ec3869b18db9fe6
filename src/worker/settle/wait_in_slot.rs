//! Waiting for a shared dependency (S3, the results queue) that is down.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::DeliveryError;
use super::settlement::LONGEST_ALONE;
use crate::worker::observe::health::{Health, Outage};

/// Retries a job in place, keeping its concurrency slot, while a shared dependency is down.
pub(super) struct SlotWait<'a> {
    health: &'a Arc<Health>,
    draining: &'a CancellationToken,
    waits: u32,
    /// The beginning of the first wait.
    began: Option<Instant>,
    outage: Option<Outage>,
}

impl<'a> SlotWait<'a> {
    /// The wait of a job that has not waited yet.
    pub fn new(health: &'a Arc<Health>, draining: &'a CancellationToken) -> Self {
        Self { health, draining, waits: 0, began: None, outage: None }
    }

    /// How long the job has waited so far, its tries included.
    pub fn waited(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    /// Waits until the job may try again; false where the worker drains.
    pub async fn wait(&mut self, error: &DeliveryError) -> bool {
        self.waits += 1;
        self.began.get_or_insert_with(Instant::now);
        let wait = backoff(self.waits);
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

/// The length of a wait, counted from 1: a second, doubled after each, half a minute at most.
fn backoff(wait: u32) -> Duration {
    Duration::from_secs(1 << wait.saturating_sub(1).min(5)).min(Duration::from_secs(30))
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

/// Waits for a confirm about a suspect, which runs alone; none where it does not come in time. While the broker blocks
/// publishers it waits on: no other message could be settled in its turn.
pub(super) async fn confirmed_in_time<T>(health: &Health, confirm: impl Future<Output = T>) -> Option<T> {
    let mut confirm = pin!(confirm);
    loop {
        match tokio::time::timeout(LONGEST_ALONE, &mut confirm).await {
            Ok(confirmed) => return Some(confirmed),
            Err(_) if health.is_blocked() => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_in_a_slot_doubles_up_to_half_a_minute() {
        let waits = [1, 2, 3, 4, 5, 6, 7, u32::MAX].map(|wait| backoff(wait).as_secs());
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_confirm_about_a_suspect_is_given_up_unless_the_broker_blocks_publishers() {
        let (health, _) = Health::starting();
        let in_a_minute = || tokio::time::sleep(Duration::from_mins(1));
        assert_eq!(confirmed_in_time(&health, in_a_minute()).await, None);
        health.set_blocked(true);
        assert_eq!(confirmed_in_time(&health, in_a_minute()).await, Some(()));
    }
}
