//! The triangle, and the block of triangles that flows.

use nalgebra::Vector3;

/// A corner: x, y, z, in the unit of the file.
pub type Point = [f32; 3];

/// Three corners, counter-clockwise as seen from outside.
pub type Triangle = [Point; 3];

/// Triangles in a block, the unit of parallel work. It is fixed, so that which triangles are summed together never
/// depends on the number of threads or on how the bytes arrived: 144 KiB of corners, which stay in a core's own cache.
pub const BLOCK_TRIANGLES: usize = 4096;

/// A corner in `f64`.
pub(super) fn exact(point: Point) -> Vector3<f64> {
    Vector3::new(f64::from(point[0]), f64::from(point[1]), f64::from(point[2]))
}
