//! What can be wrong with a converter's stream. None of it is the file's fault that the converter knows of: that is a record.

use thiserror::Error;

use crate::contract::{Reason, RejectionCode};

/// Why a stream cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum StreamError {
    /// The first bytes are not those of a stream of this version.
    #[error("it is no stream of the version that is read; install a converter of the program's own release")]
    Version,
    /// It ends within a record, or before its last one.
    #[error("it ends too early")]
    Cut,
    /// A record stands where it must not, or is none.
    #[error("a record `{tag}` is out of place or broken")]
    Record { tag: String },
    /// A record is longer than any may be.
    #[error("a record of {bytes} bytes; at most {most} are read")]
    Long { bytes: u64, most: u64 },
    /// More than the converter was told to make.
    #[error("{count} {what}; at most {most} are read")]
    TooMany { what: &'static str, count: u64, most: u64 },
}

impl From<StreamError> for Reason {
    fn from(error: StreamError) -> Self {
        Self::new(RejectionCode::Malformed, format!("the file could not be converted: the converter's stream: {error}"))
    }
}
