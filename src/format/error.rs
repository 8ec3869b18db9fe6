//! Why a file is of no format that is read. What is wrong within a format is that format's own error.

use thiserror::Error;

use crate::contract::{Reason, RejectionCode};

/// Why a file is of no format that is read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum FormatError {
    /// The bytes are of no format that is read.
    #[error("this is {name}; {readable}")]
    Unknown {
        /// What they are.
        name: &'static str,
        /// What is read, as a sentence.
        readable: String,
    },
    /// There are no bytes at all.
    #[error("the file is empty")]
    EmptyFile,
}

impl From<FormatError> for Reason {
    fn from(error: FormatError) -> Self {
        let code = match error {
            FormatError::Unknown { .. } => RejectionCode::UnknownFormat,
            FormatError::EmptyFile => RejectionCode::EmptyModel,
        };
        Self::new(code, error.to_string())
    }
}
