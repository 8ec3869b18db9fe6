//! The envelope of a request of any kind, and the errors of requests.

use serde::Deserialize;
use serde_json::Value;

use super::limits;
use crate::contract::wording::without_contents;
use crate::contract::{ObjectInfo, REQUESTED_TYPE, Reason, Rejected, RejectionCode, RequestIdentity};

/// An event whose payload is not parsed yet, of any kind of request.
#[derive(Debug, Clone, Deserialize)]
pub struct Envelope {
    /// The event's source, of any JSON type: it only tells requests apart.
    #[serde(default)]
    pub source: Value,
    /// The event's id.
    pub id: String,
    /// The event's type, with its major version.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The event's time, as it was written.
    #[serde(default)]
    pub time: Option<String>,
    /// The payload.
    #[serde(default)]
    pub data: Value,
}

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

impl Envelope {
    /// The identity of the request: its source, its id, and all its fields that the program reads.
    pub fn identity(&self) -> RequestIdentity {
        let source = self.source.as_str().map_or_else(|| self.source.to_string(), str::to_owned);
        RequestIdentity::new(source, self.id.clone(), &(&self.time, &self.data))
    }

    /// Reads an event of any type, and checks its length and its id against [`limits`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > limits::MESSAGE_BYTES {
            let message = format!("{} bytes; at most {}", bytes.len(), limits::MESSAGE_BYTES);
            return Err(RequestError::Undecodable(message));
        }
        let envelope: Envelope = serde_json::from_slice(bytes)
            .map_err(|error| RequestError::Undecodable(without_contents(&error.to_string())))?;
        if envelope.id.is_empty() || envelope.id.len() > limits::ID_BYTES {
            let message = format!("id: {} bytes; it must have 1 to {}", envelope.id.len(), limits::ID_BYTES);
            return Err(RequestError::Undecodable(message));
        }
        Ok(envelope)
    }

    /// The error of an event whose type is not read.
    pub fn unsupported(&self) -> RequestError {
        RequestError::UnsupportedSchema { found: self.event_type.chars().take(100).collect() }
    }
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
