//! Tests of the operators' dashboard and alerts in helm/.
//!
//! They check the queries against the metrics that the worker and RabbitMQ really export, and run the alerts through
//! Prometheus' own promtool.

mod dashboard;
mod exported;
mod exposition;
mod query;
mod rules;

use std::path::{Path, PathBuf};

/// A file below helm/.
fn helm(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("helm").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(helm(path)).unwrap_or_else(|error| panic!("helm/{path}: {error}"))
}

/// Panics with all problems, one per line.
#[track_caller]
fn assert_none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}
