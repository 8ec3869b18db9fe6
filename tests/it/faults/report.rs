//! The figures of each fault: `tests/run --report` writes them into the table of `docs/failures.md`.

use std::time::Duration;

/// The figures of one fault.
#[derive(Debug, Default, PartialEq)]
pub struct Measured {
    /// Requests that the broker confirmed.
    pub requests: usize,
    /// Answers beyond the first of a request; each equals the first, byte for byte.
    pub duplicates: usize,
    /// Requests that ended as dead letters.
    pub dead: usize,
    /// Requests without an answer.
    pub lost: usize,
    /// The time from the end of the fault until the last request was answered.
    pub recovered: Duration,
}

impl Measured {
    /// Writes a row into the folder that `PRICING_FAULTS_REPORT` names, if any: one file per row, sorted by name.
    pub fn report(&self, number: &str, fault: &str) {
        let Self { requests, duplicates, dead, lost, recovered } = self;
        let seconds = recovered.as_secs_f64();
        let row = format!("| {fault} | {requests} | {duplicates} | {dead} | {lost} | {seconds:.1} |\n");
        if let Ok(folder) = std::env::var("PRICING_FAULTS_REPORT") {
            std::fs::write(format!("{folder}/{number}.row"), row).expect("the folder of the report can be written to");
        }
    }
}
