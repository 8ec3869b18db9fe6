//! Clocks.

use std::time::Instant;

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
    std::array::from_fn(|place| median(rounds.iter().map(|round| round[place])))
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], values[middle]) } else { values[middle] }
}
