//! The program: reads the command line, and leaves the rest to the library.

use std::process::ExitCode;

use clap::Parser;
use pricing_worker::cli::{self, Cli};

fn main() -> ExitCode {
    cli::dispatch(&Cli::parse(), &|name| std::env::var(name).ok())
}
