//! The decision about a delivery without an answer: one pure function.
//!
//! Errors are of three kinds, told apart where they arise. Where the model or the request is at fault, there is an
//! answer, a rejection, and no error comes here. Where the store or the broker is at fault, the request is tried again:
//! later, by way of a retry queue, where only this request or its bucket may be affected; in its slot where the dependency
//! is down for every request, since other requests would fare no better and would burn their attempts; a suspect, which runs
//! alone, keeps its slot for half a minute only, and dead letters that no queue takes keep half of the slots. What no time will
//! mend is dead-lettered.
//!
//! An object that the store denies is tried once more, and then rejected: new keys and policies take seconds to become valid.
//! An attempt that failed otherwise before does not count: one denial is never the end while there are attempts left.

use std::time::Duration;

use super::DeliveryError;
use crate::worker::job::JobError;
use crate::worker::ports::{PublishError, Tier};

/// What is done with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// Publish it to a retry queue, and acknowledge it once that is confirmed.
    Retry(Tier),
    /// Publish it as a dead letter, and acknowledge it once that is confirmed.
    DeadLetter,
    /// Publish the rejection that the error has become, and acknowledge it once that is confirmed.
    Reject,
    /// Keep its slot, and try again what failed, after a while and for as long as it takes. Where every slot waits, nothing
    /// more is consumed.
    WaitInSlot,
    /// Publish it to a retry queue without counting an attempt, and acknowledge it once that is confirmed: in its slot it would
    /// keep others from their turn.
    Defer(Tier),
    /// Do nothing: the broker delivers the message again, once the connection has ended.
    Leave,
}

/// A request whose first failure is older is not retried, however few its attempts.
pub const LONGEST_RETRYING: Duration = Duration::from_hours(24);

/// The longest that a suspect, which runs alone, waits in its slot.
pub const LONGEST_ALONE: Duration = Duration::from_secs(30);

/// Decides what is done with a delivery after an error.
///
/// `attempt` counts from 1, `was_denied` says whether the last attempt before it was a denial, `age` is the time since the
/// request's first failure, and `tiers` are the port's retry queues.
pub fn settle(error: &DeliveryError, attempt: u32, was_denied: bool, age: Duration, tiers: &[Tier]) -> Settlement {
    let next_tier = tiers.get(attempt.saturating_sub(1) as usize).copied().filter(|_| age <= LONGEST_RETRYING);
    match error {
        DeliveryError::Job(JobError::Store(_) | JobError::BucketDenied(_) | JobError::Converter(_)) => {
            next_tier.map_or(Settlement::DeadLetter, Settlement::Retry)
        }
        DeliveryError::Job(JobError::Denied { .. }) => {
            let first_tier = tiers.first().copied().filter(|_| next_tier.is_some() && !was_denied);
            first_tier.map_or(Settlement::Reject, Settlement::Retry)
        }
        DeliveryError::Unconfirmed
        | DeliveryError::Job(JobError::StoreDown(_))
        | DeliveryError::Publish(PublishError::Returned(_) | PublishError::Refused | PublishError::Denied(_)) => {
            Settlement::WaitInSlot
        }
        DeliveryError::Publish(PublishError::Lost(_)) => Settlement::Leave,
        DeliveryError::Publish(PublishError::Unsendable(_))
        | DeliveryError::Undecodable(_)
        | DeliveryError::UnsupportedSchema(_)
        | DeliveryError::DeliveryLimit(_)
        | DeliveryError::Job(JobError::Panicked(_)) => Settlement::DeadLetter,
    }
}

impl Settlement {
    /// The settlement of a suspect that would be settled so and has waited in its slot for a time. It runs alone, so that it
    /// must not wait without an end.
    #[must_use]
    pub fn of_suspect(self, waited: Duration, tiers: &[Tier]) -> Self {
        if waited >= LONGEST_ALONE { self.without_slot(tiers) } else { self }
    }

    /// The settlement of a delivery that would be settled so, and has no slot to wait in.
    #[must_use]
    pub fn without_slot(self, tiers: &[Tier]) -> Self {
        match (self, tiers.first()) {
            (Self::WaitInSlot, Some(&tier)) => Self::Defer(tier),
            (settlement, _) => settlement,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appraise::Outcome;
    use crate::contract::{Event, ObjectInfo, Reason, Rejected, RejectionCode};
    use crate::worker::compute::Panicked;
    use crate::worker::ports::StoreError;

    fn denied() -> JobError {
        let reason = Reason::new(RejectionCode::ObjectForbidden, "why");
        let object = ObjectInfo::default();
        let rejected = Rejected { request_id: "r".into(), order_id: None, object, reason: reason.clone() };
        let rejection = Outcome::Rejected(Box::new(Event::new("id".into(), "rejected", None, rejected)));
        JobError::Denied { reason, rejection: Box::new(rejection) }
    }

    /// One error of each variant. Every variant must be named here: the compiler holds this list to it.
    fn every_error() -> Vec<DeliveryError> {
        let text = || "why".to_owned();
        let all = vec![
            DeliveryError::Undecodable(text()),
            DeliveryError::UnsupportedSchema(text()),
            DeliveryError::DeliveryLimit(21),
            DeliveryError::Job(JobError::Panicked(Panicked { message: text() })),
            DeliveryError::Job(denied()),
            DeliveryError::Job(JobError::BucketDenied(StoreError::Denied(text()))),
            DeliveryError::Job(JobError::Store(StoreError::Unavailable(text()))),
            DeliveryError::Job(JobError::Store(StoreError::CutShort { read_bytes: 1, size_bytes: 2 })),
            DeliveryError::Job(JobError::StoreDown(StoreError::Unavailable(text()))),
            DeliveryError::Publish(PublishError::Returned(text())),
            DeliveryError::Publish(PublishError::Refused),
            DeliveryError::Publish(PublishError::Denied(text())),
            DeliveryError::Publish(PublishError::Unsendable(text())),
            DeliveryError::Unconfirmed,
            DeliveryError::Publish(PublishError::Lost(text())),
            DeliveryError::Job(JobError::Converter(text())),
        ];
        let place = |error: &DeliveryError| match error {
            DeliveryError::Undecodable(_) => 0,
            DeliveryError::UnsupportedSchema(_) => 1,
            DeliveryError::DeliveryLimit(_) => 2,
            DeliveryError::Job(JobError::Panicked(_)) => 3,
            DeliveryError::Job(JobError::Denied { .. }) => 4,
            DeliveryError::Job(JobError::BucketDenied(_)) => 5,
            // The other variants of a store's errors are rejections: see `StepError::from`.
            DeliveryError::Job(JobError::Store(StoreError::Unavailable(_))) => 6,
            DeliveryError::Job(JobError::Store(_)) => 7,
            DeliveryError::Job(JobError::StoreDown(_)) => 8,
            DeliveryError::Publish(PublishError::Returned(_)) => 9,
            DeliveryError::Publish(PublishError::Refused) => 10,
            DeliveryError::Publish(PublishError::Denied(_)) => 11,
            DeliveryError::Publish(PublishError::Unsendable(_)) => 12,
            DeliveryError::Unconfirmed => 13,
            DeliveryError::Publish(PublishError::Lost(_)) => 14,
            DeliveryError::Job(JobError::Converter(_)) => 15,
        };
        let places: Vec<usize> = all.iter().map(place).collect();
        assert_eq!(places, (0..all.len()).collect::<Vec<_>>(), "each variant once, in order");
        all
    }

    #[test]
    fn every_error_has_its_settlement() {
        use Settlement::{DeadLetter, Leave, Reject, Retry, WaitInSlot};
        use Tier::{OneMinute, TenMinutes, TenSeconds};
        // The settlement at the attempts 1, 2, 3, 4 and the most there can be.
        let through_the_tiers = [Retry(TenSeconds), Retry(OneMinute), Retry(TenMinutes), DeadLetter, DeadLetter];
        let expected = [
            [DeadLetter; 5],
            [DeadLetter; 5],
            [DeadLetter; 5],
            [DeadLetter; 5],
            [Retry(TenSeconds), Retry(TenSeconds), Retry(TenSeconds), Reject, Reject],
            through_the_tiers,
            through_the_tiers,
            through_the_tiers,
            [WaitInSlot; 5],
            [WaitInSlot; 5],
            [WaitInSlot; 5],
            [WaitInSlot; 5],
            [DeadLetter; 5],
            [WaitInSlot; 5],
            [Leave; 5],
            through_the_tiers,
        ];
        for (error, expected) in every_error().iter().zip(expected) {
            let decided =
                |age, tiers: &[Tier]| [1, 2, 3, 4, u32::MAX].map(|attempt| settle(error, attempt, false, age, tiers));
            assert_eq!(decided(LONGEST_RETRYING, &Tier::ALL), expected, "{error:?}");
            // Too old, or without a queue to wait in: nothing is retried, and all else is the same.
            let without_retries = expected.map(|settlement| match settlement {
                Retry(_) if matches!(error, DeliveryError::Job(JobError::Denied { .. })) => Reject,
                Retry(_) => DeadLetter,
                other => other,
            });
            assert_eq!(decided(LONGEST_RETRYING + Duration::from_nanos(1), &Tier::ALL), without_retries, "{error:?}");
            assert_eq!(decided(Duration::ZERO, &[]), without_retries, "{error:?}");
            // A denial after another is the end, and changes nothing of other errors.
            let is_denial = matches!(error, DeliveryError::Job(JobError::Denied { .. }));
            let after_a_denial =
                [1, 2, 3, 4, u32::MAX].map(|attempt| settle(error, attempt, true, Duration::ZERO, &Tier::ALL));
            assert_eq!(after_a_denial, if is_denial { [Reject; 5] } else { expected }, "{error:?}");
        }
    }

    #[test]
    fn a_suspect_waits_half_a_minute_and_is_deferred_then() {
        use Settlement::{DeadLetter, Defer, Leave, Retry, WaitInSlot};
        let first = Tier::TenSeconds;
        // The settlement of another message, and that of a suspect before its time is used up, after, and where there is no
        // retry queue.
        let rows = [
            (WaitInSlot, WaitInSlot, Defer(first), WaitInSlot),
            (Retry(Tier::OneMinute), Retry(Tier::OneMinute), Retry(Tier::OneMinute), Retry(Tier::OneMinute)),
            (DeadLetter, DeadLetter, DeadLetter, DeadLetter),
            (Leave, Leave, Leave, Leave),
        ];
        let just_before = LONGEST_ALONE.saturating_sub(Duration::from_nanos(1));
        for (settlement, before, after, without_queues) in rows {
            assert_eq!(settlement.of_suspect(just_before, &Tier::ALL), before, "{settlement:?}");
            assert_eq!(settlement.of_suspect(LONGEST_ALONE, &Tier::ALL), after, "{settlement:?}");
            assert_eq!(settlement.of_suspect(Duration::MAX, &[]), without_queues, "{settlement:?}");
        }
    }

    #[test]
    fn the_codes_of_what_is_retried_and_dead_lettered_are_listed() {
        let codes = |wanted: fn(Settlement) -> bool| {
            let ends = every_error().into_iter().filter(|error| {
                let settled = [1, u32::MAX].map(|attempt| settle(error, attempt, false, Duration::ZERO, &Tier::ALL));
                let of_suspect = settled.map(|settlement| settlement.of_suspect(LONGEST_ALONE, &Tier::ALL));
                settled.into_iter().chain(of_suspect).any(wanted)
            });
            let mut codes: Vec<_> = ends.map(|error| error.code()).collect();
            codes.dedup();
            codes
        };
        let is_retried = |settlement| matches!(settlement, Settlement::Retry(_) | Settlement::Defer(_));
        assert_eq!(codes(is_retried), DeliveryError::RETRIED);
        assert_eq!(codes(|settlement| settlement == Settlement::DeadLetter), DeliveryError::DEAD_LETTERED);
    }
}
