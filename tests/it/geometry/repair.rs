//! Tests of the repair: meshes with one defect each, their findings, and their measures after the repair.

use pricing_worker::contract::FindingCode::{
    DegenerateTriangles, MultipleShells, NearVerticesWelded, OpenMesh, UnitSuspicious, WindingRepaired,
};
use pricing_worker::contract::{RejectionCode, Severity};
use pricing_worker::mesh::Triangle;

use super::shapes::{Shape, binary, cube, sphere};
use super::{assert_close, codes, measure};

#[test]
fn an_open_mesh_is_closed_and_its_volume_does_not_depend_on_the_origin() {
    let rows = [
        // A lid of two triangles is missing. A fan about the middle of the square closes it exactly.
        ("open box", cube(100).without(2), 1e6, 4),
        // One triangle is missing.
        ("cube with a triangular hole", cube(100).without(1), 1e6, 3),
    ];
    for (name, shape, volume, boundary) in rows {
        for shape in [shape.clone(), shape.moved([5_000_000, 3_000_000, 0]), shape.shuffled(), shape.mirrored()] {
            let measured = measure(&shape.binary()).unwrap();
            assert_close(measured.geometry.volume_mm3, volume, 1e-12, name);
            assert_close(measured.geometry.surface_area_mm2, 6e4, 1e-12, name);
            assert_eq!(measured.geometry.boundary_edge_count, Some(boundary), "{name}");
            assert!(!measured.geometry.watertight && measured.geometry.winding_consistent, "{name}");
            assert_eq!(codes(&measured), [OpenMesh], "{name}");
            assert!(measured.findings.iter().any(|finding| finding.severity == Severity::Review), "{name}");
        }
    }
}

#[test]
fn a_mesh_that_is_mostly_hole_has_no_volume() {
    let flat = Shape(vec![[[0, 0, 0], [10, 0, 0], [0, 10, 0]], [[0, 0, 0], [0, 10, 0], [10, 0, 0]]]);
    let rows = [
        ("one triangle", cube(10).without(11)),
        ("one square", cube(10).without(10)),
        ("a flat sheet, both sides", flat),
        ("half a cube", cube(10).without(6)),
        ("a Möbius strip", moebius()),
    ];
    for (name, shape) in rows {
        let reason = measure(&shape.binary()).expect_err(name);
        assert_eq!(reason.code, RejectionCode::NoVolume, "{name}: {reason}");
    }
}

/// A strip of triangles whose ends are joined after half a turn: a Möbius strip.
fn moebius() -> Shape {
    let corner = |step: i64, side: i64| {
        // After one round the sides have changed places.
        let (step, side) = if step >= 12 { (step - 12, 1 - side) } else { (step, side) };
        let around = std::f64::consts::TAU * step as f64 / 12.0;
        let (width, height) = ((around / 2.0).cos() * 30.0, (around / 2.0).sin() * 30.0);
        let offset = if side == 0 { 1.0 } else { -1.0 };
        let radius = 100.0 + offset * width;
        [radius * around.cos(), radius * around.sin(), offset * height].map(|coordinate| coordinate.round() as i64)
    };
    let cells = (0..12).flat_map(|step| {
        let [a, b, c, d] = [corner(step, 0), corner(step + 1, 0), corner(step, 1), corner(step + 1, 1)];
        [[a, b, c], [b, d, c]]
    });
    Shape(cells.collect())
}

#[test]
fn mixed_winding_is_repaired_shell_by_shell() {
    for turned in [vec![0], vec![0, 3, 7], (0..12).step_by(2).collect(), (1..12).collect()] {
        let mut shape = cube(100).and(sphere(30.0, 8, 12).moved([300, 0, 0]));
        let volume = shape.volume();
        for &triangle in &turned {
            shape.0[triangle].swap(0, 1);
        }
        for shape in [shape.clone(), shape.shuffled(), shape.mirrored()] {
            let measured = measure(&shape.binary()).unwrap();
            assert_close(measured.geometry.volume_mm3, volume, 1e-12, "volume");
            assert!(measured.geometry.watertight && !measured.geometry.winding_consistent);
            assert_eq!(codes(&measured), [WindingRepaired, MultipleShells], "turned {turned:?}");
        }
    }
}

#[test]
fn cracks_of_a_rounding_exporter_are_welded() {
    // Every corner of every triangle has its own rounding error, as in text with six digits.
    let shape = sphere(4000.0, 30, 40);
    let mut number = 0_u32;
    let cracked: Vec<Triangle> = shape
        .triangles()
        .iter()
        .map(|triangle| {
            triangle.map(|corner| {
                corner.map(|coordinate| {
                    number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if coordinate == 0.0 { 0.0 } else { f32::from_bits(coordinate.to_bits() + (number >> 30)) }
                })
            })
        })
        .collect();
    let measured = measure(&binary(&cracked)).unwrap();
    let geometry = &measured.geometry;
    assert_eq!((geometry.boundary_edge_count, geometry.shell_count), (Some(0), Some(1)));
    assert!(geometry.watertight);
    assert_eq!(codes(&measured), [UnitSuspicious, NearVerticesWelded]);
    assert_close(geometry.volume_mm3, shape.volume(), 1e-6, "volume");
}

#[test]
fn detail_is_not_welded_away() {
    // A gap of a thousandth of the size between two cubes is far more than rounding.
    let shape = cube(1000).and(cube(1000).moved([1001, 0, 0])).without(2);
    let measured = measure(&shape.binary()).unwrap();
    assert_eq!(measured.geometry.shell_count, Some(2));
    assert_eq!(codes(&measured), [OpenMesh, MultipleShells]);
    assert_close(measured.geometry.volume_mm3, 2e9, 1e-12, "volume");
}

#[test]
fn degenerate_triangles_are_counted_and_change_nothing() {
    let cube = cube(100);
    let needle = [[0, 0, 0], [50, 0, 0], [100, 0, 0]];
    let point = [[100, 100, 100]; 3];
    let line = [[0, 0, 0], [0, 0, 0], [100, 0, 0]];
    let rows = [("a point and a line", vec![point, line], 2, vec![DegenerateTriangles]), ("none", vec![], 0, vec![])];
    for (name, extra, count, findings) in rows {
        let measured = measure(&cube.clone().and(Shape(extra)).binary()).unwrap();
        assert_eq!(measured.geometry.degenerate_triangle_count, count, "{name}");
        assert_close(measured.geometry.volume_mm3, 1e6, 1e-12, name);
        assert!(measured.geometry.watertight, "{name}");
        assert_eq!(codes(&measured), findings, "{name}");
    }
    // A needle has three different corners, so it does have edges.
    let measured = measure(&cube.and(Shape(vec![needle])).binary()).unwrap();
    assert_eq!(measured.geometry.degenerate_triangle_count, 1);
    assert_close(measured.geometry.volume_mm3, 1e6, 1e-9, "needle");
}
