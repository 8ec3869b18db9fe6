//! Does what is decided about one delivery: answer, retry, dead letter, wait, acknowledgement.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::SemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::wait_in_slot::{SlotWait, confirmed_in_time, watched};
use super::{DeliveryError, LetterSlots, Settlement, settle};
use crate::worker::job::JobError;
use crate::worker::observe::health::Health;
use crate::worker::observe::job_outcome::JobOutcome;
use crate::worker::observe::job_record::JobRecord;
use crate::worker::observe::stage::Stage;
use crate::worker::observe::trace;
use crate::worker::ports::{Delivery, FailedAttempt, FirstFailure, MessagePort, Outgoing, PublishError, Route, Tier};

/// Settles one delivery.
///
/// Once `draining` is cancelled, no delivery waits in its slot: it is left unsettled, for the next worker.
pub(in crate::worker) struct Settler<'a, P: MessagePort> {
    /// The port that the delivery came from.
    pub port: &'a P,
    /// The delivery.
    pub delivery: &'a Delivery<P::Receipt>,
    /// The delivery's record.
    pub record: &'a Arc<JobRecord>,
    /// The worker's health.
    pub health: &'a Arc<Health>,
    /// The slots that dead letters may hold while no queue takes them.
    pub letter_slots: &'a LetterSlots,
    /// Cancelled when the worker shuts down.
    pub draining: &'a CancellationToken,
}

impl<'a, P: MessagePort> Settler<'a, P> {
    /// Tries to answer the delivery until there is a message to publish: the answer, a retry or a dead letter. None where
    /// the delivery is left unsettled.
    ///
    /// `reject` makes the rejection of an error that has become one.
    pub async fn message<F, A, R>(&self, answer: F, reject: R) -> Option<Outgoing>
    where
        R: Fn(&DeliveryError) -> Option<Outgoing>,
        F: Fn() -> A,
        A: Future<Output = Result<Outgoing, DeliveryError>>,
    {
        if self.delivery.is_poison() {
            return Some(self.dead_letter(&DeliveryError::DeliveryLimit(self.delivery.redeliveries)));
        }
        let mut slot = SlotWait::new(self.health, self.draining);
        let mut has_waited = false;
        loop {
            let error = match answer().await {
                Ok(answer) => return Some(answer),
                Err(error) => error,
            };
            match self.decide(&error, &slot) {
                Settlement::WaitInSlot if slot.wait(&error).await => has_waited = true,
                // The dependency came back after this try, and before the error was classified.
                Settlement::Retry(_) if std::mem::take(&mut has_waited) => {}
                Settlement::Retry(tier) => {
                    self.record.failed(&error);
                    warn!(%error, reason = error.code(), tier = tier.name(), "to be tried again");
                    return Some(self.delivery.retry(tier, self.failed_attempt(&error)));
                }
                Settlement::Defer(tier) => return Some(self.defer(tier, &error)),
                Settlement::DeadLetter => return Some(self.dead_letter(&error)),
                Settlement::Reject => return reject(&error),
                Settlement::WaitInSlot | Settlement::Leave => return self.leave(&error),
            }
        }
    }

    /// Publishes a message about the delivery, however long no queue takes it. Gives what became of the delivery; none
    /// where it is left unsettled.
    pub async fn publish(&self, mut message: Outgoing) -> Option<JobOutcome> {
        let (mut slot, mut held) = (SlotWait::new(self.health, self.draining), None);
        loop {
            let Err(error) = self.publish_once(&message).await else {
                return Some(JobOutcome::of(&message.route));
            };
            let (is_dead, is_retry) =
                (matches!(message.route, Route::Dead { .. }), matches!(message.route, Route::Retry { .. }));
            let settlement = self.decide(&error, &slot);
            let settlement = if is_dead { self.of_letter(settlement, &mut held) } else { settlement };
            match settlement {
                Settlement::WaitInSlot if slot.wait(&error).await => {}
                Settlement::DeadLetter if !is_dead => message = self.dead_letter(&error),
                Settlement::Defer(tier) if !is_retry => message = self.defer(tier, &error),
                Settlement::WaitInSlot
                | Settlement::Retry(_)
                | Settlement::Reject
                | Settlement::DeadLetter
                | Settlement::Defer(_)
                | Settlement::Leave => return self.leave(&error),
            }
        }
    }

    /// Publishes a message once, in a span of its own, whose context the message carries on.
    async fn publish_once(&self, message: &Outgoing) -> Result<(), DeliveryError> {
        let publishing = self.record.begin(Stage::Publish);
        trace::of_message(publishing.span(), P::SYSTEM, P::destination(&message.route), message);
        let trace = trace::context_of(publishing.span(), &self.delivery.trace);
        let message = Outgoing { trace, ..message.clone() };
        let (port, receipt) = (self.port, &self.delivery.receipt);
        // Boxed, as a job's future holds it several times over.
        let publish = Box::pin(async {
            match message.route {
                Route::Retry { .. } | Route::Dead { .. } => port.publish_again(receipt, message).await,
                _ => port.publish(message).await,
            }
        });
        let publish = async {
            if !self.delivery.is_suspect() {
                return Ok(publish.await?);
            }
            let confirmed = confirmed_in_time(self.health, publish).await;
            confirmed.map_or(Err(DeliveryError::Unconfirmed), |published| Ok(published?))
        };
        let published = publishing.wait(watched(self.health, "the broker does not confirm", publish)).await;
        if matches!(published, Err(DeliveryError::Publish(PublishError::Returned(_)))) {
            self.record.returned();
        }
        published
    }

    fn dead_letter(&self, error: &DeliveryError) -> Outgoing {
        self.record.failed(error);
        warn!(%error, reason = error.code(), "dead-lettered");
        self.delivery.dead_letter(self.failed_attempt(error))
    }

    fn defer(&self, tier: Tier, error: &DeliveryError) -> Outgoing {
        let Delivery { first_failure, attempt, redeliveries, .. } = self.delivery;
        self.record.failed(error);
        warn!(%error, reason = error.code(), tier = tier.name(), "deferred, for the others to get their turn");
        let failure = FailedAttempt {
            first: first_failure.clone(),
            attempts: attempt - 1,
            redeliveries: *redeliveries,
            ..self.failed_attempt(error)
        };
        self.delivery.retry(tier, failure)
    }

    fn leave<T>(&self, error: &DeliveryError) -> Option<T> {
        self.record.failed(error);
        warn!(%error, "left to be delivered again");
        None
    }

    fn decide(&self, error: &DeliveryError, slot: &SlotWait<'_>) -> Settlement {
        let first_failure = self.delivery.first_failure.as_ref();
        let age = first_failure.map(|first| Timestamp::now().duration_since(first.at));
        // A clock that was set back makes no request older.
        let age = age.and_then(|age| age.try_into().ok()).unwrap_or(Duration::ZERO);
        let was_denied = self.delivery.last_reason.as_deref().is_some_and(JobError::is_denial);
        let settlement = settle(error, self.delivery.attempt, was_denied, age, P::TIERS);
        if self.delivery.is_suspect() { settlement.of_suspect(slot.waited(), P::TIERS) } else { settlement }
    }

    /// The settlement of a dead letter that was not published. It waits in one of the slots for dead letters, which it holds
    /// from then on, or in no slot.
    fn of_letter(&self, settlement: Settlement, held: &mut Option<SemaphorePermit<'a>>) -> Settlement {
        if settlement == Settlement::WaitInSlot && held.is_none() {
            *held = self.letter_slots.hold();
        }
        if held.is_some() { settlement } else { settlement.without_slot(P::TIERS) }
    }

    /// What the next attempt, or the reader of the dead letters, must know.
    fn failed_attempt(&self, error: &DeliveryError) -> FailedAttempt {
        let Delivery { first_failure, attempt, .. } = self.delivery;
        let (at, text) = (Timestamp::now(), error.to_string());
        let first = first_failure.clone().unwrap_or_else(|| FirstFailure { error: text.clone(), at });
        FailedAttempt { reason: error.code(), error: text, at, first: Some(first), attempts: *attempt, redeliveries: 0 }
    }
}

/// Acknowledges a delivery whose message is published.
pub(in crate::worker) async fn acknowledge<P: MessagePort>(port: &P, receipt: P::Receipt) {
    // Where this is lost, the request is delivered again, and its answer has the same id.
    if let Err(error) = port.ack(receipt).await {
        warn!(%error, "answered, but not acknowledged: it will be delivered again");
    }
}
