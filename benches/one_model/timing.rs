//! Timing of runs, and medians.

use std::time::Instant;

use bench_report::statistics::median;

/// The seconds that a function takes.
pub fn seconds<R>(run: impl FnOnce() -> R) -> f64 {
    let started = Instant::now();
    std::hint::black_box(run());
    started.elapsed().as_secs_f64()
}

/// The same as [`medians`], for an array of runs.
pub fn in_turn<const N: usize>(runs: [&dyn Fn(); N], rounds: usize) -> [f64; N] {
    medians(&runs, rounds).try_into().expect("one for each run")
}

/// The median seconds of each run, run in turn, after one uncounted round.
pub fn medians(runs: &[&dyn Fn()], rounds: usize) -> Vec<f64> {
    for run in runs {
        run();
    }
    let rounds: Vec<Vec<f64>> = (0..rounds).map(|_| runs.iter().map(seconds).collect()).collect();
    (0..runs.len()).map(|place| median(&rounds.iter().map(|round| round[place]).collect::<Vec<_>>())).collect()
}
