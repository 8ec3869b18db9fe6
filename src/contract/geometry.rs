//! The measures that every model has, and those of its parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most parts that an answer lists.
pub const MOST_PARTS: usize = 1000;

/// The measures of a model. Lengths are in millimetres, whatever the file's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Geometry {
    /// Triangles in the file as written.
    pub triangle_count: u64,
    /// The volume of the solid that would be made: after winding is repaired and holes are closed. Of a CAD file with solids, it is
    /// exact.
    pub volume_mm3: f64,
    /// The area of all triangles of the file; of a CAD file with solids, that of their faces.
    pub surface_area_mm2: f64,
    /// The axis-aligned bounding box.
    pub bounds_mm: Bounds,
    /// The sides of the bounding box: x, y, z.
    pub extents_mm: [f64; 3],
    /// The centroid of the solid: x, y, z.
    pub centroid_mm: [f64; 3],
    /// Whether, after near vertices are welded and edges are divided at the vertices on them, no hole is left to close.
    pub watertight: bool,
    /// Whether neighbouring triangles of the file as written agree on which side is out.
    pub winding_consistent: bool,
    /// Closed bodies: sets of triangles joined across their edges, those of four and more triangles paired by angle; null where
    /// topology was skipped.
    pub shell_count: Option<u64>,
    /// Edges that one triangle uses, after near vertices are welded and edges are divided at the vertices on them; null where
    /// topology was skipped.
    pub boundary_edge_count: Option<u64>,
    /// Edges that three or more triangles use, as written or, where more are, after near vertices are welded; null where topology
    /// was skipped.
    pub non_manifold_edge_count: Option<u64>,
    /// Triangles of the file as written that enclose no area.
    pub degenerate_triangle_count: u64,
    /// A hash of the set of triangles: independent of their order, first corner and format; 32 hexadecimal digits.
    pub fingerprint: String,
    /// The parts of the model, in the order of the file, at most [`MOST_PARTS`]; absent where it has no more than one of which there is
    /// one copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// The number of parts that are not listed; absent where all are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub parts_left_out: u64,
    /// The measures of the mesh, where volume and area above are the exact ones of a CAD file's solids; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mesh: Option<MeshMeasures>,
}

/// The measures of a mesh that stands for solids whose exact measures are known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeshMeasures {
    /// The volume that it encloses.
    pub volume_mm3: f64,
    /// The area of its triangles.
    pub surface_area_mm2: f64,
    /// The most that its triangles are off the solids' faces.
    pub deflection_mm: f64,
}

/// A part of a model: a solid of an STL file, an object of another format. It is measured as written: parts may overlap, and lie
/// within one another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Its name in the file, shortened to 200 characters; absent where the file gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// How often the model has it.
    pub copies: u64,
    /// The triangles of one copy.
    pub triangle_count: u64,
    /// The volume that the triangles of the first copy enclose, negative where they face inward, as those of a cavity do; absent
    /// where they are not closed. Of a solid of a CAD file, its exact volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    pub volume_mm3: Option<f64>,
    /// The bounding box of the first copy.
    pub bounds_mm: Bounds,
}

/// An axis-aligned box, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// The smallest x, y, z.
    pub min: [f64; 3],
    /// The largest x, y, z.
    pub max: [f64; 3],
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
