//! Rhino files: the meshes that they have, welded.

use crate::limits::Limits;
use crate::model::Model;
use crate::refusal::{Code, Refusal};

/// Reads a Rhino file.
pub fn read(_bytes: &[u8], _limits: &Limits) -> Result<Model, Refusal> {
    Err(Refusal::new(Code::UnsupportedFeature, "3DM files are not read"))
}
