//! The telemetry of a real worker: traces, metrics, log lines and probes.

mod collector;
mod logs;
mod metrics;
mod probes;
mod traces;
