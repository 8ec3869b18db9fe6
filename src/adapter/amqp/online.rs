//! What `check --online` asks the broker: whether it lets the worker in, with the topology and the rights that it needs.
//! Nothing is declared, published or consumed.

use super::establish::verify;
use super::watch::until_blocked;
use super::{CLOSE_TIMEOUT, CONNECT_TIMEOUT, Config, PortFailure, open, rights};
use crate::worker::ports::PortError;

/// What a broker that let the worker in has for it.
#[derive(Debug)]
pub struct OnlineChecks {
    /// Whether every exchange and queue is there.
    pub topology: Result<(), PortError>,
    /// Whether the user may write to those exchanges and read those queues.
    pub rights: Result<(), PortError>,
}

/// Connects, verifies and closes the connection again. Fails where the broker lets the worker not in.
pub async fn check_online(config: &Config) -> Result<OnlineChecks, PortError> {
    let checking = tokio::time::timeout(CONNECT_TIMEOUT, check(config));
    checking.await.unwrap_or_else(|_| Err(PortError::Connect(format!("no answer in {CONNECT_TIMEOUT:?}"))))
}

async fn check(config: &Config) -> Result<OnlineChecks, PortError> {
    let connection = open(config, "check", &PortFailure::default()).await?;
    let topology = verify(&connection).await;
    let rights = tokio::select! {
        biased;
        missing = rights::missing(&connection) => missing.and_then(|missing| rights::require(&missing, &connection)),
        () = until_blocked(connection.status().clone()) => Err(PortError::Rights(
            "not tried: the broker blocks publishers; free its memory or disk".into(),
        )),
    };
    // The answers are there: how the connection ends does not matter. A broker that blocks publishers does not read its end.
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, connection.close(200, "OK".into())).await;
    Ok(OnlineChecks { topology, rights })
}
