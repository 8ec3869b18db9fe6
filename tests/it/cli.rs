//! Tests of the program as a process: its output and its exit status.

mod broker;
mod config;
mod dead_letters;
mod folders;
mod mutual_tls;
mod online;
mod output;
mod price;
mod secrets;
mod slices;
mod store_network;
mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program in an environment with none of its variables.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pricing-worker"));
    command.env_clear();
    command
}

/// Runs the program until it exits.
fn run<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(program().args(arguments))
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { exit: status.code().expect("it ends by itself"), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The events on standard output, one per line.
    fn events(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is an event")).collect()
    }

    /// The request ids of the events, in order.
    fn ids(&self) -> Vec<String> {
        let id = |event: &serde_json::Value| event["data"]["request_id"].as_str().expect("it has one").to_owned();
        self.events().iter().map(id).collect()
    }
}

/// A file of fixtures/.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

/// A cube of 10 mm: 1 cm³.
fn cube() -> Vec<u8> {
    std::fs::read(fixture("models/cube-10mm-binary.stl")).expect("the fixture is there")
}
