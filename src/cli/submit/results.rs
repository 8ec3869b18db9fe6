//! The submission of many files at once, and with `--wait` the results.

use std::collections::HashMap;
use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::request::{Submission, SubmitError};
use crate::adapter::amqp::{PublishedResult, Publisher, Results};
use crate::adapter::s3::S3;
use crate::cli::CommandError;
use crate::cli::find_models::FoundModel;
use crate::cli::output::OutputItem;
use crate::contract::COMPLETED_TYPE;
use crate::worker::ports::PortError;

/// Files that are uploaded at once.
const UPLOADS: usize = 8;
/// Requests without a result yet, at most.
const OPEN: usize = 10_000;

/// The connections that a submission uses.
pub(super) struct SubmitLinks<'a> {
    pub(super) publisher: &'a Publisher,
    pub(super) store: &'a S3,
    /// The results; none without `--wait`.
    pub(super) results: Option<Results>,
    pub(super) shown: &'a mpsc::Sender<OutputItem>,
}

/// Submits every model that is found. With `results` it waits for them, until none comes for `patience`.
pub(super) async fn submit_all(
    mut found: mpsc::Receiver<FoundModel>,
    submission: &Submission,
    links: SubmitLinks<'_>,
    patience: Duration,
) -> Result<(), CommandError> {
    let SubmitLinks { publisher, store, mut results, shown } = links;
    let waits = results.is_some();
    let mut open: HashMap<String, PathBuf> = HashMap::new();
    let mut uploads = FuturesUnordered::new();
    let (mut walking, mut progress) = (true, Instant::now());
    while walking || !uploads.is_empty() || !open.is_empty() {
        let answer = tokio::select! {
            next = found.recv(), if walking && uploads.len() < UPLOADS && open.len() < OPEN => match next {
                None => { walking = false; None }
                Some(FoundModel::Unreadable { path, error }) => Some(failed(&path, &error)),
                Some(FoundModel::Model(path)) => {
                    let id = Submission::id();
                    // The result may come before the confirm of the request.
                    if waits {
                        open.insert(id.clone(), path.clone());
                    }
                    uploads.push(async move {
                        let submitted = submission.submit(&id, &path, store, publisher).await;
                        (id, path, submitted)
                    });
                    None
                }
            },
            Some((id, path, submitted)) = uploads.next() => {
                progress = Instant::now();
                match submitted {
                    Ok(_) if waits => None,
                    Ok(key) => {
                        let object = format!("{}/{key}", submission.bucket);
                        Some(OutputItem::Submitted([id, object, path.display().to_string()]))
                    },
                    Err(error @ SubmitError::File(_)) => {
                        open.remove(&id);
                        Some(failed(&path, &error))
                    }
                    Err(error) => {
                        open.remove(&id);
                        return Err(given_up(&format!("{}: {error}", path.display()), &open));
                    }
                }
            },
            result = next(results.as_mut()), if !open.is_empty() => match result {
                Err(error) => return Err(given_up(&error.to_string(), &open)),
                Ok(result) => {
                    let ours = result.request_id.as_deref().is_some_and(|id| open.remove(id).is_some());
                    if ours {
                        progress = Instant::now();
                    }
                    ours.then(|| answer(result.body))
                }
            },
            () = tokio::time::sleep_until(progress + patience), if waits && uploads.is_empty() && !open.is_empty() => {
                let message = format!("no result for {}", humantime::format_duration(patience));
                return Err(given_up(&message, &open));
            }
        };
        if let Some(answer) = answer
            && shown.send(answer).await.is_err()
        {
            return Ok(());
        }
    }
    Ok(())
}

/// The next result, of this command or another.
async fn next(results: Option<&mut Results>) -> Result<PublishedResult, PortError> {
    match results {
        Some(results) => results.next().await,
        None => pending().await,
    }
}

/// A result by its type.
fn answer(body: Bytes) -> OutputItem {
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        event_type: String,
    }
    let completed = serde_json::from_slice(&body).is_ok_and(|event: Typed| event.event_type == COMPLETED_TYPE);
    if completed { OutputItem::Completed(body) } else { OutputItem::Rejected(body) }
}

fn failed(path: &std::path::Path, why: &dyn std::fmt::Display) -> OutputItem {
    OutputItem::Failed(format!("{}: {why}", path.display()))
}

/// The error of an early end. It names the open requests, whose results will still be published.
fn given_up(why: &str, open: &HashMap<String, PathBuf>) -> CommandError {
    let Some((id, path)) = open.iter().min() else { return CommandError::other(why) };
    let first = format!("{} (request {id})", path.display());
    let count = open.len();
    CommandError::other(format!(
        "{why}; {count} requests are not answered yet, {first} among them; their results go to pricing.results"
    ))
}
