//! The stored figures: a file per bench in `docs/speed`, and the table of all in `docs/performance.md`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

use super::{Figure, marks, picture, words};

/// The benches that store figures, in the order of the table.
const ORDER: [&str; 3] = ["one_model", "any_size", "worker"];

/// The figures of one bench, with the machine and the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    pub title: String,
    pub command: String,
    /// In UTC.
    pub date: String,
    pub machine: Machine,
    pub figures: Vec<Figure>,
}

/// The machine that a bench ran on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's model name.
    cpu: String,
    cores: usize,
    memory_gib: f64,
}

impl Machine {
    fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let (cpus, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
        let value = |text: &str, key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
        };
        // Only x86 gives its model name here.
        let cpu = value(&cpus, "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
        let memory = value(&memory, "MemTotal").expect("the memory's size");
        let kib: f64 = memory.trim_end_matches(" kB").parse().expect("a number of KiB");
        let cores = available_parallelism().expect("the number of cores").get();
        Self { cpu, cores, memory_gib: (kib / f64::from(1 << 20) * 10.0).round() / 10.0 }
    }

    pub fn words(&self) -> String {
        let Self { cpu, cores, memory_gib } = self;
        format!("{cpu}, {cores} cores, {memory_gib} GiB")
    }
}

/// Stores the figures of a bench, and redraws those of all benches.
pub fn keep(name: &str, title: &str, command: &str, figures: &[Figure]) {
    assert!(ORDER.contains(&name), "{name} has no place in the report: {ORDER:?}");
    let folder = docs().join("speed");
    fs::create_dir_all(&folder).expect("docs/speed/");
    let bench = Bench {
        title: title.into(),
        command: command.into(),
        date: jiff::Timestamp::now().strftime("%F").to_string(),
        machine: Machine::this(),
        figures: figures.to_vec(),
    };
    let json = serde_json::to_string_pretty(&bench).expect("figures as JSON");
    fs::write(folder.join(format!("{name}.json")), json + "\n").expect("docs/speed/");
    redraw();
}

/// Draws `docs/speed.svg` and the table of `docs/performance.md` from the stored figures.
pub fn redraw() {
    let docs = docs();
    let folder = docs.join("speed");
    let benches: Vec<_> = ORDER.iter().filter_map(|name| kept(&folder.join(format!("{name}.json")))).collect();
    fs::write(docs.join("speed.svg"), picture::draw(&benches)).expect("docs/speed.svg");
    write_between(&docs.join("performance.md"), "speed", &table(&benches));
}

/// Replaces the text between its marks in a document.
pub fn write_between(document: &Path, name: &str, between: &str) {
    let shown = document.display();
    let text = fs::read_to_string(document).unwrap_or_else(|error| panic!("{shown}: {error}"));
    fs::write(document, marks::replaced(&text, name, between)).unwrap_or_else(|error| panic!("{shown}: {error}"));
}

/// The project's documents.
pub fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The figures of a bench; none if it has not run yet.
fn kept(file: &Path) -> Option<Bench> {
    let text = file.exists().then(|| fs::read_to_string(file).expect("the figures"))?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// The table, in Markdown.
fn table(benches: &[Bench]) -> String {
    let mut text = String::from("| what | measured | wanted | limited by |\n| --- | --- | --- | --- |\n");
    for Bench { title, command, date, machine, figures } in benches {
        let [title, command, machine] = [title, command, &machine.words()].map(|text| cell(text));
        writeln!(text, "| **{title}**: `{command}`, {date}; {machine} | | | |").expect("a string takes all text");
        for figure in figures {
            let [what, limit] = [&figure.what, &figure.limit].map(|text| cell(text));
            let [measured, wanted] = [words::measured(figure), words::wanted(figure)].map(|text| cell(&text));
            let missed = match figure.wanted {
                Some(wanted) if !figure.holds() => format!(", **{}**", words::verdict(figure.value, wanted)),
                _ => String::new(),
            };
            writeln!(text, "| {what} | {measured}{missed} | {wanted} | {limit} |").expect("a string takes all text");
        }
    }
    text
}

/// Text escaped for a cell: a bar would start the next cell, a line break the next row, and a `<` could be a tag.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|").replace('<', "&lt;")
}
