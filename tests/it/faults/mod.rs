//! What is left of requests when something dies, after the manner of Jepsen's total-queue: every request that the broker
//! confirmed is answered, exactly one kind of answer each, whatever fails.
//!
//! Each test stands for one fault: it submits requests, makes the fault happen, and has [`site::Site::settle`] hold what
//! must hold after every one of them. The long ones run by `tests/run --long`.

mod broker_dies;
mod chaos;
mod job_queues;
mod lines;
mod load;
mod models;
mod report;
mod results_queue;
pub mod site;
mod store_fails;
mod versions;
mod worker_dies;
