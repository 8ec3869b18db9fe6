//! The programs that people measure meshes with today, by `../shared/tools/peers`, which lies beside the project.
//!
//! What limits us: before anything is known of edges, a process has started and ended, copied the file out of the page
//! cache and summed its triangles. Of a million, these alone (`stages` and `pass` show them) take more than a 25th of what
//! `admesh` takes for all; the rest goes to edges, and to memory that is new to the process.

use std::path::Path;
use std::process::{Command, Stdio};

use bench_report::{Figure, Wanted};

use super::process::{self, ARGUMENTS, PROGRAM};
use super::timing::in_turn;
use super::{Files, figure};

/// Programs, and how many times as long as ours each takes at least: for a million triangles, and for twenty thousand.
const WANTED: [(&str, [f64; 2]); 3] =
    [("prusa-slicer --info", [12.0, 1.0]), ("admesh", [25.0, 1.0]), ("trimesh", [50.0, 1.0])];
const WHOLE: &str = "memory, and page faults of what is new";
const SMALL: &str = "start and exit of the process";
/// The small file is done so fast that more rounds cost little.
const SMALL_TIMES_THE_RUNS: usize = 5;
/// Rounds of ours and of `admesh`, where they are close.
const CLOSE_ROUNDS: usize = 101;

/// How many times as long as ours they take.
pub fn figures(files: &Files, runs: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    let sizes = [
        ("1,000,000 triangles", &files.million, runs, WHOLE),
        ("20,000 triangles", &files.twenty_thousand, runs * SMALL_TIMES_THE_RUNS, SMALL),
    ];
    for (size, (name, file, runs, limit)) in sizes.into_iter().enumerate() {
        for Peer { program, times } in peers(file, runs) {
            let wanted = WANTED.iter().find(|(wanted, _)| *wanted == program).map(|(_, least)| least[size]);
            let what = format!("{name}, whole process: faster than {program}");
            match times {
                Some(times) => figures.push(figure(what, times, "times", wanted.map(Wanted::AtLeast), limit)),
                None => assert!(wanted.is_none(), "{program} failed on {}", file.display()),
            }
        }
    }
    figures.push(close(&files.twenty_thousand));
    let others = [
        ("200,000 triangles in 100 shells", &files.many_shells),
        ("200,000 triangles, a fifth with their last bits off", &files.rounded),
    ];
    for (name, file) in others {
        for Peer { program, times } in peers(file, runs) {
            // One that fails on such a mesh has said so in the tool's own table.
            let Some(times) = times else { continue };
            figures.push(figure(format!("{name}: faster than {program}"), times, "times", None, WHOLE));
        }
    }
    figures
}

/// `admesh` again, to more digits than the tool has.
fn close(file: &Path) -> Figure {
    let admesh = || process::run(Command::new("admesh").arg(file));
    let [ours, admesh] = in_turn([&|| process::price(file, None), &admesh], CLOSE_ROUNDS);
    println!("{}: ours {:.2} ms, admesh {:.2} ms, {CLOSE_ROUNDS} rounds", file.display(), ours * 1e3, admesh * 1e3);
    let what = format!("20,000 triangles, whole process: faster than admesh, {CLOSE_ROUNDS} rounds");
    figure(what, admesh / ours, "times", Some(Wanted::AtLeast(1.0)), SMALL)
}

/// What the tool found of a program.
struct Peer {
    program: String,
    /// How many times as long as ours; none where it failed.
    times: Option<f64>,
}

/// Runs the tool on a file, and shows what it prints.
fn peers(file: &Path, runs: usize) -> Vec<Peer> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/peers");
    assert!(tool.exists(), "{} is not there; --no-peers does without", tool.display());
    let output = Command::new(tool)
        .arg(file)
        .args(["--runs", &runs.to_string(), "--", PROGRAM])
        .args(ARGUMENTS)
        .arg("{}")
        .stderr(Stdio::inherit())
        .output()
        .expect("the tool runs");
    assert!(output.status.success(), "the tool: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    println!("{}, {runs} rounds:\n{text}", file.display());
    assert!(!text.contains("not installed"), "apt-get install prusa-slicer admesh; or --no-peers");
    // A heading; then a program on each line, its name and up to three columns.
    let lines = text.lines().skip(1).map(|line| line.split_at(22));
    let peers = lines.map(|(program, columns)| {
        let times = columns.split_whitespace().nth(2).map(|times| times.parse().expect("a number"));
        Peer { program: program.trim().to_owned(), times }
    });
    let (ours, peers): (Vec<_>, Vec<_>) = peers.partition(|peer| peer.program == "ours");
    assert!(ours.iter().any(|ours| ours.times.is_some()), "ours failed on {}", file.display());
    peers
}
