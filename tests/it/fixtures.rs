//! Generates the files in fixtures/, and compares them with the committed ones.
//!
//! `UPDATE_FIXTURES=1 cargo test --test it fixtures` writes them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pricing_worker::contract::RejectionCode;
use pricing_worker::mesh::Triangle;
use serde_json::json;
use test_support::formats::{IndexedMesh, glb_file, glb_of_nodes};

use crate::geometry::measure;
use crate::geometry::shapes::{Shape, ascii, binary, cube, cuboid, sphere, torus};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Asserts that a committed file has these bytes; with `UPDATE_FIXTURES`, writes it instead.
#[track_caller]
pub fn assert_current(name: &str, bytes: &[u8]) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    let found = std::fs::read(&path).unwrap_or_default();
    assert!(
        found == bytes,
        "fixtures/{name} is not what this version makes: run UPDATE_FIXTURES=1 cargo test --test it"
    );
}

/// The corners in millimetres of a shape in micrometres.
fn millimetres(shape: &Shape) -> Vec<Triangle> {
    let scale = |corner: [i64; 3]| corner.map(|coordinate| coordinate as f32 / 1000.0);
    shape.0.iter().map(|triangle| triangle.map(scale)).collect()
}

/// Models that the worker prices.
fn models() -> Vec<(&'static str, Vec<u8>)> {
    let cavity = cuboid([10; 3], [20; 3]).inside_out();
    let mut mixed = cube(20);
    mixed.0[4].swap(0, 1);
    let crlf = |text: Vec<u8>| String::from_utf8(text).unwrap().replace('\n', "\r\n").into_bytes();
    let two_solids = [ascii(&cube(10).triangles()), ascii(&cube(10).moved([20, 0, 0]).triangles())].concat();
    let mut solid_header = binary(&millimetres(&sphere(10_000.0, 24, 48)));
    solid_header[..80].copy_from_slice(&[&b"solid sphere, but binary"[..], &[b' '; 56]].concat());
    vec![
        ("cube-10mm-binary.stl", cube(10).binary()),
        ("cube-10mm-ascii.stl", cube(10).ascii()),
        ("cube-10mm-far-from-the-origin.stl", cube(10).moved([1_000_000, 0, 0]).binary()),
        ("cube-20mm-one-triangle-turned.stl", mixed.binary()),
        ("cube-30mm-inside-out.stl", cube(30).inside_out().binary()),
        ("cube-40mm-cavity-20mm.stl", cube(40).and(cavity).binary()),
        ("cube-400mm-too-large-to-build.stl", cube(400).binary()),
        ("cubes-two-overlapping.stl", cube(20).and(cube(20).moved([10, 10, 10])).binary()),
        ("cubes-two-solids-ascii-crlf.stl", crlf(two_solids)),
        ("links-three-copies-and-a-ring.glb", links()),
        ("box-without-lid.stl", cuboid([0; 3], [30, 20, 10]).without(2).binary()),
        ("ring-18mm-inner-3mm-thick.stl", binary(&millimetres(&torus(10_500.0, 1_500.0, 24, 96)))),
        ("sphere-10mm-header-says-solid.stl", solid_header),
        ("plate-60x40mm-thin-0.3mm.stl", binary(&millimetres(&cuboid([0; 3], [60_000, 40_000, 300])))),
    ]
}

/// Three links of a chain, which are copies of one mesh, and a ring, in metres.
fn links() -> Vec<u8> {
    let link = IndexedMesh::of(&millimetres(&torus(6.0, 1.0, 12, 24)));
    let ring = IndexedMesh::of(&millimetres(&torus(9.0, 1.0, 12, 32)));
    let turned = [0.5_f32.sqrt(), 0.0, 0.0, 0.5_f32.sqrt()];
    let nodes = json!([
        { "mesh": 0, "name": "first" }, { "mesh": 1, "translation": [0.02, 0, 0] },
        { "mesh": 0, "translation": [0, 0.02, 0], "rotation": turned }, { "mesh": 0, "scale": [1, 1, -1], "translation": [0, 0.04, 0] }
    ]);
    glb_of_nodes(&[("link", &link), ("ring", &ring)], &nodes)
}

/// A cube whose mesh is compressed.
fn draco() -> Vec<u8> {
    let document = json!({ "asset": { "version": "2.0" }, "extensionsRequired": ["KHR_draco_mesh_compression"] });
    glb_file(&document, vec![0; 64])
}

/// Models that the worker rejects, named by the code and the defect.
fn rejected() -> Vec<(&'static str, Vec<u8>)> {
    let cube_binary = cube(10).binary();
    let cube_text = String::from_utf8(cube(10).ascii()).unwrap();
    let with_bytes = |place: usize, bytes: [u8; 4]| [&cube_binary[..place], &bytes, &cube_binary[place + 4..]].concat();
    let with_text = |from: &str, to: &str| cube_text.replacen(from, to, 1).into_bytes();
    let until = |place: &str| cube_text.as_bytes()[..cube_text.find(place).unwrap()].to_vec();
    let flat = Shape(vec![[[0, 0, 0], [9, 0, 0], [0, 9, 0]], [[0, 0, 0], [0, 9, 0], [9, 0, 0]]]);
    let third_vertex = cube_text.lines().nth(5).unwrap();
    vec![
        ("empty_model--empty-file.stl", vec![]),
        ("empty_model--header-only.stl", vec![0; 84]),
        ("empty_model--no-facets.stl", b"solid nothing\nendsolid nothing\n".to_vec()),
        ("malformed--second-file-cut.stl", [&cube_binary[..], &cube_binary[..400]].concat()),
        ("malformed--two-vertices-in-a-loop.stl", with_text(&format!("{third_vertex}\n"), "")),
        ("malformed--word-for-a-number.stl", with_text("vertex 0e0", "vertex width")),
        ("no_volume--flat-sheet.stl", flat.binary()),
        ("no_volume--one-triangle.stl", cube(10).without(11).binary()),
        ("non_finite_coordinate--infinity.stl", with_bytes(96, f32::INFINITY.to_le_bytes())),
        ("non_finite_coordinate--nan-in-text.stl", with_text("vertex 0e0", "vertex nan")),
        ("non_finite_coordinate--nan.stl", with_bytes(96, f32::NAN.to_le_bytes())),
        ("truncated--count-larger-than-the-file.stl", with_bytes(80, 13_u32.to_le_bytes())),
        ("truncated--cut-in-a-loop.stl", until("endloop")),
        ("truncated--cut-in-a-triangle.stl", cube_binary[..560].to_vec()),
        ("truncated--cut-in-the-header.stl", cube_binary[..60].to_vec()),
        ("truncated--million-triangles-in-84-bytes.stl", [&[0; 80][..], &1_000_000_u32.to_le_bytes()].concat()),
        ("unsupported_feature--compressed-by-draco.glb", draco()),
        ("unsupported_feature--gltf-as-text.gltf", b"{\n  \"asset\": { \"version\": \"2.0\" }\n}\n".to_vec()),
        ("unknown_format--image.stl", [&b"\x89PNG\r\n\x1a\n"[..], &[0; 100]].concat()),
        (
            "unknown_format--random-bytes.stl",
            (0..500_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect(),
        ),
    ]
}

#[test]
fn models_are_current_and_measured() {
    for (name, bytes) in models() {
        assert_current(&format!("models/{name}"), &bytes);
        measure(&bytes).unwrap_or_else(|reason| panic!("{name}: {reason}"));
    }
    assert_only("models", models().iter().map(|(name, _)| *name));
}

#[test]
fn rejected_models_are_current_and_rejected_as_they_say() {
    for (name, bytes) in rejected() {
        assert_current(&format!("rejected/{name}"), &bytes);
        let code: RejectionCode = serde_json::from_value(name.split("--").next().unwrap().into()).unwrap();
        assert_eq!(measure(&bytes).expect_err(name).code, code, "{name}");
    }
    assert_only("rejected", rejected().iter().map(|(name, _)| *name));
}

/// Asserts that a folder below fixtures/ has no other files.
#[track_caller]
pub fn assert_only<'a>(subfolder: &str, names: impl Iterator<Item = &'a str>) {
    let entries = std::fs::read_dir(folder().join(subfolder)).unwrap();
    let found: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, names.map(str::to_owned).collect(), "fixtures/{subfolder}");
}

#[test]
fn fixtures_stay_small() {
    fn size(folder: &Path) -> u64 {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries
            .map(|entry| if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().unwrap().len() })
            .sum()
    }
    let bytes = size(&folder());
    assert!(bytes < 2_000_000, "fixtures/ has {bytes} bytes");
}
