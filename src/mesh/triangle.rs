//! The triangle, and the block of triangles that flows.

use std::ops::Range;

use nalgebra::Vector3;

/// A corner: x, y, z, in the unit of the file.
pub type Point = [f32; 3];

/// Three corners, counter-clockwise as seen from outside.
pub type Triangle = [Point; 3];

/// Triangles in a block, the unit of parallel work. It is fixed, so that which triangles are summed together never
/// depends on the number of threads or on how the bytes arrived: 144 KiB of corners, which stay in a core's own cache.
pub const BLOCK_TRIANGLES: usize = 4096;

/// A corner in `f64`.
pub(in crate::mesh) fn to_f64(point: Point) -> Vector3<f64> {
    Vector3::new(f64::from(point[0]), f64::from(point[1]), f64::from(point[2]))
}

/// Triangles in their order, with random access: decoded already, or as a file stores them.
///
/// A block is decoded by the core that sums it, into that core's cache.
pub trait Triangles: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Adds some of them to others.
    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>);

    /// The same as indices of points, where the file has them: a mesh that is kept then keeps the indices, and no corner that
    /// is known to be shared is hashed again.
    fn indexed(&self) -> Option<Indexed<'_>> {
        None
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Triangles as indices of points. Every index is below the number of points.
#[derive(Debug, Clone, Copy)]
pub struct Indexed<'a> {
    /// The points that the mesh has so far: from batch to batch, points are only added.
    pub points: &'a [Point],
    /// The indices of each triangle's corners.
    pub triangles: &'a [[u32; 3]],
}

impl Triangles for Indexed<'_> {
    fn len(&self) -> usize {
        self.triangles.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        to.extend(self.triangles[range].iter().map(|corners| corners.map(|point| self.points[point as usize])));
    }

    fn indexed(&self) -> Option<Indexed<'_>> {
        Some(*self)
    }
}

impl Triangles for [Triangle] {
    fn len(&self) -> usize {
        self.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        to.extend_from_slice(&self[range]);
    }
}

impl Triangles for Vec<Triangle> {
    fn len(&self) -> usize {
        self.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        self.as_slice().append(range, to);
    }
}
