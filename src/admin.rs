//! The probes: `/livez` and `/readyz`. Metrics are not here yet.
//!
//! Both answer from memory. Neither asks the broker or the store, so neither hangs when they do: a worker whose broker is gone
//! is alive and not ready, and restarting it would mend nothing.

use std::io;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::worker::Readiness;

/// Answers the probes until `shutdown` resolves.
pub async fn serve(
    listener: TcpListener,
    readiness: watch::Receiver<Readiness>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let routes =
        Router::new().route("/livez", get(async || "alive\n")).route("/readyz", get(readyz)).with_state(readiness);
    axum::serve(listener, routes).with_graceful_shutdown(shutdown).await
}

async fn readyz(State(readiness): State<watch::Receiver<Readiness>>) -> (StatusCode, String) {
    match &*readiness.borrow() {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::NotReady { why } => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")),
    }
}
