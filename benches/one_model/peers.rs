//! The programs that people measure meshes with today, each as a whole process, in turn with this one.
//!
//! Our limit: before any work on edges, a process has started and ended, copied the file out of the page cache and
//! summed its triangles. For a million triangles, these alone (see `stages` and `pass`) take more than a 25th of
//! `admesh`'s total time; the rest goes to edges, and to memory that is new to the process.

use std::path::Path;
use std::process::Command;

use bench_report::{Figure, Wanted};
use test_support::python;

use super::process;
use super::timing::medians;
use super::{Files, figure};

/// Each program, and the least ratio of its time to ours: for a million triangles, and for twenty thousand.
const PEERS: [(&str, Option<[f64; 2]>); 4] = [
    ("prusa-slicer --info", Some([12.0, 1.0])),
    ("admesh", Some([25.0, 1.0])),
    ("trimesh", Some([50.0, 1.0])),
    ("numpy-stl", None),
];
/// The packages of the last two; trimesh counts bodies by scipy and networkx.
const PACKAGES: [&str; 5] = ["trimesh==5.2.0", "numpy-stl==4.1.1", "numpy==2.4.6", "scipy==1.17.1", "networkx==3.6.1"];
const TRIMESH: &str = "import sys, trimesh\n\
    mesh = trimesh.load(sys.argv[1], force='mesh')\n\
    print(mesh.volume, mesh.area, mesh.bounds, mesh.is_watertight, mesh.body_count)";
const NUMPY_STL: &str = "import sys\n\
    from stl import mesh\n\
    print(mesh.Mesh.from_file(sys.argv[1]).get_mass_properties())";
const WHOLE: &str = "memory, and page faults of what is new";
const SMALL: &str = "start and exit of the process";
/// The small file is so fast that more rounds cost little, and our time is close to `admesh`'s.
const SMALL_TIMES_THE_RUNS: usize = 20;

/// The ratio of each program's time to ours.
pub fn figures(files: &Files, runs: usize) -> Vec<Figure> {
    let python = python::interpreter("pricing-worker-bench-peers", &PACKAGES);
    // Name, file, rounds, the index of the wanted value in PEERS, and our limit.
    let table = [
        ("1,000,000 triangles, whole process", &files.million, runs, Some(0), WHOLE),
        ("20,000 triangles, whole process", &files.twenty_thousand, runs * SMALL_TIMES_THE_RUNS, Some(1), SMALL),
        ("200,000 triangles in 100 shells", &files.many_shells, runs, None, WHOLE),
        ("200,000 triangles, a fifth with their last bits off", &files.rounded, runs, None, WHOLE),
    ];
    let mut figures = Vec::new();
    for (name, file, rounds, size, limit) in table {
        for ((program, wanted), times) in PEERS.into_iter().zip(times_ours(file, &python, rounds)) {
            let wanted = wanted.zip(size).map(|(wanted, size): ([f64; 2], usize)| Wanted::AtLeast(wanted[size]));
            assert!(wanted.is_none() || times.is_some(), "{program} fails on {name}");
            let what = format!("{name}: faster than {program}");
            figures.extend(times.map(|times| figure(what, times, "times", wanted, limit)));
        }
    }
    figures
}

/// The ratio of each program's time to ours for a file; none if it fails.
fn times_ours(file: &Path, python: &Path, rounds: usize) -> Vec<Option<f64>> {
    let run = |peer: usize| process::run(&mut command(peer, file, python));
    let able: Vec<usize> = (0..PEERS.len()).filter(|&peer| succeeds(peer, file, python)).collect();
    let ours = || process::price(file, None);
    let others: Vec<_> = able.iter().map(|&peer| move || run(peer)).collect();
    let all: Vec<&dyn Fn()> = std::iter::once(&ours as &dyn Fn()).chain(others.iter().map(|run| run as _)).collect();
    let seconds = medians(&all, rounds);
    println!("\n{}, {rounds} rounds:\n  {:20} {:8.4} s", file.display(), "ours", seconds[0]);
    let mut times = vec![None; PEERS.len()];
    for (&peer, s) in able.iter().zip(&seconds[1..]) {
        times[peer] = Some(s / seconds[0]);
        println!("  {:20} {s:8.4} s, {:.2} times", PEERS[peer].0, s / seconds[0]);
    }
    times
}

fn succeeds(peer: usize, file: &Path, python: &Path) -> bool {
    let output = command(peer, file, python).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; apt-get install prusa-slicer admesh, or --no-peers", PEERS[peer].0)
    });
    if !output.status.success() {
        println!("{} fails on {}: {}", PEERS[peer].0, file.display(), output.status);
    }
    output.status.success()
}

/// The command that measures a file, by the index of its program in [`PEERS`].
fn command(peer: usize, file: &Path, python: &Path) -> Command {
    let words: &[&str] = match peer {
        0 => &["prusa-slicer", "--info"],
        1 => &["admesh"],
        2 => &["", "-c", TRIMESH],
        _ => &["", "-c", NUMPY_STL],
    };
    let mut command = if words[0].is_empty() { Command::new(python) } else { Command::new(words[0]) };
    command.args(&words[1..]).arg(file);
    command
}
