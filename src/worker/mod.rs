//! The worker: takes requests, runs jobs, and settles deliveries, through two ports.
//!
//! It moves bytes and messages, and decides nothing about geometry or money: that is
//! [`appraise`](crate::appraise). It knows no RabbitMQ and no S3: those are [`adapter`](crate::adapter)s.
//!
//! | room | what |
//! | --- | --- |
//! | [`ports`] | the two traits, their rules, and the messages |
//! | [`conversion`] | the trait of the converter of CAD files |
//! | `consume` | connects, reconnects, and takes deliveries |
//! | [`handler`] | one delivery's trip, from receipt to settlement |
//! | [`job`] | one file a kind of job, and the table of the kinds; knows nothing of messages |
//! | [`settle`] | retry, dead letter, wait in slot, publish, acknowledge; knows nothing of models |
//! | [`observe`] | metrics, traces, one log line a delivery, and the health that the probes report |
//! | [`compute`] | the computing threads, and the memory budget |
//! | [`fail_point`] | places where tests stop a job or break it |

use std::time::Duration;

pub mod compute;
mod consume;
pub mod conversion;
pub mod fail_point;
pub mod handler;
pub mod job;
mod message;
pub mod observe;
pub mod ports;
pub mod settle;

pub use compute::{runtime, set_compute_threads, set_rayon_threads};
pub use consume::{dispatch, run};
pub use handler::Handler;
pub use observe::health::{Health, Readiness};
pub use observe::metrics::Metrics;

/// The bounds of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Jobs in flight at once; at least one.
    pub concurrency: usize,
    /// The memory of all jobs.
    pub memory_budget_bytes: u64,
    /// The time of one job, its download included, its wait for memory not.
    pub job_timeout: Duration,
    /// How long the jobs in flight may take to end once the worker shuts down.
    pub drain_timeout: Duration,
}
