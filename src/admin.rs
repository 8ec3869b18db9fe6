//! The admin server: `/metrics`, `/livez` and `/readyz`.
//!
//! It answers from memory and asks neither the broker nor the store, so that it does not hang when they do. A worker without
//! a broker is alive and not ready, as a restart would not help. An answer to `/livez` shows that the tokio runtime runs.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::error;

use crate::worker::observe::metrics::{self, Metrics};
use crate::worker::{Readiness, fail_point};

/// The error of an admin server that ended while the process worked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the admin server ended ({why}): without /livez, /readyz and /metrics the process does not work on")]
pub struct ServerEnded {
    why: String,
}

/// Serves until it fails or is dropped.
pub async fn serve(
    listener: TcpListener,
    readiness: watch::Receiver<Readiness>,
    metrics: Arc<Metrics>,
) -> io::Result<()> {
    let routes = Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(readyz).with_state(readiness))
        .route("/metrics", get(scrape).with_state(metrics));
    tokio::select! {
        served = async { axum::serve(listener, routes).await } => served,
        () = fail_point::armed("admin") => Err(io::Error::other("a fail point")),
    }
}

/// Runs `work` beside the server until the work ends. The token is cancelled when `told_to_stop` resolves or the server ends.
/// In the latter case the result is an error, after the work has ended.
pub async fn serve_beside<T, F: Future<Output = T>>(
    server: impl Future<Output = io::Result<()>> + Send + 'static,
    told_to_stop: impl Future<Output = ()>,
    work: impl FnOnce(CancellationToken) -> F,
) -> Result<T, ServerEnded> {
    let stop = CancellationToken::new();
    let mut working = pin!(work(stop.clone()));
    // A task catches the server's panic. Its abort closes connections that clients keep open.
    let mut server = AbortOnDropHandle::new(tokio::spawn(server));
    let server_ended = tokio::select! {
        done = &mut working => return Ok(done),
        () = told_to_stop => None,
        ended = &mut server => {
            let why = match ended {
                Ok(Ok(())) => "it stopped".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic.to_string(),
            };
            let ended = ServerEnded { why };
            error!(error = %ended, "stopping");
            Some(ended)
        }
    };
    stop.cancel();
    let done = working.await;
    server_ended.map_or(Ok(done), Err)
}

async fn readyz(State(readiness): State<watch::Receiver<Readiness>>) -> (StatusCode, String) {
    match &*readiness.borrow() {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::NotReady { why } => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}

async fn scrape(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.render())
}

#[cfg(test)]
mod tests {
    use futures_util::poll;

    use super::*;

    /// Work that has one job in flight, which ends when the test says so.
    async fn work(stop: CancellationToken, job: CancellationToken) -> &'static str {
        stop.cancelled().await;
        job.cancelled().await;
        "drained"
    }

    #[tokio::test]
    async fn the_end_of_the_server_drains_the_work_and_is_an_error() {
        type Server = fn() -> io::Result<()>;
        let rows: [(Server, &str); 3] = [
            (|| Err(io::Error::other("no more sockets")), "no more sockets"),
            (|| Ok(()), "it stopped"),
            (|| panic!("out of memory"), "out of memory"),
        ];
        for (server, why) in rows {
            let job = CancellationToken::new();
            let never = std::future::pending();
            let mut serving = pin!(serve_beside(async move { server() }, never, |stop| work(stop, job.clone())));
            for _ in 0..10 {
                assert!(poll!(&mut serving).is_pending(), "the job in flight is finished first");
                tokio::task::yield_now().await;
            }
            job.cancel();
            let ended = serving.await.expect_err(why);
            assert!(ended.to_string().contains(why), "{ended}");
        }
    }

    #[tokio::test]
    async fn work_that_is_told_to_stop_ends_well() {
        let job = CancellationToken::new();
        job.cancel();
        let server = std::future::pending();
        let ended = serve_beside(server, async {}, |stop| work(stop, job.clone())).await;
        assert_eq!(ended, Ok("drained"));
        // So does work that ends by itself.
        let ended = serve_beside(std::future::pending(), std::future::pending(), async |_| "failed").await;
        assert_eq!(ended, Ok("failed"));
    }
}
