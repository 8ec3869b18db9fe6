//! Clocks.

use std::time::Instant;

use bench_report::statistics::median;

/// Seconds that something takes.
pub fn seconds<R>(run: impl FnOnce() -> R) -> f64 {
    let started = Instant::now();
    std::hint::black_box(run());
    started.elapsed().as_secs_f64()
}

/// The median seconds of each, run in turn, after one round that does not count.
pub fn in_turn<const N: usize>(runs: [&dyn Fn(); N], rounds: usize) -> [f64; N] {
    for run in runs {
        run();
    }
    let rounds: Vec<[f64; N]> = (0..rounds).map(|_| runs.map(seconds)).collect();
    std::array::from_fn(|place| median(&rounds.iter().map(|round| round[place]).collect::<Vec<_>>()))
}
