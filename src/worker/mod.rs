//! The shell: one delivery from receipt to settlement, and the ports it needs.
//!
//! It moves bytes and messages, and decides nothing about geometry or money: that is
//! [`appraise`](crate::appraise). It knows no RabbitMQ and no S3: those are [`adapter`](crate::adapter)s.
//!
//! | room | what |
//! | --- | --- |
//! | [`ports`] | the two traits, and every rule on them; what goes through them |
//! | `consume` | keeps a connection, and takes deliveries up from it |
//! | [`handler`] | one delivery: parse, open, reserve, measure, quote, publish, settle |
//! | [`job`] | one job: its download, its memory and its time |
//! | [`settle`] | error, attempt and age → what is done with the delivery |
//! | [`observe`] | what is counted, traced, logged, and told to the probes |
//! | [`compute`] | the threads that compute, and the memory that models may take |
//! | [`fail_point`] | where tests stop a job or break it |

use std::time::Duration;

pub mod compute;
mod consume;
pub mod fail_point;
pub mod handler;
pub mod job;
mod message;
pub mod observe;
pub mod ports;
pub mod settle;

pub use compute::{runtime, set_compute_threads};
pub use consume::{dispatch, run};
pub use handler::Handler;
pub use observe::health::{Health, Readiness};
pub use observe::metrics::Metrics;
pub use observe::{health, metrics, trace};

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
