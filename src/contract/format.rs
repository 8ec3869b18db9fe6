//! The word of a file format.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file format that is read. Later versions add formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// STL, binary or ASCII.
    Stl,
    /// Wavefront OBJ.
    Obj,
    /// PLY, binary or ASCII.
    Ply,
    /// OFF of Geomview.
    Off,
    /// glTF 2.0 in its binary container.
    Glb,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Stl, Self::Obj, Self::Ply, Self::Off, Self::Glb];
}

impl fmt::Display for Format {
    /// The word in events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
