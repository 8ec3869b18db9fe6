//! Figures that are kept: a file for each bench, and the README's table of all.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

use super::{Figure, picture, wording};

/// The benches, as they follow one another.
const ORDER: [&str; 4] = ["one_model", "read_stl", "any_size", "worker"];
const MARKS: [&str; 2] = ["<!-- speed -->\n", "<!-- /speed -->\n"];

/// What one bench found, where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    pub title: String,
    pub command: String,
    /// In UTC.
    pub date: String,
    pub machine: Machine,
    pub figures: Vec<Figure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// As the processor calls itself.
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
        // Only x86 says its model here.
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

/// Keeps figures, and draws all that were kept.
pub fn write(name: &str, title: &str, command: &str, figures: &[Figure]) {
    assert!(ORDER.contains(&name), "{name} has no place in the report: {ORDER:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("docs/speed");
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
    let benches: Vec<_> = ORDER.iter().filter_map(|name| kept(&folder.join(format!("{name}.json")))).collect();
    fs::write(root.join("docs/speed.svg"), picture::draw(&benches)).expect("docs/speed.svg");
    write_table(&root.join("README.md"), &table(&benches));
}

/// What a bench found; none where it has not run yet.
fn kept(file: &Path) -> Option<Bench> {
    let text = file.exists().then(|| fs::read_to_string(file).expect("the figures"))?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// The table, in Markdown.
fn table(benches: &[Bench]) -> String {
    let mut text = String::from("| what | measured | wanted | limited by |\n| --- | --- | --- | --- |\n");
    for Bench { title, command, date, machine, figures } in benches {
        let [title, command, machine] = [title, command, &machine.words()].map(|words| cell(words));
        writeln!(text, "| **{title}**: `{command}`, {date}; {machine} | | | |").expect("a string takes all text");
        for figure in figures {
            let [what, limit] = [&figure.what, &figure.limit].map(|words| cell(words));
            let [measured, wanted] = [wording::measured(figure), wording::wanted(figure)].map(|words| cell(&words));
            let missed = match figure.wanted {
                Some(wanted) if !figure.holds() => format!(", **{}**", wording::verdict(figure.value, wanted)),
                _ => String::new(),
            };
            writeln!(text, "| {what} | {measured}{missed} | {wanted} | {limit} |").expect("a string takes all text");
        }
    }
    text
}

/// Text in a cell: a bar in it would begin the next one, a line break the next row, and a `<` could be a tag.
fn cell(words: &str) -> String {
    words.replace('\n', " ").replace('|', "\\|").replace('<', "&lt;")
}

/// Puts the table between its marks in the README.
fn write_table(readme: &Path, table: &str) {
    let text = fs::read_to_string(readme).expect("the README");
    let parts = text.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) =
        parts.unwrap_or_else(|| panic!("the README has no lines {MARKS:?}, for the table to stand between"));
    fs::write(readme, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1])).expect("the README");
}
