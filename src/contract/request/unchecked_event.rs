//! An event as its message carries it, in structured or binary mode, before anything of it is checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::error::RequestError;
use super::event_headers::{ContentMode, EventHeaders};
use super::json_text;

const NO_BATCHES: &str = "a batch of events is not read; publish each event as a message of its own";

/// The attributes and the data of an event. An attribute that is absent is null.
pub(super) struct UncheckedEvent {
    pub source: Value,
    pub id: Value,
    pub event_type: Value,
    pub time: Value,
    /// The data, or why it cannot be read: the event may be of a type that need not be read.
    pub data: Result<Value, String>,
}

/// An event in JSON. A member of these that occurs twice is an error. Within the data, the last of two holds.
#[derive(Deserialize)]
#[serde(expecting = "an event")]
struct JsonEvent<D> {
    #[serde(default)]
    source: Value,
    #[serde(default)]
    id: Value,
    #[serde(default, rename = "type")]
    event_type: Value,
    #[serde(default)]
    time: Value,
    #[serde(default)]
    data: D,
    #[serde(default)]
    data_base64: D,
}

impl UncheckedEvent {
    pub fn read(headers: &EventHeaders, body: &[u8]) -> Result<Self, RequestError> {
        match headers.mode() {
            ContentMode::Binary => Ok(Self::binary(headers, body)),
            ContentMode::Batched => Err(RequestError::Undecodable(format!("body: {NO_BATCHES}"))),
            ContentMode::Structured if json_text::first_byte(body) == Some(b'[') => {
                Err(RequestError::Undecodable(format!("body: an array: {NO_BATCHES}")))
            }
            ContentMode::Structured => Self::structured(headers, body),
        }
    }

    fn structured(headers: &EventHeaders, body: &[u8]) -> Result<Self, RequestError> {
        let fault = match json_text::read::<JsonEvent<Value>>(body) {
            Ok(JsonEvent { source, id, event_type, time, data, data_base64 }) => {
                return Ok(Self { source, id, event_type, time, data: one_of(data, data_base64) });
            }
            Err(fault) => format!("{fault}{}", headers.other_than_json()),
        };
        // Where only the data is at fault (a number out of range, too much nesting), there is an id to answer.
        match json_text::read::<JsonEvent<IgnoredAny>>(body) {
            Ok(JsonEvent { source, id, event_type, time, .. }) => {
                Ok(Self { source, id, event_type, time, data: Err(format!("data: {fault}")) })
            }
            Err(_) => Err(RequestError::Undecodable(format!("body: {fault}"))),
        }
    }

    fn binary(headers: &EventHeaders, body: &[u8]) -> Self {
        let attribute =
            |name: &str| headers.attributes.get(name).map_or(Value::Null, |text| Value::from(text.as_str()));
        let data = json_text::read(body).map_err(|fault| format!("data: {fault}{}", headers.other_than_json()));
        Self {
            source: attribute("source"),
            id: attribute("id"),
            event_type: attribute("type"),
            time: attribute("time"),
            data,
        }
    }
}

/// The data of an event in JSON, from the member that has it.
fn one_of(data: Value, data_base64: Value) -> Result<Value, String> {
    match (data, data_base64) {
        (data, Value::Null) => Ok(data),
        (Value::Null, Value::String(text)) => {
            let bytes = STANDARD_PAD_INDIFFERENT
                .decode(text)
                .map_err(|error| format!("data_base64: no base64: {}", error.to_string().trim_end_matches('.')))?;
            json_text::read(&bytes).map_err(|fault| format!("data_base64: {fault}"))
        }
        (Value::Null, _) => Err("data_base64: it must be a text".into()),
        (..) => Err("data and data_base64: an event has one of them".into()),
    }
}
