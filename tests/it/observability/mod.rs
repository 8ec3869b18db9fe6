//! What operators watch the worker by: the dashboard and the alerts in helm/.
//!
//! Their queries are held against what is really exported, by the worker and by RabbitMQ; the alerts are played through by
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

/// Fails with all that is wrong, each on a line.
#[track_caller]
fn assert_none(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}
