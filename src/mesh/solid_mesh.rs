//! The surface of a solid as one mesh of points and triangles, for what needs to know which triangles share a corner.

use nalgebra::Vector3;

/// A closed mesh: each directed edge is matched by one that runs the other way. In the file's unit.
///
/// A point that no triangle has is none of the solid's: it is a corner of a body within the solid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SolidMesh {
    /// The points. Two may lie in one place, where bodies touch.
    pub points: Vec<Vector3<f64>>,
    /// The corners of each triangle, by the numbers of points: counter-clockwise as seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

impl SolidMesh {
    /// The most points for each triangle of the file. A closed mesh has one at most, and mostly a half; an open one, of which
    /// [`MOST_LOOSE`](super::MOST_LOOSE) edges for each triangle are loose, has nearly two with the centres of its patches.
    pub const MOST_POINTS_PER_TRIANGLE: u64 = 2;

    /// The most memory of a solid's mesh for each triangle of the file, in bytes. Each loose edge has a triangle of a patch.
    pub const BYTES_PER_TRIANGLE: u64 =
        3 * size_of::<[u32; 3]>() as u64 + Self::MOST_POINTS_PER_TRIANGLE * size_of::<Vector3<f64>>() as u64;

    /// The number of triangles.
    pub fn len(&self) -> usize {
        self.triangles.len()
    }

    /// Whether there are no triangles.
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// The places of a triangle's corners.
    pub fn corners(&self, [a, b, c]: [u32; 3]) -> [Vector3<f64>; 3] {
        // A map over the array would not be compiled in line.
        let at = |point: u32| self.points[point as usize];
        [at(a), at(b), at(c)]
    }

    /// The points that triangles have, each once, in their order.
    pub fn used_points(&self) -> Vec<Vector3<f64>> {
        let mut is_used = vec![false; self.points.len()];
        for &point in self.triangles.as_flattened() {
            is_used[point as usize] = true;
        }
        self.points.iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(point, _)| *point).collect()
    }

    /// The lowest and the highest coordinates of its triangles along each axis; none of an empty mesh.
    pub fn bounds(&self) -> Option<[Vector3<f64>; 2]> {
        let first = self.corners(*self.triangles.first()?)[0];
        let all = self.triangles.iter().flat_map(|&triangle| self.corners(triangle));
        Some(all.fold([first; 2], |[low, high], corner| [low.inf(&corner), high.sup(&corner)]))
    }
}
