//! Files of other formats than STL that programs trip over, and the table of them in docs/formats.md.
//!
//! `UPDATE_FIXTURES=1 tests/run traps` writes the files and the table; docs/peers.py asks the other programs.

use std::fmt::Write;
use std::path::Path;

use bench_report::marks::replaced;
use pricing_worker::appraise::MeasuredModel;
use pricing_worker::contract::{Reason, RejectionCode};
use serde_json::json;
use test_support::formats::{IndexedMesh, glb_of_nodes, utf16};
use test_support::packing::{Zipped, gzip, zip};
use test_support::shapes::{Shape, cube};

use super::slicers::prusa_volume;
use super::threemf::moved;
use super::threemf_files::{components, cube as cube_mesh, cube_model, items, model, object, package, package_with};
use super::{amf, measure_as};
use crate::fixtures::{assert_current, assert_only};
use crate::geometry::kinds::{finding_codes, review_required};
use crate::peers::{Peers, volume_text};
use crate::project::{assert_none, read};

const DOCUMENT: &str = "../docs/formats.md";
const PEERS: &str = "docs/formats/peers.json";
/// How far a volume may be off: coordinates in inches and metres are rounded to 32 bits, and other programs print six digits.
const TOLERANCE: f64 = 1e-6;
const TOLERANCE_OF_PEERS: f64 = 1e-5;

/// A file that programs trip over.
struct Trap {
    /// The name of its file.
    name: &'static str,
    /// What is in it.
    what: &'static str,
    file: Vec<u8>,
    right: Right,
}

/// The right answer.
#[derive(Clone, Copy)]
enum Right {
    /// The volume, in mm³.
    Volume(f64),
    Rejected(RejectionCode),
}

fn all() -> Vec<Trap> {
    [small_formats(), threemf(), amf(), archives()].into_iter().flatten().collect()
}

fn solid(name: &'static str, what: &'static str, file: Vec<u8>, volume: f64) -> Trap {
    Trap { name, what, file, right: Right::Volume(volume) }
}

fn rejected(name: &'static str, what: &'static str, file: Vec<u8>, code: RejectionCode) -> Trap {
    Trap { name, what, file, right: Right::Rejected(code) }
}

fn small_formats() -> Vec<Trap> {
    let obj = String::from_utf8(mesh(&cube(10)).obj()).expect("it is text");
    vec![
        solid(
            "obj-numbers-from-the-end.obj",
            "two blocks, with corners counted back from each",
            counted_back(),
            2000.0,
        ),
        solid(
            "obj-continued-lines.obj",
            "lines that go on behind a backslash",
            obj.replace("f ", "f \\\n").into_bytes(),
            1000.0,
        ),
        solid("obj-utf-16.obj", "text in UTF-16", utf16(obj.as_bytes(), false), 1000.0),
        solid("ply-strips.ply", "strips of triangles", strips(), 1000.0),
        solid(
            "ply-big-endian.ply",
            "highest byte first, coordinates of 64 bits, a list before them",
            big_endian(),
            1000.0,
        ),
        solid("off-colours.off", "a colour behind each vertex and each face", coloured_off(), 1000.0),
        solid(
            "glb-metres.glb",
            "a cube of 0.01 m: the unit of glTF is the metre",
            glb(&json!([{ "mesh": 0 }])),
            1000.0,
        ),
        solid(
            "glb-mirrored.glb",
            "a node that mirrors its mesh",
            glb(&json!([{ "mesh": 0, "scale": [-1, 1, 1] }])),
            1000.0,
        ),
        solid(
            "glb-placed-twice.glb",
            "a mesh that two nodes place",
            glb(&json!([{ "mesh": 0 }, { "mesh": 0, "translation": [0.02, 0, 0] }])),
            2000.0,
        ),
    ]
}

fn threemf() -> Vec<Trap> {
    let one = object(1, &cube_mesh(10.0));
    let pair = object(2, &components(&[(1, ""), (1, &moved(20.0))]));
    let pairs = object(3, &components(&[(2, ""), (2, "1 0 0 0 1 0 0 0 1 0 50 0")]));
    let built = |resources: &[&str], placed: &[(u32, &str)]| package(&model("", &resources.concat(), &items(placed)));
    let support = format!("<object id=\"4\" type=\"support\">{}</object>", cube_mesh(5.0));
    let in_other_file =
        "<object id=\"1\"><components><component p:path=\"/3D/part.model\" objectid=\"1\"/></components></object>";
    let in_other_file = model("requiredextensions=\"p\"", in_other_file, &items(&[(1, "")]));
    let other_file = model("", &one, "");
    let unknown = "requiredextensions=\"x\" xmlns:x=\"urn:new\"";
    vec![
        solid("3mf-inches.3mf", "a cube of ten inches", package(&cube_model("unit=\"inch\"")), 16_387_064.0),
        solid(
            "3mf-copies-of-copies.3mf",
            "components of components",
            built(&[&one, &pair, &pairs], &[(3, "")]),
            4000.0,
        ),
        solid(
            "3mf-mirrored.3mf",
            "a transform that mirrors",
            built(&[&one], &[(1, "-1 0 0 0 1 0 0 0 1 0 0 0")]),
            1000.0,
        ),
        solid("3mf-not-built.3mf", "an object that is not built", built(&[&one, &pair], &[(1, "")]), 1000.0),
        solid(
            "3mf-support.3mf",
            "a support that is built beside the model",
            built(&[&one, &support], &[(1, ""), (4, &moved(20.0))]),
            1000.0,
        ),
        solid(
            "3mf-modifier.3mf",
            "a volume of PrusaSlicer that modifies others, half within the part",
            prusa_volume("ParameterModifier"),
            1000.0,
        ),
        solid(
            "3mf-part-in-other-file.3mf",
            "an object in another file of the package",
            package_with(&in_other_file, &[("3D/part.model", &other_file)]),
            1000.0,
        ),
        rejected(
            "3mf-negative-volume.3mf",
            "a volume that PrusaSlicer takes away from the part",
            prusa_volume("NegativeVolume"),
            RejectionCode::UnsupportedFeature,
        ),
        rejected(
            "3mf-required-extension.3mf",
            "an extension that is required, of a kind that nobody knows",
            package(&cube_model(unknown)),
            RejectionCode::UnsupportedFeature,
        ),
    ]
}

fn amf() -> Vec<Trap> {
    let cube = amf::object(1, &[0.0]);
    let twice = amf::constellation(2, &[(1, ""), (1, "<deltax>20</deltax>")]);
    let volumes = [amf::volume("", 0, ""), amf::volume("type=\"support\"", 1, "")].concat();
    let supported = format!("<object id=\"1\"><mesh>{}{volumes}</mesh></object>", amf::vertices(&[0.0, 5.0]));
    let curved = cube.replace("</vertices>", "<edge><v1>0</v1><v2>1</v2></edge></vertices>");
    vec![
        solid("amf-inches.amf", "a cube of ten inches", amf::amf("unit=\"inch\"", &cube).into_bytes(), 16_387_064.0),
        solid("amf-constellation.amf", "an object that is placed twice", amf::file(&[cube, twice].concat()), 2000.0),
        solid("amf-support.amf", "a support beside the model", amf::file(&supported), 1000.0),
        rejected("amf-curved.amf", "triangles that edges curve", amf::file(&curved), RejectionCode::UnsupportedFeature),
    ]
}

fn archives() -> Vec<Trap> {
    vec![
        solid("stl-gzipped.stl.gz", "an STL file in a gzip file", gzip(&cube(10).binary()), 1000.0),
        solid("zip-of-one-model.zip", "a model and its description", archive(&["a.stl", "about.txt"]), 1000.0),
        rejected(
            "zip-of-two-models.zip",
            "two models: which one is meant",
            archive(&["a.stl", "b.stl"]),
            RejectionCode::SeveralModels,
        ),
    ]
}

fn mesh(shape: &Shape) -> IndexedMesh {
    IndexedMesh::of(&shape.triangles())
}

/// Two cubes beside one another, each with its own vertices, which its faces count from the last one back.
fn counted_back() -> Vec<u8> {
    let mut text = String::new();
    for shape in [cube(10), cube(10).moved([20, 0, 0])] {
        let IndexedMesh { points, triangles } = mesh(&shape);
        for [x, y, z] in &points {
            let _ = writeln!(text, "v {x} {y} {z}");
        }
        for corners in triangles {
            let [a, b, c] = corners.map(|corner| i64::from(corner) - i64::try_from(points.len()).expect("a few"));
            let _ = writeln!(text, "f {a} {b} {c}");
        }
    }
    text.into_bytes()
}

/// A cube of which each triangle is a strip of its own.
fn strips() -> Vec<u8> {
    let IndexedMesh { points, triangles } = mesh(&cube(10));
    let mut text = format!(
        "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n\
         element tristrips 1\nproperty list int int vertex_indices\nend_header\n",
        points.len()
    );
    for [x, y, z] in &points {
        let _ = writeln!(text, "{x} {y} {z}");
    }
    let _ = write!(text, "{}", 4 * triangles.len() - 1);
    for (number, [a, b, c]) in triangles.iter().enumerate() {
        let _ = write!(text, "{} {a} {b} {c}", if number == 0 { "" } else { " -1" });
    }
    text.push('\n');
    text.into_bytes()
}

fn big_endian() -> Vec<u8> {
    let IndexedMesh { points, triangles } = mesh(&cube(10));
    let mut bytes = format!(
        "ply\nformat binary_big_endian 1.0\nelement vertex {}\nproperty list uchar short marks\nproperty double x\n\
         property double y\nproperty double z\nelement face {}\nproperty list uchar uint vertex_index\nend_header\n",
        points.len(),
        triangles.len()
    )
    .into_bytes();
    for (number, point) in points.iter().enumerate() {
        let marks = vec![7_i16; number % 3];
        bytes.push(marks.len() as u8);
        bytes.extend(marks.iter().flat_map(|mark| mark.to_be_bytes()));
        bytes.extend(point.iter().flat_map(|&coordinate| f64::from(coordinate).to_be_bytes()));
    }
    for triangle in &triangles {
        bytes.push(3);
        bytes.extend(triangle.iter().flat_map(|corner| corner.to_be_bytes()));
    }
    bytes
}

fn coloured_off() -> Vec<u8> {
    let IndexedMesh { points, triangles } = mesh(&cube(10));
    let mut text = format!("COFF\n# a cube\n{} {} 0\n", points.len(), triangles.len());
    for [x, y, z] in &points {
        let _ = writeln!(text, "{x} {y} {z} 255 0 0 255");
    }
    for [a, b, c] in &triangles {
        let _ = writeln!(text, "3 {a} {b} {c} 0 255 0");
    }
    text.into_bytes()
}

/// A cube of 0.01 m that nodes place.
fn glb(nodes: &serde_json::Value) -> Vec<u8> {
    let mut part = mesh(&cube(10));
    part.points = part.points.iter().map(|point| point.map(|coordinate| coordinate / 1000.0)).collect();
    glb_of_nodes(&[("part", &part)], nodes)
}

/// An archive of files with these names; all but texts are cubes.
fn archive(names: &[&str]) -> Vec<u8> {
    let part = cube(10).binary();
    let is_text = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "txt");
    let contents = |name: &str| if is_text(name) { b"a cube".to_vec() } else { part.clone() };
    zip(&names.iter().map(|name| Zipped::new(name, &contents(name))).collect::<Vec<_>>())
}

#[test]
fn each_trap_is_answered_right() {
    let problems: Vec<_> = all().iter().filter_map(|trap| problem(trap, &measure_as(trap.name, &trap.file))).collect();
    assert_none("traps with another answer than the right one", &problems);
}

fn problem(trap: &Trap, answer: &Result<MeasuredModel, Reason>) -> Option<String> {
    let Trap { name, right, .. } = trap;
    match (right, answer) {
        (Right::Rejected(code), Err(reason)) if reason.code == *code => None,
        (_, Err(reason)) => Some(format!("{name}: {}: {reason}", reason.code)),
        (_, Ok(measured)) if review_required(measured) => Some(format!("{name}: a person need not look at it")),
        (_, Ok(measured)) => {
            let volume = measured.geometry.volume_mm3;
            (!trap.is_right(Some(volume), TOLERANCE)).then(|| format!("{name}: {volume} mm3"))
        }
    }
}

impl Trap {
    /// Whether a volume is the right answer, or none is.
    fn is_right(&self, volume: Option<f64>, tolerance: f64) -> bool {
        match (self.right, volume) {
            (Right::Volume(right), Some(volume)) => (volume / right - 1.0).abs() <= tolerance,
            (Right::Volume(_), None) => false,
            (Right::Rejected(_), volume) => volume.is_none_or(|volume| volume == 0.0),
        }
    }

    /// A right answer in bold.
    fn marked(&self, volume: Option<f64>, text: &str) -> String {
        if self.is_right(volume, TOLERANCE_OF_PEERS) { format!("**{text}**") } else { text.to_owned() }
    }
}

#[test]
fn the_files_are_current() {
    let traps = all();
    for trap in &traps {
        assert_current(&format!("formats/{}", trap.name), &trap.file);
    }
    assert_only("formats", traps.iter().map(|trap| trap.name));
}

#[test]
fn the_peers_were_asked_about_these_files() {
    let traps = all();
    let files = traps.iter().map(|trap| (trap.name, &trap.file[..]));
    assert_none(PEERS, &Peers::of(PEERS).outdated(files));
}

#[test]
fn the_table_of_traps_is_current() {
    let document = read("docs/formats.md");
    assert_current(DOCUMENT, replaced(&document, "traps", &table(&Peers::of(PEERS))).as_bytes());
}

fn table(peers: &Peers) -> String {
    let rule = "| --- ".repeat(peers.programs.len() + 4);
    let mut text = format!(
        "<!-- Made from tests/it/packed/traps.rs by `UPDATE_FIXTURES=1 tests/run traps`. -->\n\n\
         | file | what is in it | right, in mm³ | pricing-worker | {} |\n{rule}|\n",
        peers.heads()
    );
    for trap in all() {
        let Trap { name, what, right, .. } = &trap;
        let right = match right {
            Right::Volume(volume) => volume_text(*volume),
            Right::Rejected(code) => format!("`{code}`"),
        };
        let ours = match measure_as(name, &trap.file) {
            Ok(measured) => {
                let volume = measured.geometry.volume_mm3;
                let codes = finding_codes(&measured);
                let codes: Vec<_> =
                    codes.iter().filter(|code| *code != "unit_assumed").map(|code| format!("; `{code}`")).collect();
                trap.marked(Some(volume), &volume_text(volume)) + &codes.concat()
            }
            Err(reason) => trap.marked(None, &format!("`{}`", reason.code)),
        };
        let theirs = peers.volumes(name).map(|volume| trap.marked(volume, &volume.map_or("fails".into(), volume_text)));
        let theirs = theirs.collect::<Vec<_>>().join(" | ");
        let _ = writeln!(text, "| [{name}](../fixtures/formats/{name}) | {what} | {right} | {ours} | {theirs} |");
    }
    text.push('\n');
    text
}
