//! A bounding-volume hierarchy: finds the triangles that a ray or a box may meet, without a test of every triangle.
//!
//! The tree is that of the `bvh` crate. One thread builds it, so that it is the same on every machine. A query gives the
//! triangles whose bounding boxes are met; the caller tests the triangles themselves, with exact arithmetic if it must.

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

#[derive(Debug)]
struct BoxedTriangle {
    corners: [Vector3<f64>; 3],
    node: usize,
}

impl Hierarchy {
    /// The most memory that a hierarchy takes for each triangle, in bytes. A tree of n leaves has fewer than 2 n nodes. The
    /// construction holds two sets of index lists, each as long as the mesh.
    pub const BYTES_PER_TRIANGLE: u64 = (size_of::<BoxedTriangle>() + 2 * size_of::<BvhNode<f64, 3>>() + 64) as u64;

    pub(super) fn of(triangles: impl Iterator<Item = [Vector3<f64>; 3]>) -> Self {
        let mut triangles: Vec<_> = triangles.map(|corners| BoxedTriangle { corners, node: 0 }).collect();
        let tree = Bvh::build(&mut triangles);
        Self { triangles, tree }
    }

    /// The triangles whose boxes a ray meets, in no particular order.
    pub fn along_ray(&self, from: Vector3<f64>, direction: Vector3<f64>) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        let ray = Ray::new(from.into(), direction);
        self.tree.traverse(&ray, &self.triangles).into_iter().map(|triangle| &triangle.corners)
    }

    /// The triangles whose boxes meet the box from `low` to `high`, in no particular order.
    pub fn in_box(&self, low: Vector3<f64>, high: Vector3<f64>) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        let bounds = Aabb::with_bounds(Point3::from(low), Point3::from(high));
        self.tree.traverse(&bounds, &self.triangles).into_iter().map(|triangle| &triangle.corners)
    }
}

impl Bounded<f64, 3> for BoxedTriangle {
    fn aabb(&self) -> Aabb<f64, 3> {
        let corners = self.corners.iter();
        corners.fold(Aabb::empty(), |bounds, &corner| bounds.grow(&Point3::from(corner)))
    }
}

impl BHShape<f64, 3> for BoxedTriangle {
    fn set_bh_node_index(&mut self, node: usize) {
        self.node = node;
    }

    fn bh_node_index(&self) -> usize {
        self.node
    }
}
