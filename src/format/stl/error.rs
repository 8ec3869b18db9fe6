//! The errors of STL files, each with its position.

use thiserror::Error;

use super::binary::file_size_bytes;
use crate::contract::{Position, Reason, RejectionCode};
use crate::format::ReadError;
use crate::mesh::NonFinite;

/// Why an STL file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum StlError {
    /// The header of a binary file counts no triangle.
    #[error("the header counts 0 triangles")]
    NoTriangles,
    /// An ASCII file has no facet.
    #[error("there is no facet in the file")]
    NoFacets,
    /// A binary file ends within its header.
    #[error("a binary STL file begins with a header of 84 bytes; the file ends after {size_bytes}")]
    HeaderCut {
        /// The length of the file.
        size_bytes: u64,
    },
    /// A binary file ends before its last triangle does.
    #[error(
        "the header counts {counted} triangles ({} bytes); the file ends after {whole}, at byte {size_bytes}",
        file_size_bytes(*.counted)
    )]
    TrianglesCut {
        /// The count in the header.
        counted: u32,
        /// The number of whole triangles in the file.
        whole: u64,
        /// The length of the file.
        size_bytes: u64,
    },
    /// The bytes of a record are no triangle.
    #[error("the 50 bytes at {offset} are no triangle; the file is damaged, or no STL file")]
    NoTriangle {
        /// The offset of the record.
        offset: u64,
    },
    /// A coordinate of a binary file is NaN or infinite.
    #[error("{place} is NaN or infinite")]
    NonFiniteRecord {
        /// The coordinate.
        place: NonFinite,
        /// Its offset.
        offset: u64,
    },
    /// A triangle is followed by a part of one.
    #[error("more triangles follow the {counted} that the header counts, and the last is cut")]
    UncountedCut {
        /// The count in the header.
        counted: u32,
        /// The offset of the first of them.
        offset: u64,
    },
    /// The attributes of the records end before the file does, or after it.
    #[error("the lengths of attributes in the records do not add up to the length of the file")]
    AttributeLengths {
        /// The offset at which that was seen.
        offset: u64,
    },
    /// Both readings of what follows a record lead on to triangles for as far as is looked.
    #[error("what follows the record may be its attributes, or more triangles than the header counts")]
    AttributesOrTriangles {
        /// The offset of what follows.
        offset: u64,
    },
    /// Another binary file follows the first and is cut.
    #[error("another file begins here; its header counts {counted} triangles, and fewer follow")]
    FileBehindCut {
        /// The count in its header.
        counted: u32,
        /// The offset at which it begins.
        offset: u64,
    },
    /// ASCII STL follows binary STL.
    #[error("ASCII STL begins here, behind binary STL; send each in a file of its own")]
    TextBehind {
        /// The offset at which it begins.
        offset: u64,
    },
    /// An ASCII file ends within a solid or a facet.
    #[error("the file ends where {expected} is expected")]
    TextCut {
        /// What is expected at its end.
        expected: &'static str,
        /// The line on which it ends, from 1.
        line: u64,
    },
    /// An ASCII file has an unexpected word.
    #[error("{expected} is expected, not `{found}`")]
    Word {
        /// What is expected.
        expected: &'static str,
        /// The word, shortened.
        found: String,
        /// The line, from 1.
        line: u64,
    },
    /// A coordinate of an ASCII file is NaN, infinite, or too large for the format.
    #[error("the coordinate `{found}` is not a finite 32-bit number")]
    NonFinite {
        /// The number as written, shortened.
        found: String,
        /// The line, from 1.
        line: u64,
    },
    /// A coordinate of an ASCII file has a decimal comma.
    #[error("the coordinate `{found}` has a comma; STL has decimal points: export the model again with them")]
    DecimalComma {
        /// The number as written, shortened.
        found: String,
        /// The line, from 1.
        line: u64,
    },
    /// An ASCII file has no facet at the start of a line within the limit.
    #[error("there is no facet at the start of a line within {limit_bytes} bytes")]
    LineTooLong {
        /// The most bytes between two such facets.
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
            Self::NoTriangle { .. }
            | Self::UncountedCut { .. }
            | Self::AttributeLengths { .. }
            | Self::AttributesOrTriangles { .. }
            | Self::FileBehindCut { .. }
            | Self::TextBehind { .. }
            | Self::Word { .. }
            | Self::DecimalComma { .. }
            | Self::LineTooLong { .. } => RejectionCode::Malformed,
            Self::NonFinite { .. } | Self::NonFiniteRecord { .. } => RejectionCode::NonFiniteCoordinate,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::NoFacets => None,
            Self::NoTriangles => Some(Position::Byte(80)),
            Self::HeaderCut { size_bytes: offset }
            | Self::TrianglesCut { size_bytes: offset, .. }
            | Self::NoTriangle { offset }
            | Self::NonFiniteRecord { offset, .. }
            | Self::UncountedCut { offset, .. }
            | Self::AttributeLengths { offset }
            | Self::AttributesOrTriangles { offset }
            | Self::FileBehindCut { offset, .. }
            | Self::TextBehind { offset } => Some(Position::Byte(offset)),
            Self::TextCut { line, .. }
            | Self::Word { line, .. }
            | Self::NonFinite { line, .. }
            | Self::DecimalComma { line, .. }
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
