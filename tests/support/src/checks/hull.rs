//! The volume of the convex hull of points, exactly oriented: a bound that no solid of these corners can exceed.
//!
//! Points are added one by one: the faces that a point sees are replaced by those between their rim and the point. A point in
//! the plane of a face does not see it, so that no face without area arises: the point is not on the line of the rim's edge,
//! which lies in the plane of a face that it does see.

use std::collections::BTreeSet;

use pricing_worker::mesh::Triangle;
use robust::{Coord, Coord3D, orient2d, orient3d};

type Point = [f32; 3];
/// Indices of points, counter-clockwise as seen from outside.
type Face = [usize; 3];

/// The volume of the convex hull of all corners.
#[must_use]
pub fn hull_volume(triangles: &[Triangle]) -> f64 {
    let mut points: Vec<Point> = triangles.as_flattened().to_vec();
    // -0 and 0 are one place.
    points.iter_mut().flatten().for_each(|coordinate| *coordinate += 0.0);
    points.sort_unstable_by(|a, b| a.partial_cmp(b).expect("coordinates are finite"));
    points.dedup();
    let Some(mut faces) = first_tetrahedron(&points) else { return 0.0 };
    for point in 0..points.len() {
        let sees = |face: &Face| side(&points, *face, point) > 0.0;
        let seen: Vec<Face> = faces.iter().copied().filter(sees).collect();
        if seen.is_empty() {
            continue;
        }
        faces.retain(|face| !sees(face));
        let edges: BTreeSet<[usize; 2]> = seen.iter().flat_map(edges_of).collect();
        let rim = edges.iter().filter(|[a, b]| !edges.contains(&[*b, *a]));
        faces.extend(rim.map(|[a, b]| [*a, *b, point]));
    }
    volume(&points, &faces)
}

/// The faces of a tetrahedron of four points that are not in one plane; none if all are.
fn first_tetrahedron(points: &[Point]) -> Option<Vec<Face>> {
    let (a, b) = (0, 1);
    let c = (2..points.len()).find(|&c| is_off_the_line(points[a], points[b], points[c]))?;
    let d = (2..points.len()).find(|&d| side(points, [a, b, c], d) != 0.0)?;
    let [a, b] = if side(points, [a, b, c], d) < 0.0 { [a, b] } else { [b, a] };
    Some(vec![[a, b, c], [b, a, d], [c, b, d], [a, c, d]])
}

/// Whether a point is not on the line through two others: its shadow on a plane of two axes is not on theirs.
fn is_off_the_line(a: Point, b: Point, c: Point) -> bool {
    let flat = |point: Point, x: usize, y: usize| Coord { x: f64::from(point[x]), y: f64::from(point[y]) };
    [[0, 1], [1, 2], [2, 0]].iter().any(|&[x, y]| orient2d(flat(a, x, y), flat(b, x, y), flat(c, x, y)) != 0.0)
}

/// Positive where a point sees the outside of a face.
fn side(points: &[Point], face: Face, point: usize) -> f64 {
    let [a, b, c] = face.map(|corner| coord(points[corner]));
    // The predicate is positive below the plane.
    -orient3d(a, b, c, coord(points[point]))
}

fn coord([x, y, z]: Point) -> Coord3D<f64> {
    Coord3D { x: f64::from(x), y: f64::from(y), z: f64::from(z) }
}

fn edges_of([a, b, c]: &Face) -> [[usize; 2]; 3] {
    [[*a, *b], [*b, *c], [*c, *a]]
}

/// The volume that faces enclose, summed about the first point.
fn volume(points: &[Point], faces: &[Face]) -> f64 {
    let from_first = |corner: usize| [0, 1, 2].map(|axis| f64::from(points[corner][axis]) - f64::from(points[0][axis]));
    let six_volumes = faces.iter().map(|face| {
        let [a, b, c] = face.map(from_first);
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    });
    six_volumes.sum::<f64>() / 6.0
}
