//! How two triangles in space meet, decided exactly.
//!
//! Every sign is that of an exact determinant (Shewchuk, "Adaptive precision floating-point arithmetic and fast robust
//! geometric predicates", 1997). Two triangles in different planes meet where their intervals on the common line of the planes
//! overlap; the ends of the intervals are compared by determinants alone, without computing them (Guigue and Devillers, "Fast
//! and robust triangle-triangle overlap test using orientation predicates", 2003). Two triangles in one plane have an area in
//! common if no edge of either separates them.

use nalgebra::{Vector2, Vector3};
use robust::{Coord, Coord3D, orient2d, orient3d};

/// The corners of a triangle.
pub(in crate::mesh) type Corners = [Vector3<f64>; 3];

/// What two triangles have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Meeting {
    /// Nothing.
    Apart,
    /// One point.
    Point,
    /// A segment of some length, and how it runs in each of them.
    Segment([Course; 2]),
    /// An area of their plane.
    Area {
        /// Whether both are wound the same way.
        same_way: bool,
    },
}

/// How a segment runs in a triangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Course {
    /// Through its inside.
    Inside,
    /// Along one of its edges.
    Along {
        /// The edge runs from this corner to the next one.
        edge: u8,
        /// The side of the other triangle's plane on which the rest of this one lies.
        side: i8,
    },
}

/// The ends of an edge, from the negative to the positive side of a plane. One of them may lie on it.
type CrossingEdge<'a> = [&'a Vector3<f64>; 2];

/// The plane of a triangle.
pub(in crate::mesh) struct Plane<'a> {
    corners: &'a Corners,
    /// Rounded, and not of unit length.
    normal: Vector3<f64>,
    /// The error of a product with the normal, as a share of the other factor's largest coordinate.
    rounding: f64,
}

impl<'a> Plane<'a> {
    /// More than the error of a determinant of three by three rounded differences, as a share of the product of the largest in
    /// each row: six products of three, each off by a few halves of the last bit.
    const ROUNDING: f64 = 64.0 * f64::EPSILON;

    pub fn of(corners @ [a, b, c]: &'a Corners) -> Self {
        let (to_b, to_c) = (b - a, c - a);
        Self { corners, normal: to_b.cross(&to_c), rounding: Self::ROUNDING * to_b.amax() * to_c.amax() }
    }

    /// The side on which a point lies: 1 where the normal points, 0 on the plane.
    pub fn side(&self, point: &Vector3<f64>) -> i8 {
        let [a, b, c] = self.corners;
        let to_point = point - a;
        let height = self.normal.dot(&to_point);
        if height.abs() > self.rounding * to_point.amax() {
            return sign(height);
        }
        // Most of the points on a plane are corners of its triangle, or lie with it in a plane across an axis. The determinant
        // takes ten times as long to find that it is zero.
        let shares_coordinate = |axis: usize| a[axis] == b[axis] && b[axis] == c[axis] && c[axis] == point[axis];
        if point == a || point == b || point == c || (0..3).any(shares_coordinate) {
            return 0;
        }
        // Positive below the plane.
        -sign(orient3d(coord_3d(a), coord_3d(b), coord_3d(c), coord_3d(point)))
    }

    /// The sides of a triangle's corners.
    pub fn sides(&self, corners: &Corners) -> [i8; 3] {
        corners.each_ref().map(|corner| self.side(corner))
    }
}

/// What two triangles have in common. Each of them must have an area.
pub(in crate::mesh) fn meeting(a: &Corners, b: &Corners) -> Meeting {
    let of_a = Plane::of(b).sides(a);
    if of_a == [0; 3] {
        return meeting_in_plane(a, b);
    }
    if of_a == [1; 3] || of_a == [-1; 3] {
        return Meeting::Apart;
    }
    let of_b = Plane::of(a).sides(b);
    if of_b == [1; 3] || of_b == [-1; 3] {
        return Meeting::Apart;
    }
    // Seen from b, the line runs the other way.
    let [a_low, a_high] = interval(a, of_a);
    let [b_high, b_low] = interval(b, of_b);
    let (first, second) = (order(a_low, b_high), order(a_high, b_low));
    if first < 0 || second > 0 {
        return Meeting::Apart;
    }
    if first == 0 || second == 0 || at_most_touches(of_a) || at_most_touches(of_b) {
        return Meeting::Point;
    }
    Meeting::Segment([course(of_a), course(of_b)])
}

/// The side of a triangle's plane on which a point lies: 1 where its normal points, 0 on the plane.
pub(in crate::mesh) fn side_of_plane(corners: &Corners, point: &Vector3<f64>) -> i8 {
    Plane::of(corners).side(point)
}

/// Whether three corners do not lie on one line.
pub(in crate::mesh) fn has_area(corners: &Corners) -> bool {
    (0..3).any(|axis| turn_across(corners, axis) != 0)
}

/// The edges of a triangle that cross a plane, in their order along the plane's common line with the triangle's own, given the
/// sides of its corners. The line runs along the cross product of the plane's normal and the triangle's.
fn interval(corners: &Corners, sides: [i8; 3]) -> [CrossingEdge<'_>; 2] {
    // A corner on the plane counts as one of the side that has none.
    let on_plane = if sides.contains(&-1) { 1 } else { -1 };
    let sides = sides.map(|side| if side == 0 { on_plane } else { side });
    // One corner is alone on its side.
    let alone =
        (0..3).find(|&corner| sides[corner] != sides[(corner + 1) % 3] && sides[corner] != sides[(corner + 2) % 3]);
    let alone = alone.unwrap_or_default();
    let [top, next, last] = [0, 1, 2].map(|step| &corners[(alone + step) % 3]);
    if sides[alone] > 0 { [[next, top], [last, top]] } else { [[top, last], [top, next]] }
}

/// The order of two crossings on a line: 1 if that of an edge of the second triangle lies further than that of an edge of the
/// first.
fn order([a, b]: CrossingEdge<'_>, [c, d]: CrossingEdge<'_>) -> i8 {
    if a == c || a == d || b == c || b == d {
        return 0;
    }
    sign(orient3d(coord_3d(a), coord_3d(b), coord_3d(c), coord_3d(d)))
}

/// Whether a triangle has no more than a point in common with a plane, given the sides of its corners.
pub(in crate::mesh) fn at_most_touches(sides: [i8; 3]) -> bool {
    let on_plane = sides.iter().filter(|side| **side == 0).count();
    on_plane <= 1 && !(sides.contains(&1) && sides.contains(&-1))
}

/// How a segment on a plane runs in a triangle, given the sides of its corners.
fn course(sides: [i8; 3]) -> Course {
    let edge = (0..3).find(|&edge| sides[edge] == 0 && sides[(edge + 1) % 3] == 0);
    edge.map_or(Course::Inside, |edge| Course::Along { edge: edge as u8, side: sides[(edge + 2) % 3] })
}

/// What two triangles in one plane have in common.
fn meeting_in_plane(a: &Corners, b: &Corners) -> Meeting {
    // Along an axis that is not in the plane, nothing falls together.
    let Some(axis) = (0..3).find(|&axis| turn_across(a, axis) != 0) else {
        return Meeting::Apart;
    };
    let [flat_a, flat_b] = [a, b].map(|corners| corners.map(|corner| across(&corner, axis)));
    let turns = [turn(&flat_a), turn(&flat_b)];
    if !separates(&flat_a, turns[0], &flat_b) && !separates(&flat_b, turns[1], &flat_a) {
        return Meeting::Area { same_way: turns[0] == turns[1] };
    }
    for a_edge in 0..3 {
        for b_edge in 0..3 {
            let [from, to] = [flat_a[a_edge], flat_a[(a_edge + 1) % 3]];
            if have_length_in_common([from, to], [flat_b[b_edge], flat_b[(b_edge + 1) % 3]]) {
                let along = |edge: usize| Course::Along { edge: edge as u8, side: 0 };
                return Meeting::Segment([along(a_edge), along(b_edge)]);
            }
        }
    }
    let touches = flat_b.iter().any(|corner| covers(&flat_a, turns[0], corner))
        || flat_a.iter().any(|corner| covers(&flat_b, turns[1], corner));
    if touches { Meeting::Point } else { Meeting::Apart }
}

/// Whether the line of some edge of a triangle, which turns as given, has the other one on its outer side.
fn separates(triangle: &[Vector2<f64>; 3], turns: i8, other: &[Vector2<f64>; 3]) -> bool {
    (0..3).any(|edge| other.iter().all(|corner| side_of_edge(triangle, edge, corner) * turns <= 0))
}

/// Whether a point lies in a triangle, which turns as given, or on its edges.
fn covers(triangle: &[Vector2<f64>; 3], turns: i8, point: &Vector2<f64>) -> bool {
    (0..3).all(|edge| side_of_edge(triangle, edge, point) * turns >= 0)
}

fn side_of_edge(triangle: &[Vector2<f64>; 3], edge: usize, point: &Vector2<f64>) -> i8 {
    turn(&[triangle[edge], triangle[(edge + 1) % 3], *point])
}

/// Whether two edges lie on one line and have more than a point in common.
fn have_length_in_common([a, b]: [Vector2<f64>; 2], [c, d]: [Vector2<f64>; 2]) -> bool {
    if turn(&[a, b, c]) != 0 || turn(&[a, b, d]) != 0 {
        return false;
    }
    let axis = usize::from(a.x == b.x);
    let [a, b, c, d] = [a, b, c, d].map(|end| end[axis]);
    a.min(b).max(c.min(d)) < a.max(b).min(c.max(d))
}

/// How a triangle turns as seen from the end of an axis: 1 for counter-clockwise, 0 if its plane runs along the axis.
pub(in crate::mesh) fn turn_across(corners: &Corners, axis: usize) -> i8 {
    turn(&corners.map(|corner| across(&corner, axis)))
}

/// How three points turn: 1 for counter-clockwise, 0 on a line.
pub(in crate::mesh) fn turn([a, b, c]: &[Vector2<f64>; 3]) -> i8 {
    sign(orient2d(coord_2d(a), coord_2d(b), coord_2d(c)))
}

/// A point as seen from the end of an axis: its other two coordinates, the next one first.
pub(in crate::mesh) fn across(point: &Vector3<f64>, axis: usize) -> Vector2<f64> {
    Vector2::new(point[(axis + 1) % 3], point[(axis + 2) % 3])
}

fn sign(value: f64) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}

fn coord_2d(point: &Vector2<f64>) -> Coord<f64> {
    Coord { x: point.x, y: point.y }
}

fn coord_3d(point: &Vector3<f64>) -> Coord3D<f64> {
    Coord3D { x: point.x, y: point.y, z: point.z }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::clipping::{Fraction, Lattice, below, clip, distinct, dot, within_edges};
    use super::*;

    fn corners(triangle: [Lattice; 3]) -> Corners {
        triangle.map(|corner| Vector3::from(corner.map(|coordinate| coordinate as f64)))
    }

    /// What two triangles have in common, by the corners of the common polygon.
    fn by_clipping(a: [Lattice; 3], b: [Lattice; 3]) -> Meeting {
        let plane = below(b);
        let [first, second, third] = within_edges(b);
        let polygon = clip(&a.map(Fraction::of), &[plane, plane.opposite(), first, second, third]);
        match distinct(&polygon)[..] {
            [] => Meeting::Apart,
            [_] => Meeting::Point,
            [from, to] => Meeting::Segment(
                [(a, b), (b, a)].map(|(triangle, other)| course_of(&from.midpoint(&to), triangle, other)),
            ),
            _ => Meeting::Area { same_way: dot(below(a).normal, below(b).normal) > 0 },
        }
    }

    fn course_of(middle: &Fraction, triangle: [Lattice; 3], other: [Lattice; 3]) -> Course {
        let on_edge = |edge: &usize| middle.side(&within_edges(triangle)[*edge]) == 0;
        (0..3).find(on_edge).map_or(Course::Inside, |edge| {
            let side = Fraction::of(triangle[(edge + 2) % 3]).side(&below(other));
            Course::Along { edge: edge as u8, side: side as i8 }
        })
    }

    /// A triangle with an area on a small lattice, so that corners often lie on planes, edges and corners of another one.
    fn triangle(size: Lattice) -> impl Strategy<Value = [Lattice; 3]> {
        let corner = move || size.map(|size| 0..size);
        prop::array::uniform3(corner()).prop_filter("it has no area", |corners| below(*corners).normal != [0; 3])
    }

    fn pair() -> impl Strategy<Value = [[Lattice; 3]; 2]> {
        (2..7_i128).prop_flat_map(|size| [triangle([size; 3]), triangle([size; 3])])
    }

    /// Triangles in a plane that is as steep as given.
    fn pair_in_plane() -> impl Strategy<Value = [[Lattice; 3]; 2]> {
        let flat = (2..7_i128).prop_flat_map(|size| [triangle([size, size, 1]), triangle([size, size, 1])]);
        (flat, prop::array::uniform2(-2..3_i128), 0..3_usize).prop_map(|(pair, slope, axis)| {
            pair.map(|corners| {
                corners.map(|[x, y, _]| {
                    let mut corner = [x, y, slope[0] * x + slope[1] * y];
                    corner.rotate_right(axis);
                    corner
                })
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn triangles_meet_as_their_exact_common_polygon_says([a, b] in pair()) {
            prop_assert_eq!(meeting(&corners(a), &corners(b)), by_clipping(a, b));
        }

        #[test]
        fn triangles_in_one_plane_meet_as_their_exact_common_polygon_says([a, b] in pair_in_plane()) {
            prop_assert_eq!(meeting(&corners(a), &corners(b)), by_clipping(a, b));
        }
    }

    #[test]
    fn what_is_a_rounding_away_is_told_apart() {
        // A tip just above, on and just below a plane through corners that have no short binary fraction.
        let floor = [[0.1_f32, 0.1, 0.3], [7.3, 0.7, 0.3], [0.3, 5.1, 0.3]];
        let tip = |z: f32| [[1.7_f32, 1.3, z], [1.9, 1.1, 5.0], [2.3, 1.9, 5.0]];
        let exact = |points: [[f32; 3]; 3]| points.map(|point| Vector3::from(point.map(f64::from)));
        let found = [0.3_f32.next_up(), 0.3, 0.3_f32.next_down()].map(|z| meeting(&exact(floor), &exact(tip(z))));
        assert_eq!(found, [Meeting::Apart, Meeting::Point, Meeting::Segment([Course::Inside; 2])]);
    }
}
