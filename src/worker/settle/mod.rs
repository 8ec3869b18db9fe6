//! What is done with a delivery that could not be answered: one pure decision.
//!
//! Three kinds of error, told apart where they arise. The model's fault is an answer ([`JobError::Rejected`]) and never
//! gets here. The world's fault is tried again: later, by way of a retry queue, where it may be of this one request; in
//! its slot where it is everybody's, since other requests would fare no better and attempts would be burnt. What no
//! time will mend is a dead letter.

pub(in crate::worker) mod wait_in_slot;

use std::time::Duration;

use crate::contract::Reason;
use crate::worker::compute::Panicked;
use crate::worker::ports::{PublishError, StoreError, Tier};

/// Why a delivery has no price yet.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JobError {
    /// The model's or the request's fault: an answer.
    #[error("rejected: {0}")]
    Rejected(Reason),
    /// Nobody's: the message cannot be read, so there is nobody to answer.
    #[error("{0}")]
    Undecodable(String),
    /// Nobody's: the message is of another type or version.
    #[error("{0}")]
    UnsupportedSchema(String),
    /// Nobody's: a defect of this program, met again at every try.
    #[error(transparent)]
    Panicked(Panicked),
    /// The world's: the object could not be read, from a store that answers otherwise.
    #[error(transparent)]
    Store(StoreError),
    /// The world's: the store answers nobody.
    #[error("{0}")]
    StoreDown(StoreError),
    /// The world's: the answer could not be published.
    #[error("the answer was not published: {0}")]
    Publish(PublishError),
}

impl JobError {
    /// A word for programs: the reason in a dead letter, and in a metric's label.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::Undecodable(_) => "undecodable",
            Self::UnsupportedSchema(_) => "unsupported_schema",
            Self::Panicked(_) => "panicked",
            Self::Store(_) | Self::StoreDown(_) => "store_unavailable",
            Self::Publish(PublishError::Returned(_)) => "publish_returned",
            Self::Publish(PublishError::Refused) => "publish_refused",
            Self::Publish(PublishError::Unsendable(_)) => "publish_unsendable",
            Self::Publish(PublishError::Lost(_)) => "publish_lost",
        }
    }
}

impl JobError {
    /// The words of those that are tried again.
    pub const RETRIED: [&str; 1] = ["store_unavailable"];
    /// The words of those that end as dead letters.
    pub const DEAD_LETTERED: [&str; 5] =
        ["undecodable", "unsupported_schema", "panicked", "store_unavailable", "publish_unsendable"];
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        error.rejection().map_or(Self::Store(error), Self::Rejected)
    }
}

impl From<Reason> for JobError {
    fn from(reason: Reason) -> Self {
        Self::Rejected(reason)
    }
}

impl From<Panicked> for JobError {
    fn from(panicked: Panicked) -> Self {
        Self::Panicked(panicked)
    }
}

/// What is done with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It is published to a retry queue, and acknowledged once that is confirmed.
    Retry(Tier),
    /// It is published as a dead letter, and acknowledged once that is confirmed.
    DeadLetter,
    /// It keeps its slot, and what failed is tried again after a while, for as long as it takes. Where every slot is
    /// held, nothing more is consumed.
    Hold,
    /// Nothing: the port is gone, and with it the delivery, which the broker delivers again.
    Leave,
}

/// A request whose first failure is older is not tried again, however few its attempts.
pub const LONGEST_RETRYING: Duration = Duration::from_hours(24);

/// Decides what is done after an error at an attempt, counted from 1, of a request that failed first so long ago, by a
/// port that has these retry queues.
pub fn settle(error: &JobError, attempt: u32, age: Duration, tiers: &[Tier]) -> Settlement {
    match error {
        JobError::Store(_) => {
            let tier = tiers.get(attempt.saturating_sub(1) as usize).filter(|_| age <= LONGEST_RETRYING);
            tier.map_or(Settlement::DeadLetter, |&tier| Settlement::Retry(tier))
        }
        JobError::StoreDown(_) | JobError::Publish(PublishError::Returned(_) | PublishError::Refused) => {
            Settlement::Hold
        }
        JobError::Publish(PublishError::Lost(_)) => Settlement::Leave,
        JobError::Publish(PublishError::Unsendable(_))
        | JobError::Rejected(_)
        | JobError::Undecodable(_)
        | JobError::UnsupportedSchema(_)
        | JobError::Panicked(_) => Settlement::DeadLetter,
    }
}

/// How long is waited before what failed so often is tried again in its slot: a second, doubled each time, half a minute at most.
pub fn backoff(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.saturating_sub(1).min(5)).min(Duration::from_secs(30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::RejectionCode;

    /// One error of each variant. Every variant must be named here: the compiler holds this list to it.
    fn every_error() -> Vec<JobError> {
        let text = || "why".to_owned();
        let reason = Reason::new(RejectionCode::NoVolume, "why");
        let all = vec![
            JobError::Rejected(reason),
            JobError::Undecodable(text()),
            JobError::UnsupportedSchema(text()),
            JobError::Panicked(Panicked { message: text() }),
            JobError::Store(StoreError::Unavailable(text())),
            JobError::Store(StoreError::CutShort { read_bytes: 1, size_bytes: 2 }),
            JobError::StoreDown(StoreError::Unavailable(text())),
            JobError::Publish(PublishError::Returned(text())),
            JobError::Publish(PublishError::Refused),
            JobError::Publish(PublishError::Unsendable(text())),
            JobError::Publish(PublishError::Lost(text())),
        ];
        let place = |error: &JobError| match error {
            JobError::Rejected(_) => 0,
            JobError::Undecodable(_) => 1,
            JobError::UnsupportedSchema(_) => 2,
            JobError::Panicked(_) => 3,
            // The other variants of a store's errors are rejections: see `JobError::from`.
            JobError::Store(StoreError::Unavailable(_)) => 4,
            JobError::Store(_) => 5,
            JobError::StoreDown(_) => 6,
            JobError::Publish(PublishError::Returned(_)) => 7,
            JobError::Publish(PublishError::Refused) => 8,
            JobError::Publish(PublishError::Unsendable(_)) => 9,
            JobError::Publish(PublishError::Lost(_)) => 10,
        };
        let places: Vec<usize> = all.iter().map(place).collect();
        assert_eq!(places, (0..all.len()).collect::<Vec<_>>(), "each variant once, in order");
        all
    }

    #[test]
    fn every_error_has_its_settlement() {
        use Settlement::{DeadLetter, Hold, Leave, Retry};
        use Tier::{OneMinute, TenMinutes, TenSeconds};
        // The settlement at the attempts 1, 2, 3, 4 and the most there can be.
        let through_the_tiers = [Retry(TenSeconds), Retry(OneMinute), Retry(TenMinutes), DeadLetter, DeadLetter];
        let expected = [
            [DeadLetter; 5],
            [DeadLetter; 5],
            [DeadLetter; 5],
            [DeadLetter; 5],
            through_the_tiers,
            through_the_tiers,
            [Hold; 5],
            [Hold; 5],
            [Hold; 5],
            [DeadLetter; 5],
            [Leave; 5],
        ];
        for (error, expected) in every_error().iter().zip(expected) {
            let decided =
                |age, tiers: &[Tier]| [1, 2, 3, 4, u32::MAX].map(|attempt| settle(error, attempt, age, tiers));
            assert_eq!(decided(LONGEST_RETRYING, &Tier::ALL), expected, "{error:?}");
            // Too old, or without a queue to wait in: nothing is retried, and all else is the same.
            let without_retries = expected.map(|settlement| match settlement {
                Retry(_) => DeadLetter,
                other => other,
            });
            assert_eq!(decided(LONGEST_RETRYING + Duration::from_nanos(1), &Tier::ALL), without_retries, "{error:?}");
            assert_eq!(decided(Duration::ZERO, &[]), without_retries, "{error:?}");
        }
    }

    #[test]
    fn the_words_of_what_is_retried_and_dead_lettered_are_listed() {
        let words = |wanted: fn(Settlement) -> bool| {
            let errors = every_error().into_iter().filter(|error| !matches!(error, JobError::Rejected(_)));
            let ends = errors.filter(|error| {
                [1, u32::MAX].iter().any(|&attempt| wanted(settle(error, attempt, Duration::ZERO, &Tier::ALL)))
            });
            let mut words: Vec<_> = ends.map(|error| error.code()).collect();
            words.dedup();
            words
        };
        assert_eq!(words(|settlement| matches!(settlement, Settlement::Retry(_))), JobError::RETRIED);
        assert_eq!(words(|settlement| settlement == Settlement::DeadLetter), JobError::DEAD_LETTERED);
    }

    #[test]
    fn waiting_in_a_slot_doubles_up_to_half_a_minute() {
        let waits = [1, 2, 3, 4, 5, 6, 7, u32::MAX].map(|tries| backoff(tries).as_secs());
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn the_fault_of_a_store_error_is_the_requests_or_the_worlds() {
        let rows = [
            (StoreError::NotFound("gone".into()), Some(RejectionCode::ObjectNotFound)),
            (StoreError::Forbidden("no".into()), Some(RejectionCode::ObjectForbidden)),
            (StoreError::Changed("other".into()), Some(RejectionCode::ObjectChanged)),
            (StoreError::CutShort { read_bytes: 0, size_bytes: 1 }, None),
            (StoreError::Unavailable("503".into()), None),
        ];
        for (error, code) in rows {
            let expected = match code {
                Some(code) => JobError::Rejected(Reason::new(code, error.to_string())),
                None => JobError::Store(error.clone()),
            };
            assert_eq!(JobError::from(error), expected);
        }
    }
}
