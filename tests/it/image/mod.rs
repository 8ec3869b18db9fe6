//! Tests of the container image, without a container engine: of its Dockerfile, and of the image that it makes.
//!
//! `dockerfile` and `context` read a builder's input, and `stages` does a builder's work. The other modules are the
//! checks: `rules` of the Dockerfile at every run; `program` and `bill_of_materials` of the built image in the long
//! tests.

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

/// A program's standard output; the program must exist and succeed.
#[track_caller]
fn output(command: &mut Command, how_to_get_it: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {how_to_get_it}"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{stdout}{stderr}", output.status);
    stdout
}
