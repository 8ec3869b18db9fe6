//! The one pass over a mesh: everything that can be summed triangle by triangle.
//!
//! Each block of `BLOCK_TRIANGLES` is summed about a local origin, and the sums are added in the order of the blocks. The
//! result has the same bits on any number of threads and however the triangles arrive. Measures that need a triangle's
//! neighbours are in `topology`.
//!
//! The volume and the centroid are those of the tetrahedra between the origin and each triangle (a × b · c / 6, and a
//! quarter of a + b + c): Zhang and Chen, "Efficient feature extraction for 2D/3D objects in mesh representation", 2001.

pub(in crate::mesh) mod block_sums;
pub(in crate::mesh) mod compensated;
pub(in crate::mesh) mod edge_hash;
mod fold;
mod measurer;

use std::fmt;

use nalgebra::Vector3;

use self::edge_hash::MeshHash;
pub use self::measurer::{MeasuredMesh, Measurer};
use super::box_tree::Bounds;
use super::triangle::{Point, to_f64};

/// The sums over triangles. Volumes and moments are about the origin of the [`Measurer`] that made them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    /// The number of triangles.
    pub triangle_count: u64,
    /// The number of triangles without an area.
    pub degenerate_count: u64,
    /// The sum of the areas.
    pub area: f64,
    /// The signed volume: positive where the triangles are wound counter-clockwise as seen from outside.
    pub volume: f64,
    /// The volume's first moment about the origin: centroid × volume.
    pub moment: Vector3<f64>,
    /// The smallest x, y, z.
    pub min: [f32; 3],
    /// The largest x, y, z.
    pub max: [f32; 3],
    /// The origin: the first corner.
    pub origin: Vector3<f64>,
    hash: MeshHash,
}

/// A coordinate that is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonFinite {
    /// The triangle, from 0.
    pub triangle: u64,
    /// The corner of the triangle, from 0.
    pub corner: usize,
    /// x, y or z, from 0.
    pub axis: usize,
}

impl fmt::Display for NonFinite {
    /// `z of corner 2 of triangle 7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { triangle, corner, axis } = self;
        write!(f, "{} of corner {} of triangle {triangle}", ["x", "y", "z"][*axis], corner + 1)
    }
}

/// The error of a computation that its caller stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Why a pass ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureError {
    /// A coordinate is NaN or infinite.
    NonFinite(NonFinite),
    /// The caller stopped the pass.
    Stopped,
}

impl Sums {
    /// The middle of the box about the mesh: unlike the origin, the same whatever the order of the triangles.
    pub(in crate::mesh) fn middle(&self) -> Vector3<f64> {
        Bounds { low: self.min, high: self.max }.middle()
    }

    fn none(origin: Point) -> Self {
        Self {
            triangle_count: 0,
            degenerate_count: 0,
            area: 0.0,
            volume: 0.0,
            moment: Vector3::zeros(),
            min: [f32::INFINITY; 3],
            max: [f32::NEG_INFINITY; 3],
            origin: to_f64(origin),
            hash: MeshHash::default(),
        }
    }

    /// Whether every directed edge is matched by one that runs the other way.
    pub fn closed(&self) -> bool {
        self.hash.directed == 0
    }

    /// Whether every edge is used an even number of times, however its triangles are wound.
    pub fn evenly_used_edges(&self) -> bool {
        self.hash.undirected == 0
    }

    /// The longest side of the bounds.
    pub(in crate::mesh) fn largest_extent(&self) -> f64 {
        (0..3).map(|axis| f64::from(self.max[axis]) - f64::from(self.min[axis])).fold(0.0, f64::max)
    }

    /// 128 bits that are the same for the same set of triangles at the same scale, whatever their order and first corner.
    pub fn fingerprint(&self, scale: f64) -> u128 {
        /// The golden ratio in 128 bits: an odd multiplier that spreads every bit.
        const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let whole = self.hash.identity ^ (u128::from(self.triangle_count) << 64 | u128::from(scale.to_bits()));
        let spread = whole.wrapping_mul(SPREAD);
        (spread ^ spread >> 64).wrapping_mul(SPREAD)
    }
}
