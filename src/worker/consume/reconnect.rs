//! The consume loop: which deliveries are taken up, how many at once, and how it ends.
//!
//! [`run`] keeps a port: it asks for one, serves it, and when it fails, whatever the reason, asks for another. It never
//! idles on a port that is dead, and says in [`Health`](super::Health) how it stands. One port's life is [`dispatch`]'s.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::worker::Settings;
use crate::worker::consume::dispatch::dispatch;
use crate::worker::handler::Handler;
use crate::worker::observe::health::Readiness;
use crate::worker::ports::{MessagePort, ObjectStore, PortError};

/// The wait before the first try to connect again; each further one is twice as long.
const FIRST_RECONNECT: Duration = Duration::from_millis(100);
/// The longest wait between two tries: a broker that is back is in use again within it.
const LAST_RECONNECT: Duration = Duration::from_secs(5);

/// Takes requests and answers them, until `shutdown` resolves and what is in flight is settled.
///
/// `connect` is called for the first port and for each that follows one that failed. Fails only where the very first
/// port finds another topology than it needs: that is a mistake in the set-up, which no time will mend.
pub async fn run<P, S, C, F>(
    connect: C,
    handler: &Arc<Handler<S>>,
    settings: &Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), PortError>
where
    P: MessagePort,
    S: ObjectStore,
    C: Fn() -> F,
    F: Future<Output = Result<P, PortError>>,
{
    let draining = CancellationToken::new();
    let mut supervised = pin!(supervise(connect, handler, settings, &draining));
    tokio::select! {
        result = &mut supervised => return result,
        () = shutdown => {}
    }
    handler.health().set_draining();
    draining.cancel();
    supervised.await
}

/// Keeps a port until it is told to drain.
async fn supervise<P, S, C, F>(
    connect: C,
    handler: &Arc<Handler<S>>,
    settings: &Settings,
    draining: &CancellationToken,
) -> Result<(), PortError>
where
    P: MessagePort,
    S: ObjectStore,
    C: Fn() -> F,
    F: Future<Output = Result<P, PortError>>,
{
    let health = handler.health();
    let mut wait = FIRST_RECONNECT;
    let mut never_connected = true;
    loop {
        let connected = tokio::select! {
            connected = connect() => connected,
            () = draining.cancelled() => return Ok(()),
        };
        let failure = match connected {
            Ok(port) => {
                if !std::mem::take(&mut never_connected) {
                    handler.metrics().reconnects.increment(1);
                }
                let since = Instant::now();
                health.set_link(Readiness::Ready);
                info!("taking requests");
                match dispatch(Arc::new(port), handler, settings, draining).await {
                    Ok(()) => return Ok(()),
                    Err(failure) => {
                        // One that worked for a while was not refused: what ended it may already be over.
                        if since.elapsed() > LAST_RECONNECT {
                            wait = FIRST_RECONNECT;
                        }
                        failure
                    }
                }
            }
            Err(failure @ PortError::Topology(_)) if never_connected => return Err(failure),
            Err(failure) => failure,
        };
        if draining.is_cancelled() {
            return Ok(());
        }
        warn!(error = %failure, ?wait, "not taking requests");
        health.set_link(Readiness::not_ready(failure.to_string()));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = draining.cancelled() => return Ok(()),
        }
        wait = (wait * 2).min(LAST_RECONNECT);
    }
}
