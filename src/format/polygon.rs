//! Polygons as triangles.
//!
//! A convex polygon is a fan about its first corner. Any other is cut by ears in the plane in which it is largest, as the crate
//! `earcut` does it, so that a concave one keeps its area. Corners that lie on a line with their neighbours are corners of a
//! triangle too wherever the polygon is convex: the neighbours beyond the edge share them.

use earcut::Earcut;
use nalgebra::{Vector2, Vector3};

use crate::mesh::Point;

/// Cuts polygons into triangles.
#[derive(Default)]
pub(super) struct PolygonCutter {
    earcut: Earcut<f64>,
    projected: Vec<[f64; 2]>,
    ears: Vec<u32>,
}

impl PolygonCutter {
    /// Appends the triangles of a polygon of three corners or more, as indices of points.
    pub fn cut(&mut self, points: &[Point], polygon: &[u32], triangles: &mut Vec<[u32; 3]>) {
        if let &[a, b, c] = polygon {
            triangles.push([a, b, c]);
            return;
        }
        let corner = |number: u32| Vector3::from(points[number as usize].map(f64::from));
        let normal = normal(polygon, corner);
        if is_convex(polygon, corner, normal) {
            triangles.extend(polygon[1..].windows(2).map(|edge| [polygon[0], edge[0], edge[1]]));
            return;
        }
        // Seen from the side on which it is largest, with the normal towards the eye.
        let axis = normal.iamax();
        let [right, up] =
            if normal[axis] < 0.0 { [(axis + 2) % 3, (axis + 1) % 3] } else { [(axis + 1) % 3, (axis + 2) % 3] };
        self.projected.clear();
        self.projected.extend(polygon.iter().map(|&number| {
            let corner = corner(number);
            [corner[right], corner[up]]
        }));
        self.earcut.earcut(self.projected.iter().copied(), &[], &mut self.ears);
        for &[a, b, c] in self.ears.as_chunks().0 {
            let place = |ear: u32| Vector2::from(self.projected[ear as usize]);
            let is_turned = (place(b) - place(a)).perp(&(place(c) - place(a))) < 0.0;
            let [b, c] = if is_turned { [c, b] } else { [b, c] };
            triangles.push([a, b, c].map(|ear| polygon[ear as usize]));
        }
    }
}

/// The normal of a polygon, twice as long as its area (Newell's).
fn normal(polygon: &[u32], corner: impl Fn(u32) -> Vector3<f64>) -> Vector3<f64> {
    let first = corner(polygon[0]);
    polygon[1..].windows(2).map(|edge| (corner(edge[0]) - first).cross(&(corner(edge[1]) - first))).sum()
}

/// Whether a polygon turns the same way at each corner, and once in all.
fn is_convex(polygon: &[u32], corner: impl Fn(u32) -> Vector3<f64>, normal: Vector3<f64>) -> bool {
    let count = polygon.len();
    let place = |number: usize| corner(polygon[number % count]);
    let turns = |number: usize| {
        let [a, b, c] = [place(number), place(number + 1), place(number + 2)];
        (b - a).cross(&(c - b)).dot(&normal)
    };
    // Each triangle of the fan turns the same way too, so that the polygon goes around its first corner no more than once.
    let fans = |number: usize| (place(number) - place(0)).cross(&(place(number + 1) - place(0))).dot(&normal);
    (0..count).all(|number| turns(number) >= 0.0) && (1..count - 1).all(|number| fans(number) >= 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(points: &[Point]) -> Vec<[u32; 3]> {
        let mut triangles = Vec::new();
        let polygon: Vec<u32> = (0..points.len() as u32).collect();
        PolygonCutter::default().cut(points, &polygon, &mut triangles);
        triangles
    }

    /// Twice the area of triangles, as a vector: that of the polygon if each is wound as the polygon is.
    fn doubled_area(points: &[Point], triangles: &[[u32; 3]]) -> (Vector3<f64>, f64) {
        let areas = triangles.iter().map(|triangle| {
            let [a, b, c] = triangle.map(|number| Vector3::from(points[number as usize].map(f64::from)));
            (b - a).cross(&(c - a))
        });
        areas.fold((Vector3::zeros(), 0.0), |(sum, size), area| (sum + area, size + area.norm()))
    }

    #[test]
    fn polygons_keep_their_area() {
        // Name, corners, twice the area.
        let rows: [(&str, &[[f32; 2]], f64); 6] = [
            ("a square", &[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]], 8.0),
            (
                "a square with a corner in the middle of a side",
                &[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]],
                8.0,
            ),
            ("an arrow", &[[0.0, 0.0], [2.0, 0.0], [0.5, 0.5], [0.0, 2.0]], 2.0),
            ("an arrow from its tip", &[[0.5, 0.5], [0.0, 2.0], [0.0, 0.0], [2.0, 0.0]], 2.0),
            ("an L", &[[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [1.0, 1.0], [1.0, 3.0], [0.0, 3.0]], 10.0),
            (
                "a comb",
                &[
                    [0.0, 0.0],
                    [5.0, 0.0],
                    [5.0, 5.0],
                    [4.0, 5.0],
                    [4.0, 1.0],
                    [3.0, 1.0],
                    [3.0, 5.0],
                    [2.0, 5.0],
                    [2.0, 1.0],
                    [1.0, 1.0],
                    [1.0, 5.0],
                    [0.0, 5.0],
                ],
                34.0,
            ),
        ];
        for (name, corners, doubled) in rows {
            for axes in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [1, 0, 2]] {
                let points: Vec<Point> = corners
                    .iter()
                    .map(|[x, y]| {
                        let mut point = [0.0; 3];
                        (point[axes[0]], point[axes[1]], point[axes[2]]) = (*x, *y, 7.0);
                        point
                    })
                    .collect();
                let triangles = cut(&points);
                let (area, size) = doubled_area(&points, &triangles);
                assert!((size - doubled).abs() < 1e-12, "{name}: {size} in place of {doubled}, {triangles:?}");
                assert!((area.norm() - size).abs() < 1e-12, "{name}: all triangles face one way");
            }
        }
    }

    proptest! {
        /// Outlines around a point, of any distance from it.
        #[test]
        fn a_star_shaped_polygon_keeps_its_area(radii in prop::collection::vec(1_u8..50, 4..40), turn in 0_usize..40) {
            let count = radii.len();
            let place = |number: usize| {
                let (sine, cosine) = (std::f64::consts::TAU * number as f64 / count as f64).sin_cos();
                let radius = f64::from(radii[number % count]);
                [(radius * cosine) as f32, (radius * sine) as f32, 3.0]
            };
            let points: Vec<Point> = (0..count).map(|number| place(number + turn % count)).collect();
            let about: f64 = (0..count).map(|number| {
                let [a, b] = [points[number], points[(number + 1) % count]].map(|point| [f64::from(point[0]), f64::from(point[1])]);
                a[0] * b[1] - a[1] * b[0]
            }).sum();
            let (area, size) = doubled_area(&points, &cut(&points));
            prop_assert!((size - about).abs() < 1e-9 * about, "{} in place of {}", size, about);
            prop_assert!((area.z - about).abs() < 1e-9 * about, "all triangles face one way");
        }
    }
}
