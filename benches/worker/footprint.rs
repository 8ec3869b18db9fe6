//! The footprint of an idle worker: the time to its first request, memory, and disk.

use std::time::Duration;

use bench_report::statistics::median;

use crate::loads::Load;
use crate::place::{Contender, Place};

/// The time in which allocator and kernel settle.
const SETTLED: Duration = Duration::from_secs(3);

/// The footprint of one worker.
pub struct Footprint {
    /// The time from the start of the process until `/readyz` answers 200: two broker connections, and declared queues.
    pub ready_ms: f64,
    /// Memory when ready, before the first job.
    pub idle_mib: f64,
    /// Memory without a job, after many.
    pub idle_again_mib: f64,
    /// The size of the program, as shipped.
    pub program_mib: f64,
}

/// The median of so many starts, and one worker that works through so many jobs.
pub async fn measure(place: &Place, load: &Load, starts: usize, jobs: usize) -> Footprint {
    let mut ready = Vec::new();
    for _ in 0..starts {
        let worker = place.start(&Contender::Worker);
        ready.push(1e3 * worker.ready().await.as_secs_f64());
        worker.stop().await;
    }
    let worker = place.start(&Contender::Worker);
    worker.ready().await;
    tokio::time::sleep(SETTLED).await;
    let idle_mib = worker.resident_mib();
    let mut answers = place.listen().await;
    place.ask(load, jobs).await;
    for _ in 0..jobs {
        answers.next(&worker).await;
    }
    place.clear().await;
    tokio::time::sleep(SETTLED).await;
    let idle_again_mib = worker.resident_mib();
    worker.stop().await;
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_pricing-worker")).expect("the program");
    let program_mib = program.len() as f64 / f64::from(1 << 20);
    Footprint { ready_ms: median(&ready), idle_mib, idle_again_mib, program_mib }
}
