//! The contest: messages a second and processor time a job, of contenders in turn on the same queue.
//!
//! Requests wait in the queue before a contender starts. The measurement runs from an early answer, when its
//! connections are made, to the last. The rounds alternate, so that a drift of the machine's speed affects all
//! contenders alike; the median of each figure counts.

use std::time::{Duration, Instant};

use bench_report::statistics::median;

use crate::loads::Load;
use crate::place::{Contender, Place};
use crate::process::{Process, own_processor_time};

/// One in so many answers, from the first on, does not count.
const WARM_UP_SHARE: usize = 20;
/// The least and the most answers that do not count.
const WARM_UP: (usize, usize) = (4, 200);

/// The figures of one contender in one round.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub per_s: f64,
    /// The processor time of its process, in ms a job.
    pub cpu_ms: f64,
    /// The processor time of this process, in ms a job: an S3 server in here, and the listener for answers.
    pub bench_cpu_ms: f64,
    /// The mean length of its results.
    pub result_bytes: usize,
}

impl Run {
    /// The median of some rounds, figure by figure.
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

/// Runs one round of one contender.
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

/// The time, and the processor time used by then.
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

/// Runs the worker and the mover in turn, so many rounds of each.
pub async fn worker_and_mover(place: &Place, load: &Load, count: usize, rounds: usize) -> [Run; 2] {
    let (mut workers, mut movers) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let worker = run(place, &Contender::Worker, load, count).await;
        // The mover's results are as long as the worker's.
        let mover = Contender::Mover { result_bytes: worker.result_bytes };
        let moved = run(place, &mover, load, count).await;
        progress(place, load, "worker", &worker);
        progress(place, load, "mover", &moved);
        workers.push(worker);
        movers.push(moved);
    }
    [Run::median(&workers), Run::median(&movers)]
}

/// Runs the worker and Python in turn; returns the processor time of each, in ms a job.
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
