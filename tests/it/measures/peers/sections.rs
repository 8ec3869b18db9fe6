//! Sections of real printed parts, held against those of trimesh and of a slicer.

use std::fmt::Write as _;
use std::path::Path;

use bench_report::marks::replaced;
use serde_json::Value;

use super::{DOCUMENT, all, part};
use crate::cli::{Ran, program};
use crate::fixtures::assert_current;
use crate::project::{assert_none, read};

/// How far lengths and areas may be from trimesh's: it rounds corners of sections to eight digits.
const OF_TRIMESH: f64 = 1e-6;
/// How far areas may be from those of pixels of 0.05 mm.
const OF_PIXELS: f64 = 5e-4;
/// Layers whose plane lies in a level face: what is solid right above it, which we say, is other than right below.
const IN_A_FACE: [(&str, usize); 3] = [
    ("prusa-Printed-Parts_STL_Einsy-doors.stl", 7),
    ("prusa-Printed-Parts_STL_LCD-knob.stl", 2),
    ("prusa-Printed-Parts_STL_LCD-knob.stl", 17),
];

/// The largest differences of a model's layers, as shares.
struct Differences {
    name: String,
    layers: usize,
    length: f64,
    area: f64,
    pixels: f64,
}

fn slices(file: &Path, layer_height_mm: f64) -> Value {
    let height = format!("{layer_height_mm}mm");
    let ran = Ran::of(program().arg("slices").arg(file).args(["--layer-height", &height, "--format", "json"]));
    assert_eq!((ran.exit, &*ran.stderr), (0, ""), "{}", file.display());
    serde_json::from_str(&ran.stdout).expect("one document")
}

fn difference(ours: f64, theirs: f64) -> f64 {
    (ours - theirs).abs() / theirs.max(1.0)
}

fn compare() -> Vec<Differences> {
    let differences = all().into_iter().map(|(name, answers)| {
        let found = slices(&part(&name, &answers), answers.layer_height_mm);
        let layers = found["layers"].as_array().expect("layers");
        assert_eq!(layers.len(), answers.trimesh.len(), "{name}");
        let of = |name: &str| layers.iter().map(|layer| layer[name].as_f64().expect("a number")).collect::<Vec<_>>();
        let (lengths, areas) = (of("outline_mm"), of("area_mm2"));
        let largest = |all: &mut dyn Iterator<Item = f64>| all.fold(0.0, f64::max);
        let not_in_a_face = |&(layer, _): &(usize, _)| !IN_A_FACE.contains(&(&*name, layer));
        Differences {
            layers: layers.len(),
            length: largest(
                &mut lengths.iter().zip(&answers.trimesh).map(|(ours, [theirs, _])| difference(*ours, *theirs)),
            ),
            area: largest(
                &mut areas.iter().zip(&answers.trimesh).map(|(ours, [_, theirs])| difference(*ours, *theirs)),
            ),
            pixels: largest(
                &mut areas
                    .iter()
                    .zip(&answers.slicer)
                    .enumerate()
                    .filter(not_in_a_face)
                    .map(|(_, (ours, theirs))| difference(*ours, *theirs)),
            ),
            name,
        }
    });
    differences.collect()
}

#[test]
fn sections_agree_with_other_programs() {
    let all = compare();
    assert!(all.len() >= 20, "{} models", all.len());
    let wrong = all.iter().filter(|of| of.length > OF_TRIMESH || of.area > OF_TRIMESH || of.pixels > OF_PIXELS);
    let wrong =
        wrong.map(|of| format!("{}: length {:e}, area {:e}, pixels {:e}", of.name, of.length, of.area, of.pixels));
    assert_none("sections of real models", &wrong.collect::<Vec<_>>());
}

#[test]
fn the_table_of_sections_is_current() {
    let mut text = String::from(
        "<!-- Made from tests/it/measures/peers/sections.rs by `UPDATE_FIXTURES=1 tests/run measures`. -->\n\n\
         | model | layers | outline: trimesh | area: trimesh | area: PrusaSlicer |\n| --- | --- | --- | --- | --- |\n",
    );
    for Differences { name, layers, length, area, pixels } in compare() {
        let name = name.trim_end_matches(".stl");
        // To a power of ten: the last digits of sums differ between processors.
        let share = |share: f64| if share == 0.0 { "0".to_owned() } else { format!("10^{}", share.log10().ceil()) };
        let _ = writeln!(text, "| {name} | {layers} | {} | {} | {} |", share(length), share(area), share(pixels));
    }
    text.push('\n');
    let document = read(DOCUMENT);
    assert_current(&format!("../{DOCUMENT}"), replaced(&document, "sections", &text).as_bytes());
}
