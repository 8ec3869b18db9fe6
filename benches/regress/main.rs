//! Counts the core's instructions on three fixed inputs, by callgrind, and compares them with the committed counts.
//!
//! Times differ from run to run by more than a change that is worth noticing; counts hardly do. The counted region
//! answers a request in memory, on one thread, from the first byte to the event: it excludes the start of the program
//! and the making of the input. A count shows neither waits for memory nor threads: `one_model` measures these.
//!
//! ```sh
//! cargo bench --bench regress                 # fails where a count grew by over 5 %
//! cargo bench --bench regress -- --update     # writes today's counts into figures.json
//! ```
//!
//! Counts hold for one compiler on one architecture: `figures.json` names them.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use bench_report::counts::Counts;
use clap::Parser;
use pricing_worker::appraise::{Appraiser, Limits, QuoteRequest};
use pricing_worker::contract::{Completed, Reason};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{measure, quote_request};

use self::inputs::Input;

mod inputs;

/// Counts the core's instructions, and compares them with benches/regress/figures.json.
#[derive(Debug, Parser)]
struct Arguments {
    /// Writes today's counts into benches/regress/figures.json.
    #[arg(long)]
    update: bool,
    /// What runs under callgrind: appraises one input.
    #[arg(long, hide = true)]
    appraise: Option<String>,
    /// Cargo's own.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(name) = arguments.appraise {
        appraise(inputs::named(&name));
        return ExitCode::SUCCESS;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/regress/figures.json");
    let instructions: BTreeMap<_, _> =
        inputs::ALL.iter().map(|input| (input.name.to_owned(), instructions(input.name))).collect();
    let now = Counts { compiler: compiler(), instructions };
    if arguments.update {
        fs::write(&file, serde_json::to_string_pretty(&now).expect("JSON") + "\n").expect("figures.json");
        println!("benches/regress/figures.json is as counted now; commit it, and say why in the message");
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let comparison = serde_json::from_str::<Counts>(&text).expect("figures.json has figures").compare(&now);
    print!("{comparison}");
    if comparison.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Appraises an input, on this thread alone.
fn appraise(input: &Input) {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("no other pool yet");
    let limits = Limits { object_bytes: u64::MAX, topology_triangles: u64::MAX };
    let appraiser = Appraiser::new(PriceBook::sample(), limits);
    let json = counted_by_callgrind(&appraiser, &quote_request("model.stl"), &(input.bytes)());
    let event = String::from_utf8(json).expect("JSON is text");
    // The input still takes every intended step.
    for part in input.event_has {
        assert!(event.contains(part), "{}: no {part} in {event}", input.name);
    }
}

/// The counted function, with all that it calls. Callgrind selects it by its name: nothing else may have that name, not
/// even a closure in here.
#[inline(never)]
fn counted_by_callgrind(appraiser: &Appraiser, request: &QuoteRequest, bytes: &[u8]) -> Vec<u8> {
    black_box(answered(appraiser, request, black_box(bytes)))
}

fn answered(appraiser: &Appraiser, request: &QuoteRequest, bytes: &[u8]) -> Vec<u8> {
    let result = completed(appraiser, request, bytes);
    appraiser.outcome(request, &request.object, result).to_json()
}

fn completed(appraiser: &Appraiser, request: &QuoteRequest, bytes: &[u8]) -> Result<Completed, Reason> {
    appraiser.quote(request, &request.object, measure(appraiser, request, [bytes])?)
}

/// Runs this program on an input under callgrind.
fn instructions(input: &str) -> u64 {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{input}.out"));
    let program = std::env::current_exe().expect("this program");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_by_callgrind*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["--appraise", input])
        .env_clear()
        .output()
        .unwrap_or_else(|error| panic!("valgrind: {error}; apt-get install valgrind"));
    assert!(run.status.success(), "{input} under callgrind: {}", String::from_utf8_lossy(&run.stderr));
    let text = fs::read_to_string(&out).expect("what callgrind counted");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a line with the total");
    let total = total.trim().parse().expect("one event is counted: instructions");
    assert!(total > 0, "callgrind did not find the function that is counted");
    total
}

/// The compiler of the counted code.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output().expect("rustc, which has compiled this");
    let version = String::from_utf8(output.stdout).expect("text");
    format!("{} for {}", version.trim(), std::env::consts::ARCH)
}
