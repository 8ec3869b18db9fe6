//! `pricing.rejected.v1`: why there is no price.

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
    /// The object, as far as it is known.
    pub object: ObjectInfo,
    /// Why.
    pub reason: Reason,
}

/// Why a model has no price, for programs (`code`) and for people (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Reason {
    /// What it is.
    pub code: RejectionCode,
    /// The same in a sentence, with the figures.
    pub message: String,
    /// Where in the file; absent where there is no such place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl Reason {
    /// A reason that has no place in the file.
    pub fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None }
    }

    /// The same reason, at a place in the file.
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
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::UnknownFormat,
        Self::Truncated,
        Self::Malformed,
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
    /// The word that stands for it in an event.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Why there is no price. Later versions add codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectionCode {
    /// The bytes are of no format that is read.
    UnknownFormat,
    /// The file ends too early.
    Truncated,
    /// The file breaks the rules of its format.
    Malformed,
    /// A coordinate is NaN or infinite.
    NonFiniteCoordinate,
    /// There are no triangles.
    EmptyModel,
    /// The triangles enclose nothing.
    NoVolume,
    /// The object, or the part, is larger than the limits.
    TooLarge,
    /// There is no such object.
    ObjectNotFound,
    /// The store does not let the worker read the object.
    ObjectForbidden,
    /// The object is not the one that was asked for, or was replaced while it was read.
    ObjectChanged,
    /// The bytes do not have the SHA-256 that the request gave.
    ChecksumMismatch,
    /// The price book has no such material.
    UnknownMaterial,
    /// The price book has no such lead time.
    UnknownLeadTime,
    /// The request breaks the rules.
    InvalidRequest,
    /// The request's deadline passed before it was priced.
    DeadlineExceeded,
    /// The job took longer than it may.
    JobTimeout,
}
