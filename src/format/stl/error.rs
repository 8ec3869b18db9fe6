//! Why a file is no STL file, with the place.

use thiserror::Error;

use crate::contract::{Position, Reason, RejectionCode};
use crate::format::ReadError;

/// Why a file is no STL file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum StlError {
    /// A binary STL file says that it has no triangles, and has none.
    #[error("the header counts 0 triangles")]
    NoTriangles,
    /// An ASCII STL file without a facet.
    #[error("there is no facet in the file")]
    NoFacets,
    /// A binary STL file that ends before its header does.
    #[error("a binary STL file begins with a header of 84 bytes; the file ends after {size_bytes}")]
    HeaderCut {
        /// The length of the file.
        size_bytes: u64,
    },
    /// A binary STL file that ends before its last triangle.
    #[error(
        "the header counts {counted} triangles ({} bytes); the file ends after {whole}, at byte {size_bytes}",
        84 + 50 * u64::from(*.counted)
    )]
    TrianglesCut {
        /// The count in the header.
        counted: u32,
        /// The whole triangles that are there.
        whole: u64,
        /// The length of the file.
        size_bytes: u64,
    },
    /// A binary STL file that goes on with whole triangles after those that its header counts.
    #[error("the header counts {counted} triangles; the file has {present}")]
    CountTooSmall {
        /// The count in the header.
        counted: u32,
        /// The triangles that fit in the file.
        present: u64,
    },
    /// An ASCII STL file that ends where it may not.
    #[error("the file ends where {expected} is expected")]
    TextCut {
        /// What must come.
        expected: &'static str,
        /// The line on which it ends, from 1.
        line: u64,
    },
    /// A word that may not stand where it stands.
    #[error("{expected} is expected, not `{found}`")]
    Word {
        /// What must come.
        expected: &'static str,
        /// What comes, shortened.
        found: String,
        /// The line, from 1.
        line: u64,
    },
    /// A number that is NaN, infinite, or too large for the format.
    #[error("the coordinate `{found}` is not a finite 32-bit number")]
    NonFinite {
        /// What is written, shortened.
        found: String,
        /// The line, from 1.
        line: u64,
    },
    /// A text file whose facets cannot be told apart.
    #[error("there is no facet at the start of a line within {limit_bytes} bytes")]
    LineTooLong {
        /// The most bytes that may pass.
        limit_bytes: usize,
        /// The line, from 1.
        line: u64,
    },
}

impl StlError {
    fn code(&self) -> RejectionCode {
        match self {
            Self::NoTriangles | Self::NoFacets => RejectionCode::EmptyModel,
            Self::HeaderCut { .. } | Self::TrianglesCut { .. } | Self::TextCut { .. } => RejectionCode::Truncated,
            Self::CountTooSmall { .. } | Self::Word { .. } | Self::LineTooLong { .. } => RejectionCode::Malformed,
            Self::NonFinite { .. } => RejectionCode::NonFiniteCoordinate,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::NoFacets => None,
            Self::NoTriangles | Self::CountTooSmall { .. } => Some(Position::Byte(80)),
            Self::HeaderCut { size_bytes } | Self::TrianglesCut { size_bytes, .. } => Some(Position::Byte(size_bytes)),
            Self::TextCut { line, .. }
            | Self::Word { line, .. }
            | Self::NonFinite { line, .. }
            | Self::LineTooLong { line, .. } => Some(Position::Line(line)),
        }
    }
}

impl From<StlError> for Reason {
    fn from(error: StlError) -> Self {
        Self { code: error.code(), message: error.to_string(), position: error.position() }
    }
}

impl From<StlError> for ReadError {
    fn from(error: StlError) -> Self {
        Self::Refused(error.into())
    }
}
