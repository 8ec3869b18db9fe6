//! The shell: one delivery from receipt to settlement, and the ports it needs.
//!
//! It moves bytes and messages, and decides nothing about geometry or money: that is
//! [`appraise`](crate::appraise). It knows no RabbitMQ and no S3: those are [`adapter`](crate::adapter)s.
//!
//! | module | what |
//! | --- | --- |
//! | [`ports`] | the two traits, and every rule on them; what goes through them |
//! | [`intake`] | the consume loop: a port that is built again, admission by count, drain |
//! | [`handler`] | one delivery, and what holds it: parse, open, reserve, measure, quote, publish, settle |
//! | [`settle`] | error, attempt and age → what is done with the delivery; pure |
//! | [`health`] | whether requests are being answered, for the probes |
//! | [`compute`] | the bridge from tokio to rayon |
//! | [`memory`] | admission by bytes |
//!
//! Running a redelivered message alone is not here yet; its place is [`intake::serve`] (what to receive next).

use std::time::Duration;

pub mod compute;
mod download;
pub mod handler;
pub mod health;
mod hold;
pub mod intake;
mod job;
pub mod memory;
mod message;
pub mod ports;
pub mod settle;

pub use handler::Handler;
pub use health::{Health, Readiness};
pub use intake::{run, serve};

/// What bounds the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Jobs in flight at once; at least one.
    pub concurrency: usize,
    /// Model bytes held at once, over all jobs.
    pub memory_budget_bytes: u64,
    /// How long one job may take, download included, waiting for memory not.
    pub job_timeout: Duration,
    /// How long the jobs in flight may take to end once the worker is told to stop.
    pub drain_timeout: Duration,
}
