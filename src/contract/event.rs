//! The CloudEvents 1.0 envelope, and the id of a result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Engine, REJECTED_TYPE};

/// The content type of every message.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The `source` of every result.
pub const SOURCE: &str = "pricing-worker";

/// A `CloudEvents` 1.0 event in structured JSON mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event<D> {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique within its source; also the AMQP `message_id`.
    pub id: String,
    /// The system that made the event: `mes`, `pricing-worker`, …
    pub source: String,
    /// The type, with its major version: `pricing.completed.v1`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The time, RFC 3339. A result carries its request's, so that the same request gives the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub time: Option<String>,
    /// The payload.
    pub data: D,
}

impl<D> Event<D> {
    /// An event that this program makes.
    pub fn new(id: String, event_type: &str, time: Option<String>, data: D) -> Self {
        Self { specversion: "1.0".into(), id, source: SOURCE.into(), event_type: event_type.into(), time, data }
    }
}

/// The object that was priced, as the store named it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectInfo {
    /// The bucket; null for a file on this machine.
    pub bucket: Option<String>,
    /// The key in the bucket, or the path of a file; null only where a request named none.
    pub key: Option<String>,
    /// The version that was read, where the bucket has versions.
    pub version_id: Option<String>,
    /// The entity tag that was read.
    pub etag: Option<String>,
    /// The length in bytes; null where the object was never opened.
    pub size_bytes: Option<u64>,
    /// The SHA-256 that the request gave and the bytes were checked against, in lower-case hexadecimal; null where it gave none.
    pub sha256: Option<String>,
}

/// The identity of a request, which the id of its answer follows from.
///
/// `CloudEvents` makes a source and an id unique together. Senders break that rule, so a digest of the contents is part of the
/// identity: two requests that differ never share an answer's id, valid or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestIdentity {
    /// The source of the request's event; empty where it names none.
    pub source: String,
    /// The id of the request's event.
    pub id: String,
    /// The SHA-256 of its contents, in hexadecimal.
    says_sha256: String,
}

impl RequestIdentity {
    /// The identity of a request with these contents. Equal contents must serialise to the same bytes.
    pub fn new(source: impl Into<String>, id: impl Into<String>, says: &impl Serialize) -> Self {
        Self { source: source.into(), id: id.into(), says_sha256: hex::encode(Sha256::digest(canonical(says))) }
    }
}

/// The id of a result: 128 bits of SHA-256 over everything that determines the result, in hexadecimal.
///
/// The same request, object, price book and engine give the same id, so that a consumer can drop duplicates by it. The
/// event's type is hashed too: a rejection that a later try turns into a price (a deadline, a timeout) has another id.
pub fn event_id(
    event_type: &str,
    request: &RequestIdentity,
    object: &ObjectInfo,
    book_sha256: &str,
    engine: &Engine,
) -> String {
    short_digest(&canonical(&(event_type, request, object, book_sha256, engine)))
}

/// The id of the rejection that takes the place of an event with an id: it follows from all that the replaced id follows
/// from.
pub fn rejection_id(replaced_id: &str) -> String {
    short_digest(&[REJECTED_TYPE.as_bytes(), replaced_id.as_bytes()].join(&0))
}

/// 128 bits of SHA-256, in hexadecimal.
fn short_digest(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

fn canonical(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain data with string keys always serialises")
}
