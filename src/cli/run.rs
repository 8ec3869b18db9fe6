//! `run`: the worker, from its first connection until SIGTERM.

use std::io;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::settings::{Settings, SettingsArgs};
use super::{Exit, Failure, book};
use crate::adapter::amqp::Amqp;
use crate::adapter::s3::S3;
use crate::admin;
use crate::appraise::Appraiser;
use crate::config::Lookup;
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
    settings: SettingsArgs,
}

/// Works until SIGTERM or SIGINT, and then until the jobs in flight are settled.
pub fn run(args: &RunArgs, environment: Lookup<'_>) -> Result<Exit, Failure> {
    let settings = Settings::parse(&args.settings, environment)?;
    let book = book::load(&args.settings.book)?;
    super::runtime()?.block_on(work(settings, book))
}

async fn work(settings: Settings, book: PriceBook) -> Result<Exit, Failure> {
    let Settings { broker, store, jobs, service, traces } = settings;
    let config = super::connection(&broker, jobs.concurrency)?;
    let listener = TcpListener::bind(service.admin_addr).await.map_err(|error| {
        Failure::usage(format!("PRICING_ADMIN_ADDR: cannot listen on {}: {error}", service.admin_addr))
    })?;
    // Port 0 in the configuration becomes the port that the system chose.
    let admin = listener.local_addr().map_err(Failure::other)?;
    let told_to_stop = told_to_stop().map_err(Failure::other)?;
    let identity = book.identity();
    info!(broker = %broker.url, %admin, %traces, concurrency = jobs.concurrency,
          price_book = identity.name, version = identity.version, "starting");

    let (health, readiness) = Health::starting();
    let appraiser = Appraiser::new(book, super::limits(&jobs));
    // The other half is for measuring: so the bytes that are read ahead fit in any budget.
    let store = S3::from_env(store.path_style).await.reading_ahead(jobs.memory_budget_bytes / 2);
    let bounds = super::bounds(&jobs, service.drain_timeout);
    let handler = Arc::new(Handler::new(store, appraiser, &bounds, &health));
    let server = admin::serve(listener, readiness, Arc::clone(handler.metrics()));
    let work = async |stop: CancellationToken| {
        let connect = || Amqp::connect(&config, &health);
        worker::run(connect, &handler, &bounds, stop.cancelled_owned()).await
    };
    let worked = admin::serve_beside(server, told_to_stop, work).await.map_err(Failure::other)?;
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
