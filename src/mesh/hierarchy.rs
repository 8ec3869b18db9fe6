//! A bounding-volume hierarchy over triangles: finds those that a ray or a box may meet, without a test of every triangle.
//!
//! A query gives the triangles whose bounding boxes are met; the caller tests the triangles themselves, with exact arithmetic
//! if it must. The sides of a box are `f32`, rounded outward. A ray that passes through a side, an edge or a corner of a box,
//! or runs along it, meets it: the query allows for its own rounding (Ize, "Robust BVH ray traversal", 2013).

use nalgebra::Vector3;

use super::box_tree::{Bounds, BoxTree, rounded_out};

/// Triangles and the tree of their bounding boxes.
#[derive(Debug)]
pub struct Hierarchy {
    triangles: Vec<[Vector3<f64>; 3]>,
    tree: BoxTree,
}

impl Hierarchy {
    /// The most memory that a hierarchy takes for each triangle, in bytes, while it is built.
    pub const BYTES_PER_TRIANGLE: u64 = (size_of::<[Vector3<f64>; 3]>() + BoxTree::BYTES_PER_ITEM) as u64;

    pub(super) fn of(count: usize, triangles: impl Iterator<Item = [Vector3<f64>; 3]>) -> Self {
        let mut all = Vec::with_capacity(count);
        all.extend(triangles);
        let tree = BoxTree::of(0..all.len() as u32, |number| bounds(&all[number as usize]));
        Self { triangles: all, tree }
    }

    /// The triangles whose boxes a ray meets, in no particular order, and perhaps some that the ray misses by the rounding of
    /// `f32`.
    pub fn along_ray(&self, from: Vector3<f64>, direction: Vector3<f64>) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        self.search(move |bounds| ray_meets(from, direction, bounds))
    }

    /// The triangles whose boxes meet the box from `low` to `high`, in no particular order, and perhaps some that it misses by
    /// the rounding of `f32`.
    pub fn in_box(&self, low: Vector3<f64>, high: Vector3<f64>) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        let wanted = Bounds {
            low: [low.x, low.y, low.z].map(|coordinate| rounded_out(coordinate)[0]),
            high: [high.x, high.y, high.z].map(|coordinate| rounded_out(coordinate)[1]),
        };
        self.search(move |bounds| bounds.meets(&wanted))
    }

    fn search(&self, meets: impl Fn(&Bounds) -> bool) -> impl Iterator<Item = &[Vector3<f64>; 3]> {
        let mut found = Vec::new();
        self.tree.search(meets, &mut found);
        found.into_iter().map(|number| &self.triangles[number as usize])
    }
}

/// The box of a triangle, rounded outward.
pub(in crate::mesh) fn bounds([a, b, c]: &[Vector3<f64>; 3]) -> Bounds {
    let (low, high) = (a.inf(b).inf(c), a.sup(b).sup(c));
    Bounds {
        low: [0, 1, 2].map(|axis| rounded_out(low[axis])[0]),
        high: [0, 1, 2].map(|axis| rounded_out(high[axis])[1]),
    }
}

/// Whether a ray meets a box: it does if, from its start on, it is within the box's extents along all axes at once.
fn ray_meets(from: Vector3<f64>, direction: Vector3<f64>, bounds: &Bounds) -> bool {
    /// More than the relative error of a difference and a quotient.
    const ROUNDING: f64 = 4.0 * f64::EPSILON;
    let (mut enters, mut leaves) = (0.0_f64, f64::INFINITY);
    for axis in 0..3 {
        let [low, high] = [bounds.low, bounds.high].map(|corner| f64::from(corner[axis]) - from[axis]);
        if direction[axis] == 0.0 {
            if low > 0.0 || high < 0.0 {
                return false;
            }
            continue;
        }
        let [a, b] = [low, high].map(|distance| distance / direction[axis]);
        enters = enters.max(a.min(b));
        leaves = leaves.min(a.max(b));
    }
    enters <= leaves * (1.0 + ROUNDING)
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
            let hierarchy = Hierarchy::of(triangles.len(), triangles.into_iter());
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
            let hierarchy = Hierarchy::of(triangles.len(), triangles.into_iter());
            let mut found: Vec<Corners> = hierarchy.in_box(low, high).copied().collect();
            let key = |corners: &Corners| corners.map(|corner| [corner.x as i64, corner.y as i64, corner.z as i64]);
            expected.sort_by_key(key);
            found.sort_by_key(key);
            prop_assert_eq!(found, expected);
        }
    }
}
