//! Tests that a model is the same in every format that its triangles are written in.

use pricing_worker::appraise::{Appraiser, MeasuredModel};
use pricing_worker::contract::{Format, Unit};
use pricing_worker::mesh::Triangle;
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{self, quote_request};
use test_support::formats::{IndexedMesh, utf16};
use test_support::shapes::{ascii, binary};

use super::LIMITS;
use super::shapes::{Shape, cube, cuboid, sphere, torus};
use crate::fixtures::folder;

/// The triangles in each format.
fn written(triangles: &[Triangle]) -> Vec<(Format, Vec<u8>)> {
    let mesh = IndexedMesh::of(triangles);
    vec![
        (Format::Stl, binary(triangles)),
        (Format::Stl, ascii(triangles)),
        (Format::Stl, utf16(&ascii(triangles), false)),
        (Format::Obj, mesh.obj()),
        (Format::Obj, utf16(&mesh.obj(), true)),
        (Format::Obj, utf16(&mesh.obj(), false)),
        (Format::Ply, mesh.ply_text()),
        (Format::Ply, mesh.ply_binary()),
        (Format::Off, mesh.off()),
        (Format::Glb, mesh.glb()),
    ]
}

/// Measures a file in metres, as GLB is.
fn measured(bytes: &[u8], chunk_bytes: usize) -> MeasuredModel {
    let mut request = quote_request("model");
    request.unit = Some(Unit::M);
    let appraiser = Appraiser::new(PriceBook::sample(), LIMITS);
    appraising::measure(&appraiser, &request, bytes.chunks(chunk_bytes)).expect("a solid")
}

#[test]
fn a_model_is_the_same_in_every_format() {
    // Coordinates that no decimal number has exactly, and thousands of triangles.
    let fine = |shape: &Shape| -> Vec<Triangle> {
        shape.triangles().into_iter().map(|face| face.map(|corner| corner.map(|axis| axis / 7000.0))).collect()
    };
    let ball = sphere(40.0, 20, 30);
    let rows = [
        ("a cube", cube(10).triangles()),
        ("a torus of thousands of triangles", fine(&torus(4000.0, 1500.0, 80, 90))),
        ("a ball with a hole", fine(&ball.without(1))),
        ("a ball inside out", fine(&ball.inside_out())),
        ("a cavity", cube(40).and(cube(20).moved([10; 3]).inside_out()).triangles()),
        ("boxes that overlap", cube(20).and(cuboid([10; 3], [20; 3])).triangles()),
    ];
    for (name, triangles) in rows {
        let expected = measured(&binary(&triangles), usize::MAX);
        for (format, bytes) in written(&triangles) {
            for chunk_bytes in [977, usize::MAX] {
                let found = measured(&bytes, chunk_bytes);
                assert_eq!(found.model.format, format, "{name}");
                assert_eq!(found.geometry, expected.geometry, "{name} in {format}, in chunks of {chunk_bytes} bytes");
            }
        }
    }
}

/// Six nodes within one another, some mirrored, that place three meshes: written by trimesh 5.2.0, which measured each node's mesh by
/// itself too. In metres.
#[test]
fn a_scene_is_measured_as_by_another_program() {
    const VOLUME: f64 = 0.000_445_228_285_617_505_1;
    const AREA: f64 = 0.077_756_214_384_169_96;
    const BOUNDS: [[f64; 3]; 2] = [
        [-0.369_865_387_912_324_7, -0.192_113_268_252_095_38, -0.304_534_785_023_418_74],
        [0.024_150_115_134_579_52, 0.317_820_194_502_683_56, 0.385_283_389_041_905_3],
    ];
    let bytes = std::fs::read(folder().join("scenes/nested-and-mirrored.glb")).expect("it is committed");
    let geometry = super::measure(&bytes).expect("six bodies").geometry;
    assert_eq!((geometry.triangle_count, geometry.shell_count), (568, Some(6)));
    assert!(geometry.watertight && geometry.winding_consistent);
    super::assert_close(geometry.volume_mm3, VOLUME * 1e9, 1e-6, "volume");
    super::assert_close(geometry.surface_area_mm2, AREA * 1e6, 1e-6, "area");
    for (found, expected) in [geometry.bounds_mm.min, geometry.bounds_mm.max].iter().zip(BOUNDS) {
        for axis in 0..3 {
            super::assert_close(found[axis], expected[axis] * 1e3, 1e-6, "bounds");
        }
    }
    let parts = geometry.parts.iter().map(|part| (part.name.as_deref(), part.copies, part.triangle_count));
    assert_eq!(parts.collect::<Vec<_>>(), [(Some("box"), 2, 12), (Some("ball"), 2, 80), (Some("torus"), 2, 192)]);
}
