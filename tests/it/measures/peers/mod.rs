//! Measures of real printed parts, held against other programs. The parts are in `../shared/models/fdm`, which a clone lacks: without
//! that folder `tests/run` skips these tests, and says so. docs/measures.py asks the other programs.

mod around;
mod sections;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::project::read;

const ANSWERS: &str = "docs/measures/peers.json";
const DOCUMENT: &str = "docs/measures.md";

/// What other programs say of a model.
#[derive(Deserialize)]
struct Answers {
    sha256: String,
    layer_height_mm: f64,
    /// The volume of the convex hull, by trimesh: Qhull's.
    hull_volume: f64,
    /// The volume of the smallest box, by trimesh, which tries the faces of the hull.
    oriented_box_volume: f64,
    /// The length and the area of each section.
    trimesh: Vec<[f64; 2]>,
    /// The area of each layer. It has no layer that the part fills to less than its half by rounding.
    #[serde(rename = "PrusaSlicer")]
    slicer: Vec<f64>,
}

/// The answers about each part, by its name.
fn all() -> BTreeMap<String, Answers> {
    serde_json::from_str(&read(ANSWERS)).unwrap_or_else(|error| panic!("{ANSWERS}: {error}: run docs/measures.py"))
}

/// The file of a part, which is the one that the programs were asked about.
fn part(name: &str, answers: &Answers) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/fdm").join(name);
    let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(hex::encode(Sha256::digest(&bytes)), answers.sha256, "{name} is another: run docs/measures.py");
    file
}
