//! The consume loop of one port: takes deliveries, runs their jobs, and drains.
//!
//! A message that was delivered twice and never settled is a suspect: it may have killed the workers that had it, and
//! each message that dies with a suspect uses up a delivery of its own. So a suspect runs alone, with nothing else taken
//! from the queues:
//!
//! * A port begins one message at a time ([`MessagePort::take`]). Redelivered messages come first, so once the next
//!   message is no suspect, or there is none, the port prefetches ([`MessagePort::start`]).
//! * Where a suspect arrives among others, the loop stops taking, finishes the others, and then runs it. A message that
//!   kills its worker can be among others only until it has killed twice.
//!
//! The [`Handler`] handles each delivery. While a dependency is down its jobs wait in their slots, and so stop this loop; a
//! suspect is deferred then, so that the messages behind it get their turn.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, error, info, warn};

use crate::worker::WorkerLimits;
use crate::worker::handler::Handler;
use crate::worker::job::JobKinds;
use crate::worker::ports::{Delivery, MessagePort, ObjectStore, PortError};

/// Consumes one port: handles deliveries, `limits.concurrency` at once, until the port ends or `draining` is cancelled
/// and all that had arrived is settled.
///
/// Past the drain timeout the rest is dropped with the port, and delivered again to another worker. Fails where the port
/// fails; it drops the jobs in flight then, since their deliveries could not be acknowledged any more.
pub async fn dispatch<P: MessagePort, S: ObjectStore, K: JobKinds>(
    port: Arc<P>,
    handler: &Arc<Handler<S, K>>,
    limits: &WorkerLimits,
    draining: &CancellationToken,
) -> Result<(), PortError> {
    let (jobs, suspects) = (JoinSet::new(), Vec::new());
    let intake = Intake::OneByOne;
    let mut dispatcher = Dispatcher { port, handler, limits, draining, jobs, suspects, intake };
    let ended = dispatcher.run().await;
    dispatcher.jobs.shutdown().await;
    // A port of which one part has failed may hold deliveries with another part.
    dispatcher.port.close().await;
    ended
}

/// The state of the loop's intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Intake {
    /// Prefetches nothing: takes the next delivery when no job is left.
    OneByOne,
    /// Receives deliveries that the port prefetches.
    Prefetching,
    /// Prefetches no more; receives what has arrived.
    Stopping,
    /// The port has ended.
    Ended,
}

struct Dispatcher<'a, P: MessagePort, S, K> {
    port: Arc<P>,
    handler: &'a Arc<Handler<S, K>>,
    limits: &'a WorkerLimits,
    draining: &'a CancellationToken,
    jobs: JoinSet<()>,
    /// Deliveries that must run alone, and wait until no other job runs.
    suspects: Vec<Delivery<P::Receipt>>,
    intake: Intake,
}

impl<P: MessagePort, S: ObjectStore, K: JobKinds> Dispatcher<'_, P, S, K> {
    async fn run(&mut self) -> Result<(), PortError> {
        let mut drain_until = None;
        loop {
            if self.jobs.is_empty() && !self.begin_alone().await? {
                return Ok(());
            }
            tokio::select! {
                biased;
                failure = self.port.failed() => return Err(failure),
                () = self.draining.cancelled(), if drain_until.is_none() => {
                    let until = Instant::now() + self.limits.drain_timeout;
                    drain_until = Some(until);
                    info!(in_flight = self.jobs.len(), "draining");
                    // A broker that does not answer must not delay the shutdown past the drain timeout.
                    timeout_at(until, self.stop()).await.unwrap_or(Ok(()))?;
                }
                () = until(drain_until) => {
                    let unfinished = self.jobs.len() + self.suspects.len();
                    warn!(unfinished, "the drain timeout is over: the rest will be delivered again");
                    return Ok(());
                }
                Some(ended) = self.jobs.join_next() => settled(ended)?,
                delivery = self.port.receive(), if self.may_receive() => self.received(delivery?).await?,
            }
        }
    }

    fn may_receive(&self) -> bool {
        matches!(self.intake, Intake::Prefetching | Intake::Stopping)
            && self.jobs.len() < self.limits.concurrency.max(1)
    }

    async fn received(&mut self, delivery: Option<Delivery<P::Receipt>>) -> Result<(), PortError> {
        match delivery {
            Some(suspect) if suspect.is_suspect() => {
                warn!(deliveries = suspect.redeliveries, "delivered again and again: it will run alone");
                self.suspects.push(suspect);
                self.stop().await?;
            }
            Some(delivery) => self.begin(delivery),
            None if self.intake == Intake::Stopping => self.intake = Intake::OneByOne,
            None => self.intake = Intake::Ended,
        }
        Ok(())
    }

    /// Stops the prefetching.
    async fn stop(&mut self) -> Result<(), PortError> {
        if self.intake != Intake::Prefetching {
            return Ok(());
        }
        self.intake = Intake::Stopping;
        self.port.stop().await
    }

    /// Begins the next job that must run alone; no job is under way. False where nothing is left to do.
    async fn begin_alone(&mut self) -> Result<bool, PortError> {
        if matches!(self.intake, Intake::Prefetching | Intake::Stopping) {
            return Ok(true);
        }
        if let Some(suspect) = next_suspect(&mut self.suspects) {
            self.begin(suspect);
            return Ok(true);
        }
        if self.intake == Intake::Ended || self.draining.is_cancelled() {
            return Ok(false);
        }
        self.take_one().await?;
        Ok(true)
    }

    /// Takes the next message, and starts to prefetch where it is no suspect.
    async fn take_one(&mut self) -> Result<(), PortError> {
        let taken = tokio::select! {
            biased;
            failure = self.port.failed() => return Err(failure),
            taken = self.port.take() => taken?,
        };
        let alone = taken.as_ref().is_some_and(Delivery::is_suspect);
        // Before the port starts, which waits for every queue: a delivery from one queue must not wait for the others.
        if let Some(delivery) = taken {
            self.begin(delivery);
        }
        if !alone {
            self.port.start().await?;
            self.intake = Intake::Prefetching;
        }
        Ok(())
    }

    fn begin(&mut self, delivery: Delivery<P::Receipt>) {
        let (port, handler, draining) = (Arc::clone(&self.port), Arc::clone(self.handler), self.draining.clone());
        let job = async move { handler.handle(&*port, delivery, &draining).await };
        self.jobs.spawn(job.instrument(Span::current()));
    }
}

/// Suspects that arrive together arrive together again if one of them kills the worker: each time, another one is first.
fn next_suspect<R>(suspects: &mut Vec<Delivery<R>>) -> Option<Delivery<R>> {
    let turn = suspects.first()?.redeliveries as usize % suspects.len();
    Some(suspects.swap_remove(turn))
}

fn settled(ended: Result<(), JoinError>) -> Result<(), PortError> {
    ended.map_err(|panic| {
        // Only the broker can settle its delivery now, when the connection ends.
        error!(%panic, "a job was not settled");
        PortError::Lost("a job was not settled".into())
    })
}

/// Resolves at an instant; never where it is none.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
