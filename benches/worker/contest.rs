//! Messages a second and processor time a job, of contenders in turn on the same queue.
//!
//! Requests wait in the queue before a contender starts, and what is measured runs from an answer some way in, when its
//! connections are made, to the last. The rounds alternate, so that a machine whose speed drifts is the same for all; of
//! each figure the median counts.

use std::time::{Duration, Instant};

use bench_report::statistics::median;

use crate::loads::Load;
use crate::place::{Contender, Place};
use crate::process::{Process, own_processor_time};

/// Of all answers, the share at the begin that does not count.
const WARM_UP_SHARE: usize = 20;
/// And how many at most, and at least.
const WARM_UP: (usize, usize) = (4, 200);

/// What one contender reached in one round.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub per_s: f64,
    /// Processor time of its process a job, in ms.
    pub cpu_ms: f64,
    /// Of this process meanwhile, in ms a job: an S3 server in here, and what hears the answers.
    pub bench_cpu_ms: f64,
    /// The mean length of its results.
    pub result_bytes: usize,
}

impl Run {
    /// Figure by figure, the median of some rounds.
    pub fn median(runs: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(&runs.iter().map(figure).collect::<Vec<_>>());
        Self {
            per_s: of(|run| run.per_s),
            cpu_ms: of(|run| run.cpu_ms),
            bench_cpu_ms: of(|run| run.bench_cpu_ms),
            result_bytes: runs[0].result_bytes,
        }
    }
}

/// One round of one contender.
pub async fn run(place: &Place, contender: &Contender, load: &Load, count: usize) -> Run {
    let mut answers = place.listen().await;
    place.ask(load, count).await;
    let process = place.start(contender);
    let warm_up = (count / WARM_UP_SHARE).clamp(WARM_UP.0, WARM_UP.1);
    let mut begun = None;
    let mut bytes = 0;
    for number in 1..=count {
        let answer = answers.next(&process).await;
        bytes += answer.body.len();
        contender.check(&answer);
        if number == warm_up {
            begun = Some(Clocks::read(&process));
        }
    }
    let (begun, ended) = (begun.expect("there are more"), Clocks::read(&process));
    place.clear().await;
    process.stop().await;
    let jobs = (count - warm_up) as f64;
    let ms_a_job = |from: Duration, to: Duration| 1e3 * to.saturating_sub(from).as_secs_f64() / jobs;
    Run {
        per_s: jobs / (ended.at - begun.at).as_secs_f64(),
        cpu_ms: ms_a_job(begun.process, ended.process),
        bench_cpu_ms: ms_a_job(begun.bench, ended.bench),
        result_bytes: bytes / count,
    }
}

/// The time, and what processors have spent by then.
struct Clocks {
    at: Instant,
    process: Duration,
    bench: Duration,
}

impl Clocks {
    fn read(process: &Process) -> Self {
        Self { at: Instant::now(), process: process.processor_time(), bench: own_processor_time() }
    }
}

/// The worker and the mover in turn, so many rounds of each.
pub async fn worker_and_mover(place: &Place, load: &Load, count: usize, rounds: usize) -> [Run; 2] {
    let (mut workers, mut movers) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let worker = run(place, &Contender::Worker, load, count).await;
        // As long a result as the worker's is.
        let mover = Contender::Mover { result_bytes: worker.result_bytes };
        let moved = run(place, &mover, load, count).await;
        progress(place, load, "worker", &worker);
        progress(place, load, "mover", &moved);
        workers.push(worker);
        movers.push(moved);
    }
    [Run::median(&workers), Run::median(&movers)]
}

/// The worker and Python in turn: the processor time a job of each, in ms.
pub async fn worker_and_python(
    place: &Place,
    load: &Load,
    python: &Contender,
    [count, python_count]: [usize; 2],
    rounds: usize,
) -> [Run; 2] {
    let (mut workers, mut pythons) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        workers.push(run(place, &Contender::Worker, load, count).await);
        pythons.push(run(place, python, load, python_count).await);
        progress(place, load, "worker", workers.last().expect("one"));
        progress(place, load, "Python", pythons.last().expect("one"));
    }
    [Run::median(&workers), Run::median(&pythons)]
}

fn progress(place: &Place, load: &Load, who: &str, run: &Run) {
    let (store, title) = (place.store.name, &load.title);
    println!("{store}, {title}: {who}: {:.0} a second, {:.2} ms of CPU each", run.per_s, run.cpu_ms);
}
