//! The errors of PLY files, each with its position.

use thiserror::Error;

use super::header::LIMIT_BYTES;
use crate::contract::{Position, Reason, RejectionCode};

/// Why a PLY file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum PlyError {
    /// A line of the header is none that is known.
    #[error("`{found}` is no line of a PLY header that is read")]
    HeaderLine {
        /// The line, shortened.
        found: String,
        /// Its number, from 1.
        line: u64,
    },
    /// The header does not say how the body is written.
    #[error("the header has no line `format`")]
    NoFormat,
    /// The header does not end.
    #[error("the header is longer than {LIMIT_BYTES} bytes")]
    HeaderTooLong {
        /// The line that is not whole.
        line: u64,
    },
    /// The file ends within its header.
    #[error("the file ends within its header, before `end_header`")]
    HeaderCut {
        /// The line on which it ends.
        line: u64,
    },
    /// Vertices lack a coordinate.
    #[error("the element `vertex` has no property `{axis}`")]
    NoAxis {
        /// Its name.
        axis: &'static str,
    },
    /// Faces have no list of vertices.
    #[error("the element `{element}` has no list of whole numbers `vertex_indices` or `vertex_index`")]
    NoList {
        /// The element.
        element: &'static str,
    },
    /// An element has rows and no properties.
    #[error("the element `{element}` has rows and no properties")]
    NoProperties {
        /// Its name.
        element: String,
    },
    /// The file has no faces.
    #[error("the file has points and no faces: a point cloud, which is no solid")]
    NoFaces,
}

impl PlyError {
    fn code(&self) -> RejectionCode {
        match self {
            Self::NoFaces => RejectionCode::EmptyModel,
            Self::HeaderCut { .. } => RejectionCode::Truncated,
            _ => RejectionCode::Malformed,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::HeaderLine { line, .. } | Self::HeaderTooLong { line } | Self::HeaderCut { line } => {
                Some(Position::Line(line))
            }
            _ => None,
        }
    }
}

impl From<PlyError> for Reason {
    fn from(error: PlyError) -> Self {
        Self { code: error.code(), message: error.to_string(), position: error.position() }
    }
}
