//! The errors of OBJ files, each with its line.

use thiserror::Error;

use crate::contract::{Position, Reason, RejectionCode};
use crate::format::ReadError;

/// Why an OBJ file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ObjError {
    /// No line is a face.
    #[error("there is no face in the file{}", if *.has_surfaces { ": free-form surfaces are not read, export the model as a mesh" } else { "" })]
    NoFaces {
        /// Whether there are free-form surfaces.
        has_surfaces: bool,
    },
    /// A line is broken.
    #[error("{fault}")]
    Line {
        /// What is wrong.
        fault: LineFault,
        /// Its number, from 1.
        line: u64,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum LineFault {
    /// A coordinate of a vertex is no number.
    #[error("a vertex has three coordinates; `{found}` is none")]
    Coordinate {
        /// The word, shortened.
        found: String,
    },
    /// A vertex has fewer than three coordinates.
    #[error("a vertex has three coordinates; the line ends after {count}")]
    CoordinateMissing {
        /// The number of those that it has.
        count: usize,
    },
    /// A coordinate is NaN, infinite, or too large for 32 bits.
    #[error("the coordinate `{found}` is not a finite 32-bit number")]
    NonFinite {
        /// The number as written, shortened.
        found: String,
    },
    /// A corner of a face is no number.
    #[error("a corner of a face is the number of a vertex; `{found}` is none")]
    Corner {
        /// The word, shortened.
        found: String,
    },
    /// A corner of a face is a vertex that is not there.
    #[error("vertex {number} is not there: {count} vertices are defined before this line, and the first is 1")]
    NoVertex {
        /// The number as written.
        number: i64,
        /// The number of vertices before the line.
        count: u64,
    },
    /// The line begins with what is no word.
    #[error(
        "a line begins with a word, such as `v` or `f`, and not with `{found}`; the file is damaged, or no OBJ file"
    )]
    NoWord {
        /// What it begins with, shortened.
        found: String,
    },
}

impl ObjError {
    fn code(&self) -> RejectionCode {
        match self {
            Self::NoFaces { has_surfaces: false } => RejectionCode::EmptyModel,
            Self::NoFaces { has_surfaces: true } => RejectionCode::UnsupportedFeature,
            Self::Line { fault: LineFault::NonFinite { .. }, .. } => RejectionCode::NonFiniteCoordinate,
            Self::Line { .. } => RejectionCode::Malformed,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::NoFaces { .. } => None,
            Self::Line { line, .. } => Some(Position::Line(line)),
        }
    }
}

impl From<ObjError> for Reason {
    fn from(error: ObjError) -> Self {
        Self { code: error.code(), message: error.to_string(), position: error.position() }
    }
}

impl From<ObjError> for ReadError {
    fn from(error: ObjError) -> Self {
        Self::Refused(error.into())
    }
}
