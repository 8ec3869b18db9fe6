//! Whether a triangle meets a box, decided exactly.
//!
//! Two convex bodies meet unless a plane separates them. For a triangle and a box it is enough to try the sides of the box, the
//! plane of the triangle, and the planes through an edge of the triangle along an axis (Akenine-Möller, "Fast 3D triangle-box
//! overlap testing", 2001).

use nalgebra::{Vector2, Vector3};

use super::triangle_pair::{Corners, Plane, across, turn, turn_across};
use crate::mesh::box_tree::Bounds;
use crate::mesh::triangle::to_f64;

/// Whether a triangle, whose own box is given, has a point in common with a box.
pub(in crate::mesh) fn meets_box(triangle: &Corners, of_triangle: &Bounds, bounds: &Bounds) -> bool {
    if !of_triangle.meets(bounds) {
        return false;
    }
    if bounds.contains(of_triangle) {
        return true;
    }
    let ends = [to_f64(bounds.low), to_f64(bounds.high)];
    plane_meets(triangle, &ends) && (0..3).all(|axis| shadows_meet(triangle, &ends, axis))
}

/// Whether no edge of the triangle, seen from the end of an axis, has the box on its outer side.
fn shadows_meet(triangle: &Corners, ends: &[Vector3<f64>; 2], axis: usize) -> bool {
    let flat = triangle.map(|corner| across(&corner, axis));
    let [low, high] = ends.map(|end| across(&end, axis));
    let turns = turn(&flat);
    // An edge of a triangle that is seen as a line is the line.
    let separates = |edge: usize| {
        let [from, to] = [flat[edge], flat[(edge + 1) % 3]];
        let along = to - from;
        // The corner of the box that lies farthest to the left, and the one opposite.
        let x = if along.y > 0.0 { [low.x, high.x] } else { [high.x, low.x] };
        let y = if along.x > 0.0 { [high.y, low.y] } else { [low.y, high.y] };
        let side = |corner: usize| turn(&[from, to, Vector2::new(x[corner], y[corner])]);
        (turns >= 0 && side(0) < 0) || (turns <= 0 && side(1) > 0)
    };
    !(0..3).any(separates)
}

/// Whether the box has corners on both sides of the triangle's plane, or on it.
fn plane_meets(triangle: &Corners, [low, high]: &[Vector3<f64>; 2]) -> bool {
    let normal = [0, 1, 2].map(|axis| turn_across(triangle, axis));
    let farthest = Vector3::from_fn(|axis, _| if normal[axis] > 0 { high[axis] } else { low[axis] });
    let opposite = Vector3::from_fn(|axis, _| if normal[axis] > 0 { low[axis] } else { high[axis] });
    let plane = Plane::of(triangle);
    plane.side(&farthest) >= 0 && plane.side(&opposite) <= 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::clipping::{Fraction, HalfSpace, Lattice, clip};
    use super::*;

    fn by_clipping(triangle: [Lattice; 3], [low, high]: [Lattice; 2]) -> bool {
        let sides: Vec<_> = (0..3)
            .flat_map(|axis| {
                let mut normal = [0; 3];
                normal[axis] = 1;
                let above_low = HalfSpace { normal, offset: low[axis] }.opposite();
                [HalfSpace { normal, offset: high[axis] }, above_low]
            })
            .collect();
        !clip(&triangle.map(Fraction::of), &sides).is_empty()
    }

    fn lattice(size: i128) -> impl Strategy<Value = Lattice> {
        prop::array::uniform3(0..size)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn a_triangle_meets_a_box_as_what_is_left_of_it_inside_says(
            triangle in prop::array::uniform3(lattice(9)),
            a in lattice(9),
            b in lattice(9),
        ) {
            let ends = [[0, 1, 2].map(|axis| a[axis].min(b[axis])), [0, 1, 2].map(|axis| a[axis].max(b[axis]))];
            let bounds = |points: &[Lattice]| Bounds::of(&points.iter().map(|point| point.map(|number| number as f32)).collect::<Vec<_>>());
            let corners = triangle.map(|corner| Vector3::from(corner.map(|number| number as f64)));
            let found = meets_box(&corners, &bounds(&triangle), &bounds(&ends));
            prop_assert_eq!(found, by_clipping(triangle, ends));
        }
    }
}
