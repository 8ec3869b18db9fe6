//! The consume loop: which deliveries are taken up, how many at once, and how it ends.
//!
//! [`run`] keeps a port: it asks for one, serves it, and when it fails, whatever the reason, asks for another. It never
//! idles on a port that is dead, and says in [`Health`] how it stands. [`serve`] is one port's life. What is done
//! with one delivery is the [`Handler`]'s; while a dependency is down it holds its jobs in their slots, and with them all
//! consuming. Running a redelivered message alone is not here yet: it is a condition on the `receive` branch of [`serve`].

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, error, info, warn};

use super::Settings;
use super::handler::Handler;
use super::health::{Health, Readiness};
use super::ports::{MessagePort, ObjectStore, PortError};
use crate::appraise::Appraiser;

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
    store: S,
    appraiser: Appraiser,
    settings: &Settings,
    health: &Arc<Health>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), PortError>
where
    P: MessagePort,
    S: ObjectStore,
    C: Fn() -> F,
    F: Future<Output = Result<P, PortError>>,
{
    let handler = Arc::new(Handler::new(store, appraiser, settings, health));
    let draining = CancellationToken::new();
    let mut supervised = pin!(supervise(connect, &handler, settings, health, &draining));
    tokio::select! {
        result = &mut supervised => return result,
        () = shutdown => {}
    }
    health.set_link(Readiness::not_ready("draining"));
    draining.cancel();
    supervised.await
}

/// Keeps a port until it is told to drain.
async fn supervise<P, S, C, F>(
    connect: C,
    handler: &Arc<Handler<S>>,
    settings: &Settings,
    health: &Arc<Health>,
    draining: &CancellationToken,
) -> Result<(), PortError>
where
    P: MessagePort,
    S: ObjectStore,
    C: Fn() -> F,
    F: Future<Output = Result<P, PortError>>,
{
    let mut wait = FIRST_RECONNECT;
    let mut never_connected = true;
    loop {
        let connected = tokio::select! {
            connected = connect() => connected,
            () = draining.cancelled() => return Ok(()),
        };
        let failure = match connected {
            Ok(port) => {
                never_connected = false;
                let since = Instant::now();
                if !draining.is_cancelled() {
                    health.set_link(Readiness::Ready);
                }
                info!("taking requests");
                match serve(Arc::new(port), handler, settings, draining).await {
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

/// Serves one port: takes deliveries, `settings.concurrency` at once, until the port ends or `draining` is cancelled
/// and all that had arrived is settled.
///
/// Past the drain timeout the rest is dropped with the port, and delivered again to another worker. Fails where the port
/// fails; jobs in flight are dropped then, since nothing they do could be acknowledged any more.
pub async fn serve<P: MessagePort, S: ObjectStore>(
    port: Arc<P>,
    handler: &Arc<Handler<S>>,
    settings: &Settings,
    draining: &CancellationToken,
) -> Result<(), PortError> {
    let mut jobs = JoinSet::new();
    let mut receiving = true;
    let mut drain_until = None;
    while receiving || !jobs.is_empty() {
        tokio::select! {
            biased;
            failure = port.failed() => return Err(failure),
            () = draining.cancelled(), if drain_until.is_none() => {
                info!(in_flight = jobs.len(), "draining");
                drain_until = Some(Instant::now() + settings.drain_timeout);
                port.stop().await?;
            }
            () = until(drain_until) => {
                warn!(unfinished = jobs.len(), "the drain timeout is over: the rest will be delivered again");
                break;
            }
            Some(ended) = jobs.join_next() => {
                if let Err(panic) = ended {
                    // Nobody can settle its delivery now but the broker, when the connection ends.
                    error!(%panic, "a job was not settled");
                    return Err(PortError::Lost("a job was not settled".into()));
                }
            }
            delivery = port.receive(), if receiving && jobs.len() < settings.concurrency.max(1) => {
                let Some(delivery) = delivery? else {
                    receiving = false;
                    continue;
                };
                let (port, handler, draining) = (Arc::clone(&port), Arc::clone(handler), draining.clone());
                let job = async move { handler.handle(&*port, delivery, &draining).await };
                jobs.spawn(job.instrument(Span::current()));
            }
        }
    }
    jobs.shutdown().await;
    port.close().await;
    Ok(())
}

/// Resolves at an instant; never where there is none.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
