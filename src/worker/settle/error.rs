//! The errors that leave a delivery without an answer, or without a published one.

use crate::worker::job::JobError;
use crate::worker::ports::PublishError;

/// Why a delivery is not answered yet.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeliveryError {
    /// The message cannot be read, so that there is no request to answer.
    #[error("{0}")]
    Undecodable(String),
    /// The message is an event of a type or version that this worker does not read.
    #[error("{0}")]
    UnsupportedSchema(String),
    /// The message was delivered again and again, and never settled.
    #[error("delivered {0} times and never settled: it kills the workers that have it")]
    DeliveryLimit(u32),
    /// The job gave no answer.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The broker does not confirm what is published about a suspect; it may be in its queue or not.
    #[error("the broker does not confirm")]
    Unconfirmed,
    /// The answer could not be published.
    #[error("the answer was not published: {0}")]
    Publish(#[from] PublishError),
}

impl DeliveryError {
    /// The codes of those that are tried again; those of publishes only of suspects and of dead letters.
    pub const RETRIED: [&str; 8] = [
        "object_forbidden",
        "bucket_denied",
        "store_unavailable",
        "publish_returned",
        "publish_refused",
        "publish_denied",
        "publish_unconfirmed",
        "converter_unavailable",
    ];
    /// The codes of those that end as dead letters.
    pub const DEAD_LETTERED: [&str; 8] = [
        "undecodable",
        "unsupported_schema",
        "delivery_limit",
        "panicked",
        "bucket_denied",
        "store_unavailable",
        "publish_unsendable",
        "converter_unavailable",
    ];

    /// The machine-readable code: the reason in a dead letter, and in a metric's label.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Undecodable(_) => "undecodable",
            Self::UnsupportedSchema(_) => "unsupported_schema",
            Self::DeliveryLimit(_) => "delivery_limit",
            Self::Job(error) => error.code(),
            Self::Unconfirmed => "publish_unconfirmed",
            Self::Publish(PublishError::Returned(_)) => "publish_returned",
            Self::Publish(PublishError::Refused) => "publish_refused",
            Self::Publish(PublishError::Denied(_)) => "publish_denied",
            Self::Publish(PublishError::Unsendable(_)) => "publish_unsendable",
            Self::Publish(PublishError::Lost(_)) => "publish_lost",
        }
    }
}
