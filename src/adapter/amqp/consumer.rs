//! Takes requests from both job queues: interactive requests first, without starving bulk requests.
//!
//! It takes them one by one ([`Requests::take`]), or two consumers prefetch them ([`Requests::start`]), each with a
//! prefetch count of its own (quorum queues know no other), which bounds the deliveries that wait here. While both queues
//! have messages, one of ten deliveries is bulk.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicGetOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, ChannelStatus, Connection, Consumer};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::PortFailure;
use super::topology::{BULK, INTERACTIVE};
use crate::worker::ports::{JobQueue, PortError};

/// Deliveries of the interactive queue for each of the bulk queue.
const INTERACTIVE_SHARE: u32 = 9;

/// The time that the broker has to answer about a queue.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The channel that requests come on.
pub(super) struct Requests {
    channel: Channel,
    /// The prefetched deliveries; none before the start, and after a stop once all were received.
    prefetched: Mutex<Option<Prefetched>>,
    /// The tasks that forward deliveries; the port's end aborts them, and ends the consumers.
    forwarding: std::sync::Mutex<JoinSet<()>>,
    /// Consumers were started, and the worker has not ended them: only the broker can.
    consuming: Arc<AtomicBool>,
    failure: PortFailure,
}

/// The deliveries that the consumers were sent and that were not received yet.
struct Prefetched {
    interactive: mpsc::UnboundedReceiver<Delivery>,
    bulk: mpsc::UnboundedReceiver<Delivery>,
    schedule: RoundRobin,
}

/// A weighted round robin over the job queues.
#[derive(Debug, Default)]
struct RoundRobin {
    /// Interactive deliveries since the last bulk one.
    interactive_in_a_row: u32,
}

impl Requests {
    /// Opens a channel, on which each consumer will prefetch so many deliveries.
    pub async fn open(connection: &Connection, prefetch: u16, failure: &PortFailure) -> Result<Self, lapin::Error> {
        let channel = connection.create_channel().await?;
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let (prefetched, forwarding, consuming) = (Mutex::default(), std::sync::Mutex::default(), Arc::default());
        Ok(Self { channel, prefetched, forwarding, consuming, failure: failure.clone() })
    }

    /// The status of the channel.
    pub fn status(&self) -> ChannelStatus {
        self.channel.status().clone()
    }

    /// Whether the broker would tell of a queue that is deleted: it does where a consumer is there.
    pub fn consuming(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.consuming)
    }

    /// Takes the next request that waits, and no other with it.
    pub async fn take(&self) -> Result<Option<(JobQueue, Delivery)>, PortError> {
        for queue in [INTERACTIVE, BULK] {
            let got = self.channel.basic_get(queue.name.into(), BasicGetOptions::default());
            if let Some(message) = self.answered(got).await? {
                return Ok(Some((queue, message.delivery)));
            }
        }
        Ok(None)
    }

    /// Starts to consume both queues.
    pub async fn start(&self) -> Result<(), PortError> {
        self.consuming.store(true, Ordering::Release);
        let (interactive, bulk) = (self.consume(INTERACTIVE).await?, self.consume(BULK).await?);
        *self.prefetched.lock().await = Some(Prefetched { interactive, bulk, schedule: RoundRobin::default() });
        Ok(())
    }

    /// Ends the consumers; deliveries that have arrived are still received.
    pub async fn stop(&self) -> Result<(), PortError> {
        self.consuming.store(false, Ordering::Release);
        for JobQueue { name: tag, .. } in [INTERACTIVE, BULK] {
            self.answered(self.channel.basic_cancel(tag.into(), BasicCancelOptions::default())).await?;
        }
        Ok(())
    }

    /// The next delivery; none where both consumers were ended and every delivery was received.
    pub async fn receive(&self) -> Result<Option<(JobQueue, Delivery)>, PortError> {
        let mut slot = self.prefetched.lock().await;
        let Some(prefetched) = slot.as_mut() else { return Ok(None) };
        let next = tokio::select! {
            biased;
            error = self.failure.wait() => return Err(error),
            next = poll_fn(|context| prefetched.poll_next(context)) => next,
        };
        if next.is_none() {
            *slot = None;
            if self.consuming.load(Ordering::Acquire) {
                return Err(self.failure.wait().await);
            }
        }
        Ok(next)
    }

    async fn consume(&self, JobQueue { name, .. }: JobQueue) -> Result<mpsc::UnboundedReceiver<Delivery>, PortError> {
        // The consumer's tag is the queue's name.
        let options = BasicConsumeOptions::default();
        let consuming = self.channel.basic_consume(name.into(), name.into(), options, FieldTable::default());
        let consumer = self.answered(consuming).await?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let forward = forward(consumer, name, sender, Arc::clone(&self.consuming), self.failure.clone());
        let mut forwarding = self.forwarding.lock().unwrap_or_else(PoisonError::into_inner);
        while forwarding.try_join_next().is_some() {}
        forwarding.spawn(forward);
        Ok(receiver)
    }

    /// The broker's answer. A broker that does not answer, as while a queue has no leader, fails the port too: the next
    /// port may find another leader.
    async fn answered<T>(&self, asked: impl Future<Output = Result<T, lapin::Error>>) -> Result<T, PortError> {
        match tokio::time::timeout(ANSWER_TIMEOUT, asked).await {
            Ok(answer) => answer.map_err(|error| self.failure.broke(&error)),
            Err(_) => Err(self.failure.report(format_args!("the broker did not answer in {ANSWER_TIMEOUT:?}"))),
        }
    }
}

/// Forwards a consumer's deliveries, and reports a consumer that the worker did not end: even while every slot is taken,
/// and so no call receives, the port must not starve in silence.
async fn forward(
    mut consumer: Consumer,
    queue: &'static str,
    received: mpsc::UnboundedSender<Delivery>,
    consuming: Arc<AtomicBool>,
    failure: PortFailure,
) {
    while let Some(next) = consumer.next().await {
        let delivery = match next {
            Ok(delivery) => delivery,
            Err(error) => {
                failure.broke(&error);
                return;
            }
        };
        if received.send(delivery).is_err() {
            // The port is gone.
            return;
        }
    }
    if consuming.load(Ordering::Acquire) {
        failure.report(format_args!("the broker cancelled the consumer of {queue}"));
    }
}

impl Prefetched {
    /// The next delivery; none once both consumers have ended and every delivery was received.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<(JobQueue, Delivery)>> {
        let mut ended = 0;
        for queue in self.schedule.order() {
            let received = if queue == INTERACTIVE { &mut self.interactive } else { &mut self.bulk };
            match received.poll_recv(context) {
                Poll::Ready(Some(delivery)) => {
                    self.schedule.took(queue);
                    return Poll::Ready(Some((queue, delivery)));
                }
                Poll::Ready(None) => ended += 1,
                Poll::Pending => {}
            }
        }
        if ended == 2 { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl RoundRobin {
    /// The queue to take from, and the queue to take from where that is empty.
    fn order(&self) -> [JobQueue; 2] {
        if self.interactive_in_a_row >= INTERACTIVE_SHARE { [BULK, INTERACTIVE] } else { [INTERACTIVE, BULK] }
    }

    fn took(&mut self, queue: JobQueue) {
        self.interactive_in_a_row = if queue == INTERACTIVE { self.interactive_in_a_row.saturating_add(1) } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of taking from so many interactive and bulk messages that wait.
    fn taken(mut interactive: u32, mut bulk: u32) -> String {
        let mut schedule = RoundRobin::default();
        let mut order = String::new();
        while interactive + bulk > 0 {
            let [first, second] = schedule.order();
            let waits = |queue| if queue == INTERACTIVE { interactive > 0 } else { bulk > 0 };
            let queue = if waits(first) { first } else { second };
            schedule.took(queue);
            let (count, letter) = if queue == INTERACTIVE { (&mut interactive, 'i') } else { (&mut bulk, 'b') };
            *count -= 1;
            order.push(letter);
        }
        order
    }

    #[test]
    fn interactive_goes_first_and_bulk_gets_a_tenth() {
        let rows = [
            (0, 3, "bbb"),
            (3, 0, "iii"),
            (3, 3, "iiibbb"),
            (12, 2, "iiiiiiiiibiiib"),
            (20, 5, "iiiiiiiiibiiiiiiiiibiibbb"),
        ];
        for (interactive, bulk, expected) in rows {
            assert_eq!(taken(interactive, bulk), expected, "{interactive} interactive, {bulk} bulk");
        }
    }
}
