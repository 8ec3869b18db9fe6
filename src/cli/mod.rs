//! The command line: one file per command, and what commands share.
//!
//! A command gets its arguments and the environment, and gives an [`Exit`]. It reports an error in them on standard error,
//! and prints nothing then. [`crate::config`] parses all settings.

mod book;
mod cad;
mod check;
mod dead_letters;
mod deep_stacks;
mod find_models;
mod items;
mod ordered_results;
mod output;
pub mod panics;
mod price;
mod run;
pub mod schema;
mod slices;
mod submit;
mod table;
mod terminal_text;
mod topology;
mod worker_config;

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tracing::warn;

use crate::adapter::amqp;
use crate::appraise::{Limits, least_memory_bytes};
use crate::config::{Broker, ConfigErrors, Environment, Flags, Jobs, Log, Section, Sources, Threads, Traces};
use crate::pricing::PriceBook;
use crate::telemetry::Telemetry;
use crate::worker::WorkerLimits;
use crate::{telemetry, worker};

/// Measures 3D models and quotes them.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 120,
    after_help = "Examples:
  pricing-worker price ring.stl                     what a model costs, in every material
  pricing-worker price --format json models/        one event a line, for programs
  pricing-worker run                                the worker, between RabbitMQ and S3

Exit status: 0 all priced, 1 some were not, 2 usage or configuration."
)]
pub struct Cli {
    #[command(flatten)]
    log: Flags<Log>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Price(price::PriceArgs),
    Run(run::RunArgs),
    Submit(submit::SubmitArgs),
    Slices(slices::SlicesArgs),
    Check(check::CheckArgs),
    Schema(schema::SchemaArgs),
    Topology(topology::TopologyArgs),
    DeadLetters(dead_letters::DeadLettersArgs),
}

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done or priced.
    Done,
    /// Some models were not priced, or the command failed.
    SomeNotPriced,
    /// The usage, the configuration or the price book is wrong.
    Usage,
}

/// The error of a command, with its exit status.
#[derive(Debug)]
pub struct CommandError {
    exit: Exit,
    message: String,
}

/// Runs the command.
pub fn dispatch(cli: &Cli, environment: &Environment) -> ExitCode {
    panics::report_uncaught();
    let reads_messages = matches!(cli.command, Command::Run(_) | Command::DeadLetters(_));
    let deep_stacks = if reads_messages { deep_stacks::ensure(environment) } else { Ok(()) };
    #[cfg(feature = "fail-points")]
    worker::fail_point::arm(environment.variable("PRICING_FAIL_POINTS"));
    let exit = start_telemetry(cli, environment).and_then(|_telemetry| {
        if let Err(error) = deep_stacks {
            warn!(%error, "stacks stay shallow: headers that nest some hundred levels would end the process");
        }
        run(&cli.command, environment)
    });
    let exit = exit.unwrap_or_else(|failure| {
        eprintln!("{failure}");
        failure.exit
    });
    ExitCode::from(exit)
}

fn run(command: &Command, environment: &Environment) -> Result<Exit, CommandError> {
    match command {
        Command::Price(args) => price::run(args, environment),
        Command::Run(args) => run::run(args, environment),
        Command::Submit(args) => submit::run(args, environment),
        Command::Slices(args) => slices::run(args, environment),
        Command::Check(args) => check::run(args, environment),
        Command::Schema(args) => schema::run(args),
        Command::Topology(args) => topology::run(args, environment),
        Command::DeadLetters(args) => dead_letters::run(args, environment),
    }
}

/// Starts logs and traces. `run` logs from level info, the other commands only errors, as their output is their result. The
/// AMQP client logs nothing: the user of a connection logs its failure. Commands that send or receive messages collect
/// traces.
fn start_telemetry(cli: &Cli, environment: &Environment) -> Result<Telemetry, CommandError> {
    let levels = if matches!(cli.command, Command::Run(_)) { "info,lapin=off" } else { "error,lapin=off" };
    let traces = match cli.command {
        Command::Run(_) | Command::Submit(_) => Some(Traces::parse(&Sources::of_environment(environment))?),
        _ => None,
    };
    telemetry::init(&cli.log.parse(environment)?, levels, traces.as_ref()).map_err(CommandError::usage)
}

/// The configuration of a connection to RabbitMQ for a number of jobs at once.
fn connection(broker: &Broker, concurrency: usize) -> amqp::Config {
    amqp::Config::new(broker.access.clone(), broker.topology, concurrency)
}

/// The limits of a model. The error is a memory budget too small for the largest mesh whose topology is examined, priced by
/// this book.
fn limits(jobs: &Jobs, book: &PriceBook) -> Result<Limits, ConfigErrors> {
    jobs.require_room_for_topology(|triangles| least_memory_bytes(triangles, book))?;
    Ok(Limits { object_bytes: jobs.max_object_bytes, topology_triangles: jobs.topology_triangles })
}

/// The limits of the worker.
fn bounds(jobs: &Jobs, drain_timeout: Duration) -> WorkerLimits {
    WorkerLimits {
        concurrency: jobs.concurrency,
        memory_budget_bytes: jobs.memory_budget_bytes,
        job_timeout: jobs.timeout,
        drain_timeout,
    }
}

/// A runtime on this thread alone, for a command that reads files on blocking threads, and converts them in processes.
fn runtime_of_one_thread() -> Result<tokio::runtime::Runtime, CommandError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::other)
}

/// A runtime for messages and bytes.
fn runtime(cores: usize) -> Result<tokio::runtime::Runtime, CommandError> {
    worker::runtime(cores).map_err(CommandError::other)
}

/// Says how many threads compute, before the first does.
fn set_compute_threads(threads: Threads) {
    worker::set_compute_threads(threads.computing);
    if let Some(threads) = threads.told_to_rayon {
        worker::set_rayon_threads(threads);
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::SomeNotPriced => 1,
            Exit::Usage => 2,
        })
    }
}

impl CommandError {
    /// An error in the command line, the configuration or the price book.
    fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, message: format!("error: {message}") }
    }

    /// The same, with a message that is laid out for a terminal.
    fn rendered(message: &str) -> Self {
        Self { exit: Exit::Usage, message: message.trim_end().to_owned() }
    }

    /// Any other error.
    fn other(message: impl fmt::Display) -> Self {
        Self { exit: Exit::SomeNotPriced, message: format!("error: {message}") }
    }

    /// Two errors as one.
    fn and(self, other: &Self) -> Self {
        Self { exit: self.exit, message: format!("{}\n{}", self.message, other.message) }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ConfigErrors> for CommandError {
    fn from(errors: ConfigErrors) -> Self {
        let lines: Vec<_> = errors.0.iter().map(|error| format!("error: {error}")).collect();
        Self::rendered(&lines.join("\n"))
    }
}
