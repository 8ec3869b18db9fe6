//! The errors of AMF files, without their line.

use thiserror::Error;

use super::document::MOST_ELEMENTS;
use crate::contract::{Reason, RejectionCode};
use crate::format::indexed::NoVertex;

/// Why an AMF file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum AmfError {
    /// The root is another element.
    #[error("the root is `{found}`, not `amf`")]
    NoAmf {
        /// Its name.
        found: String,
    },
    /// The unit is none of AMF.
    #[error("the unit is `{found}`, not micrometer, millimeter, inch, feet or meter")]
    Unit {
        /// The unit as written.
        found: String,
    },
    /// A value is none, or missing.
    #[error("{what} is `{found}`, which is not {expected}")]
    Value {
        /// The element or the attribute.
        what: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A vertex or a triangle is not whole.
    #[error("{what} lacks one of {parts}")]
    Lacks {
        /// The element.
        what: &'static str,
        /// What it must have.
        parts: &'static str,
    },
    /// A coordinate is NaN, infinite, or too large for 32 bits.
    #[error("the coordinate `{found}` is not a finite 32-bit number")]
    NonFinite {
        /// The number as written.
        found: String,
    },
    /// A triangle has a vertex that is not there.
    #[error(transparent)]
    NoVertex(#[from] NoVertex),
    /// Two objects or constellations have the same id.
    #[error("there are two objects or constellations {id}")]
    IdTwice {
        /// The id.
        id: u32,
    },
    /// An object is placed that is not there.
    #[error("the object {id} is placed, and is not there")]
    NoObject {
        /// Its id.
        id: u32,
    },
    /// A constellation contains itself.
    #[error("a constellation contains itself")]
    Cycle,
    /// There are too many objects and placements of objects.
    #[error("the model has more than {MOST_ELEMENTS} objects, volumes and instances: save it as fewer")]
    TooManyElements,
    /// Triangles are curved, or volumes are made by something that is not read.
    #[error("the model has {feature}, which are not read: save it as flat triangles")]
    Feature {
        /// What it has.
        feature: &'static str,
    },
    /// The file has no triangles of a model.
    #[error("the file has no triangles of a model")]
    NoTriangles,
}

impl From<AmfError> for Reason {
    fn from(error: AmfError) -> Self {
        let code = match error {
            AmfError::NonFinite { .. } => RejectionCode::NonFiniteCoordinate,
            AmfError::TooManyElements => RejectionCode::TooLarge,
            AmfError::Feature { .. } => RejectionCode::UnsupportedFeature,
            AmfError::NoTriangles => RejectionCode::EmptyModel,
            _ => RejectionCode::Malformed,
        };
        Self::new(code, error.to_string())
    }
}
