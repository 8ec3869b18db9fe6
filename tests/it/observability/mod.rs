//! Tests of the operators' dashboard and alerts in helm/.
//!
//! They check the queries against the metrics that the worker and RabbitMQ really export, and run the alerts through
//! Prometheus' own promtool.

mod dashboard;
mod exported;
mod exposition;
mod query;
mod rules;

pub use rules::promtool;

use std::path::PathBuf;

use crate::project::root;

/// A file below helm/.
fn helm(path: &str) -> PathBuf {
    root().join("helm").join(path)
}
