//! Hulls and boxes held against formulas, against another implementation, and against a search over many turns.

use std::collections::HashMap;

use manifold_rust::linalg::Vec3;
use manifold_rust::manifold::Manifold;
use nalgebra::{Rotation3, Vector3};
use proptest::prelude::*;
use robust::{Coord3D, orient3d};

use super::*;

const NEVER: &(dyn Fn() -> bool + Sync) = &|| false;

fn hull(points: &[Vector3<f64>]) -> Option<Hull> {
    Hull::of(points, NEVER).expect("nobody stops it")
}

fn smallest(points: &[Vector3<f64>]) -> OrientedBox {
    oriented_box(&hull(points).expect("it has a volume"), NEVER).expect("nobody stops it")
}

fn cuboid(sides: [f64; 3]) -> Vec<Vector3<f64>> {
    let corner = |number: usize| Vector3::from([0, 1, 2].map(|axis| sides[axis] * (number >> axis & 1) as f64));
    (0..8).map(corner).collect()
}

fn ball(count: u32) -> Vec<Vector3<f64>> {
    let point = |number: u32| {
        let z = 2.0 * (f64::from(number) + 0.5) / f64::from(count) - 1.0;
        let ((sine, cosine), radius) = ((f64::from(number) * 2.399_963).sin_cos(), (1.0 - z * z).sqrt());
        Vector3::new(radius * cosine, radius * sine, z)
    };
    (0..count).map(point).collect()
}

/// Points on a lattice, where many lie in one plane or one line, or are one.
fn lattice() -> impl Strategy<Value = Vec<Vector3<f64>>> {
    let point = prop::array::uniform3(-3_i8..=3).prop_map(|point| Vector3::from(point.map(f64::from)));
    prop::collection::vec(point, 0..60)
}

fn turned() -> impl Strategy<Value = Rotation3<f64>> {
    prop::array::uniform3(-3.0..3.0_f64).prop_map(|turn| Rotation3::from_scaled_axis(turn.into()))
}

fn is_above([a, b, c]: [Vector3<f64>; 3], point: Vector3<f64>) -> bool {
    let [a, b, c, point] = [a, b, c, point].map(|at| Coord3D { x: at.x, y: at.y, z: at.z });
    orient3d(a, b, c, point) < 0.0
}

fn check(points: &[Vector3<f64>], hull: &Hull) {
    let mut edges: HashMap<[[u64; 3]; 2], i32> = HashMap::new();
    for corners in hull.faces() {
        assert!(points.iter().all(|&point| !is_above(corners, point)), "a point lies outside");
        assert!(corners.iter().all(|corner| points.contains(corner)), "a corner is none of the points");
        let key = corners.map(|corner| [corner.x, corner.y, corner.z].map(f64::to_bits));
        for (from, to) in [(0, 1), (1, 2), (2, 0)] {
            *edges.entry([key[from], key[to]]).or_default() += 1;
            *edges.entry([key[to], key[from]]).or_default() -= 1;
        }
    }
    assert!(edges.values().all(|count| *count == 0), "it is not closed");
}

#[test]
fn the_hull_of_a_cuboid_is_the_cuboid_whatever_lies_within() {
    let mut points = cuboid([3.0, 5.0, 7.0]);
    points.extend([[1.0, 1.0, 1.0], [0.0, 2.0, 3.0], [1.5, 0.0, 0.0], [3.0, 5.0, 7.0]].map(Vector3::from));
    let hull = hull(&points).expect("it has a volume");
    check(&points, &hull);
    assert_eq!((hull.volume(), hull.faces().len() >= 12), (105.0, true));
}

#[test]
fn points_in_one_plane_have_no_hull() {
    let square = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]].map(Vector3::from);
    for count in 0..=4 {
        assert_eq!(hull(&square[..count]), None, "{count} points");
    }
    assert_eq!(hull(&[square[1]; 5]), None);
    assert!(Hull::of(&cuboid([1.0; 3]), &|| true).is_err() || hull(&cuboid([1.0; 3])).is_some());
}

#[test]
fn the_hull_of_a_ball_has_all_its_points() {
    let points = ball(2_000);
    let hull = hull(&points).expect("it has a volume");
    check(&points, &hull);
    assert_eq!((hull.points().len(), hull.faces().len()), (2_000, 3_996));
}

#[test]
fn the_smallest_box_of_a_turned_cuboid_is_the_cuboid() {
    for turn in [[0.3, 0.2, 0.1], [1.0, -0.7, 0.4], [0.0, 0.0, 0.5]] {
        let turn = Rotation3::from_scaled_axis(turn.into());
        let points: Vec<_> = cuboid([3.0, 5.0, 7.0]).iter().map(|point| turn * point).collect();
        let found = smallest(&points);
        let mut sides = found.sides;
        sides.sort_by(f64::total_cmp);
        for (side, expected) in sides.into_iter().zip([3.0, 5.0, 7.0]) {
            assert!((side - expected).abs() < 1e-9, "{sides:?}");
        }
    }
}

#[test]
fn a_tetrahedron_lies_in_its_smallest_box_by_its_edges() {
    // A regular one: the cube around it, which touches all six edges, and no face of which lies in one of its faces.
    let points = [[0.0; 3], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]].map(Vector3::from);
    let turn = Rotation3::from_scaled_axis(Vector3::new(0.4, 0.5, 0.6));
    let found = smallest(&points.map(|point| turn * point)).volume();
    assert!((found - 1.0).abs() < 1e-6, "{found}");
}

/// The smallest of the boxes in many orientations, each turned until none is smaller.
fn searched(points: &[Vector3<f64>]) -> f64 {
    let volume = |turn: &Rotation3<f64>| {
        let sides = [0, 1, 2].map(|axis| {
            let along: Vec<f64> = points.iter().map(|point| (turn * point)[axis]).collect();
            along.iter().copied().fold(f64::NEG_INFINITY, f64::max)
                - along.iter().copied().fold(f64::INFINITY, f64::min)
        });
        sides.iter().product::<f64>()
    };
    let axes = [Vector3::x_axis(), Vector3::y_axis(), Vector3::z_axis()];
    let starts = (0..9_u8).flat_map(|a| (0..9_u8).map(move |b| [a, b])).map(|[a, b]| {
        Rotation3::from_euler_angles(f64::from(a) * 0.35, f64::from(b) * 0.35, f64::from(a * b % 7) * 0.2)
    });
    let refined = starts.map(|mut turn| {
        let (mut best, mut angle) = (volume(&turn), 0.1);
        while angle > 1e-5 {
            let turns = axes
                .iter()
                .flat_map(|axis| [angle, -angle].map(|angle| Rotation3::from_axis_angle(axis, angle) * turn));
            let next = turns.map(|turn| (volume(&turn), turn)).min_by(|a, b| a.0.total_cmp(&b.0)).expect("six");
            if next.0 < best {
                (best, turn) = next;
            } else {
                angle /= 2.0;
            }
        }
        best
    });
    refined.fold(f64::INFINITY, f64::min)
}

proptest! {
    #[test]
    fn a_hull_is_convex_closed_and_around_all_points(points in lattice(), turn in turned()) {
        for points in [points.clone(), points.iter().map(|point| turn * point).collect()] {
            let other = Manifold::hull(&points.iter().map(|at| Vec3::new(at.x, at.y, at.z)).collect::<Vec<_>>()).volume();
            match hull(&points) {
                Some(hull) => {
                    check(&points, &hull);
                    prop_assert!((hull.volume() - other).abs() < 1e-9, "{} {other}", hull.volume());
                }
                None => prop_assert!(other.abs() < 1e-9, "{other}"),
            }
        }
    }

    #[test]
    fn the_order_of_points_changes_no_hull(points in lattice(), seed in any::<u64>()) {
        let mut other = points.clone();
        other.sort_by_key(|at| (at.x.to_bits() ^ at.y.to_bits().rotate_left(21) ^ at.z.to_bits().rotate_left(42)).wrapping_mul(seed | 1));
        let volume = |points: &[Vector3<f64>]| hull(points).map_or(0.0, |hull| hull.volume());
        prop_assert!((volume(&points) - volume(&other)).abs() < 1e-9);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn no_search_finds_a_box_that_is_smaller_by_a_hundredth(points in prop::collection::vec(prop::array::uniform3(-1.0..1.0_f64), 5..14)) {
        let points: Vec<Vector3<f64>> = points.into_iter().map(Vector3::from).collect();
        let (found, best) = (smallest(&points).volume(), searched(&points));
        let inner = hull(&points).expect("it has a volume").volume();
        prop_assert!(found < 1.01 * best, "{found}, and {best} is possible");
        prop_assert!(found >= inner, "{found} around {inner}");
    }
}
