//! The shell: one delivery from receipt to settlement, and the ports it needs.
//!
//! It moves bytes and messages, and decides nothing about geometry or money: that is
//! [`appraise`](crate::appraise). It knows no RabbitMQ and no S3: those are [`adapter`](crate::adapter)s.
//!
//! | module | what |
//! | --- | --- |
//! | [`ports`] | the two traits, and every rule on them; what goes through them |
//! | [`intake`] | keeps a port: one that fails is built again |
//! | [`mod@serve`] | one port's life: admission by count, what runs alone, drain |
//! | [`handler`] | one delivery, and what holds it: parse, open, reserve, measure, quote, publish, settle |
//! | [`settle`] | error, attempt and age → what is done with the delivery; pure |
//! | [`health`] | whether requests are being answered, for the probes |
//! | [`metrics`] | what is counted and measured |
//! | [`mod@trace`] | the spans of a job, and how a trace goes on |
//! | [`compute`] | tokio's threads, and the bridge from them to those that compute |
//! | `pool` | the threads that compute |
//! | [`memory`] | admission by bytes |
//! | [`fail_point`] | where tests stop a job or break it |

use std::time::Duration;

mod account;
pub mod compute;
mod download;
pub mod fail_point;
pub mod handler;
pub mod health;
mod hold;
pub mod intake;
mod job;
pub mod memory;
mod message;
pub mod metrics;
mod pool;
pub mod ports;
pub mod serve;
pub mod settle;
pub mod trace;

pub use compute::runtime;
pub use handler::Handler;
pub use health::{Health, Readiness};
pub use intake::run;
pub use metrics::Metrics;
pub use serve::serve;

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
