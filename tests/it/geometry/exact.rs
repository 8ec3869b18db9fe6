//! Tests of lattice shapes, whose volume, area and bounds integer arithmetic gives exactly.

use pricing_worker::contract::FindingCode::{self, InvertedMesh, MultipleShells, OverlappingShells};

use super::shapes::{Shape, cube, cuboid, sphere, tetrahedron, torus};
use super::{assert_close, codes, measure, variants};

/// A shape, the volume and the area of its solid, the number of its shells and the findings.
struct Row {
    name: &'static str,
    shape: Shape,
    volume: f64,
    area: f64,
    shells: u64,
    findings: &'static [FindingCode],
}

fn row(name: &'static str, shape: Shape) -> Row {
    let (volume, area) = (shape.volume(), shape.area());
    Row { name, shape, volume, area, shells: 1, findings: &[] }
}

fn rows() -> Vec<Row> {
    let hollow = cube(100).and(cuboid([40; 3], [20; 3]).inside_out());
    let rattle = hollow.clone().and(cuboid([45; 3], [10; 3]));
    vec![
        Row { volume: 1000.0, ..row("cube", cube(10)) },
        Row { volume: 10.0 * 20.0 * 30.0, ..row("box", cuboid([5, 6, 7], [10, 20, 30])) },
        Row { volume: 1000.0 / 6.0, ..row("tetrahedron", tetrahedron(10)) },
        row("sphere", sphere(4000.0, 60, 90)),
        row("torus", torus(3000.0, 1000.0, 48, 96)),
        Row { volume: 1e6 - 8e3, shells: 2, findings: &[MultipleShells], ..row("cube with a cubic cavity", hollow) },
        Row { volume: 1e6 - 8e3 + 1e3, shells: 3, findings: &[MultipleShells], ..row("ball in a rattle", rattle) },
        Row {
            volume: 1e6,
            area: 6e4,
            shells: 2,
            findings: &[MultipleShells],
            ..row("cube inside a cube adds nothing", cube(100).and(cuboid([40; 3], [20; 3])))
        },
        Row {
            volume: 1e6,
            area: 6e4,
            shells: 3,
            findings: &[MultipleShells],
            ..row("cavity inside a cube inside a cube takes nothing away", {
                cube(100).and(cuboid([20; 3], [60; 3])).and(cuboid([40; 3], [20; 3]).inside_out())
            })
        },
        Row {
            volume: 2e6,
            shells: 2,
            findings: &[MultipleShells],
            ..row("two cubes apart", cube(100).and(cube(100).moved([200, 0, 0])))
        },
        Row {
            volume: 2e6,
            shells: 2,
            findings: &[MultipleShells],
            ..row("two cubes with equal faces, not quite touching", cube(100).and(cube(100).moved([101, 0, 0])))
        },
        Row {
            volume: 2e6 - 125e3,
            area: 12e4 - 6.0 * 2500.0,
            shells: 2,
            findings: &[MultipleShells, OverlappingShells],
            ..row("overlapping cubes", cube(100).and(cube(100).moved([50, 50, 50])))
        },
        Row { volume: 1e6, findings: &[InvertedMesh], ..row("cube inside out", cube(100).inside_out()) },
        Row {
            volume: 1e6 - 8e3,
            shells: 2,
            findings: &[InvertedMesh, MultipleShells],
            ..row("hollow cube inside out", cube(100).and(cuboid([40; 3], [20; 3]).inside_out()).inside_out())
        },
        Row {
            volume: 2e6,
            shells: 2,
            findings: &[FindingCode::WindingRepaired, MultipleShells],
            ..row("two cubes, one inside out", cube(100).and(cube(100).moved([200, 0, 0]).inside_out()))
        },
    ]
}

#[test]
fn measures_are_those_of_the_solid() {
    for Row { name, shape, volume, area, shells, findings } in rows() {
        for (variant, shape) in variants(&shape) {
            for (kind, bytes) in [("binary", shape.binary()), ("ascii", shape.ascii())] {
                let what = format!("{name}, {variant}, {kind}");
                let measured = measure(&bytes).unwrap_or_else(|reason| panic!("{what}: {reason}"));
                let geometry = &measured.geometry;
                let [min, max] = shape.bounds();
                assert_eq!(geometry.triangle_count, shape.0.len() as u64, "{what}");
                assert_close(geometry.volume_mm3, volume, 1e-12, &what);
                assert_close(geometry.surface_area_mm2, area, 1e-12, &what);
                assert_eq!([geometry.bounds_mm.min, geometry.bounds_mm.max], [min, max], "{what}");
                assert_eq!(geometry.extents_mm, [0, 1, 2].map(|axis| max[axis] - min[axis]), "{what}");
                assert_eq!(geometry.shell_count, Some(shells), "{what}");
                assert!(geometry.watertight && geometry.winding_consistent, "{what}");
                let edges = (geometry.boundary_edge_count, geometry.non_manifold_edge_count);
                assert_eq!(edges, (Some(0), Some(0)), "{what}");
                let expected: Vec<_> = findings.iter().chain(suspicious(&max, &min)).copied().collect();
                let mut found = codes(&measured);
                found.sort_by_key(|code| expected.iter().position(|other| other == code));
                assert_eq!(found, expected, "{what}");
            }
        }
    }
}

/// The finding of shapes larger than any real part.
fn suspicious(max: &[f64; 3], min: &[f64; 3]) -> &'static [FindingCode] {
    let longest = (0..3).map(|axis| max[axis] - min[axis]).fold(0.0, f64::max);
    if longest > 5000.0 { &[FindingCode::UnitSuspicious] } else { &[] }
}

#[test]
fn the_centroid_is_that_of_the_solid() {
    let hollow = cuboid([0; 3], [100; 3]).and(cuboid([40, 40, 60], [20; 3]).inside_out());
    // By moments: the cavity is 0.8% of the cube, 20 above its centre.
    let hollow_z = (1e6 * 50.0 - 8e3 * 70.0) / (1e6 - 8e3);
    let rows = [
        ("cube", cube(10), [5.0, 5.0, 5.0]),
        ("box far off", cuboid([1_000_000, 0, -500], [10, 20, 30]), [1_000_005.0, 10.0, -485.0]),
        ("tetrahedron", tetrahedron(8), [2.0, 2.0, 2.0]),
        ("cube inside out", cube(10).inside_out(), [5.0, 5.0, 5.0]),
        ("cavity off the centre", hollow, [50.0, 50.0, hollow_z]),
        ("solid inside a solid", cube(100).and(cuboid([70; 3], [20; 3])), [50.0, 50.0, 50.0]),
    ];
    for (name, shape, expected) in rows {
        let centroid = measure(&shape.binary()).unwrap().geometry.centroid_mm;
        for axis in 0..3 {
            let error = (centroid[axis] - expected[axis]).abs();
            assert!(error < 1e-9, "{name}: found {centroid:?}, expected {expected:?}");
        }
    }
}

#[test]
fn a_sphere_tends_to_its_formula() {
    let measured = measure(&sphere(100_000.0, 300, 400).binary()).unwrap();
    let radius: f64 = 100_000.0;
    assert_close(measured.geometry.volume_mm3, 4.0 / 3.0 * std::f64::consts::PI * radius.powi(3), 2e-4, "volume");
    assert_close(measured.geometry.surface_area_mm2, 4.0 * std::f64::consts::PI * radius.powi(2), 2e-4, "area");
}
