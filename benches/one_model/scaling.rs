//! The scaling of the whole process over one, two and four threads.
//!
//! By Amdahl's law, a share s of one thread's time stays the same: two threads take s + (1 - s) / 2, so
//! s = 2 T₂ / T₁ - 1. The threads are those that compute: another thread reads the file, which helps one of them as much as two, so
//! the computed serial part is too large rather than too small.

use std::path::Path;
use std::thread::available_parallelism;

use bench_report::{Figure, Wanted};

use super::timing::in_turn;
use super::{figure, process};

const ROUNDS: usize = 41;
/// The wanted serial part of all time, in percent.
pub const MOST_SERIAL: f64 = 5.0;

/// Speed-ups, and the serial part.
pub fn figures(million: &Path) -> Vec<Figure> {
    let on = |threads| move || process::price(million, Some(threads));
    let (one, two, four) = if cores() >= 4 {
        let [one, two, four] = in_turn([&on(1), &on(2), &on(4)], ROUNDS);
        (one, two, Some(four))
    } else {
        let [one, two] = in_turn([&on(1), &on(2)], ROUNDS);
        (one, two, None)
    };
    of("whole process", one, two, four)
}

/// The speed-ups and the serial part from the seconds on one, two and four threads.
pub fn of(what: &str, one: f64, two: f64, four: Option<f64>) -> Vec<Figure> {
    let four_ms = four.map_or(String::new(), |four| format!(", {:.1} ms on four", four * 1e3));
    println!("\n{what}: {:.1} ms on one thread, {:.1} ms on two{four_ms}", one * 1e3, two * 1e3);
    let speed_up = |threads: &str, s: f64| {
        figure(format!("{what}: as fast on {threads} threads as on one"), one / s, "times", None, "memory")
    };
    let mut figures = vec![speed_up("two", two)];
    figures.extend(four.map(|four| speed_up("four", four)));
    let serial = 100.0 * (2.0 * two / one - 1.0);
    let wanted = Some(Wanted::AtMost(MOST_SERIAL));
    figures.push(figure(format!("{what}: the serial part"), serial, "%", wanted, "what one thread does alone"));
    figures
}

pub fn cores() -> usize {
    available_parallelism().expect("the number of cores").get()
}
