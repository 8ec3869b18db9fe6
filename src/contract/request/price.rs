//! `pricing.requested.v1`: the request for prices, and its checks.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::{Envelope, NO_INSTANT};
use super::error::{RequestError, invalid};
use super::event_headers::EventHeaders;
use super::limits;
use crate::contract::wording::without_contents;
use crate::contract::{ObjectInfo, REQUESTED_TYPE, RequestIdentity, Unit};

/// The payload of `pricing.requested.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Requested {
    /// The order that the model belongs to; the result repeats it.
    #[serde(default)]
    pub order_id: Option<String>,
    /// The model.
    pub model: ModelRef,
    /// The items to quote; absent, null or empty: every material, one piece, the book's first lead time.
    #[serde(default, deserialize_with = "null_as_default")]
    #[schemars(with = "Option<Vec<Item>>")]
    pub items: Vec<Item>,
    /// The time after which the request is rejected unpriced, RFC 3339.
    #[serde(default, deserialize_with = "instant")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub deadline: Option<Timestamp>,
}

/// The object that holds a model, and what the request knows of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRef {
    /// The bucket.
    #[serde(deserialize_with = "not_null")]
    pub bucket: String,
    /// The key in the bucket.
    pub key: String,
    /// The version to read, where the bucket has versions.
    #[serde(default)]
    pub version_id: Option<String>,
    /// The entity tag that the object must have.
    #[serde(default)]
    pub etag: Option<String>,
    /// The SHA-256 that the bytes must have, in hexadecimal.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The format (`stl`); wins over the one of the bytes. A format that is not read is rejected as `unknown_format`.
    #[serde(default)]
    pub format: Option<String>,
    /// The unit of the coordinates; wins over the one of the file.
    #[serde(default)]
    pub unit: Option<Unit>,
}

/// One material to quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The material's id in the price book.
    pub material: String,
    /// Pieces; absent, null or empty: one.
    #[serde(default, deserialize_with = "null_as_default")]
    #[schemars(with = "Option<Vec<u32>>")]
    pub quantities: Vec<u32>,
    /// Ids of lead times in the price book; absent, null or empty: the book's first.
    #[serde(default, deserialize_with = "null_as_default")]
    #[schemars(with = "Option<Vec<String>>")]
    pub lead_times: Vec<String>,
}

/// A valid request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The identity of the request.
    pub identity: RequestIdentity,
    /// The event's time, RFC 3339, as it was written.
    pub time: Option<String>,
    /// The payload.
    pub data: Requested,
}

impl Request {
    /// Reads a request in structured mode, and checks it against [`limits`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        Self::from_envelope(Envelope::read(&EventHeaders::default(), bytes, &[REQUESTED_TYPE])?)
    }

    /// Reads the payload of an event that asks for a price, whatever its type is, and checks it against [`limits`].
    pub fn from_envelope(envelope: Envelope) -> Result<Self, RequestError> {
        let Envelope { identity, time, data, .. } = envelope;
        match requested(&data) {
            Ok(data) => Ok(Self { identity, time, data }),
            Err(message) => Err(invalid(identity, time, &data, message)),
        }
    }
}

/// The payload, checked. The error names the field.
fn requested(data: &Value) -> Result<Requested, String> {
    match data {
        Value::Object(_) => {}
        Value::Null => return Err("data: missing".into()),
        Value::String(_) => return Err("data: a text; it must be a JSON object, not a text that holds one".into()),
        _ => return Err("data: it must be a JSON object".into()),
    }
    let requested: Requested = serde_path_to_error::deserialize(data)
        .map_err(|error| format!("data.{}: {}", error.path(), without_contents(&error.inner().to_string())))?;
    requested.check()?;
    Ok(requested)
}

impl Requested {
    /// The object as the request names it.
    pub fn object(&self) -> ObjectInfo {
        let ModelRef { bucket, key, version_id, etag, sha256, .. } = &self.model;
        ObjectInfo {
            bucket: Some(bucket.clone()),
            key: Some(key.clone()),
            version_id: version_id.clone(),
            etag: etag.clone(),
            size_bytes: None,
            sha256: sha256.as_ref().map(|digest| digest.to_ascii_lowercase()),
        }
    }

    /// Checks the request against the limits. The error names the field.
    fn check(&self) -> Result<(), String> {
        check_text("data.model.bucket", &self.model.bucket, limits::TEXT_BYTES)?;
        check_text("data.model.key", &self.model.key, limits::KEY_BYTES)?;
        let optional = [
            ("data.order_id", &self.order_id),
            ("data.model.version_id", &self.model.version_id),
            ("data.model.etag", &self.model.etag),
            ("data.model.format", &self.model.format),
        ];
        for (place, text) in optional {
            text.as_deref().map_or(Ok(()), |text| check_text(place, text, limits::TEXT_BYTES))?;
        }
        if let Some(digest) = &self.model.sha256
            && !(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err("data.model.sha256: it must be 64 hexadecimal digits".into());
        }
        self.check_items()
    }

    fn check_items(&self) -> Result<(), String> {
        check_count("data.items", self.items.len(), limits::ITEMS)?;
        let mut quotes = 0;
        for (number, item) in self.items.iter().enumerate() {
            let place = format!("data.items[{number}]");
            check_text(&format!("{place}.material"), &item.material, limits::TEXT_BYTES)?;
            check_count(&format!("{place}.quantities"), item.quantities.len(), limits::CHOICES)?;
            check_count(&format!("{place}.lead_times"), item.lead_times.len(), limits::CHOICES)?;
            for lead_time in &item.lead_times {
                check_text(&format!("{place}.lead_times"), lead_time, limits::TEXT_BYTES)?;
            }
            if let Some(quantity) = item.quantities.iter().find(|&&pieces| pieces == 0 || pieces > limits::QUANTITY) {
                return Err(format!("{place}.quantities: {quantity}; it must be 1 to {}", limits::QUANTITY));
            }
            quotes += item.quantities.len().max(1) * item.lead_times.len().max(1);
        }
        check_count("data.items: quantities × lead times", quotes, limits::QUOTES)
    }
}

fn check_text(place: &str, text: &str, most: usize) -> Result<(), String> {
    if text.is_empty() || text.len() > most {
        return Err(format!("{place}: {} bytes; it must have 1 to {most}", text.len()));
    }
    Ok(())
}

fn check_count(place: &str, count: usize, most: usize) -> Result<(), String> {
    if count > most {
        return Err(format!("{place}: {count}; at most {most}"));
    }
    Ok(())
}

/// An instant, or null. The error does not repeat the text, as the parser's own would.
fn instant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(|_| serde::de::Error::custom(NO_INSTANT))).transpose()
}

/// A value that may not be null; one that is absent is reported by its struct.
fn not_null<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(deserializer)?.ok_or_else(|| serde::de::Error::custom("missing"))
}

fn null_as_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
