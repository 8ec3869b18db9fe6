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
pub(in crate::mesh) fn exact(point: Point) -> Vector3<f64> {
    Vector3::new(f64::from(point[0]), f64::from(point[1]), f64::from(point[2]))
}

/// Triangles in their order, each of which can be had at any time: decoded already, or as a file stores them.
///
/// Whoever needs a block decodes it then and there, on the core that goes on with it and into its cache.
pub trait Triangles: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Adds some of them to others.
    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>);

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
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
