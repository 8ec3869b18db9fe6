//! What is done with a delivery that could not be answered: one pure decision.
//!
//! Three kinds of error, told apart where they arise. The model's fault is an answer ([`JobError::Rejected`]) and never
//! gets here. The world's fault is tried again, later. What no time will mend is a dead letter. Retry queues come with
//! their issue: they will be another [`Settlement`], decided here; until then a delivery waits in its slot and goes
//! back to its queue, whose delivery limit ends it.

use std::time::Duration;

use super::compute::Panicked;
use super::ports::{Death, PublishError, StoreError};
use crate::contract::Reason;

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
    /// The world's: the object could not be read.
    #[error(transparent)]
    Store(StoreError),
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
            Self::Store(_) => "store_unavailable",
            Self::Publish(PublishError::Returned(_)) => "publish_returned",
            Self::Publish(PublishError::Refused) => "publish_refused",
            Self::Publish(PublishError::Unsendable(_)) => "publish_unsendable",
            Self::Publish(PublishError::Lost(_)) => "publish_lost",
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is published as a dead letter, and acknowledged once that is confirmed.
    DeadLetter(Death),
    /// It keeps its slot for a while, so that a failing dependency is not asked in a loop, and goes back to its queue.
    Requeue {
        /// How long it waits.
        after: Duration,
    },
    /// Nothing: the port is gone, and with it the delivery, which the broker delivers again.
    Leave,
}

/// Decides what is done after an error at an attempt, counted from 1, of at most `limit`.
pub fn settle(error: &JobError, attempt: u32, limit: u32) -> Settlement {
    match error {
        JobError::Publish(PublishError::Lost(_)) => Settlement::Leave,
        JobError::Store(_) | JobError::Publish(PublishError::Returned(_) | PublishError::Refused)
            if attempt < limit =>
        {
            Settlement::Requeue { after: backoff(attempt) }
        }
        JobError::Store(_)
        | JobError::Publish(_)
        | JobError::Rejected(_)
        | JobError::Undecodable(_)
        | JobError::UnsupportedSchema(_)
        | JobError::Panicked(_) => {
            Settlement::DeadLetter(Death { reason: error.code(), error: error.to_string(), attempts: attempt })
        }
    }
}

/// How long a delivery waits after an attempt, counted from 1: a second, doubled by each attempt, half a minute at most.
pub fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.saturating_sub(1).min(5)).min(Duration::from_secs(30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::RejectionCode;

    #[test]
    fn every_error_has_its_settlement() {
        let store = || JobError::Store(StoreError::Unavailable("503".into()));
        let cut = || JobError::Store(StoreError::CutShort { read_bytes: 1, size_bytes: 2 });
        let returned = || JobError::Publish(PublishError::Returned("NO_ROUTE".into()));
        let secs = |after| Settlement::Requeue { after: Duration::from_secs(after) };
        let dead = |error: &JobError, attempts| {
            Settlement::DeadLetter(Death { reason: error.code(), error: error.to_string(), attempts })
        };
        let rows: Vec<(JobError, u32, Option<Settlement>)> = vec![
            (store(), 1, Some(secs(1))),
            (store(), 2, Some(secs(2))),
            (store(), 5, Some(secs(16))),
            (store(), 9, Some(secs(30))),
            (store(), 10, None),
            (store(), u32::MAX, None),
            (cut(), 1, Some(secs(1))),
            (cut(), 10, None),
            (returned(), 1, Some(secs(1))),
            (returned(), 10, None),
            (JobError::Publish(PublishError::Refused), 3, Some(secs(4))),
            (JobError::Publish(PublishError::Unsendable("id".into())), 1, None),
            (JobError::Publish(PublishError::Lost("reset".into())), 1, Some(Settlement::Leave)),
            (JobError::Publish(PublishError::Lost("reset".into())), 10, Some(Settlement::Leave)),
            (JobError::Undecodable("not JSON".into()), 1, None),
            (JobError::UnsupportedSchema("v2".into()), 1, None),
            (JobError::Panicked(Panicked { message: "index".into() }), 1, None),
        ];
        for (error, attempt, expected) in rows {
            let expected = expected.unwrap_or_else(|| dead(&error, attempt));
            assert_eq!(settle(&error, attempt, 10), expected, "{error:?}, attempt {attempt}");
        }
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
