//! What a measure must not depend on: the place of a part, its orientation, its mirror image, its size beyond the power of its
//! dimension, the order of its triangles, and the number of threads.

use std::collections::BTreeMap;

use nalgebra::{Rotation3, Vector3};
use rayon::ThreadPoolBuilder;
use test_support::shapes::{Shape, binary, cuboid, shuffled, sphere, tetrahedron, torus};

use super::{measures, power};

/// Corners are rounded to 32 bits.
const ROUNDING: f64 = 1e-5;
/// The smallest box is found by a search.
const SEARCH: f64 = 1e-2;

fn shapes() -> [(&'static str, Shape); 5] {
    [
        ("a cuboid", cuboid([0; 3], [30, 50, 70])),
        ("a tetrahedron", tetrahedron(60)),
        ("a sphere", sphere(400.0, 8, 10)),
        ("a torus", torus(300.0, 90.0, 10, 12)),
        ("two bodies", cuboid([0; 3], [30, 20, 10]).and(sphere(20.0, 8, 10).moved([90, 30, 5]))),
    ]
}

type Triangles = Vec<[[f32; 3]; 3]>;

fn mapped(triangles: &Triangles, map: impl Fn(Vector3<f64>) -> Vector3<f64>) -> Triangles {
    let corner = |corner: [f32; 3]| map(Vector3::from(corner.map(f64::from))).data.0[0].map(|at| at as f32);
    triangles.iter().map(|triangle| triangle.map(corner)).collect()
}

#[track_caller]
fn assert_same(what: &str, found: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>, scale: f64) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    for (key, expected) in expected {
        let (found, expected) = (found[key], expected * scale.powi(power(key)));
        let tolerance = if key == "oriented_box_volume" { SEARCH } else { ROUNDING };
        assert!((found - expected).abs() <= tolerance * expected, "{what}: {key} is {found}, not {expected}");
    }
}

#[test]
fn no_measure_depends_on_place_turn_mirror_or_order() {
    for (name, shape) in shapes() {
        let triangles = shape.triangles();
        let expected = measures(&binary(&triangles));
        assert!(expected.values().all(|measure| measure.is_finite() && *measure > 0.0), "{name}: {expected:?}");
        let turn = Rotation3::from_scaled_axis(Vector3::new(0.4, -0.7, 1.1));
        let rows = [
            ("moved", mapped(&triangles, |at| at + Vector3::new(500.0, -300.0, 200.0)), 1.0),
            ("turned", mapped(&triangles, |at| turn * at), 1.0),
            ("of twice the size", mapped(&triangles, |at| 2.0 * at), 2.0),
            ("mirrored", shape.mirrored().triangles(), 1.0),
            ("shuffled", shuffled(&triangles), 1.0),
        ];
        for (change, changed, scale) in rows {
            assert_same(&format!("{name}, {change}"), &measures(&binary(&changed)), &expected, scale);
        }
    }
}

#[test]
fn no_bit_depends_on_the_number_of_threads() {
    for (name, shape) in shapes() {
        let file = shape.binary();
        let expected = measures(&file);
        for threads in [1, 3] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            assert_eq!(pool.install(|| measures(&file)), expected, "{name} on {threads} threads");
        }
    }
}

#[test]
fn a_hull_is_around_the_solid_and_the_smallest_box_around_the_hull() {
    let cube = measures(&cuboid([0; 3], [20, 30, 40]).binary());
    for key in ["hull_volume", "oriented_box_volume"] {
        assert!((cube[key] - 24_000.0).abs() < 1e-6, "{key}: {}", cube[key]);
    }
    let tetrahedron = measures(&tetrahedron(60).binary());
    assert_eq!(tetrahedron["hull_volume"], 36_000.0);
    for (name, shape) in shapes() {
        let found = measures(&shape.binary());
        assert!(found["hull_volume"] >= shape.volume() * (1.0 - 1e-12), "{name}: {found:?}");
        assert!(found["oriented_box_volume"] >= found["hull_volume"], "{name}: {found:?}");
        let [low, high] = shape.bounds();
        let upright: f64 = (0..3).map(|axis| high[axis] - low[axis]).product();
        assert!(found["oriented_box_volume"] <= upright * (1.0 + 1e-12), "{name}: {found:?} of {upright}");
    }
}
