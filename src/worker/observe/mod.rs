//! Metrics, traces, the log line of each delivery, and the health that the probes report.

pub mod health;
pub mod job_outcome;
pub mod job_record;
mod metric_families;
pub mod metrics;
mod process_metrics;
pub mod stage;
pub mod trace;
