//! Runs of the whole program, from start to exit.

use std::path::Path;
use std::process::{Command, Stdio};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_pricing-worker");
pub const ARGUMENTS: [&str; 3] = ["price", "--format", "json"];

/// Prices a file on `threads` threads, by default one per core.
pub fn price(file: &Path, threads: Option<usize>) {
    let mut command = Command::new(PROGRAM);
    command.args(ARGUMENTS).arg(file).env_remove("RAYON_NUM_THREADS");
    if let Some(threads) = threads {
        command.env("RAYON_NUM_THREADS", threads.to_string());
    }
    run(&mut command);
}

/// Runs a program until it exits.
pub fn run(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
