//! Property tests of the solids of any meshes.

use proptest::collection::vec;
use proptest::prelude::*;
use test_support::kinds::{self, Right};
use test_support::shapes::{Shape, cube, sphere};

use super::checks::{bodies, hull_volume, solid};

/// The most triangles of a mesh: the fuzz target has more, and is optimised.
const MOST_TRIANGLES: usize = 512;

#[test]
fn a_hull_is_convex_and_holds_every_corner() {
    let ball = sphere(100.0, 12, 16);
    // Twice the same, a part of it, and bodies inside it: the hull stays.
    let rows = [
        ("a cube", cube(8), 512.0),
        ("a cube twice", cube(8).and(cube(8)), 512.0),
        ("half of the triangles of a cube", cube(8).without(6), 512.0),
        ("a cube and a smaller one inside", cube(8).and(cube(2).moved([3; 3])), 512.0),
        (
            "a cube in parts",
            (0..8).fold(Shape(vec![]), |shape, n| {
                shape.and(cube(4).moved([n & 1, n >> 1 & 1, n >> 2].map(|place| 4 * place)))
            }),
            512.0,
        ),
        ("two cubes with a gap", cube(8).and(cube(8).moved([12, 0, 0])), 20.0 * 64.0),
        (
            "a cut cube",
            Shape(cube(8).0.into_iter().filter(|triangle| !triangle.contains(&[8; 3])).collect()),
            512.0 * 5.0 / 6.0,
        ),
        ("a sheet", Shape(vec![[[0, 0, 0], [5, 0, 0], [0, 5, 0]], [[5, 5, 0], [1, 1, 0], [2, 7, 0]]]), 0.0),
        ("a line", Shape(vec![[[0, 0, 0], [5, 5, 5], [7, 7, 7]]]), 0.0),
        ("nothing", Shape(vec![]), 0.0),
    ];
    for (name, shape, expected) in rows {
        for shape in [shape.clone(), shape.turned(), shape.shuffled(), shape.moved([1000, -1000, 1])] {
            let found = hull_volume(&shape.triangles());
            assert!((found - expected).abs() <= 1e-12 * expected, "{name}: found {found}, expected {expected}");
        }
    }
    let (hull, volume) = (hull_volume(&ball.triangles()), ball.volume());
    assert!((volume..=volume * 1.02).contains(&hull), "a sphere on a lattice is nearly convex: {volume} in {hull}");
}

#[test]
fn every_kind_has_the_properties_of_a_solid() {
    for kind in kinds::all().iter().filter(|kind| matches!(kind.right, Right::Solid(_))) {
        solid::check(&kind.section.triangles);
    }
}

/// Bytes of bodies that overlap, face different ways, and have walls and edges in common.
const FACING_DIFFERENT_WAYS: &[u8] = &[0, 0, 165, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 14, 207];

#[test]
fn bodies_that_rounding_decides_are_for_review() {
    let mesh = bodies::mesh(FACING_DIFFERENT_WAYS, MOST_TRIANGLES);
    for (name, mesh) in [("as they are", mesh.clone()), ("turned by angles", solid::turned_by_angles(&mesh))] {
        let measured = solid::measured(&mesh);
        assert!(solid::is_for_review(&measured), "{name}: {measured:?}");
    }
}

/// Bytes whose solid lacked a property once.
#[test]
fn what_failed_once_has_the_properties_of_a_solid() {
    let rows: [(&str, &[u8]); 10] = [
        (
            "nine boxes that overlap, each with one corner of a triangle pulled out",
            &[0, 0, 6, 0, 70, 142, 15, 23, 3, 247, 7, 8, 58, 21, 0],
        ),
        (
            "a bar that lies on itself: which of equal walls is the outer one followed from the order of the triangles",
            &[0, 0, 32, 9, 0, 1, 1, 1, 13, 0, 1, 0, 13, 83, 34, 215],
        ),
        (
            "two boxes that touch in an edge and a wall, one inside out: turned, they were one shell",
            &[0, 0, 0, 183, 0, 0, 1, 0, 1, 1, 202, 0],
        ),
        (
            "triangles at random: what their shells share is not known, and together they exceeded the hull",
            &[
                0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 107, 0, 2, 0, 108, 53, 32, 142, 107, 66, 40, 19, 246, 216, 122, 170, 216,
                234, 126, 112, 79, 209, 208, 185, 37, 92, 131, 115, 247, 145, 216, 46, 96, 240, 116,
            ],
        ),
        (
            "two rings with walls in common, and lines at them: without the lines, the larger one was a stray",
            &[0, 0, 157, 90, 224, 8, 160, 17],
        ),
        (
            "bars that overlap, face different ways and share walls: rounding decides which triangles belong together",
            FACING_DIFFERENT_WAYS,
        ),
        (
            "a ring of which rounding decides whether what it shares with itself can be computed",
            &[37, 161, 16, 128, 255, 161, 16, 52],
        ),
        (
            "a sphere and a ring with lines: rounding decides how far they are examined",
            &[0, 0, 0, 0, 0, 0, 5, 2, 80, 1, 39, 206, 138, 219],
        ),
        ("the same of other bodies", &[0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 6, 5, 230, 0, 45, 0, 119]),
        (
            "bodies that touch, with single triangles turned: which of them were inside out followed from the file's first corner",
            &[255, 255, 255, 255, 255, 255, 255, 217, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 235, 10, 37],
        ),
    ];
    for (name, bytes) in rows {
        println!("{name}");
        solid::check(&bodies::mesh(bytes, MOST_TRIANGLES));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bodies_have_the_properties_of_a_solid(bytes in vec(any::<u8>(), 0..60)) {
        solid::check(&bodies::mesh(&bytes, MOST_TRIANGLES));
    }
}
