//! The errors of requests of any kind.

use serde_json::Value;

use super::limits;
use crate::contract::{ObjectInfo, REQUESTED_TYPE, Reason, Rejected, RejectionCode, RequestIdentity};

/// The reason why bytes are no valid request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RequestError {
    /// Not JSON, or no event with an id: no answer could name it. It goes to the dead letters.
    #[error("{0}")]
    Undecodable(String),
    /// An event of another type or major version. It goes to the dead letters.
    #[error("type {found:?}; this worker reads {REQUESTED_TYPE}")]
    UnsupportedSchema {
        /// The type that it has.
        found: String,
    },
    /// An invalid request with an id. A rejection answers it.
    #[error("{}", .0.rejected.reason)]
    Invalid(Box<InvalidRequest>),
}

impl RequestError {
    /// The error of an event whose type is not read.
    pub fn unsupported(event_type: &str) -> Self {
        Self::UnsupportedSchema { found: event_type.chars().take(100).collect() }
    }
}

/// An invalid request, with the rejection that answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidRequest {
    /// The identity of the request.
    pub identity: RequestIdentity,
    /// The event's time; none where it is absent or wrong.
    pub time: Option<String>,
    /// The answer.
    pub rejected: Rejected,
}

/// The rejection of a request, with its order and object where they are texts.
pub(super) fn invalid(identity: RequestIdentity, time: Option<String>, data: &Value, message: String) -> RequestError {
    let text = |pointer: &str| {
        let text = data.pointer(pointer)?.as_str()?;
        (text.len() <= limits::TEXT_BYTES).then(|| text.to_owned())
    };
    let object = ObjectInfo { bucket: text("/model/bucket"), key: text("/model/key"), ..ObjectInfo::default() };
    let reason = Reason::new(RejectionCode::InvalidRequest, message);
    let rejected = Rejected { request_id: identity.id.clone(), order_id: text("/order_id"), object, reason };
    RequestError::Invalid(Box::new(InvalidRequest { identity, time, rejected }))
}
