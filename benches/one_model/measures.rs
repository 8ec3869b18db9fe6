//! What slices and the measures of a surface take, as whole processes, for a million triangles.
//!
//! The sphere is the worst case of a hull: every corner is one of the hull's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_report::{Figure, Wanted};
use pricing_worker::driver::Driver;
use test_support::books::{charging_by, surface_drivers};

use super::timing::medians;
use super::{figure, process};

const ROUNDS: usize = 5;
/// Enough for the largest mesh that is examined, with every measure.
const MEMORY_BUDGET: &str = "4GiB";

/// The time of the process with one layer or measure after another asked for.
pub fn figures(million: &Path) -> Vec<Figure> {
    let slices =
        || process::run(Command::new(process::PROGRAM).arg("slices").arg(million).args(["--layer-height", "0.1mm"]));
    let drivers: Vec<&Driver> = surface_drivers().collect();
    let books: Vec<PathBuf> = drivers.iter().map(|driver| book(driver.name, &[driver])).collect();
    let all = book("all", &drivers);
    let priced = |book: &Path| {
        let mut command = Command::new(process::PROGRAM);
        command.args(process::ARGUMENTS).arg(million).arg("--price-book").arg(book);
        process::run(command.env("PRICING_MEMORY_BUDGET", MEMORY_BUDGET));
    };
    let of_books: Vec<_> = books.iter().map(|book| || priced(book)).collect();
    let with_all = || priced(&all);
    let mut runs: Vec<&dyn Fn()> = vec![&slices, &with_all];
    runs.extend(of_books.iter().map(|run| run as &dyn Fn()));
    let seconds = medians(&runs, ROUNDS);
    let whole = |what: &str, seconds: f64, wanted_ms: Option<f64>, limit: &str| {
        let what = format!("1,000,000 triangles, whole process: {what}");
        println!("{what}: {:.0} ms", seconds * 1e3);
        figure(what, seconds * 1e3, "ms", wanted_ms.map(Wanted::AtMost), limit)
    };
    println!();
    let mut figures = vec![
        whole("slices of 0.1 mm, with loops", seconds[0], Some(300.0), "memory and arithmetic"),
        whole("every measure of a surface", seconds[1], Some(5000.0), "hull and box"),
    ];
    for (driver, seconds) in drivers.iter().zip(&seconds[2..]) {
        figures.push(whole(&format!("price by {}", driver.name), *seconds, None, "one thread for the hull"));
    }
    figures
}

/// The file of a book that charges by these drivers.
fn book(name: &str, drivers: &[&Driver]) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("one-model-by-{name}.toml"));
    fs::write(&file, charging_by(drivers.iter().copied())).expect("the folder is cargo's");
    file
}
