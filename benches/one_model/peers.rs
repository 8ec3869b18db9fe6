//! The programs that people measure meshes with today, each as a whole process, in turn with this one.
//!
//! Our limit: before any work on edges, a process has started and ended, copied the file out of the page cache and
//! summed its triangles. For a million triangles, these alone (see `stages` and `pass`) take more than a 25th of
//! `admesh`'s total time; the rest goes to edges, and to memory that is new to the process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_report::{Figure, Wanted};
use test_support::python;

use super::process;
use super::timing::medians;
use super::{Files, figure};

/// A program that is timed beside ours.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// What the figures call it.
    pub name: &'static str,
    /// The words before the file; the first is empty for the interpreter of Python.
    pub words: &'static [&'static str],
}

impl Peer {
    /// The words of its command line, but for the file.
    fn words(self, python: &Path) -> Vec<OsString> {
        let words = self.words.iter().map(OsString::from);
        words.map(|word| if word.is_empty() { python.into() } else { word }).collect()
    }

    fn command(self, file: &Path, python: &Path) -> Command {
        let words = self.words(python);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(file);
        command
    }

    /// Whether it reads a file, in a time that a bench can wait for. One that is not installed stops the bench.
    fn succeeds(self, file: &Path, python: &Path) -> bool {
        let output = Command::new("timeout").arg(MOST_SECONDS).args(self.words(python)).arg(file).output();
        let status = output.expect("timeout is one of coreutils").status;
        let name = self.name;
        assert_ne!(
            status.code(),
            Some(NOT_INSTALLED),
            "{name} is missing: apt-get install prusa-slicer admesh assimp-utils, or --no-peers"
        );
        if !status.success() {
            println!("{} fails on {}: {status}", self.name, file.display());
        }
        status.success()
    }
}

/// The time after which a program has failed: assimp takes hours for an AMF file of a million triangles.
const MOST_SECONDS: &str = "120";
/// The exit status of `timeout` where the program is not found.
const NOT_INSTALLED: i32 = 127;

/// trimesh, which reads most formats.
pub const TRIMESH: Peer = Peer { name: "trimesh", words: &["", "-c", TRIMESH_CODE] };
/// The programs for STL, and the least ratio of the time of each to ours: for a million triangles, and for twenty thousand.
const PEERS: [(Peer, Option<[f64; 2]>); 4] = [
    (Peer { name: "prusa-slicer --info", words: &["prusa-slicer", "--info"] }, Some([12.0, 1.0])),
    (Peer { name: "admesh", words: &["admesh"] }, Some([25.0, 1.0])),
    (TRIMESH, Some([50.0, 1.0])),
    (Peer { name: "numpy-stl", words: &["", "-c", NUMPY_STL] }, None),
];
/// Packages of Python programs; trimesh counts bodies by scipy and networkx, and reads 3MF by lxml.
const PACKAGES: [&str; 7] = [
    "trimesh==5.2.0",
    "numpy-stl==4.1.1",
    "numpy==2.4.6",
    "scipy==1.17.1",
    "networkx==3.6.1",
    "lxml==6.1.3",
    "lib3mf==2.5.0",
];
const TRIMESH_CODE: &str = "import sys, trimesh\n\
    mesh = trimesh.load(sys.argv[1], force='mesh')\n\
    print(mesh.volume, mesh.area, mesh.bounds, mesh.is_watertight, mesh.body_count)";
const NUMPY_STL: &str = "import sys\n\
    from stl import mesh\n\
    print(mesh.Mesh.from_file(sys.argv[1]).get_mass_properties())";
const WHOLE: &str = "memory, and page faults of what is new";
const SMALL: &str = "start and exit of the process";
/// The small file is so fast that more rounds cost little, and our time is close to `admesh`'s.
const SMALL_TIMES_THE_RUNS: usize = 20;

/// The interpreter that has the packages of all peers in Python.
pub fn interpreter() -> PathBuf {
    python::interpreter("pricing-worker-bench-peers", &PACKAGES)
}

/// The ratio of each program's time to ours.
pub fn figures(files: &Files, runs: usize) -> Vec<Figure> {
    let python = interpreter();
    let peers = PEERS.map(|(peer, _)| peer);
    // Name, file, rounds, the index of the wanted value in PEERS, and our limit.
    let table = [
        ("1,000,000 triangles, whole process", &files.million, runs, Some(0), WHOLE),
        ("20,000 triangles, whole process", &files.twenty_thousand, runs * SMALL_TIMES_THE_RUNS, Some(1), SMALL),
        ("200,000 triangles in 100 shells", &files.many_shells, runs, None, WHOLE),
        ("200,000 triangles, a fifth with their last bits off", &files.rounded, runs, None, WHOLE),
    ];
    let mut figures = Vec::new();
    for (name, file, rounds, size, limit) in table {
        for ((peer, wanted), times) in PEERS.into_iter().zip(times_ours(&peers, file, &python, rounds)) {
            let wanted = wanted.zip(size).map(|(wanted, size): ([f64; 2], usize)| Wanted::AtLeast(wanted[size]));
            assert!(wanted.is_none() || times.is_some(), "{} fails on {name}", peer.name);
            let what = format!("{name}: faster than {}", peer.name);
            figures.extend(times.map(|times| figure(what, times, "times", wanted, limit)));
        }
    }
    figures
}

/// The ratio of each program's time to ours for a file; none if it fails.
pub fn times_ours(peers: &[Peer], file: &Path, python: &Path, rounds: usize) -> Vec<Option<f64>> {
    let able: Vec<usize> = (0..peers.len()).filter(|&peer| peers[peer].succeeds(file, python)).collect();
    let ours = || process::price(file, None);
    let others: Vec<_> =
        able.iter().map(|&peer| move || process::run(&mut peers[peer].command(file, python))).collect();
    let all: Vec<&dyn Fn()> = std::iter::once(&ours as &dyn Fn()).chain(others.iter().map(|run| run as _)).collect();
    let seconds = medians(&all, rounds);
    println!("\n{}, {rounds} rounds:\n  {:20} {:8.4} s", file.display(), "ours", seconds[0]);
    let mut times = vec![None; peers.len()];
    for (&peer, s) in able.iter().zip(&seconds[1..]) {
        times[peer] = Some(s / seconds[0]);
        println!("  {:20} {s:8.4} s, {:.2} times", peers[peer].name, s / seconds[0]);
    }
    times
}
