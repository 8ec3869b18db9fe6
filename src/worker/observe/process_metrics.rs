//! The metrics of the process, as Prometheus' clients name them. The system knows them; a scrape reads them.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_process::collector;

const CPU: &str = "process_cpu_seconds_total";

/// Describes the metrics to the current recorder.
pub(in crate::worker) fn describe() {
    describe_counter!(CPU, "Total user and system CPU time spent in seconds.");
    for (name, help, _) in gauges(&collector::Metrics::default()) {
        describe_gauge!(name, help);
    }
}

/// Sets the metrics in the current recorder.
pub(in crate::worker) fn set() {
    let process = collector::collect();
    if let Some(cpu_s) = process.cpu_seconds_total {
        counter!(CPU).absolute(Duration::from_secs_f64(cpu_s).as_secs());
    }
    for (name, _, value) in gauges(&process) {
        if let Some(value) = value {
            gauge!(name).set(value as f64);
        }
    }
}

/// Name, help text and value of each gauge.
fn gauges(process: &collector::Metrics) -> [(&'static str, &'static str, Option<u64>); 6] {
    [
        ("process_open_fds", "Number of open file descriptors.", process.open_fds),
        ("process_max_fds", "Maximum number of open file descriptors.", process.max_fds),
        ("process_virtual_memory_bytes", "Virtual memory size in bytes.", process.virtual_memory_bytes),
        ("process_resident_memory_bytes", "Resident memory size in bytes.", process.resident_memory_bytes),
        (
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            process.start_time_seconds,
        ),
        ("process_threads", "Number of OS threads in the process.", process.threads),
    ]
}
