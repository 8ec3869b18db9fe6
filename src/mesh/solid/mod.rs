//! The solid of a mesh: the volume that its closed bodies enclose, with cavities, nesting and overlaps considered.

pub(in crate::mesh) mod body;
#[cfg(test)]
mod clipping;
pub(in crate::mesh) mod contacts;
pub(in crate::mesh) mod containment;
pub(in crate::mesh) mod crossing;
#[cfg(test)]
mod lattice_bodies;
pub(in crate::mesh) mod near_others;
pub(in crate::mesh) mod nesting;
pub(in crate::mesh) mod ray_filter;
pub(in crate::mesh) mod ray_grid;
pub(in crate::mesh) mod ridges;
pub(in crate::mesh) mod self_crossing;
pub(in crate::mesh) mod self_overlap;
pub(in crate::mesh) mod stop_poll;
pub(in crate::mesh) mod triangle_box;
pub(in crate::mesh) mod triangle_pair;
pub(in crate::mesh) mod winding_number;
pub(in crate::mesh) mod work;

use nalgebra::Vector3;

use self::self_overlap::SelfOverlap;
use super::sums::Sums;

/// The solid that would be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solid {
    /// Its volume, in the file's unit cubed; positive.
    pub volume: f64,
    /// Its centroid, in the file's unit.
    pub centroid: Vector3<f64>,
    /// Whether the whole mesh was inside out.
    pub inverted: bool,
    /// Whether a single shell around it overlaps itself, where that was examined.
    pub self_overlap: SelfOverlap,
}

/// Why there is no solid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SolidError {
    /// The patches that would close the holes are larger than half of the mesh.
    TooOpen {
        /// The area of the patches, in the file's unit squared.
        patch_area: f64,
        /// The area of the mesh, in the file's unit squared.
        area: f64,
    },
    /// Most edges join no two triangles.
    NoSurface {
        /// The number of edges that lack a triangle.
        loose_edge_count: u64,
        /// The number of triangles.
        triangle_count: u64,
    },
    /// The surface has one side only, as a Möbius strip has.
    OneSided,
    /// The enclosed volume is no larger than the rounding of the corners can make it.
    Nothing,
    /// The caller stopped the computation.
    Stopped,
}

/// The solid of a mesh that is closed by its sums, without its topology.
///
/// The winding of a cavity subtracts it, and a mesh that is inside out as a whole is turned. Everything finer needs the whole
/// mesh.
pub fn solid_of_sums(sums: &Sums) -> Result<Solid, SolidError> {
    solid_of_volume(sums, sums.area, sums.volume, sums.moment, sums.volume < 0.0)
}

/// The volume that the rounding of corners to `f32` can make of a surface without one: two sides of a flat sheet enclose about
/// this much. The area is of all triangles that were summed.
pub(in crate::mesh) fn volume_noise(sums: &Sums, area: f64) -> f64 {
    let largest = sums.min.iter().chain(&sums.max).fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    f64::from(largest) * f64::from(f32::EPSILON) * area / 8.0
}

/// Makes a solid of a signed volume and moment, if the volume is more than the noise of all that was summed: triangles and
/// patches of the given area.
pub(in crate::mesh) fn solid_of_volume(
    sums: &Sums,
    area: f64,
    volume: f64,
    moment: Vector3<f64>,
    inverted: bool,
) -> Result<Solid, SolidError> {
    let volume_out = if volume < 0.0 { -volume } else { volume };
    if volume_out.is_nan() || volume_out <= volume_noise(sums, area) {
        return Err(SolidError::Nothing);
    }
    Ok(Solid {
        volume: volume_out,
        centroid: sums.origin + moment / volume,
        inverted,
        self_overlap: SelfOverlap::NotFound,
    })
}
