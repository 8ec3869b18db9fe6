//! Tests of the repaired surface that drivers get: it is closed, and bounds the solid.

use std::collections::HashMap;

use pricing_worker::mesh::{Measurer, RepairOptions, Repaired, SolidError, Surface, repair};
use proptest::prelude::*;

use super::arbitrary::{damaged, soup};
use super::shapes::{Shape, cube, cuboid, sphere};

fn repaired(shape: &Shape, lend_surface: bool) -> Result<Repaired, SolidError> {
    let mut measurer = Measurer::keeping(u64::MAX);
    measurer.push(&shape.triangles(), &|| false).expect("lattice corners are finite");
    let measured = measurer.finish().expect("lattice corners are finite").expect("there are triangles");
    let options = RepairOptions { lend_surface, ..RepairOptions::default() };
    repair(&measured.sums, measured.mesh.expect("every mesh is kept"), options, &|| false)
}

fn volume(surface: &Surface) -> f64 {
    surface.triangles().map(|(_, [a, b, c])| a.cross(&b).dot(&c)).sum::<f64>() / 6.0
}

/// Whether every directed edge is matched by one that runs the other way.
fn is_closed(surface: &Surface) -> bool {
    let mut uses: HashMap<[[u64; 3]; 2], i64> = HashMap::new();
    for (_, triangle) in surface.triangles() {
        let [a, b, c] = triangle.map(|corner| [corner.x, corner.y, corner.z].map(f64::to_bits));
        for (from, to) in [(a, b), (b, c), (c, a)] {
            *uses.entry([from.min(to), from.max(to)]).or_default() += i64::from(from < to) - i64::from(to < from);
        }
    }
    uses.values().all(|uses| *uses == 0)
}

#[test]
fn it_has_the_bodies_whose_insides_or_outsides_are_solid() {
    let cavity = || cuboid([40; 3], [20; 3]).inside_out();
    let rows = [
        // Shape, bodies, triangles of the solid's surface.
        ("a cube", cube(100), 1, 12),
        ("a cube inside out", cube(100).inside_out(), 1, 12),
        ("a cavity", cube(100).and(cavity()), 2, 24),
        ("a cube inside a cube", cube(100).and(cavity().inside_out()), 2, 12),
        ("a missing side of two triangles", cube(100).without(2), 1, 10 + 4),
        ("two cubes, one inside out", cube(100).and(cube(100).moved([200, 0, 0]).inside_out()), 2, 24),
    ];
    for (name, shape, body_count, triangle_count) in rows {
        let surface = repaired(&shape, true).expect(name).surface.expect("it was asked for");
        assert_eq!((surface.body_count(), surface.triangles().count()), (body_count, triangle_count), "{name}");
        assert!(is_closed(&surface), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_is_closed_and_encloses_the_solid(
        shape in prop_oneof![soup(), damaged(), Just(sphere(50.0, 6, 8).and(sphere(20.0, 5, 6).inside_out()))],
    ) {
        let lent = repaired(&shape, true);
        let solid = repaired(&shape, false).map(|repaired| (repaired.solid, repaired.topology));
        prop_assert_eq!(lent.as_ref().map(|lent| (lent.solid, lent.topology)).map_err(|error| *error), solid);
        if let Ok(Repaired { solid, surface: Some(surface), .. }) = lent {
            prop_assert!(is_closed(&surface));
            let error = (volume(&surface) - solid.volume).abs();
            prop_assert!(error <= 1e-9 * solid.volume.max(1.0), "{} in place of {}", volume(&surface), solid.volume);
        }
    }
}
