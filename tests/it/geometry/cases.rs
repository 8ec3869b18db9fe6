//! Tests of the files in `../shared/cases`, which programs trip over, each with its right answers in cases.json. A clone
//! lacks that folder: without it, `tests/run` leaves these tests out, and says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pricing_worker::appraise::MeasuredModel;
use pricing_worker::contract::Reason;
use serde::Deserialize;

use super::images::{images, triangles};
use super::kinds::{finding_codes, review_required};
use super::{measure, told};
use crate::project::assert_none;

/// A file's right answers: each of them will do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    either: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    volume_mm3: Option<f64>,
    #[serde(default)]
    relative_tolerance: f64,
    /// Findings that must be there, and those that must not.
    #[serde(default)]
    findings: Vec<String>,
    #[serde(default)]
    no_findings: Vec<String>,
    review_required: Option<bool>,
    /// The codes of rejections.
    #[serde(default)]
    rejected: Vec<String>,
}

impl Expected {
    fn accepts(&self, answer: &Result<MeasuredModel, Reason>) -> bool {
        let measured = match answer {
            Ok(measured) => measured,
            Err(reason) => return self.rejected.contains(&reason.code.to_string()),
        };
        let found = measured.geometry.volume_mm3;
        let codes = finding_codes(measured);
        self.volume_mm3.is_some_and(|volume| (found - volume).abs() <= volume * self.relative_tolerance)
            && self.findings.iter().all(|code| codes.contains(code))
            && !self.no_findings.iter().any(|code| codes.contains(code))
            && self.review_required.is_none_or(|review| review == review_required(measured))
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases")
}

fn cases() -> BTreeMap<String, Case> {
    let path = folder().join("cases.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; without it, tests/run leaves this test out, and says so", path.display())
    });
    serde_json::from_slice(&text).expect("cases.json is what this test reads")
}

/// What is wrong with the answer to some bytes.
fn problem(name: &str, case: &Case, bytes: &[u8]) -> Option<String> {
    let answer = measure(bytes);
    if case.either.iter().any(|expected| expected.accepts(&answer)) {
        return None;
    }
    let answer = answer.map(|measured| (measured.geometry.volume_mm3, told(&measured.findings)));
    Some(format!("{name} ({}): {answer:?} is none of {:?}", case.what, case.either))
}

#[test]
fn each_case_is_answered_right() {
    let cases = cases();
    assert!(cases.len() >= 12, "{} cases in {}", cases.len(), folder().display());
    let problems = cases.iter().filter_map(|(name, case)| problem(name, case, &read(name)));
    assert_none("cases", &problems.collect::<Vec<_>>());
}

/// The case is in the triangles, whatever file has them; those about dialects are in the bytes.
#[test]
fn each_case_is_answered_right_turned_moved_shuffled_and_as_text() {
    let mut problems = Vec::new();
    for (name, case) in cases().iter().filter(|(name, _)| !is_dialect(name)) {
        for (image, bytes) in images(&triangles(&read(name))) {
            problems.extend(problem(&format!("{name}, {image}"), case, &bytes));
        }
    }
    assert_none("cases", &problems);
}

fn is_dialect(name: &str) -> bool {
    name.starts_with("binary_") || name.starts_with("text_")
}

fn read(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
