//! A bench of one model, from the start of the process to its exit: beside the programs that people measure meshes with
//! today, stage by stage, on one and on more threads, the one pass beside memory bandwidth, and what the solid of hard files takes.
//!
//! ```sh
//! cargo bench --bench one_model                    # some minutes, most of them numpy-stl's
//! cargo bench --bench one_model -- --no-peers      # our own alone
//! cargo bench --bench one_model -- --report        # keeps the figures; writes docs/speed.svg and docs/performance.md too
//! ```
//!
//! Compared runs alternate, so that a drift of the machine's speed affects all alike, and the report compares medians.
//! The files are in the page cache: disk time is not the program's.

use std::fs;
use std::path::{Path, PathBuf};

use bench_report::{Figure, Wanted, show};
use clap::Parser;
use pricing_worker::mesh::Triangle;
use test_support::shapes;

mod formats;
mod measures;
mod pass;
mod peers;
mod process;
mod scaling;
mod solids;
mod stages;
mod timing;

/// Measures what one model takes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Keeps the figures in docs/speed, and draws docs/speed.svg and the table of docs/performance.md.
    #[arg(long, conflicts_with = "no_peers")]
    report: bool,
    /// How often each of the other programs runs on each file.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Leaves the other programs out.
    #[arg(long)]
    no_peers: bool,
    /// Cargo's own.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Rings and segments of spheres, which have 2 × segments × (rings - 1) triangles.
const MILLION: [usize; 2] = [501, 1000];
const TWO_HUNDRED_THOUSAND: [usize; 2] = [251, 400];
const TWENTY_THOUSAND: [usize; 2] = [101, 100];

fn main() {
    let arguments = Arguments::parse();
    let million = sphere(MILLION);
    let files = Files {
        million: file("million.stl", &shapes::binary(&million)),
        twenty_thousand: file("twenty-thousand.stl", &shapes::binary(&sphere(TWENTY_THOUSAND))),
        many_shells: file("many-shells.stl", &shapes::binary(&many_shells())),
        rounded: file("rounded.stl", &shapes::binary(&rounded(&sphere(TWO_HUNDRED_THOUSAND)))),
        cube: file("cube.stl", &shapes::cube(10).binary()),
    };
    let mut figures = Vec::new();
    if !arguments.no_peers {
        figures.extend(peers::figures(&files, arguments.runs));
    }
    figures.extend(stages::figures(&files));
    figures.extend(scaling::figures(&files.million));
    figures.extend(pass::figures(&million));
    figures.extend(formats::figures(&million, (!arguments.no_peers).then_some(arguments.runs)));
    figures.extend(measures::figures(&files.million));
    figures.extend(solids::figures(&million, &sphere(TWENTY_THOUSAND)));
    show("one_model", "One model", "cargo bench --bench one_model -- --report", &figures, arguments.report);
}

/// The files to price.
struct Files {
    million: PathBuf,
    twenty_thousand: PathBuf,
    many_shells: PathBuf,
    rounded: PathBuf,
    cube: PathBuf,
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("one-model-{name}"));
    fs::write(&file, bytes).expect("the folder is cargo's");
    file
}

/// A sphere as large as a part, on a lattice fine enough for its corners to differ.
fn sphere([rings, segments]: [usize; 2]) -> Vec<Triangle> {
    as_a_part(&shapes::sphere(400_000.0, rings, segments))
}

fn as_a_part(shape: &shapes::Shape) -> Vec<Triangle> {
    shape.triangles().iter().map(|triangle| triangle.map(|corner| corner.map(|c| c * 1e-4))).collect()
}

/// A hundred spheres of two thousand triangles, beside one another.
fn many_shells() -> Vec<Triangle> {
    let sphere = shapes::sphere(4_000.0, 21, 50);
    let place = |number: i64| [number % 10 * 10_000, number / 10 * 10_000, 0];
    let all = (0..100).flat_map(|number| sphere.moved(place(number)).0).collect();
    as_a_part(&shapes::Shape(all))
}

/// One triangle in five has the last bits of its corners changed, as some exporters write them.
fn rounded(triangles: &[Triangle]) -> Vec<Triangle> {
    let off = |(number, triangle): (usize, &Triangle)| {
        triangle.map(|corner| if number.is_multiple_of(5) { corner.map(f32::next_up) } else { corner })
    };
    triangles.iter().enumerate().map(off).collect()
}

fn figure(what: impl Into<String>, value: f64, unit: &str, wanted: Option<Wanted>, limit: &str) -> Figure {
    Figure { what: what.into(), value, unit: unit.into(), wanted, limit: limit.into() }
}
