//! The answer to a request: one event, and the files that go with it.
//!
//! The worker puts the files into the store, publishes the event, and acknowledges the request, in this order: an event
//! never names a missing file.

use super::Outcome;
use crate::contract::{Event, REJECTED_TYPE, Reason, Rejected, rejection_id};

/// The result of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The event to publish.
    pub event: Outcome,
    /// The files to put into the store first, in this order.
    pub artifacts: Vec<Artifact>,
}

/// A file that goes with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The bucket; none for a file on this machine.
    pub bucket: Option<String>,
    /// The key in the bucket, or the path of a file.
    pub key: String,
    /// The media type: `image/png`.
    pub content_type: &'static str,
    /// The contents.
    pub bytes: Vec<u8>,
}

impl From<Outcome> for Answer {
    /// An answer without files.
    fn from(event: Outcome) -> Self {
        Self { event, artifacts: Vec::new() }
    }
}

impl Outcome {
    /// The id of the request that the event answers.
    pub fn request_id(&self) -> &str {
        match self {
            Self::Completed(event) => &event.data.request_id,
            Self::Rejected(event) => &event.data.request_id,
        }
    }

    /// The rejection of the same request for a later reason: the store refuses an artifact.
    ///
    /// The new id is derived from this event's id, and so from everything that determines it.
    #[must_use]
    pub fn into_rejection(self, reason: Reason) -> Self {
        let (id, time, request_id, order_id, object) = match self {
            Self::Completed(event) => {
                let Event { id, time, data, .. } = *event;
                (id, time, data.request_id, data.order_id, data.object)
            }
            Self::Rejected(event) => {
                let Event { id, time, data, .. } = *event;
                (id, time, data.request_id, data.order_id, data.object)
            }
        };
        let data = Rejected { request_id, order_id, object, reason };
        Self::Rejected(Box::new(Event::new(rejection_id(&id), REJECTED_TYPE, time, data)))
    }
}
