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
    /// 3MF.
    #[serde(rename = "3mf")]
    ThreeMf,
    /// AMF.
    Amf,
    /// STEP, ISO 10303-21.
    Step,
    /// 3DM of Rhino.
    #[serde(rename = "3dm")]
    ThreeDm,
    /// IGES, which is refused by its name.
    Iges,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 10] = [
        Self::Stl,
        Self::Obj,
        Self::Ply,
        Self::Off,
        Self::Glb,
        Self::ThreeMf,
        Self::Amf,
        Self::Step,
        Self::ThreeDm,
        Self::Iges,
    ];
}

impl fmt::Display for Format {
    /// The word in events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
