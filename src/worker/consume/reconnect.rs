//! Connecting, and connecting again: the worker's life from its first port to its shutdown.
//!
//! [`run`] connects a port and consumes it; when the port fails, for any reason, it connects another. It never idles on a
//! dead port, and tells the worker's [`Health`](crate::worker::Health) the state of the connection. [`dispatch`] consumes
//! one port.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::worker::WorkerLimits;
use crate::worker::consume::dispatch::dispatch;
use crate::worker::handler::Handler;
use crate::worker::job::JobKinds;
use crate::worker::observe::health::{Health, Outage, Readiness};
use crate::worker::ports::{MessagePort, ObjectStore, PortError};

/// The wait before the first reconnect; each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait before a reconnect: a broker that is back is in use again within it.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Takes requests and answers them, until `shutdown` resolves and what is in flight is settled.
///
/// Calls `connect` for the first port, and again after each port that failed. Fails only where the very first
/// port finds another topology or fewer rights than it needs: that is a mistake in the set-up, which no time will mend.
pub async fn run<P, S, K, C, F>(
    connect: C,
    handler: &Arc<Handler<S, K>>,
    limits: &WorkerLimits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), PortError>
where
    P: MessagePort,
    S: ObjectStore,
    K: JobKinds,
    C: Fn() -> F,
    F: Future<Output = Result<P, PortError>>,
{
    let draining = CancellationToken::new();
    let mut consumed = pin!(consume(connect, handler, limits, &draining));
    tokio::select! {
        result = &mut consumed => return result,
        () = shutdown => {}
    }
    handler.health().set_draining();
    draining.cancel();
    consumed.await
}

/// How soon a right that was missing is noticed once it is granted. The broker logs each that is tried.
const RIGHTS_INTERVAL: Duration = Duration::from_secs(5);

/// Consumes one port after the other, until `draining` is cancelled.
async fn consume<P, S, K, C, F>(
    connect: C,
    handler: &Arc<Handler<S, K>>,
    limits: &WorkerLimits,
    draining: &CancellationToken,
) -> Result<(), PortError>
where
    P: MessagePort,
    S: ObjectStore,
    K: JobKinds,
    C: Fn() -> F,
    F: Future<Output = Result<P, PortError>>,
{
    let health = handler.health();
    let mut wait = FIRST_WAIT;
    let mut never_connected = true;
    loop {
        let connected = tokio::select! {
            connected = with_rights(connect(), never_connected) => connected,
            () = draining.cancelled() => return Ok(()),
        };
        let failure = match connected {
            Ok((port, missing)) => {
                if !std::mem::take(&mut never_connected) {
                    handler.metrics().reconnects.increment(1);
                }
                let since = Instant::now();
                let missing = missing.map(|missing| lacks(health, &missing));
                health.set_link(Readiness::Ready);
                info!("taking requests");
                let port = Arc::new(port);
                let ended = tokio::select! {
                    ended = dispatch(Arc::clone(&port), handler, limits, draining) => ended,
                    never = until_granted(&*port, health, missing) => match never {},
                };
                match ended {
                    Ok(()) => return Ok(()),
                    Err(failure) => {
                        // A port that worked for a while was not refused: the cause of its end may be over already. A
                        // message that cannot be read is over sooner, the sooner it comes again.
                        if since.elapsed() > LONGEST_WAIT || matches!(failure, PortError::Unreadable(_)) {
                            wait = FIRST_WAIT;
                        }
                        failure
                    }
                }
            }
            Err(failure @ (PortError::Topology(_) | PortError::Rights(_))) if never_connected => return Err(failure),
            Err(failure) => failure,
        };
        if draining.is_cancelled() {
            return Ok(());
        }
        health.set_link(Readiness::not_ready(failure.to_string()));
        warn!(error = %failure, ?wait, "not taking requests");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = draining.cancelled() => return Ok(()),
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Connects, and tries the rights. A first port must have them all; a later one works as far as it can, so that one right that
/// was taken away stops no other request.
async fn with_rights<P: MessagePort>(
    connecting: impl Future<Output = Result<P, PortError>>,
    is_first: bool,
) -> Result<(P, Option<PortError>), PortError> {
    let port = connecting.await?;
    let failure = match port.check_rights().await {
        Ok(()) => return Ok((port, None)),
        Err(missing @ PortError::Rights(_)) if !is_first => return Ok((port, Some(missing))),
        Err(failure) => failure,
    };
    port.close().await;
    Err(failure)
}

/// Tries the rights that a port lacks again and again, and ends the outage once they are granted.
async fn until_granted<P: MessagePort>(port: &P, health: &Arc<Health>, mut missing: Option<Outage>) -> Infallible {
    while missing.is_some() {
        tokio::time::sleep(RIGHTS_INTERVAL).await;
        missing = port.check_rights().await.err().map(|missing| lacks(health, &missing));
    }
    std::future::pending().await
}

fn lacks(health: &Arc<Health>, missing: &PortError) -> Outage {
    warn!(error = %missing, "not every right is there");
    health.outage(missing.to_string())
}
