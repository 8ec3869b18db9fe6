//! The program: passes the command line and the environment to the library.

use std::process::ExitCode;

use clap::Parser;
use pricing_worker::cli::{self, Cli};
use pricing_worker::config::Environment;

fn main() -> ExitCode {
    cli::dispatch(&Cli::parse(), &Environment::of_process())
}
