//! `price`: prices models on this machine with the worker's handler, an in-process queue and the file system.
//!
//! Memory follows the jobs in flight and not the number of files: paths are walked as jobs begin, results are shown in the
//! order of the paths, and no job begins while too many results wait for an earlier one.

mod file_job;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::file_job::{FileJob, FileRequest};
use super::find_models::{FoundModel, walk};
use super::items::ItemArgs;
use super::ordered_results::OrderedResults;
use super::output::{Output, OutputFormat, OutputItem};
use super::{CommandError, Exit, book, cad};
use crate::adapter::files::Files;
use crate::adapter::in_process::{InProcess, InProcessClient, LocalRequest};
use crate::appraise::{Appraiser, QuoteRequest};
use crate::config::{BookSource, Cad, Environment, Flags, Jobs, allows_colors};
use crate::contract::{Item, Reason, RejectionCode, Unit};
use crate::worker::ports::{Outgoing, Route};
use crate::worker::{Handler, Health, dispatch};

/// The most results that wait for an earlier one; each takes a few kilobytes.
const WINDOW: u64 = 256;

/// Prices model files, and every model below a folder, on this machine: no broker, no S3
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker price ring.stl
  pricing-worker price --material pa12-sls --quantity 1,10,100 --lead-time express models/
  pricing-worker price --format json models/ > events.jsonl

Exit status: 0 all priced, 1 some were rejected, 2 usage or configuration.")]
pub struct PriceArgs {
    /// Model files, and folders of them; of a folder, every file with the extension of a 3D model
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    items: ItemArgs,
    /// `table` for people, `json` for programs: one event a line [default: table on a terminal, json elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    book: Flags<BookSource>,
    #[command(flatten)]
    jobs: Flags<Jobs>,
    #[command(flatten)]
    cad: Flags<Cad>,
}

/// Prices everything behind the paths.
pub fn run(args: &PriceArgs, environment: &Environment) -> Result<Exit, CommandError> {
    let jobs = args.jobs.parse(environment)?;
    let book = book::load(&args.book, environment)?;
    let questions = Questions { items: args.items.of_book(&book).map_err(CommandError::usage)?, unit: args.items.unit };
    let limits = super::limits(&jobs, &book)?;
    // The process ends after its last job, so nothing is drained.
    let bounds = super::bounds(&jobs, Duration::ZERO);
    // This appraiser makes the rejections of paths that the handler is not asked about; the handler has its own.
    let refusing = Appraiser::new(book.clone(), limits);
    let (health, _) = Health::starting();
    let converting = args.cad.parse(environment)?;
    let (appraiser, converter) = cad::with_converter(Appraiser::new(book, limits), &converting, environment);
    let handler = Arc::new(Handler::<_, FileJob>::with_converter(Files, appraiser, converter, &bounds, &health));
    super::set_compute_threads(jobs.threads);
    let runtime = super::runtime_of_one_thread()?;
    let output = Output::start(args.format, allows_colors(environment));
    let priced = runtime.block_on(async {
        let (port, client) = InProcess::new(bounds.concurrency);
        let worker =
            tokio::spawn(async move { dispatch(Arc::new(port), &handler, &bounds, &CancellationToken::new()).await });
        let asked = ask(walk(args.paths.clone()), &questions, &refusing, client, &output.answers).await;
        // A worker that failed leaves questions open, which `ask` reports.
        let _ = worker.await;
        asked
    });
    let tally = output.finish().map_err(CommandError::other)?;
    priced.map(|()| tally.exit())
}

/// Asks the worker about every model, and passes its answers on in the order of the questions.
async fn ask(
    mut found: mpsc::Receiver<FoundModel>,
    questions: &Questions,
    refusing: &Appraiser,
    client: InProcessClient,
    shown: &mpsc::Sender<OutputItem>,
) -> Result<(), CommandError> {
    let InProcessClient { requests, mut answers } = client;
    let mut order = OrderedResults::default();
    let mut walking = true;
    while walking || !order.is_empty() {
        // The place in the queue comes first, so that answers are read while the queue is full.
        let next = async { (requests.reserve().await, found.recv().await) };
        tokio::select! {
            (place, found) = next, if walking && order.len() < WINDOW => match (found, place) {
                (None, _) => walking = false,
                (Some(_), Err(_)) => return Err(CommandError::other("the worker has stopped")),
                (Some(found), Ok(place)) => {
                    let request = questions.about(found.path());
                    let id = request.path.clone();
                    order.ask(id.clone());
                    match unaskable(&found) {
                        None => place.send(LocalRequest { id, payload: request.to_payload() }),
                        Some(reason) => {
                            let request = QuoteRequest::from(request);
                            let outcome = refusing.outcome(&request, &request.object, Err(reason));
                            order.answer(&id, OutputItem::Rejected(outcome.to_json().into()));
                        }
                    }
                }
            },
            answer = answers.recv() => match answer {
                None => return Err(CommandError::other("the worker has stopped")),
                Some(outgoing) => take(&mut order, outgoing),
            },
        }
        while let Some(answer) = order.next() {
            if shown.send(answer).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Adds a message that the worker published.
fn take(order: &mut OrderedResults<OutputItem>, outgoing: Outgoing) {
    let Outgoing { route, message_id, correlation_id, failure, body, .. } = outgoing;
    let (id, answer) = match route {
        Route::ResultCompleted => (correlation_id, OutputItem::Completed(body)),
        Route::ResultRejected => (correlation_id, OutputItem::Rejected(body)),
        _ => {
            let id = message_id.or(correlation_id);
            let why = failure.map_or(String::new(), |failure| format!("{}: {}", failure.reason, failure.error));
            let message = format!("{}: no answer: {why}", id.as_deref().unwrap_or("?"));
            (id, OutputItem::Failed(message))
        }
    };
    order.answer(&id.unwrap_or_default(), answer);
}

/// The part of the request that is the same for every model.
struct Questions {
    items: Vec<Item>,
    unit: Option<Unit>,
}

impl Questions {
    /// The request for one path.
    fn about(&self, path: &Path) -> FileRequest {
        FileRequest { path: path.to_string_lossy().into_owned(), unit: self.unit, items: self.items.clone() }
    }
}

/// The reason why the handler cannot be asked about a path; none where it can.
fn unaskable(found: &FoundModel) -> Option<Reason> {
    match found {
        FoundModel::Unreadable { error, .. } => {
            let code = match error.kind() {
                ErrorKind::NotFound => RejectionCode::ObjectNotFound,
                _ => RejectionCode::ObjectForbidden,
            };
            Some(Reason::new(code, format!("the folder cannot be read: {error}")))
        }
        FoundModel::Model(path) if path.to_str().is_none() => {
            let message = "the path is not UTF-8, so that no event could name it; rename the file";
            Some(Reason::new(RejectionCode::InvalidRequest, message))
        }
        FoundModel::Model(_) => None,
    }
}
