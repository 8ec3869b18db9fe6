//! What is counted, traced, logged and told to the probes.

pub mod health;
pub(in crate::worker) mod job_record;
mod metric_families;
pub mod metrics;
mod process_metrics;
pub mod trace;
