//! The triangle, and the trait of everything that holds triangles in their order.

use std::ops::Range;

use nalgebra::Vector3;

/// A corner: x, y, z, in the unit of the file.
pub type Point = [f32; 3];

/// Three corners, counter-clockwise as seen from outside.
pub type Triangle = [Point; 3];

/// The number of triangles in a block, the unit of parallel work. It is fixed, so that the triangles of a block never depend
/// on the number of threads or on how the bytes arrived. A block's corners take 144 KiB, which fit a core's own cache.
pub const BLOCK_TRIANGLES: usize = 4096;

/// Converts a corner to `f64`, without loss.
pub(in crate::mesh) fn to_f64(point: Point) -> Vector3<f64> {
    Vector3::new(f64::from(point[0]), f64::from(point[1]), f64::from(point[2]))
}

/// A sequence of triangles with random access, either decoded or as a file stores them.
///
/// The core that sums a block decodes it too, into its own cache.
pub trait Triangles: Sync {
    /// The number of triangles.
    fn len(&self) -> usize;

    /// Appends the triangles of a range to `to`.
    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>);

    /// All triangles: decoded into the buffer, unless they are already.
    fn decoded<'a>(&'a self, buffer: &'a mut Vec<Triangle>) -> &'a [Triangle] {
        buffer.clear();
        self.append(0..self.len(), buffer);
        buffer
    }

    /// Whether the sequence is empty.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Triangles as indices of points. Every index is below the number of points.
#[derive(Debug, Clone, Copy)]
pub struct Indexed<'a> {
    /// All points of the mesh so far.
    pub points: &'a [Point],
    /// The indices of each triangle's corners.
    pub triangles: &'a [[u32; 3]],
}

impl Triangles for Indexed<'_> {
    fn len(&self) -> usize {
        self.triangles.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        let point = |number: u32| self.points[number as usize];
        // A map over the array would not be compiled in line: a fifth of the time of an indexed format.
        to.extend(self.triangles[range].iter().map(|&[a, b, c]| [point(a), point(b), point(c)]));
    }
}

impl Triangles for [Triangle] {
    fn len(&self) -> usize {
        self.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        to.extend_from_slice(&self[range]);
    }

    fn decoded<'a>(&'a self, _buffer: &'a mut Vec<Triangle>) -> &'a [Triangle] {
        self
    }
}

impl<T: Triangles + ?Sized> Triangles for &T {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        (**self).append(range, to);
    }

    fn decoded<'a>(&'a self, buffer: &'a mut Vec<Triangle>) -> &'a [Triangle] {
        (**self).decoded(buffer)
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
