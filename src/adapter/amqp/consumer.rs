//! Taking requests from both job queues: the interactive one first, the bulk one never last for ever.
//!
//! One by one as they are asked for ([`Requests::take`]), or ahead of it by two consumers ([`Requests::start`]), each with
//! a prefetch count of its own (quorum queues know no other), which bounds what waits here. Of ten deliveries, while
//! both queues have some, one is bulk.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicGetOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, Consumer};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::Failure;
use super::topology::{BULK_QUEUE, INTERACTIVE_QUEUE};
use crate::worker::ports::PortError;

/// Deliveries of the interactive queue for each of the bulk queue.
const INTERACTIVE_SHARE: u32 = 9;

/// For one word of the broker's about a queue.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The channel on which requests come.
pub(super) struct Requests {
    channel: Channel,
    /// What was taken ahead; none unless it was started, and all that had arrived was not handed out yet.
    ahead: Mutex<Option<Ahead>>,
    /// What passes deliveries on; gone with the port, and the consumers with it.
    forwarding: std::sync::Mutex<JoinSet<()>>,
    /// The consumers were told to end: by us, and not by the broker.
    stopped: Arc<AtomicBool>,
    failure: Failure,
}

/// What both consumers were sent, and nobody has received yet.
struct Ahead {
    interactive: mpsc::UnboundedReceiver<Delivery>,
    bulk: mpsc::UnboundedReceiver<Delivery>,
    turns: Turns,
}

/// Whose turn it is.
#[derive(Debug, Default)]
struct Turns {
    /// Interactive deliveries since the last bulk one.
    interactive_in_a_row: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Queue {
    Interactive,
    Bulk,
}

impl Queue {
    fn name(self) -> &'static str {
        match self {
            Self::Interactive => INTERACTIVE_QUEUE,
            Self::Bulk => BULK_QUEUE,
        }
    }
}

impl Requests {
    /// A channel of its own, on which each consumer will be sent so many deliveries ahead.
    pub async fn open(connection: &Connection, prefetch: u16, failure: &Failure) -> Result<Self, lapin::Error> {
        let channel = connection.create_channel().await?;
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let (ahead, forwarding, stopped) = (Mutex::default(), std::sync::Mutex::default(), Arc::default());
        Ok(Self { channel, ahead, forwarding, stopped, failure: failure.clone() })
    }

    /// The next request that waits, and no other with it.
    pub async fn take(&self) -> Result<Option<(&'static str, Delivery)>, PortError> {
        for queue in [INTERACTIVE_QUEUE, BULK_QUEUE] {
            let got = self.channel.basic_get(queue.into(), BasicGetOptions::default());
            if let Some(message) = self.answered(got).await? {
                return Ok(Some((queue, message.delivery)));
            }
        }
        Ok(None)
    }

    /// Begins to consume both queues.
    pub async fn start(&self) -> Result<(), PortError> {
        self.stopped.store(false, Ordering::Release);
        let (interactive, bulk) = (self.consume(INTERACTIVE_QUEUE).await?, self.consume(BULK_QUEUE).await?);
        *self.ahead.lock().await = Some(Ahead { interactive, bulk, turns: Turns::default() });
        Ok(())
    }

    /// Asks for no more; what has arrived is still handed out.
    pub async fn stop(&self) -> Result<(), PortError> {
        self.stopped.store(true, Ordering::Release);
        for tag in [INTERACTIVE_QUEUE, BULK_QUEUE] {
            self.answered(self.channel.basic_cancel(tag.into(), BasicCancelOptions::default())).await?;
        }
        Ok(())
    }

    /// The next delivery; none where both consumers were stopped and all that had arrived is handed out.
    pub async fn receive(&self) -> Result<Option<(&'static str, Delivery)>, PortError> {
        let mut slot = self.ahead.lock().await;
        let Some(ahead) = slot.as_mut() else { return Ok(None) };
        let next = tokio::select! {
            biased;
            error = self.failure.wait() => return Err(error),
            next = poll_fn(|context| ahead.poll_next(context)) => next,
        };
        if next.is_none() {
            *slot = None;
            if !self.stopped.load(Ordering::Acquire) {
                return Err(self.failure.wait().await);
            }
        }
        Ok(next)
    }

    async fn consume(&self, queue: &'static str) -> Result<mpsc::UnboundedReceiver<Delivery>, PortError> {
        // The consumer's tag is the queue's name.
        let options = BasicConsumeOptions::default();
        let consuming = self.channel.basic_consume(queue.into(), queue.into(), options, FieldTable::default());
        let consumer = self.answered(consuming).await?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let forward = forward(consumer, queue, sender, Arc::clone(&self.stopped), self.failure.clone());
        let mut forwarding = self.forwarding.lock().unwrap_or_else(PoisonError::into_inner);
        while forwarding.try_join_next().is_some() {}
        forwarding.spawn(forward);
        Ok(receiver)
    }

    /// What the broker answers. One that is there and does not, as while a queue of its has no leader, fails the port too:
    /// the next one may find it better.
    async fn answered<T>(&self, asked: impl Future<Output = Result<T, lapin::Error>>) -> Result<T, PortError> {
        match tokio::time::timeout(ANSWER_TIMEOUT, asked).await {
            Ok(answer) => answer.map_err(|error| self.failure.report(error)),
            Err(_) => Err(self.failure.report(format_args!("the broker did not answer in {ANSWER_TIMEOUT:?}"))),
        }
    }
}

/// Passes deliveries on, and reports a consumer that ends unasked: even while every slot is taken and nobody receives, it
/// must not starve in silence.
async fn forward(
    mut consumer: Consumer,
    queue: &'static str,
    received: mpsc::UnboundedSender<Delivery>,
    stopped: Arc<AtomicBool>,
    failure: Failure,
) {
    while let Some(next) = consumer.next().await {
        let delivery = match next {
            Ok(delivery) => delivery,
            Err(error) => {
                failure.report(error);
                return;
            }
        };
        if received.send(delivery).is_err() {
            // The port is gone.
            return;
        }
    }
    if !stopped.load(Ordering::Acquire) {
        failure.report(format_args!("the broker cancelled the consumer of {queue}"));
    }
}

impl Ahead {
    /// The next delivery; none once both consumers have ended and nothing is left of either.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<(&'static str, Delivery)>> {
        let mut ended = 0;
        for queue in self.turns.order() {
            let received = match queue {
                Queue::Interactive => &mut self.interactive,
                Queue::Bulk => &mut self.bulk,
            };
            match received.poll_recv(context) {
                Poll::Ready(Some(delivery)) => {
                    self.turns.took(queue);
                    return Poll::Ready(Some((queue.name(), delivery)));
                }
                Poll::Ready(None) => ended += 1,
                Poll::Pending => {}
            }
        }
        if ended == 2 { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl Turns {
    /// Which queue is asked first, and which where that has nothing.
    fn order(&self) -> [Queue; 2] {
        if self.interactive_in_a_row >= INTERACTIVE_SHARE {
            [Queue::Bulk, Queue::Interactive]
        } else {
            [Queue::Interactive, Queue::Bulk]
        }
    }

    fn took(&mut self, queue: Queue) {
        self.interactive_in_a_row = match queue {
            Queue::Interactive => self.interactive_in_a_row.saturating_add(1),
            Queue::Bulk => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken, in order, from so many interactive and bulk messages that wait.
    fn taken(mut interactive: u32, mut bulk: u32) -> String {
        let mut turns = Turns::default();
        let mut order = String::new();
        while interactive + bulk > 0 {
            let [first, second] = turns.order();
            let waits = |queue| if queue == Queue::Interactive { interactive > 0 } else { bulk > 0 };
            let queue = if waits(first) { first } else { second };
            turns.took(queue);
            match queue {
                Queue::Interactive => interactive -= 1,
                Queue::Bulk => bulk -= 1,
            }
            order.push(if queue == Queue::Interactive { 'i' } else { 'b' });
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
