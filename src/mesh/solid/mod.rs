//! Closed bodies: what each encloses, which lies in which, and what is solid then.

pub(in crate::mesh) mod body;
pub(in crate::mesh) mod box_pairs;
pub(in crate::mesh) mod containment;
pub(in crate::mesh) mod nesting;

use nalgebra::Vector3;

use super::sums::Sums;

/// The solid that would be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solid {
    /// Its volume, in the file's unit cubed; more than nothing.
    pub volume: f64,
    /// Its centroid, in the file's unit.
    pub centroid: Vector3<f64>,
    /// Whether the whole mesh was inside out.
    pub inverted: bool,
}

/// Why there is no solid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SolidError {
    /// The surface that would close the holes is larger than half of the mesh's own: their areas.
    TooOpen {
        /// The area that would close the holes, in the file's unit squared.
        patch_area: f64,
        /// The area of the mesh, in the file's unit squared.
        area: f64,
    },
    /// Most triangles have no neighbour.
    NoSurface {
        /// Edges that a neighbour is missing at.
        loose_edge_count: u64,
        /// Triangles in all.
        triangle_count: u64,
    },
    /// The surface has one side only.
    OneSided,
    /// What the triangles enclose is no more than the rounding of their corners.
    Nothing,
    /// Told to stop.
    Stopped,
}

/// The solid of a mesh that is closed as its sums say, without a look at its topology.
///
/// A cavity is subtracted by its winding, and a whole mesh inside out is turned; anything finer needs the whole mesh.
pub fn solid_of_sums(sums: &Sums) -> Result<Solid, SolidError> {
    solid_of_volume(sums, sums.volume, sums.moment, sums.volume < 0.0)
}

/// A solid from its volume and moment, where there is one.
pub(in crate::mesh) fn solid_of_volume(
    sums: &Sums,
    volume: f64,
    moment: Vector3<f64>,
    inverted: bool,
) -> Result<Solid, SolidError> {
    let volume_out = if volume < 0.0 { -volume } else { volume };
    // Two sides of a flat sheet whose corners were rounded to f32 enclose about this much.
    let largest = sums.min.iter().chain(&sums.max).fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    let noise = f64::from(largest) * f64::from(f32::EPSILON) * sums.area / 8.0;
    if volume_out.is_nan() || volume_out <= noise {
        return Err(SolidError::Nothing);
    }
    Ok(Solid { volume: volume_out, centroid: sums.origin + moment / volume, inverted })
}
