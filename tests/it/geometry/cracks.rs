//! Tests of meshes that are open by the count of their edges, and not by their geometry: T-junctions, and cracks that are far
//! smaller than any process can make.

use pricing_worker::contract::FindingCode::{NearVerticesWelded, OpenMesh};
use pricing_worker::mesh::Triangle;
use proptest::prelude::*;

use super::shapes::{Corner, Shape, binary, cube, cuboid};
use super::{assert_close, codes, measure};

/// A box along x, one edge of which is divided at some places in one of its faces only.
fn divided_on_one_side(length: i64, places: &[i64]) -> Shape {
    let whole = cuboid([0; 3], [length, 10, 10]);
    let mut triangles: Vec<[Corner; 3]> =
        whole.0.into_iter().filter(|triangle| !triangle.iter().all(|corner| corner[1] == 0)).collect();
    let ends: Vec<Corner> = [0].iter().chain(places).chain(&[length]).map(|&place| [place, 0, 0]).collect();
    let opposite = [0, 0, 10];
    triangles.extend(ends.windows(2).map(|pair| [pair[0], pair[1], opposite]));
    triangles.push([[length, 0, 0], [length, 0, 10], opposite]);
    Shape(triangles)
}

/// A cube of 12 of which each face has a grid of its own: most edges of one face end on edges of another.
fn cube_of_grids(counts: [i64; 6]) -> Shape {
    let mut triangles = Vec::new();
    for (face, count) in counts.into_iter().enumerate() {
        let (axis, is_upper) = (face / 2, face % 2 == 1);
        let step = 12 / count;
        let corner = |u: i64, v: i64| {
            let mut corner = [0; 3];
            corner[axis] = if is_upper { 12 } else { 0 };
            corner[(axis + 1) % 3] = u * step;
            corner[(axis + 2) % 3] = v * step;
            corner
        };
        for (u, v) in (0..count).flat_map(|u| (0..count).map(move |v| (u, v))) {
            let [a, b, c, d] = [corner(u, v), corner(u + 1, v), corner(u + 1, v + 1), corner(u, v + 1)];
            triangles.extend(if is_upper { [[a, b, c], [a, c, d]] } else { [[a, c, b], [a, d, c]] });
        }
    }
    Shape(triangles)
}

/// The triangles turned about an axis that is along no coordinate, and rounded to `f32`.
fn rotated(triangles: &[Triangle]) -> Vec<Triangle> {
    let rotation = nalgebra::Rotation3::from_euler_angles(0.3, 0.7, 1.1);
    let turn = |corner: [f32; 3]| {
        let turned = rotation * nalgebra::Vector3::from(corner.map(f64::from));
        [turned.x as f32, turned.y as f32, turned.z as f32]
    };
    triangles.iter().map(|triangle| triangle.map(turn)).collect()
}

#[test]
fn a_vertex_on_an_edge_opens_nothing() {
    let chain: Vec<i64> = (1..1000).collect();
    let rows: [(&str, i64, &[i64]); 4] = [
        ("one vertex", 20, &[7]),
        ("vertices that are not evenly spaced", 20, &[1, 2, 11]),
        ("beside the ends", 1000, &[1, 999]),
        ("a long chain", 1000, &chain),
    ];
    for (name, length, places) in rows {
        let shape = divided_on_one_side(length, places);
        let volume = 100.0 * length as f64;
        for shape in [shape.clone(), shape.shuffled(), shape.turned(), shape.mirrored(), shape.moved([-70_000, 3, 0])] {
            let measured = measure(&shape.binary()).unwrap_or_else(|reason| panic!("{name}: {reason}"));
            assert_close(measured.geometry.volume_mm3, volume, 1e-12, name);
            assert_eq!(measured.geometry.boundary_edge_count, Some(0), "{name}");
            assert_eq!((measured.geometry.watertight, measured.geometry.shell_count), (true, Some(1)), "{name}");
            assert_eq!(codes(&measured), [], "{name}");
        }
        // Rounding puts the vertices beside the edge.
        let measured = measure(&binary(&rotated(&shape.triangles()))).unwrap();
        assert_close(measured.geometry.volume_mm3, volume, 1e-5, name);
        assert!(measured.geometry.watertight, "{name}, rotated: {:?}", measured.findings);
    }
}

#[test]
fn a_line_that_joins_edges_is_no_triangle() {
    // The line makes every edge a pair, but for the winding.
    let shape = divided_on_one_side(20, &[7]).and(Shape(vec![[[0, 0, 0], [20, 0, 0], [7, 0, 0]]]));
    for shape in [shape.clone(), shape.shuffled(), shape.inside_out()] {
        let measured = measure(&shape.binary()).unwrap();
        assert_close(measured.geometry.volume_mm3, 2000.0, 1e-12, "volume");
        assert!(measured.geometry.watertight && !codes(&measured).contains(&OpenMesh));
    }
}

#[test]
fn a_hole_beside_t_junctions_is_still_a_hole() {
    let shape = divided_on_one_side(20, &[5, 10]);
    let open = Shape(shape.0[1..].to_vec());
    let measured = measure(&open.binary()).unwrap();
    assert!(codes(&measured).contains(&OpenMesh));
    assert_close(measured.geometry.volume_mm3, 2000.0, 1e-12, "the hole is flat");
}

/// A box whose faces lie further out than they should, by a distance that differs from face to face.
fn exploded(size: [f32; 3], gap: f32) -> Vec<Triangle> {
    let faces = cube(1).triangles();
    let face = |(number, triangle): (usize, &Triangle)| {
        let axis = (0..3).find(|&axis| triangle.iter().all(|corner| corner[axis] == triangle[0][axis])).unwrap();
        triangle.map(|corner| {
            let mut corner = [0, 1, 2].map(|axis| corner[axis] * size[axis]);
            let by = gap * [1.0, 0.8, 0.9][number / 2 % 3];
            corner[axis] += if corner[axis] > 0.0 { by } else { -by };
            corner
        })
    };
    faces.iter().enumerate().map(face).collect()
}

#[test]
fn faces_that_nearly_meet_are_stitched() {
    let rows = [
        ("2 µm of 20 mm", [20.0; 3], 0.002),
        ("0.3 µm of 20 mm", [20.0; 3], 0.0003),
        ("10 µm of 100 mm", [100.0, 60.0, 30.0], 0.01),
        ("10 µm of a plate of 2 mm", [100.0, 60.0, 2.0], 0.01),
    ];
    for (name, size, gap) in rows {
        let triangles = exploded(size, gap);
        let moved: Vec<Triangle> =
            triangles.iter().map(|triangle| triangle.map(|[x, y, z]| [x + 300.0, y, z - 8.0])).collect();
        for (way, triangles) in [("as it is", triangles.clone()), ("rotated", rotated(&triangles)), ("moved", moved)] {
            let measured = measure(&binary(&triangles)).unwrap_or_else(|reason| panic!("{name}, {way}: {reason}"));
            let what = format!("{name}, {way}");
            let volume: f32 = size.iter().product();
            let slack = 3.0 * size.iter().map(|side| f64::from(gap / side)).sum::<f64>();
            assert_close(measured.geometry.volume_mm3, volume.into(), slack, &what);
            assert!(measured.geometry.watertight, "{what}: {:?}", measured.findings);
            assert_eq!(codes(&measured), [NearVerticesWelded], "{what}");
        }
    }
}

#[test]
fn faces_that_are_apart_are_not_stitched() {
    let rows = [
        // What is left of the solid is for a person to see.
        ("60 µm of 100 mm", [100.0; 3], 0.06),
        ("a plate as thin as the gap", [100.0, 100.0, 0.012], 0.01),
    ];
    for (name, size, gap) in rows {
        let measured = measure(&binary(&exploded(size, gap)));
        let is_welded = measured.is_ok_and(|measured| codes(&measured).contains(&NearVerticesWelded));
        assert!(!is_welded, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn faces_with_grids_of_their_own_make_a_cube(
        counts in prop::array::uniform6(prop::sample::select(vec![1_i64, 2, 3, 4, 6, 12])),
        is_moved in any::<bool>(),
    ) {
        let shape = cube_of_grids(counts);
        let shape = if is_moved { shape.moved([10_000, 0, -500]) } else { shape };
        for shape in [shape.clone(), shape.shuffled(), shape.diagonal()] {
            let measured = measure(&shape.binary()).unwrap();
            assert_close(measured.geometry.volume_mm3, shape.volume(), 1e-9, "volume");
            prop_assert!(measured.geometry.watertight, "{:?}", measured.findings);
            prop_assert_eq!(measured.geometry.shell_count, Some(1));
        }
        let measured = measure(&binary(&rotated(&shape.triangles()))).unwrap();
        prop_assert!(measured.geometry.watertight, "rotated: {:?}", measured.findings);
        assert_close(measured.geometry.volume_mm3, 1728.0, 1e-3, "rotated");
    }
}
