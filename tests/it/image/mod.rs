//! The container image: what its Dockerfile says, and what comes of it on a machine without a container engine.
//!
//! `dockerfile` and `context` read what a builder reads, `stages` does what it would do, and the rest hold what must be:
//! `rules` of the file as written, at every run; `program` of the image that comes of it, and `bill_of_materials`, where the
//! long tests run.

mod bill_of_materials;
mod context;
mod dockerfile;
mod program;
mod rules;
mod stages;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the project.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// What a program writes on standard output; it must be there and succeed.
#[track_caller]
fn output(command: &mut Command, how_to_get_it: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {how_to_get_it}"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{stdout}{stderr}", output.status);
    stdout
}
