//! `pricing-cad`: converts CAD files to the stream that `pricing-worker` reads (docs/cad-stream.md).
//!
//! One process converts one file: bytes on standard input, the stream on standard output. The CAD kernel runs in `WebAssembly`, with
//! a limit of memory, in a process that denies itself files, sockets and other processes before it reads the first byte. A file
//! that is no model is an answer, in the stream; whoever starts the process limits its time.

mod kernel;
mod limits;
mod mesh;
mod model;
mod refusal;
mod rhino;
mod step;
mod stream;

use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use sha2::{Digest, Sha256};

use self::limits::Limits;
use self::model::Model;
use self::refusal::Refusal;
use self::stream::StreamWriter;

/// Converts CAD files to the stream that pricing-worker reads.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Converts a file: its bytes on standard input, the stream on standard output
    Convert {
        /// The format of the file
        #[arg(long)]
        format: Format,
        #[command(flatten)]
        limits: Limits,
    },
    /// Compiles the CAD kernel ahead of time, which takes minutes of processor time
    CompileModule {
        /// The file to write [default: the one that is looked for, beside this program]
        path: Option<PathBuf>,
    },
}

/// A format of CAD files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// STEP, ISO 10303-21
    Step,
    /// Rhino
    #[value(name = "3dm")]
    ThreeDm,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Convert { format, limits } => convert(format, &limits),
        Command::CompileModule { path } => compile_module(path),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pricing-cad: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compile_module(path: Option<PathBuf>) -> Result<(), Box<dyn std::error::Error>> {
    let path = path.map_or_else(kernel::module_path, Ok)?;
    Ok(kernel::compile_module(&path)?)
}

fn convert(format: Format, limits: &Limits) -> Result<(), Box<dyn std::error::Error>> {
    // Whatever takes a file, or comes from one that is trusted, comes before the limits.
    let kernel = match format {
        Format::Step => Some(kernel::start(&kernel::module()?, limits.kernel_bytes())?),
        Format::ThreeDm => None,
    };
    limits.enforce()?;
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let read: Result<Model, Refusal> = match kernel {
        Some(mut kernel) => step::read(&bytes, &mut kernel, limits),
        None => rhino::read(&bytes, limits),
    };
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let mut to = BufWriter::new(io::stdout().lock());
    match read {
        Ok(model) => model.write(&mut to, sha256)?,
        Err(refusal) => StreamWriter::begin(&mut to)?.refuse(&refusal)?,
    }
    Ok(to.flush()?)
}
