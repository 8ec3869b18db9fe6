//! The solid of a mesh: the volume that its closed bodies enclose, with cavities, nesting and overlaps considered.

pub(in crate::mesh) mod body;
pub(in crate::mesh) mod boolean;
#[cfg(test)]
mod clipping;
pub(in crate::mesh) mod closed_mesh;
pub(in crate::mesh) mod clusters;
pub(in crate::mesh) mod contacts;
pub(in crate::mesh) mod containment;
pub(in crate::mesh) mod crossing;
pub(in crate::mesh) mod hull_bound;
#[cfg(test)]
mod lattice_bodies;
pub(in crate::mesh) mod members;
pub(in crate::mesh) mod near_others;
pub(in crate::mesh) mod nesting;
pub(in crate::mesh) mod orientation;
pub(in crate::mesh) mod overlaps;
pub(in crate::mesh) mod ray_filter;
pub(in crate::mesh) mod ray_grid;
pub(in crate::mesh) mod ridges;
pub(in crate::mesh) mod self_crossing;
pub(in crate::mesh) mod self_overlap;
pub(in crate::mesh) mod self_suspects;
pub(in crate::mesh) mod stop_poll;
pub(in crate::mesh) mod triangle_box;
pub(in crate::mesh) mod triangle_pair;
pub(in crate::mesh) mod union;
pub(in crate::mesh) mod winding_number;
pub(in crate::mesh) mod work;

use nalgebra::Vector3;

use self::nesting::Nesting;
use self::overlaps::Overlaps;
use super::sums::Sums;

/// The solid that would be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solid {
    /// Its volume, in the file's unit cubed; positive.
    pub volume: f64,
    /// The area of its surface, in the file's unit squared. Surfaces inside the solid are no part of it.
    pub area: f64,
    /// Its centroid, in the file's unit.
    pub centroid: Vector3<f64>,
    /// Whether the whole mesh was inside out.
    pub inverted: bool,
    /// What bodies share.
    pub overlaps: Overlaps,
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
    /// Bodies meet, and the caller has no memory for their union.
    NoRoomForUnions,
    /// The caller stopped the computation.
    Stopped,
}

/// The solid of a mesh that is closed by its sums, without its topology.
///
/// The winding of a cavity subtracts it, and a mesh that is inside out as a whole is turned. Everything finer needs the whole
/// mesh.
pub fn solid_of_sums(sums: &Sums) -> Result<Solid, SolidError> {
    solid_of(sums, sums.area, &Nesting::single(sums.volume, sums.moment, sums.area), sums.volume < 0.0)
}

/// Makes a solid of what is solid, if its volume is more than the noise of all that was summed: triangles and patches of the
/// given area.
pub(in crate::mesh) fn solid_of(
    sums: &Sums,
    summed_area: f64,
    nesting: &Nesting,
    inverted: bool,
) -> Result<Solid, SolidError> {
    let &Nesting { volume, moment, area, overlaps, .. } = nesting;
    if volume.is_nan() || volume <= volume_noise(sums, summed_area) {
        return Err(SolidError::Nothing);
    }
    Ok(Solid { volume, area, centroid: sums.origin + moment / volume, inverted, overlaps })
}

/// The noise of a volume of this mesh, in the file's unit cubed, where triangles of this area were summed.
pub(in crate::mesh) fn volume_noise(sums: &Sums, area: f64) -> f64 {
    let largest = sums.min.iter().chain(&sums.max).fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    rounding_noise(largest, area)
}

/// The volume that the rounding of corners to `f32` makes of nothing: about as much lies between the two sides of a flat sheet
/// of this area.
pub(in crate::mesh) fn rounding_noise(largest_coordinate: f32, area: f64) -> f64 {
    f64::from(largest_coordinate) * f64::from(f32::EPSILON) * area / 8.0
}
