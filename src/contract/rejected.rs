//! `pricing.rejected.v1`: the reason why a model has no price.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ObjectInfo;

/// The payload of `pricing.rejected.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rejected {
    /// The id of the request's event.
    pub request_id: String,
    /// The order that the request named.
    pub order_id: Option<String>,
    /// What is known of the object.
    pub object: ObjectInfo,
    /// The reason.
    pub reason: Reason,
}

/// The reason why a model has no price, for programs (`code`) and for people (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Reason {
    /// The machine-readable code.
    pub code: RejectionCode,
    /// The reason as a sentence, with its figures.
    pub message: String,
    /// The place in the file; absent where the reason has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl Reason {
    /// A reason that has no place in the file.
    pub fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None }
    }

    /// The reason with a place in the file.
    #[must_use]
    pub fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The offset of a byte in a binary file, from 0.
    Byte(u64),
    /// The number of a line in a text file, from 1.
    Line(u64),
}

impl RejectionCode {
    /// Every code.
    pub const ALL: [Self; 19] = [
        Self::UnknownFormat,
        Self::Truncated,
        Self::Malformed,
        Self::UnsupportedFeature,
        Self::Encrypted,
        Self::SeveralModels,
        Self::NonFiniteCoordinate,
        Self::EmptyModel,
        Self::NoVolume,
        Self::TooLarge,
        Self::ObjectNotFound,
        Self::ObjectForbidden,
        Self::ObjectChanged,
        Self::ChecksumMismatch,
        Self::UnknownMaterial,
        Self::UnknownLeadTime,
        Self::InvalidRequest,
        Self::DeadlineExceeded,
        Self::JobTimeout,
    ];
}

impl fmt::Display for RejectionCode {
    /// The word in events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The machine-readable reason of a rejection. Later versions add codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectionCode {
    /// The bytes have no format that is read.
    UnknownFormat,
    /// The file ends too early.
    Truncated,
    /// The file breaks the rules of its format.
    Malformed,
    /// The file has what is not read: a compression, an extension, free-form surfaces.
    UnsupportedFeature,
    /// The file, or the model in an archive, is encrypted.
    Encrypted,
    /// The archive has several models.
    SeveralModels,
    /// A coordinate is NaN or infinite.
    NonFiniteCoordinate,
    /// The file has no triangles.
    EmptyModel,
    /// The triangles enclose nothing.
    NoVolume,
    /// The object, or the part, is larger than the limits.
    TooLarge,
    /// There is no such object.
    ObjectNotFound,
    /// The store does not let the worker read the object.
    ObjectForbidden,
    /// The object has another version or entity tag than the request gave, or was replaced while it was read.
    ObjectChanged,
    /// The bytes have another SHA-256 than the request gave.
    ChecksumMismatch,
    /// The price book has no such material.
    UnknownMaterial,
    /// The price book has no such lead time.
    UnknownLeadTime,
    /// The request is invalid.
    InvalidRequest,
    /// The request's deadline passed before it was priced.
    DeadlineExceeded,
    /// The job took longer than it may.
    JobTimeout,
}
