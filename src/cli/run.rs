//! `run`: the worker between RabbitMQ and S3, until SIGTERM.

use std::io;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::cad::{Converter, with_converter};
use super::worker_config::{WorkerArgs, WorkerConfig};
use super::{CommandError, Exit, book};
use crate::adapter::amqp::Amqp;
use crate::adapter::s3::S3;
use crate::admin;
use crate::appraise::Appraiser;
use crate::config::Environment;
use crate::worker::{self, Handler, Health};

/// The worker: takes requests from RabbitMQ and models from S3, and publishes results, until SIGTERM
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker run
  PRICING_AMQP_URL_FILE=/run/secrets/amqp AWS_ENDPOINT_URL=http://127.0.0.1:9000 pricing-worker run
  RUST_LOG=debug pricing-worker run --concurrency 4 --price-book book.toml")]
pub struct RunArgs {
    #[command(flatten)]
    config: WorkerArgs,
}

/// Works until SIGTERM or SIGINT, and then until the jobs in flight are settled.
pub fn run(args: &RunArgs, environment: &Environment) -> Result<Exit, CommandError> {
    let config = WorkerConfig::parse(&args.config, environment)?;
    let book = book::load(&args.config.book, environment)?;
    let limits = super::limits(&config.jobs, &book)?;
    super::set_compute_threads(config.jobs.threads);
    let (appraiser, converter) = with_converter(Appraiser::new(book, limits), &config.cad, environment);
    super::runtime(config.jobs.threads.cores)?.block_on(work(config, appraiser, converter))
}

async fn work(config: WorkerConfig, appraiser: Appraiser, converter: Converter) -> Result<Exit, CommandError> {
    let WorkerConfig { broker, store, jobs, cad: _, lifecycle, traces } = config;
    let config = super::connection(&broker, jobs.concurrency);
    let listener = TcpListener::bind(lifecycle.admin_addr).await.map_err(|error| {
        CommandError::usage(format!("PRICING_ADMIN_ADDR: cannot listen on {}: {error}", lifecycle.admin_addr))
    })?;
    // With port 0 the system chooses the port.
    let admin = listener.local_addr().map_err(CommandError::other)?;
    let told_to_stop = told_to_stop().map_err(CommandError::other)?;
    let identity = appraiser.book().identity();
    info!(broker = %broker.secrets.url, %admin, %traces, concurrency = jobs.concurrency,
          threads = jobs.threads.computing, reads_cad = converter.is_some(), price_book = identity.name, version = identity.version, "starting");

    let (health, readiness) = Health::starting();
    // Bytes that are read ahead get the part of the budget that the largest model does not take.
    let ahead_bytes = jobs.memory_budget_bytes.saturating_sub(appraiser.least_memory_bytes());
    let store = S3::from_env(store.path_style, store.ca_bundle).await.reading_ahead(ahead_bytes);
    let bounds = super::bounds(&jobs, lifecycle.drain_timeout);
    let handler = Arc::new(Handler::<_>::with_converter(store, appraiser, converter, &bounds, &health));
    let server = admin::serve(listener, readiness, Arc::clone(handler.metrics()));
    let work = async |stop: CancellationToken| {
        let connect = || Amqp::connect(&config, &health);
        worker::run(connect, &handler, &bounds, stop.cancelled_owned()).await
    };
    let worked = admin::serve_beside(server, told_to_stop, work).await.map_err(CommandError::other)?;
    worked.map(|()| Exit::Done).map_err(CommandError::usage)
}

/// A future that resolves at SIGTERM or SIGINT. The handlers are set when this function returns.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        info!(signal = name, "told to stop");
    })
}
