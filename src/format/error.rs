//! The error of a file that is of no supported format. Each format has its own error for what is wrong within it.

use thiserror::Error;

use crate::contract::{Reason, RejectionCode};

/// Why a file is of no supported format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum FormatError {
    /// The file is of another format, or of an unknown one.
    #[error("this is {name}; {readable}")]
    Unknown {
        /// The name of the file's format.
        name: &'static str,
        /// The supported formats, as a sentence.
        readable: String,
    },
    /// The file has no bytes.
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
