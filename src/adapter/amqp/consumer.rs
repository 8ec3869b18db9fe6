//! Consuming both job queues: the interactive one first, the bulk one never last for ever.
//!
//! Each consumer has a prefetch count of its own (quorum queues know no other), which bounds what waits here. Of ten
//! deliveries, while both queues have some, one is bulk.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, Consumer};

use super::topology::{BULK_QUEUE, INTERACTIVE_QUEUE};
use crate::worker::ports::PortError;

/// Deliveries of the interactive queue for each of the bulk queue.
const INTERACTIVE_SHARE: u32 = 9;

/// The deliveries of both queues; ends once both consumers were cancelled by [`Cancel`].
pub(super) struct Deliveries {
    interactive: Option<Consumer>,
    bulk: Option<Consumer>,
    turns: Turns,
}

/// Cancels both consumers.
pub(super) struct Cancel {
    channel: Channel,
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

/// Starts to consume both queues, on a channel of their own.
pub(super) async fn consume(connection: &Connection, prefetch: u16) -> Result<(Deliveries, Cancel), lapin::Error> {
    let channel = connection.create_channel().await?;
    channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
    let start = |queue: &'static str| {
        // The consumer's tag is the queue's name.
        channel.basic_consume(queue.into(), queue.into(), BasicConsumeOptions::default(), FieldTable::default())
    };
    let (interactive, bulk) = (start(INTERACTIVE_QUEUE).await?, start(BULK_QUEUE).await?);
    let deliveries = Deliveries { interactive: Some(interactive), bulk: Some(bulk), turns: Turns::default() };
    Ok((deliveries, Cancel { channel }))
}

impl Cancel {
    /// No more deliveries are sent; those that have arrived are still handed out.
    pub async fn cancel(&self) -> Result<(), lapin::Error> {
        for tag in [INTERACTIVE_QUEUE, BULK_QUEUE] {
            self.channel.basic_cancel(tag.into(), BasicCancelOptions::default()).await?;
        }
        Ok(())
    }
}

impl Deliveries {
    /// The next delivery; none once both consumers have ended.
    pub fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<lapin::message::Delivery, PortError>>> {
        for queue in self.turns.order() {
            let slot = match queue {
                Queue::Interactive => &mut self.interactive,
                Queue::Bulk => &mut self.bulk,
            };
            let Some(consumer) = slot else { continue };
            match Pin::new(consumer).poll_next(context) {
                Poll::Ready(Some(Ok(delivery))) => {
                    self.turns.took(queue);
                    return Poll::Ready(Some(Ok(delivery)));
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(PortError::Lost(error.to_string()))));
                }
                Poll::Ready(None) => *slot = None,
                Poll::Pending => {}
            }
        }
        if self.interactive.is_none() && self.bulk.is_none() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Whether a consumer has ended: expected only after [`Cancel`].
    pub fn any_ended(&self) -> bool {
        self.interactive.is_none() || self.bulk.is_none()
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
