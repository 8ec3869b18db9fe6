//! A bounding-volume hierarchy: finds the triangles that a ray or a box may meet, without a test of every triangle.
//!
//! The tree is that of the `bvh` crate. One thread builds it, so that it is the same on every machine. A query gives the
//! triangles whose bounding boxes are met; the caller tests the triangles themselves, with exact arithmetic if it must.
//!
//! The boxes have a margin. Without it the tree misses triangles: it rounds, and it takes a ray in the plane of a box's side
//! for a miss, for instance a ray along an axis from the corner of a cube.

use bvh::aabb::{Aabb, Bounded};
use bvh::bounding_hierarchy::BHShape;
use bvh::bvh::{Bvh, BvhNode};
use bvh::ray::Ray;
use nalgebra::{Point3, Vector3};

/// Triangles and the tree of their bounding boxes.
#[derive(Debug)]
pub struct Hierarchy {
    triangles: Vec<BoxedTriangle>,
    tree: Bvh<f64, 3>,
}

/// A triangle, the margin of its box, and its node in the tree.
#[derive(Debug)]
struct BoxedTriangle {
    corners: [Vector3<f64>; 3],
    margin: f32,
    node: u32,
}

/// The margin of the boxes, as a share of the largest coordinate: far above the rounding of `f64`, far below that of `f32`.
const MARGIN: f64 = 1.0 / (1_u64 << 40) as f64;

impl Hierarchy {
    /// The most memory that a hierarchy takes for each triangle, in bytes. A tree of n leaves has fewer than 2 n nodes. The
    /// construction holds two sets of index lists, each as long as the mesh.
    pub const BYTES_PER_TRIANGLE: u64 = (size_of::<BoxedTriangle>() + 2 * size_of::<BvhNode<f64, 3>>() + 64) as u64;

    pub(super) fn of(triangles: impl Iterator<Item = [Vector3<f64>; 3]>) -> Self {
        let mut triangles: Vec<_> = triangles.map(|corners| BoxedTriangle { corners, margin: 0.0, node: 0 }).collect();
        let largest = triangles.iter().flat_map(|triangle| &triangle.corners).map(Vector3::amax).fold(0.0, f64::max);
        for triangle in &mut triangles {
            triangle.margin = (largest * MARGIN) as f32;
        }
        let tree = Bvh::build(&mut triangles);
        Self { triangles, tree }
    }

    /// The triangles whose boxes a ray meets, in no particular order, and perhaps some that the ray misses by the margin.
    pub fn along_ray(&self, from: Vector3<f64>, direction: Vector3<f64>) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        let ray = Ray::new(from.into(), direction);
        self.tree.traverse(&ray, &self.triangles).into_iter().map(|triangle| &triangle.corners)
    }

    /// The triangles whose boxes meet the box from `low` to `high`, in no particular order, and perhaps some that it misses by
    /// the margin.
    pub fn in_box(&self, low: Vector3<f64>, high: Vector3<f64>) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        let bounds = Aabb::with_bounds(Point3::from(low), Point3::from(high));
        self.tree.traverse(&bounds, &self.triangles).into_iter().map(|triangle| &triangle.corners)
    }
}

impl Bounded<f64, 3> for BoxedTriangle {
    fn aabb(&self) -> Aabb<f64, 3> {
        let [a, b, c] = self.corners;
        let margin = Vector3::repeat(f64::from(self.margin));
        Aabb::with_bounds((a.inf(&b).inf(&c) - margin).into(), (a.sup(&b).sup(&c) + margin).into())
    }
}

impl BHShape<f64, 3> for BoxedTriangle {
    fn set_bh_node_index(&mut self, node: usize) {
        self.node = node as u32;
    }

    fn bh_node_index(&self) -> usize {
        self.node as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Corners = [Vector3<f64>; 3];

    /// A point on a small lattice, on which many sides of boxes lie in one plane.
    fn point() -> impl Strategy<Value = Vector3<f64>> {
        prop::array::uniform3(-4_i8..=4).prop_map(|point| Vector3::from(point.map(f64::from)))
    }

    fn triangles() -> impl Strategy<Value = Vec<Corners>> {
        prop::collection::vec(prop::array::uniform3(point()), 1..60)
    }

    proptest! {
        #[test]
        fn a_ray_finds_every_triangle_that_it_meets(triangles in triangles(), from in point(), target: prop::sample::Index, corner in 0..4_usize) {
            let target = triangles[target.index(triangles.len())];
            let to = target.get(corner).copied().unwrap_or_else(|| target.iter().sum::<Vector3<f64>>() / 3.0);
            prop_assume!(to != from);
            let hierarchy = Hierarchy::of(triangles.into_iter());
            prop_assert!(hierarchy.along_ray(from, to - from).any(|found| *found == target));
        }

        #[test]
        fn a_box_finds_the_triangles_whose_boxes_meet_it(triangles in triangles(), a in point(), b in point()) {
            let (low, high) = (a.inf(&b), a.sup(&b));
            let meets = |corners: &Corners| (0..3).all(|axis| {
                let along = || corners.iter().map(|corner| corner[axis]);
                along().any(|coordinate| coordinate <= high[axis]) && along().any(|coordinate| coordinate >= low[axis])
            });
            let mut expected: Vec<Corners> = triangles.iter().filter(|corners| meets(corners)).copied().collect();
            let hierarchy = Hierarchy::of(triangles.into_iter());
            let mut found: Vec<Corners> = hierarchy.in_box(low, high).copied().collect();
            let key = |corners: &Corners| corners.map(|corner| [corner.x as i64, corner.y as i64, corner.z as i64]);
            expected.sort_by_key(key);
            found.sort_by_key(key);
            prop_assert_eq!(found, expected);
        }
    }
}
