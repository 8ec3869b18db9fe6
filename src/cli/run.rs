//! `run`: the worker, from its first connection until SIGTERM.

use std::io;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::worker_config::{WorkerArgs, WorkerConfig};
use super::{Exit, Failure, book};
use crate::adapter::amqp::Amqp;
use crate::adapter::s3::S3;
use crate::admin;
use crate::appraise::Appraiser;
use crate::config::Environment;
use crate::pricing::PriceBook;
use crate::worker::{self, Handler, Health};

/// The worker: takes requests from RabbitMQ and models from S3, and publishes results, until SIGTERM.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker run
  PRICING_AMQP_URL_FILE=/run/secrets/amqp AWS_ENDPOINT_URL=http://127.0.0.1:9000 pricing-worker run
  RUST_LOG=debug pricing-worker run --concurrency 4 --price-book book.toml")]
pub struct RunArgs {
    #[command(flatten)]
    config: WorkerArgs,
}

/// Works until SIGTERM or SIGINT, and until what is in flight then is settled.
pub fn run(args: &RunArgs, environment: &Environment) -> Result<Exit, Failure> {
    let config = WorkerConfig::parse(&args.config, environment)?;
    let book = book::load(&args.config.book, environment)?;
    worker::set_compute_threads(config.jobs.compute_threads);
    super::runtime(environment)?.block_on(work(config, book))
}

async fn work(config: WorkerConfig, book: PriceBook) -> Result<Exit, Failure> {
    let WorkerConfig { broker, store, jobs, lifecycle, traces } = config;
    let config = super::connection(&broker, jobs.concurrency);
    let listener = TcpListener::bind(lifecycle.admin_addr).await.map_err(|error| {
        Failure::usage(format!("PRICING_ADMIN_ADDR: cannot listen on {}: {error}", lifecycle.admin_addr))
    })?;
    // Port 0 stands for any free port: the address names the one that the system chose.
    let admin = listener.local_addr().map_err(Failure::other)?;
    let told_to_stop = told_to_stop().map_err(Failure::other)?;
    let identity = book.identity();
    info!(broker = %broker.url, %admin, %traces, concurrency = jobs.concurrency,
          price_book = identity.name, version = identity.version, "starting");

    let (health, readiness) = Health::starting();
    let ended = CancellationToken::new();
    let appraiser = Appraiser::new(book, super::limits(&jobs));
    // The other half is for what is computed: whatever the budget, what is read ahead fits in it.
    let store = S3::from_env(store.path_style).await.reading_ahead(jobs.memory_budget_bytes / 2);
    let bounds = super::bounds(&jobs, lifecycle.drain_timeout);
    let handler = Arc::new(Handler::new(store, appraiser, &bounds, &health));
    let metrics = Arc::clone(handler.metrics());
    let probes = tokio::spawn(admin::serve(listener, readiness, metrics, ended.clone().cancelled_owned()));
    let worked = worker::run(|| Amqp::connect(&config, &health), &handler, &bounds, told_to_stop).await;
    ended.cancel();
    // A client that is still connected to a probe does not keep the process.
    probes.abort();
    worked.map(|()| Exit::Done).map_err(Failure::usage)
}

/// Resolves at SIGTERM or SIGINT. The handlers are in place when this returns.
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
