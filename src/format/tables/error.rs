//! The errors of tables, each with its position.

use thiserror::Error;

use crate::contract::{Position, Reason, RejectionCode};
use crate::format::ReadError;

/// Why the tables of a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum TableError {
    /// The file is shorter than its rows are.
    #[error("the header counts rows of {least_bytes} bytes at least, and {body_bytes} bytes follow it")]
    Shorter {
        /// The fewest bytes of all rows.
        least_bytes: u64,
        /// The length of the body.
        body_bytes: u64,
    },
    /// The body ends before its last row.
    #[error("the file ends after {read} of the {counted} rows that its header counts")]
    RowsCut {
        /// The rows that are whole.
        read: u64,
        /// All rows.
        counted: u64,
        /// Where the file ends.
        at: Position,
    },
    /// A value of a row is none.
    #[error("{expected} is expected, {}", instead(found))]
    Value {
        /// What is expected.
        expected: &'static str,
        /// The word, shortened; empty at the end of the line.
        found: String,
        /// Where it is.
        at: Position,
    },
    /// A coordinate is NaN, infinite, or too large for 32 bits.
    #[error("the coordinate `{found}` is not a finite 32-bit number")]
    NonFinite {
        /// The number as written, shortened.
        found: String,
        /// Where it is.
        at: Position,
    },
    /// A face has a vertex that is not there.
    #[error("a face has the vertex {number}; the file has {count}, and the first is 0")]
    NoVertex {
        /// Its number.
        number: i64,
        /// The number of vertices.
        count: u64,
        /// Where the row is.
        at: Position,
    },
    /// A row is longer than the limit.
    #[error("a row is longer than {limit_bytes} bytes")]
    RowTooLong {
        /// The most bytes of a row.
        limit_bytes: usize,
        /// Where it begins.
        at: Position,
    },
}

fn instead(found: &str) -> String {
    if found.is_empty() { "and the line ends".to_owned() } else { format!("not `{found}`") }
}

impl TableError {
    fn code(&self) -> RejectionCode {
        match self {
            Self::Shorter { .. } | Self::RowsCut { .. } => RejectionCode::Truncated,
            Self::NonFinite { .. } => RejectionCode::NonFiniteCoordinate,
            Self::Value { .. } | Self::NoVertex { .. } | Self::RowTooLong { .. } => RejectionCode::Malformed,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::Shorter { .. } => None,
            Self::RowsCut { at, .. }
            | Self::Value { at, .. }
            | Self::NonFinite { at, .. }
            | Self::NoVertex { at, .. }
            | Self::RowTooLong { at, .. } => Some(at),
        }
    }
}

impl From<TableError> for ReadError {
    fn from(error: TableError) -> Self {
        let (code, position) = (error.code(), error.position());
        Self::Refused(Reason { code, message: error.to_string(), position })
    }
}
