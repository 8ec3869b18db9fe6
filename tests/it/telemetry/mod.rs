//! Tests of a real worker's telemetry: traces, metrics, log lines and probes.

mod collector;
mod logs;
mod metrics;
mod probes;
mod traces;
