//! The envelope of a request of any kind.

use serde_json::Value;

use super::error::{RequestError, invalid};
use super::event_headers::EventHeaders;
use super::limits;
use super::unchecked_event::UncheckedEvent;
use crate::contract::RequestIdentity;
use crate::contract::date_time::is_date_time;

/// What a time must be.
pub(super) const NO_INSTANT: &str = "not an RFC 3339 date and time";

/// An event whose payload is not parsed yet, of any kind of request.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The identity of the request.
    pub identity: RequestIdentity,
    /// The event's type, with its major version.
    pub event_type: String,
    /// The event's time, RFC 3339, as it was written.
    pub time: Option<String>,
    /// The payload.
    pub data: Value,
}

impl Envelope {
    /// Reads an event of one of these types, in structured or binary mode, and checks its length and its attributes.
    ///
    /// A fault of the data matters only where the type is read, and is an invalid request then: there is an id to answer.
    pub fn read(headers: &EventHeaders, body: &[u8], types: &[&str]) -> Result<Self, RequestError> {
        if body.len() > limits::MESSAGE_BYTES {
            let message = format!("body: {} bytes; at most {}", body.len(), limits::MESSAGE_BYTES);
            return Err(RequestError::Undecodable(message));
        }
        let UncheckedEvent { source, id, event_type, time, data } = UncheckedEvent::read(headers, body)?;
        let id = checked_id(id)?;
        let source = text(source).unwrap_or_else(|| "null".into());
        let time = text(time);
        let valid_time = time.clone().filter(|time| is_date_time(time));
        // All that was sent tells an event without a type or readable data from others.
        let incomplete = |data: &Value, message| {
            let identity = RequestIdentity::new(&*source, &*id, &(&headers.attributes, body));
            invalid(identity, valid_time.clone(), data, message)
        };
        let Value::String(event_type) = event_type else {
            let message = format!("type: missing, or no text; this worker reads {}", types.join(", "));
            return Err(incomplete(data.as_ref().unwrap_or(&Value::Null), message));
        };
        if !types.contains(&&*event_type) {
            return Err(RequestError::unsupported(&event_type));
        }
        let data = data.map_err(|message| incomplete(&Value::Null, message))?;
        let identity = RequestIdentity::new(source, id, &(&time, &data));
        if time != valid_time {
            return Err(invalid(identity, None, &data, format!("time: {NO_INSTANT}")));
        }
        Ok(Self { identity, event_type, time, data })
    }
}

fn checked_id(id: Value) -> Result<String, RequestError> {
    let message = match id {
        Value::String(id) if (1..=limits::ID_BYTES).contains(&id.len()) => return Ok(id),
        Value::String(id) => format!("id: {} bytes; it must have 1 to {}", id.len(), limits::ID_BYTES),
        Value::Null => "id: missing; without it there is no request to answer".into(),
        _ => "id: it must be a text".into(),
    };
    Err(RequestError::Undecodable(message))
}

/// An attribute as text: another value as its JSON. None where it is absent.
fn text(attribute: Value) -> Option<String> {
    match attribute {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
