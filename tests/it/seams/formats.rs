//! Tests that a format is one file and one row: its models are measured, repaired and refused like those of STL.

use pricing_worker::appraise::{Appraiser, Limits, MeasuredModel};
use pricing_worker::contract::{FindingCode, Position, Reason, RejectionCode, UnitSource};
use pricing_worker::format::{FileFormat, Formats};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{measure, quote_request};
use test_support::shapes::{Shape, cube, cuboid, sphere, torus};

use super::FORMATS_AND_OURS;
use super::point_list::{PointList, written};

static IN_ONE_PIECE: [&dyn FileFormat; 1] = [&PointList { whole_file: true }];

fn measured(formats: Formats, name: &str, bytes: &[u8], chunk: usize) -> Result<MeasuredModel, Reason> {
    let limits = Limits { object_bytes: 1 << 30, topology_triangles: 100_000 };
    let appraiser = Appraiser::new(PriceBook::sample(), limits).reading(formats);
    measure(&appraiser, &quote_request(name), bytes.chunks(chunk))
}

/// Shapes for every step of the repair, and some that need none.
fn shapes() -> Vec<(&'static str, Shape)> {
    let ball = sphere(40.0, 20, 30);
    vec![
        ("a cube", cube(10)),
        ("a torus of many blocks", torus(4000.0, 1500.0, 80, 90)),
        ("a ball with a hole", ball.without(1)),
        ("a ball inside out", ball.inside_out()),
        (
            "a ball of which some triangles are turned",
            Shape([ball.inside_out().0[..50].to_vec(), ball.0[50..].to_vec()].concat()),
        ),
        ("a cavity", cube(40).and(cube(20).moved([10; 3]).inside_out())),
        ("bodies that share an edge", cuboid([0; 3], [10; 3]).and(cuboid([10, 10, 0], [10; 3]))),
        ("a triangle twice", Shape([cube(10).0, cube(10).0[..1].to_vec()].concat())),
    ]
}

#[test]
fn the_same_triangles_are_the_same_model_in_any_format() {
    for (name, shape) in shapes() {
        let stl = measured(&FORMATS_AND_OURS, "model.stl", &shape.binary(), 1 << 20).expect(name);
        for repeated in [false, true] {
            let bytes = written(&shape, "mm", repeated);
            for chunk in [7, 1000, 1 << 20] {
                let list = measured(&FORMATS_AND_OURS, "model.points", &bytes, chunk).expect(name);
                assert_eq!(list.geometry, stl.geometry, "{name}, each point twice: {repeated}, chunks of {chunk}");
                // The file states its unit, so the worker assumes none.
                assert_eq!(list.model.unit.source, UnitSource::File);
                let assumed = |code: &FindingCode| *code == FindingCode::UnitAssumed;
                let codes =
                    |measured: &MeasuredModel| measured.findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
                assert_eq!(codes(&list), codes(&stl).into_iter().filter(|code| !assumed(code)).collect::<Vec<_>>());
            }
        }
        let whole = measured(&IN_ONE_PIECE, "model", &written(&shape, "mm", false), 100).expect(name);
        assert_eq!(whole.geometry, stl.geometry, "{name}, in one piece");
    }
}

#[test]
fn the_files_unit_scales_it() {
    let found = measured(&FORMATS_AND_OURS, "model.points", &written(&cube(2), "inch", false), 50).expect("a cube");
    let side = 2.0 * 25.4;
    assert_eq!(found.geometry.extents_mm, [side; 3]);
    let error = found.geometry.volume_mm3 / (side * side * side) - 1.0;
    assert!(error.abs() < 1e-14, "{error:e}");
}

#[test]
fn a_rejection_has_the_position_of_the_format() {
    let cube = String::from_utf8(written(&cube(10), "mm", false)).expect("text");
    let rows = [
        (cube.replace("face 0 1 2", "face 0 1 99"), RejectionCode::Malformed, Some(Position::Line(11))),
        (cube.replacen("point 10 0 0", "point NaN 0 0", 1), RejectionCode::NonFiniteCoordinate, None),
        ("points mm\n".into(), RejectionCode::EmptyModel, None),
        ("ply\nformat ascii".into(), RejectionCode::UnknownFormat, None),
    ];
    for (text, code, position) in rows {
        let reason = measured(&FORMATS_AND_OURS, "model.points", text.as_bytes(), 1 << 20).expect_err(&text);
        assert_eq!(reason.code, code, "{reason}");
        if position.is_some() {
            assert_eq!(reason.position, position, "{reason}");
        }
    }
    let nan = cube.replacen("point 10 0 0", "point NaN 0 0", 1);
    let line = 1 + nan.lines().position(|line| line.contains("NaN")).expect("it was replaced") as u64;
    let reason = measured(&FORMATS_AND_OURS, "model.points", nan.as_bytes(), 1 << 20).expect_err("NaN");
    assert_eq!(reason.position, Some(Position::Line(line)));
}

#[test]
fn the_message_about_an_unknown_file_lists_the_table() {
    let reason = measured(&FORMATS_AND_OURS, "x", b"%PDF-1.7", 8).expect_err("a document");
    assert_eq!(
        reason.message,
        "this is a PDF document; STL files are read, binary and ASCII; lists of points are read"
    );
}
