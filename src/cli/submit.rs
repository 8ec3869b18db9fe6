//! `submit`: uploads files, enqueues a request for each, and with `--wait` prints the results.
//!
//! It takes the role of a shop or the MES: it knows the topology, the bucket and the messages, and no price book. The numbers
//! of uploads and of open requests are bounded.

mod request;
mod results;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::request::Submission;
use self::results::{SubmitLinks, submit_all};
use super::find_models::walk;
use super::items::ItemArgs;
use super::output::{Output, OutputFormat};
use super::{CommandError, Exit};
use crate::adapter::amqp::{Publisher, Results};
use crate::adapter::s3::S3;
use crate::config::{Broker, ConfigErrors, Environment, Flags, Store, allows_colors};
use crate::worker::ports::Route;

/// Uploads models to S3 and enqueues a request for each
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker submit --bucket models --wait ring.stl
  pricing-worker submit --bucket models --order-id A-1001 --material pa12-sls --quantity 1,10 parts/
  pricing-worker submit --bucket models --queue bulk parts/ > requests.txt

With --wait, results are printed as they come. Without, a line for each request: its id, its object, its file.

Exit status: 0 all done, 1 some were not priced or not submitted, 2 usage or configuration.")]
pub struct SubmitArgs {
    /// Model files, and folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The bucket that the models are put into; it must exist
    #[arg(long, value_name = "NAME", default_value = "models")]
    bucket: String,
    /// The order that the models belong to; the results repeat it
    #[arg(long, value_name = "ID")]
    order_id: Option<String>,
    /// `interactive` or `bulk` [default: interactive with --wait, bulk without]
    #[arg(long, value_enum, hide_possible_values = true)]
    queue: Option<Queue>,
    /// Print the results as they come
    #[arg(long)]
    wait: bool,
    /// With --wait: give up after this time without a result
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// With --wait: `table` for people, `json` for programs [default: table on a terminal, json elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    items: ItemArgs,
    #[command(flatten)]
    broker: Flags<Broker>,
    #[command(flatten)]
    store: Flags<Store>,
}

/// A job queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Queue {
    /// The sender waits for the result
    Interactive,
    /// The sender does not wait
    Bulk,
}

/// Submits everything behind the paths.
pub fn run(args: &SubmitArgs, environment: &Environment) -> Result<Exit, CommandError> {
    let mut errors = ConfigErrors::default();
    let broker = errors.keep(args.broker.parse(environment));
    let store = errors.keep(args.store.parse(environment));
    let (Some(broker), Some(store)) = (broker, store) else { return Err(errors.into()) };
    let submission = args.submission()?;
    let config = super::connection(&broker, 1);
    super::runtime(environment.cores())?.block_on(async {
        let publisher = Publisher::connect(&config).await.map_err(CommandError::other)?;
        // Listening starts before the first request, as earlier results are lost.
        let results = if args.wait { Some(Results::listen(&config).await.map_err(CommandError::other)?) } else { None };
        let store = S3::from_env(store.path_style, store.ca_bundle).await;
        let output = Output::start(args.format, allows_colors(environment));
        let links = SubmitLinks { publisher: &publisher, store: &store, results, shown: &output.answers };
        let submitted = submit_all(walk(args.paths.clone()), &submission, links, args.timeout).await;
        publisher.close().await;
        let tally = output.finish().map_err(CommandError::other)?;
        submitted.map(|()| tally.exit())
    })
}

impl SubmitArgs {
    fn submission(&self) -> Result<Submission, CommandError> {
        if self.items.materials.is_empty() && !self.items.is_default() {
            return Err(CommandError::usage(
                "--quantity and --lead-time need --material: the price book is the worker's",
            ));
        }
        let queue = self.queue.unwrap_or(if self.wait { Queue::Interactive } else { Queue::Bulk });
        let route = match queue {
            Queue::Interactive => Route::JobInteractive,
            Queue::Bulk => Route::JobBulk,
        };
        let submission = Submission {
            bucket: self.bucket.clone(),
            order_id: self.order_id.clone(),
            items: self.items.items(self.items.materials.iter().map(String::as_str)),
            unit: self.items.unit,
            route,
        };
        submission.check().map_err(CommandError::usage)?;
        Ok(submission)
    }
}
