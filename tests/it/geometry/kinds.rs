//! Tests of the kinds of files that programs trip over, and the table of them in docs/geometry.md.
//!
//! `UPDATE_FIXTURES=1 tests/run kinds` writes the files, the pictures and the table; docs/peers.py asks the other
//! programs.

use std::fmt::Write;

use bench_report::marks::replaced;
use pricing_worker::appraise::MeasuredModel;
use pricing_worker::contract::{Reason, Severity};
use test_support::kinds::{self, Answer, Kind, Right};

use super::images::{images, triangles};
use super::{measure, told};
use crate::fixtures::{assert_current, assert_only};
use crate::peers::{Peers, volume_text};
use crate::project::{assert_none, read};

const DOCUMENT: &str = "../docs/geometry.md";
const PEERS: &str = "docs/geometry/peers.json";

#[test]
fn each_kinds_formula_agrees_with_a_count_of_cells() {
    for kind in kinds::all() {
        let Right::Solid(answer) = kind.right else { continue };
        let counted = kind.cells.volume() * kind.cell_size.powi(3);
        assert_eq!(answer.volume, counted, "{}: the formula, and the cells", kind.name);
    }
}

#[test]
fn each_kind_is_answered_right() {
    let problems: Vec<_> = kinds::all().iter().filter_map(|kind| problem("", kind, &kind.file)).collect();
    assert_none("kinds with another answer than the right one", &problems);
}

/// The kind is in the triangles, whatever file has them; that of a dialect is in the bytes.
#[test]
fn each_kind_is_answered_right_turned_moved_shuffled_and_as_text() {
    let mut problems = Vec::new();
    for mut kind in kinds::all().into_iter().filter(|kind| !kind.is_dialect()) {
        // A move rounds away what was near: only the solid is the same for certain.
        if let Right::Solid(answer) = &mut kind.right {
            (answer.findings, answer.tolerance) = (&[], answer.tolerance.max(1e-5));
        }
        for (image, bytes) in images(&triangles(&kind.file)) {
            problems.extend(problem(image, &kind, &bytes));
        }
    }
    assert_none("kinds with another answer than the right one", &problems);
}

/// What is wrong with the answer to an image of a kind.
fn problem(image: &str, kind: &Kind, bytes: &[u8]) -> Option<String> {
    let problem = match (&kind.right, measure(bytes)) {
        (Right::Rejected(code), Err(reason)) => {
            (reason.code != *code).then(|| format!("rejected as {}, and not as {code}: {reason}", reason.code))
        }
        (Right::Rejected(code), Ok(measured)) => Some(format!("{} mm3, and not {code}", measured.geometry.volume_mm3)),
        (Right::Solid(right), Err(reason)) => Some(format!("{} ({reason}), and not {} mm3", reason.code, right.volume)),
        (Right::Solid(right), Ok(measured)) => difference(right, &measured),
    };
    problem.map(|problem| format!("{} {image}: {problem}", kind.name))
}

fn difference(right: &Answer, measured: &MeasuredModel) -> Option<String> {
    let geometry = &measured.geometry;
    let mut differences = Vec::new();
    let (volume, area) = (geometry.volume_mm3, geometry.surface_area_mm2);
    for (what, found, expected) in [("mm3", volume, right.volume), ("mm2", area, right.area)] {
        if !is_close(found, expected, right.tolerance) {
            differences.push(format!("{found} {what}, and not {expected}"));
        }
    }
    let codes = finding_codes(measured);
    let missing = right.findings.iter().filter(|code| !codes.contains(&(**code).to_owned()));
    differences.extend(missing.map(|code| format!("no {code} among {codes:?}")));
    if review_required(measured) != right.review {
        let should = if right.review { "should" } else { "need not" };
        differences.push(format!("a person {should} look at it: {}", told(&measured.findings)));
    }
    (!differences.is_empty()).then(|| differences.join("; "))
}

fn is_close(found: f64, expected: f64, relative: f64) -> bool {
    (found - expected).abs() <= expected * relative
}

pub fn review_required(measured: &MeasuredModel) -> bool {
    measured.findings.iter().any(|finding| finding.severity == Severity::Review)
}

/// The codes of the findings, as the messages have them.
pub fn finding_codes(measured: &MeasuredModel) -> Vec<String> {
    let code = |finding| serde_json::to_value(finding).expect("a code");
    let codes = measured.findings.iter().map(|finding| code(finding.code));
    codes.map(|code| code.as_str().expect("a word").to_owned()).collect()
}

#[test]
fn the_files_and_pictures_are_current() {
    let kinds = kinds::all();
    for kind in &kinds {
        assert_current(&format!("kinds/{}.stl", kind.name), &kind.file);
        assert_current(&format!("../docs/geometry/{}.svg", kind.name), kind.picture().as_bytes());
    }
    let names: Vec<_> = kinds.iter().map(|kind| format!("{}.stl", kind.name)).collect();
    assert_only("kinds", names.iter().map(String::as_str));
    let pictures = kinds.iter().map(|kind| format!("{}.svg", kind.name));
    let files: Vec<_> = pictures.chain(["peers.json".to_owned()]).collect();
    assert_only("../docs/geometry", files.iter().map(String::as_str));
}

#[test]
fn the_peers_were_asked_about_these_files() {
    let kinds: Vec<_> = kinds::all().into_iter().map(|kind| (format!("{}.stl", kind.name), kind.file)).collect();
    let files = kinds.iter().map(|(name, file)| (&name[..], &file[..]));
    assert_none(PEERS, &Peers::of(PEERS).outdated(files));
}

#[test]
fn the_table_of_kinds_is_current() {
    let document = read("docs/geometry.md");
    assert_current(DOCUMENT, replaced(&document, "kinds", &table(&Peers::of(PEERS))).as_bytes());
}

/// The first line between the marks.
const MADE: &str = "<!-- Made from tests/support/src/kinds by `UPDATE_FIXTURES=1 tests/run kinds`. -->\n";

fn table(peers: &Peers) -> String {
    let heads = peers.heads();
    let rule = "| --- ".repeat(peers.programs.len() + 5);
    let mut text = format!("{MADE}\n| kind | section | right, in mm³ | why | pricing-worker | {heads} |\n{rule}|\n");
    for kind in kinds::all() {
        let right = match kind.right {
            Right::Solid(answer) => volume_text(answer.volume),
            Right::Rejected(_) => "no volume".to_owned(),
        };
        let name = kind.name;
        let file = format!("{name}.stl");
        let theirs = peers.volumes(&file);
        let theirs = theirs.map(|volume| marked(&kind, volume, &volume.map_or("fails".to_owned(), volume_text)));
        let _ = writeln!(
            text,
            "| [{}](../fixtures/kinds/{name}.stl) | ![section]({}) | {right} | {} | {} | {} |",
            kind.what,
            format_args!("geometry/{name}.svg"),
            kind.why,
            ours(&kind, &measure(&kind.file)),
            theirs.collect::<Vec<_>>().join(" | ")
        );
    }
    text.push('\n');
    text
}

/// Our answer: the volume and the findings, or why there is none.
fn ours(kind: &Kind, answer: &Result<MeasuredModel, Reason>) -> String {
    match answer {
        Ok(measured) => {
            let volume = measured.geometry.volume_mm3;
            let review = if review_required(measured) { "; review" } else { "" };
            let codes = finding_codes(measured);
            let codes: Vec<_> =
                codes.iter().filter(|code| *code != "unit_assumed").map(|code| format!("`{code}`")).collect();
            let findings = if codes.is_empty() { String::new() } else { format!("; {}", codes.join(", ")) };
            format!("{}{findings}{review}", marked(kind, Some(volume), &volume_text(volume)))
        }
        Err(reason) => marked(kind, None, &format!("`{}`", reason.code)),
    }
}

/// A right answer in bold.
fn marked(kind: &Kind, volume: Option<f64>, text: &str) -> String {
    let right = match (kind.right, volume) {
        // A program that computes in f32 prints a digit or two less.
        (Right::Solid(answer), Some(volume)) => is_close(volume, answer.volume, answer.tolerance.max(1e-5)),
        (Right::Solid(_), None) => false,
        (Right::Rejected(_), volume) => volume.is_none_or(|volume| volume == 0.0),
    };
    if right { format!("**{text}**") } else { text.to_owned() }
}
