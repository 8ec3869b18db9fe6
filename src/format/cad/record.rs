//! The records of a converter's stream that are texts: docs/cad-stream.md.

use serde::Deserialize;

use crate::contract::RejectionCode;

/// The record of the file: the first of a stream.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FileRecord {
    /// Millimetres in one unit of the file.
    pub unit_mm: f64,
    /// The triangles of all solids, with their copies.
    pub triangles: u64,
    /// Where the meshes come from.
    pub meshes: Meshes,
}

/// Where the meshes of a file come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Meshes {
    /// The converter made them of the solids' boundaries.
    Tessellated,
    /// The file has them, as models of their own.
    Own,
    /// The file has them, as pictures of its solids.
    Render,
}

/// The record of a solid.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SolidRecord {
    /// Its name; empty if it has none.
    pub name: String,
    /// The exact measures of its boundary, if the file has the boundary.
    pub exact: Option<ExactRecord>,
    /// The points of its mesh.
    pub points: u64,
    /// The triangles of its mesh.
    pub triangles: u64,
    /// How often it stands in the file.
    pub copies: u64,
}

/// The exact measures of a solid, in the unit of the file.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct ExactRecord {
    /// The volume; below zero where the solid is inside out.
    pub volume: f64,
    /// The area of its faces.
    pub area: f64,
    /// The volume that its mesh encloses.
    pub mesh_volume: f64,
    /// The most that its mesh is off its faces.
    pub deflection: f64,
}

/// The record of what stands in the file and is no solid.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LeftOutRecord {
    /// What it is: `surfaces`.
    pub what: String,
    /// How many there are.
    pub count: u64,
}

/// The last record of a stream.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EndRecord {
    /// The solids, without their copies.
    pub solids: u64,
    /// The SHA-256 of the file that was converted, in lower-case hexadecimal.
    pub sha256: String,
}

/// The record of a file that is no model, in place of all others.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NoneRecord {
    /// The machine-readable code.
    pub code: RejectionCode,
    /// The reason as a sentence.
    pub message: String,
}
