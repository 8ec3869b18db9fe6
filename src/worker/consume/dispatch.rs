//! One port's life: which deliveries are taken up, how many at once, and how it ends.
//!
//! A message that was delivered twice before and never settled may be what killed the workers that had it, and what
//! dies with it loses a delivery of its own. So it runs alone, with nothing else taken from the queues:
//!
//! * A port begins one message at a time ([`MessagePort::take`]). What was delivered before comes first, so once that is
//!   something harmless, or nothing, deliveries are taken ahead ([`MessagePort::start`]).
//! * Where one comes among others, nothing more is taken, the others are finished, and then it runs. A message that
//!   kills can be among others only until it has killed twice.
//!
//! What is done with one delivery is the [`Handler`]'s; while a dependency is down it holds its jobs in their slots,
//! and with them all consuming.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, error, info, warn};

use crate::worker::Settings;
use crate::worker::handler::Handler;
use crate::worker::ports::{Delivery, MessagePort, ObjectStore, PortError};

/// A message that was delivered so often before runs alone.
const SUSPECT_REDELIVERIES: u32 = 2;

/// Serves one port: takes deliveries, `settings.concurrency` at once, until the port ends or `draining` is cancelled
/// and all that had arrived is settled.
///
/// Past the drain timeout the rest is dropped with the port, and delivered again to another worker. Fails where the port
/// fails; jobs in flight are dropped then, since nothing they do could be acknowledged any more.
pub async fn dispatch<P: MessagePort, S: ObjectStore>(
    port: Arc<P>,
    handler: &Arc<Handler<S>>,
    settings: &Settings,
    draining: &CancellationToken,
) -> Result<(), PortError> {
    let (jobs, suspects) = (JoinSet::new(), Vec::new());
    let mut service = Service { port, handler, settings, draining, jobs, suspects, taking: Taking::OneByOne };
    let served = service.run().await;
    service.jobs.shutdown().await;
    // One that has failed in a part may hold deliveries with another.
    service.port.close().await;
    served
}

/// How deliveries are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taking {
    /// The next when the last is settled.
    OneByOne,
    /// As they come, ahead of the jobs.
    Ahead,
    /// No more; what has arrived is still received.
    Stopped,
    /// Nothing is left to be received, for now.
    Paused,
    /// Nothing will ever come again.
    Ended,
}

struct Service<'a, P: MessagePort, S> {
    port: Arc<P>,
    handler: &'a Arc<Handler<S>>,
    settings: &'a Settings,
    draining: &'a CancellationToken,
    jobs: JoinSet<()>,
    /// Deliveries that must run alone, and wait for the others to end.
    suspects: Vec<Delivery<P::Receipt>>,
    taking: Taking,
}

impl<P: MessagePort, S: ObjectStore> Service<'_, P, S> {
    async fn run(&mut self) -> Result<(), PortError> {
        let mut drain_until = None;
        loop {
            if self.jobs.is_empty() && !self.take_up_alone().await? {
                return Ok(());
            }
            tokio::select! {
                biased;
                failure = self.port.failed() => return Err(failure),
                () = self.draining.cancelled(), if drain_until.is_none() => {
                    let until = Instant::now() + self.settings.drain_timeout;
                    drain_until = Some(until);
                    info!(in_flight = self.jobs.len(), "draining");
                    // A broker that does not answer does not keep a worker that is told to stop.
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
        matches!(self.taking, Taking::Ahead | Taking::Stopped) && self.jobs.len() < self.settings.concurrency.max(1)
    }

    async fn received(&mut self, delivery: Option<Delivery<P::Receipt>>) -> Result<(), PortError> {
        match delivery {
            Some(suspect) if is_suspect(&suspect) => {
                warn!(deliveries = suspect.redeliveries, "delivered again and again: it will run alone");
                self.suspects.push(suspect);
                self.stop().await?;
            }
            Some(delivery) => self.begin(delivery),
            None if self.taking == Taking::Stopped => self.taking = Taking::Paused,
            None => self.taking = Taking::Ended,
        }
        Ok(())
    }

    /// Takes no more.
    async fn stop(&mut self) -> Result<(), PortError> {
        match self.taking {
            Taking::Ahead => {
                self.taking = Taking::Stopped;
                self.port.stop().await
            }
            Taking::OneByOne => {
                self.taking = Taking::Paused;
                Ok(())
            }
            Taking::Stopped | Taking::Paused | Taking::Ended => Ok(()),
        }
    }

    /// Nothing is under way: the time for what must run alone. False where nothing is left to do.
    async fn take_up_alone(&mut self) -> Result<bool, PortError> {
        if matches!(self.taking, Taking::Ahead | Taking::Stopped) {
            return Ok(true);
        }
        if let Some(suspect) = next_suspect(&mut self.suspects) {
            self.begin(suspect);
            return Ok(true);
        }
        if self.taking == Taking::Ended || self.draining.is_cancelled() {
            return Ok(false);
        }
        self.take_one().await?;
        Ok(true)
    }

    /// Takes the next message, and goes on to take ahead where that is none to be careful with.
    async fn take_one(&mut self) -> Result<(), PortError> {
        self.taking = Taking::OneByOne;
        let taken = tokio::select! {
            biased;
            failure = self.port.failed() => return Err(failure),
            taken = self.port.take() => taken?,
        };
        let alone = taken.as_ref().is_some_and(is_suspect);
        // Before the port starts, which waits for every queue: a delivery of one does not wait for the others.
        if let Some(delivery) = taken {
            self.begin(delivery);
        }
        if !alone {
            self.port.start().await?;
            self.taking = Taking::Ahead;
        }
        Ok(())
    }

    fn begin(&mut self, delivery: Delivery<P::Receipt>) {
        let (port, handler, draining) = (Arc::clone(&self.port), Arc::clone(self.handler), self.draining.clone());
        let job = async move { handler.handle(&*port, delivery, &draining).await };
        self.jobs.spawn(job.instrument(Span::current()));
    }
}

fn is_suspect<R>(delivery: &Delivery<R>) -> bool {
    delivery.redeliveries >= SUSPECT_REDELIVERIES
}

/// Those that come together come together again if one of them kills: each time, it is another one's turn to be first.
fn next_suspect<R>(suspects: &mut Vec<Delivery<R>>) -> Option<Delivery<R>> {
    let turn = suspects.first()?.redeliveries as usize % suspects.len();
    Some(suspects.swap_remove(turn))
}

fn settled(ended: Result<(), JoinError>) -> Result<(), PortError> {
    ended.map_err(|panic| {
        // Nobody can settle its delivery now but the broker, when the connection ends.
        error!(%panic, "a job was not settled");
        PortError::Lost("a job was not settled".into())
    })
}

/// Resolves at an instant; never where there is none.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
