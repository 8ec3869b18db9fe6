//! What operators see: traces, metrics, log lines and probes of a real worker.

mod collector;
mod logs;
mod metrics;
mod probes;
mod traces;
