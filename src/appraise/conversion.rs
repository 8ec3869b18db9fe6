//! The conversion of a CAD file, which the caller has done before the file is read.

use crate::contract::{Format, Reason, RejectionCode};
use crate::format::MOST_CONVERTED_TRIANGLES;

/// What a converter is to make of a file, the same on every replica of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// The format of the file.
    pub format: Format,
    /// The memory of the converter, in bytes.
    pub memory_bytes: u64,
    /// The most triangles of all meshes.
    pub triangles: u64,
}

impl Conversion {
    /// The conversion of a file by a converter with this memory.
    pub(super) fn of(format: Format, converter_bytes: Option<u64>) -> Result<Self, Reason> {
        let Some(memory_bytes) = converter_bytes else {
            let message = format!(
                "this is a CAD file ({format}), and this installation reads no CAD files: send a mesh, as STL, OBJ, PLY or OFF"
            );
            return Err(Reason::new(RejectionCode::UnsupportedFeature, message));
        };
        Ok(Self { format, memory_bytes, triangles: MOST_CONVERTED_TRIANGLES })
    }
}
