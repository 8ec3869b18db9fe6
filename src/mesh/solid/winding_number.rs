//! The change of a winding number along a path, decided exactly.
//!
//! A path runs along the axes. Each triangle that it passes through changes the winding number by one. Every sign is that of an
//! exact determinant (Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric predicates", 1997). A
//! path through an edge or a corner, or from a point of a triangle, counts as moved aside: a little along x, by far less along
//! y, and by far less again along z (Edelsbrunner and Mücke, "Simulation of simplicity", 1990). All paths move together, so that
//! no triangle is ever counted twice or missed, and the numbers at their ends agree whichever way they go.

use nalgebra::{Vector2, Vector3};

use super::triangle_pair::{Corners, across, side_of_plane, turn, turn_across};
use crate::mesh::box_tree::Bounds;
use crate::mesh::triangle::{Point, to_f64};

/// The part of a triangle in the winding number at a point, by a ray from the point along an axis.
pub(in crate::mesh) fn along_ray(triangle: &Corners, point: &Vector3<f64>, axis: usize) -> i32 {
    let flat = triangle.map(|corner| across(&corner, axis));
    let flat_point = across(point, axis);
    let sides = [0, 1, 2].map(|edge| side_of_edge([&flat[edge], &flat[(edge + 1) % 3]], &flat_point, axis));
    if sides != [1; 3] && sides != [-1; 3] {
        return 0;
    }
    // A triangle is seen to turn left if its normal points along the ray. The point is then below it.
    if side_of_moved(triangle, point) == -sides[0] { i32::from(sides[0]) } else { 0 }
}

/// The change of the part of a triangle, from one point to another, along x, then y, then z.
pub(in crate::mesh) fn along_path(triangle: &Corners, bounds: &Bounds, from: Point, to: Point) -> i32 {
    let mut change = 0;
    let mut start = from;
    for axis in 0..3 {
        let mut end = start;
        end[axis] = to[axis];
        if start[axis] != end[axis] && Bounds::of(&[start, end]).meets(bounds) {
            change += along_ray(triangle, &to_f64(end), axis) - along_ray(triangle, &to_f64(start), axis);
        }
        start = end;
    }
    change
}

/// The side of an edge, seen from the end of an axis, on which a point lies: 1 for left, -1 for right. A point on its line
/// counts as moved; the side is 0 only if the ends are one point.
fn side_of_edge([a, b]: [&Vector2<f64>; 2], point: &Vector2<f64>, axis: usize) -> i8 {
    let along = b - a;
    let (by_first, by_second) = (-along.y, along.x);
    // Seen from the end of y, z comes before x, by which the point moves more.
    let moved = if axis == 1 { [by_second, by_first] } else { [by_first, by_second] };
    let sides = [turn(&[*a, *b, *point]), sign(moved[0]), sign(moved[1])];
    sides.into_iter().find(|side| *side != 0).unwrap_or(0)
}

/// The side of a triangle's plane on which a point lies; a point on the plane counts as moved.
fn side_of_moved(triangle: &Corners, point: &Vector3<f64>) -> i8 {
    let of_point = side_of_plane(triangle, point);
    let moved = (0..3).map(|axis| turn_across(triangle, axis));
    std::iter::once(of_point).chain(moved).find(|side| *side != 0).unwrap_or(0)
}

fn sign(value: f64) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    /// The winding number of a closed surface about a point, by the solid angles of its triangles (van Oosterom and Strackee,
    /// "The solid angle of a plane triangle", 1983). A whole number, unless the point is on the surface.
    fn by_solid_angles(triangles: &[[Point; 3]], point: Point) -> f64 {
        let angle = |corners: &[Point; 3]| {
            let [a, b, c] = corners.map(|corner| to_f64(corner) - to_f64(point));
            let [of_a, of_b, of_c] = [a.norm(), b.norm(), c.norm()];
            let below = of_a * of_b * of_c + a.dot(&b) * of_c + b.dot(&c) * of_a + c.dot(&a) * of_b;
            2.0 * a.dot(&b.cross(&c)).atan2(below)
        };
        triangles.iter().map(angle).sum::<f64>() / (2.0 * TAU)
    }

    fn point() -> impl Strategy<Value = Point> {
        prop::array::uniform3(0..5_u8).prop_map(|point| point.map(f32::from))
    }

    /// The surfaces of some tetrahedra, on whose edges and corners many rays run.
    fn tetrahedra() -> impl Strategy<Value = Vec<[Point; 3]>> {
        let tetrahedron = prop::array::uniform4(point());
        let faces = tetrahedron.prop_map(|[a, b, c, d]| [[a, c, b], [a, b, d], [b, c, d], [c, a, d]]);
        prop::collection::vec(faces, 1..4).prop_map(|faces| faces.concat())
    }

    fn corners(triangle: &[Point; 3]) -> Corners {
        triangle.map(to_f64)
    }

    /// Whether a point is far from all corners' planes, so that its solid angles have no doubt.
    fn off_surface(triangles: &[[Point; 3]], point: Point) -> bool {
        let number = by_solid_angles(triangles, point);
        let apart = triangles.iter().all(|triangle| side_of_plane(&corners(triangle), &to_f64(point)) != 0);
        apart && (number - number.round()).abs() < 1e-6
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn rays_along_any_axis_give_the_winding_number_by_solid_angles(triangles in tetrahedra(), point in point()) {
            if !off_surface(&triangles, point) {
                return Ok(());
            }
            let expected = by_solid_angles(&triangles, point).round() as i32;
            for axis in 0..3 {
                let found: i32 = triangles.iter().map(|triangle| along_ray(&corners(triangle), &to_f64(point), axis)).sum();
                prop_assert_eq!(found, expected, "along axis {}", axis);
            }
        }

        #[test]
        fn rays_from_a_surface_agree_along_all_axes(triangles in tetrahedra(), point in point()) {
            let along = [0, 1, 2].map(|axis| {
                triangles.iter().map(|triangle| along_ray(&corners(triangle), &to_f64(point), axis)).sum::<i32>()
            });
            prop_assert_eq!(along, [along[0]; 3]);
        }

        #[test]
        fn a_path_changes_the_number_as_the_rays_from_its_ends_say(triangles in tetrahedra(), from in point(), to in point()) {
            let at = |point: Point| triangles.iter().map(|triangle| along_ray(&corners(triangle), &to_f64(point), 2)).sum::<i32>();
            let change: i32 = triangles.iter().map(|triangle| along_path(&corners(triangle), &Bounds::of(triangle), from, to)).sum();
            prop_assert_eq!(change, at(to) - at(from));
        }
    }
}
