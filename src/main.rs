//! The program: reads the command line and the environment, and leaves the rest to the library.

use std::process::ExitCode;

use clap::Parser;
use pricing_worker::cli::{self, Cli};
use pricing_worker::config::Environment;

fn main() -> ExitCode {
    cli::dispatch(&Cli::parse(), &Environment::of_process())
}
