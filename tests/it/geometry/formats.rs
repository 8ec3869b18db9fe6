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
