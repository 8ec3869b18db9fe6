//! The errors of 3MF files, without the part and the line in which they are.

use thiserror::Error;

use super::part::MOST_ELEMENTS;
use crate::contract::{Reason, RejectionCode};
use crate::format::indexed::NoVertex;

/// Why a 3MF file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ThreeMfError {
    /// No part of the package is the model.
    #[error("the 3MF file has no model part: no relationship names one, and none is 3D/3dmodel.model")]
    NoModelPart,
    /// A part is named that is not there.
    #[error("the 3MF file has no part `{path}`, in which an object is to be")]
    NoPart {
        /// Its path.
        path: String,
    },
    /// Two parts have the same path.
    #[error("the 3MF file has the part `{path}` twice")]
    PartTwice {
        /// Its path.
        path: String,
    },
    /// The root of a part is not a model.
    #[error("the root is `{found}`, not `model` of 3MF")]
    NoModel {
        /// Its name.
        found: String,
    },
    /// An attribute is missing.
    #[error("`{element}` has no attribute `{attribute}`")]
    NoAttribute {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute has a wrong value.
    #[error("`{attribute}` is `{found}`, not {expected}")]
    Value {
        /// The attribute.
        attribute: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
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
    /// A triangle has a vertex twice.
    #[error("a triangle has the vertex {number} twice")]
    VertexTwice {
        /// Its number.
        number: u32,
    },
    /// Two objects have the same id.
    #[error("there are two objects {id}")]
    ObjectTwice {
        /// The id.
        id: u32,
    },
    /// An object is placed that is not there.
    #[error("the object {id} is placed, and is not there")]
    NoObject {
        /// Its id.
        id: u32,
    },
    /// An object contains itself.
    #[error("the object {id} contains itself")]
    Cycle {
        /// Its id.
        id: u32,
    },
    /// There are too many objects and placements of objects.
    #[error("the model has more than {MOST_ELEMENTS} objects, components and items: save it as fewer")]
    TooManyElements,
    /// A part has another unit than the model.
    #[error("this part is in another unit than the model")]
    OtherUnit,
    /// A required extension of the format that is not read.
    #[error("the file requires the extension `{name}`, which is not read: save it without")]
    Extension {
        /// Its name or its namespace.
        name: String,
    },
    /// The object is made by something that is not read.
    #[error("the object {id} has {feature}, which is not read: save it as triangles")]
    Feature {
        /// The object.
        id: u32,
        /// What it has.
        feature: &'static str,
    },
    /// The parts are encrypted.
    #[error("the model is encrypted (3MF secure content): send it without")]
    Encrypted,
    /// Only surfaces are built.
    #[error("all objects that are built are surfaces, which enclose nothing: save the model as a solid")]
    OnlySurfaces,
    /// Nothing is built.
    #[error("no object of the type `model` with triangles is built{}", left_out(.others))]
    NothingBuilt {
        /// What is built in its place; empty if nothing is.
        others: String,
    },
}

fn left_out(others: &str) -> String {
    if others.is_empty() { String::new() } else { format!("; there are {others}") }
}

impl From<ThreeMfError> for Reason {
    fn from(error: ThreeMfError) -> Self {
        let code = match error {
            ThreeMfError::Extension { .. } | ThreeMfError::Feature { .. } => RejectionCode::UnsupportedFeature,
            ThreeMfError::Encrypted => RejectionCode::Encrypted,
            ThreeMfError::NonFinite { .. } => RejectionCode::NonFiniteCoordinate,
            ThreeMfError::TooManyElements => RejectionCode::TooLarge,
            ThreeMfError::OnlySurfaces => RejectionCode::NoVolume,
            ThreeMfError::NothingBuilt { .. } => RejectionCode::EmptyModel,
            _ => RejectionCode::Malformed,
        };
        Self::new(code, error.to_string())
    }
}
