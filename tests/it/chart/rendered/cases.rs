//! Snapshot tests: helm/tests/snapshots has the rendered manifests of each of helm/tests/cases, so that a review shows
//! the effect of a chart change on a cluster.

use std::collections::BTreeSet;

use super::super::{assert_current, folder, is_updating};
use super::engine::CASES;

/// Removes the empty lines that Helm leaves after each document.
fn tidy(text: &str) -> String {
    let documents: Vec<_> = text.trim().trim_start_matches("---\n").split("\n---\n").map(str::trim_end).collect();
    format!("---\n{}\n", documents.join("\n---\n"))
}

#[test]
fn every_case_renders_as_it_was_reviewed() {
    assert!(CASES.len() > 4, "helm/tests/cases has {} cases", CASES.len());
    for case in CASES.iter() {
        assert_current(&format!("tests/snapshots/{}.yaml", case.name), &tidy(&case.text));
    }
}

#[test]
fn there_is_no_snapshot_without_a_case() {
    if is_updating() {
        return;
    }
    let entries = std::fs::read_dir(folder().join("tests/snapshots")).expect("helm/tests/snapshots");
    let found: BTreeSet<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    let expected: BTreeSet<_> = CASES.iter().map(|case| format!("{}.yaml", case.name)).collect();
    assert_eq!(found, expected, "helm/tests/snapshots against helm/tests/cases");
}
