//! Fault tests after the manner of Jepsen's total-queue: every request that the broker confirmed gets exactly one kind
//! of answer, whatever fails.
//!
//! Each test makes one fault: it submits requests, causes the fault, and calls [`site::Site::settle`], which checks the
//! rules that hold after every fault. `tests/run --long` runs the long ones.

mod broker_dies;
mod buckets;
mod chaos;
mod job_queues;
mod lines;
mod load;
mod models;
mod report;
mod results_queue;
mod rights;
mod routing_keys;
mod secrets;
pub mod site;
mod store_fails;
mod suspects;
mod unreadable;
mod versions;
mod worker_dies;
