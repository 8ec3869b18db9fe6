//! Tests that the worker runs often redelivered messages alone: over a queue that counts deliveries, as RabbitMQ's do,
//! and messages that kill their worker.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::contract::EventHeaders;
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::ports::{
    Delivery, JobQueue, MessagePort, Outgoing, PortError, PublishError, Route, StoreError, Tier, TraceContext,
};
use pricing_worker::worker::{Handler, Health, WorkerLimits, dispatch};
use tokio_util::sync::CancellationToken;

use crate::support::soon;
use crate::support::store::{Open, Scripted};

/// The queue's prefetch window.
const PREFETCH: usize = 6;
/// The delivery count at which the queue dead-letters a message.
const DELIVERY_LIMIT: u32 = 20;

/// A message and its delivery count.
type Message = (&'static str, u32);

/// A queue, as its broker sees it.
#[derive(Default)]
struct Queue {
    /// Redelivered messages are in front.
    ready: VecDeque<Message>,
    /// Delivered and not settled, in order.
    outstanding: Vec<Message>,
    /// The outstanding messages that no worker has received yet.
    window: VecDeque<Message>,
    ahead: bool,
    settled: Vec<Message>,
    /// The other outstanding messages, for each kill.
    killed_with: Vec<Vec<Message>>,
    dead: Vec<&'static str>,
}

impl Queue {
    fn send(&mut self) -> Option<Message> {
        let message = self.ready.pop_front()?;
        self.outstanding.push(message);
        Some(message)
    }

    /// Ends the connection: outstanding messages return to the front.
    fn take_back(&mut self) {
        self.window.clear();
        self.ahead = false;
        for (name, deliveries) in self.outstanding.drain(..).rev() {
            if deliveries == DELIVERY_LIMIT {
                self.dead.push(name);
            } else {
                self.ready.push_front((name, deliveries + 1));
            }
        }
    }
}

/// A port whose worker dies of every message marked as deadly.
#[derive(Clone, Default)]
struct Deadly {
    queue: Arc<Mutex<Queue>>,
    killed: CancellationToken,
}

impl Deadly {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no panic")
    }
}

/// A message that does not decode: the worker dead-letters it at once.
fn delivery((name, redeliveries): Message) -> Delivery<&'static str> {
    Delivery {
        event_headers: EventHeaders::default(),
        payload: name.into(),
        queue: JobQueue { name: "pricing.jobs.bulk", routing_key: "job.bulk" },
        routing_key: "job.bulk".into(),
        message_id: Some(name.into()),
        event_type: None,
        trace: TraceContext::default(),
        redeliveries,
        attempt: 1,
        first_failure: None,
        last_reason: None,
        receipt: name,
    }
}

impl MessagePort for Deadly {
    type Receipt = &'static str;
    const SYSTEM: &'static str = "a test";
    const TIERS: &'static [Tier] = &[];

    fn destination(_route: &Route) -> &'static str {
        "somewhere"
    }

    async fn take(&self) -> Result<Option<Delivery<&'static str>>, PortError> {
        Ok(self.queue().send().map(delivery))
    }

    async fn start(&self) -> Result<(), PortError> {
        self.queue().ahead = true;
        Ok(())
    }

    async fn receive(&self) -> Result<Option<Delivery<&'static str>>, PortError> {
        let nothing_comes = {
            let mut queue = self.queue();
            while queue.ahead && queue.outstanding.len() < PREFETCH {
                let Some(message) = queue.send() else { break };
                queue.window.push_back(message);
            }
            if let Some(message) = queue.window.pop_front() {
                return Ok(Some(delivery(message)));
            }
            !queue.ahead || queue.outstanding.is_empty()
        };
        // While a message is in work, more may come once it is settled, and the caller asks again then.
        if nothing_comes { Ok(None) } else { std::future::pending().await }
    }

    async fn publish(&self, message: Outgoing) -> Result<(), PublishError> {
        let name = message.message_id.expect("it has one");
        if !name.starts_with("deadly") {
            return Ok(());
        }
        {
            let mut queue = self.queue();
            let others = queue.outstanding.iter().copied().filter(|(other, _)| *other != name).collect();
            queue.killed_with.push(others);
        }
        self.killed.cancel();
        std::future::pending().await
    }

    async fn ack(&self, name: &'static str) -> Result<(), PortError> {
        let mut queue = self.queue();
        let place = queue.outstanding.iter().position(|(other, _)| *other == name).expect("it was delivered");
        let settled = queue.outstanding.remove(place);
        queue.settled.push(settled);
        Ok(())
    }

    async fn stop(&self) -> Result<(), PortError> {
        self.queue().ahead = false;
        Ok(())
    }

    async fn failed(&self) -> PortError {
        self.killed.cancelled().await;
        PortError::Lost("killed".into())
    }

    async fn close(&self) {}
}

/// Starts worker after worker, each of which may die, until the queue is empty.
async fn work_off(messages: &[Message]) -> Queue {
    let bounds = WorkerLimits {
        concurrency: 3,
        memory_budget_bytes: 1 << 20,
        job_timeout: Duration::from_mins(1),
        drain_timeout: Duration::ZERO,
    };
    let limits = Limits { object_bytes: 1 << 20, topology_triangles: 100_000 };
    let store = Scripted::new([Open::Fails(StoreError::NotFound("nothing is here".into()))]);
    let handler =
        Arc::new(Handler::new(store, Appraiser::new(PriceBook::sample(), limits), &bounds, &Health::starting().0));
    let mut port = Deadly::default();
    port.queue().ready.extend(messages);
    loop {
        let never = CancellationToken::new();
        let served = dispatch(Arc::new(port.clone()), &handler, &bounds, &never);
        if soon("the end of a worker", served).await.is_ok() {
            return std::mem::take(&mut *port.queue());
        }
        port.queue().take_back();
        port.killed = CancellationToken::new();
    }
}

#[tokio::test]
async fn what_kills_its_workers_takes_no_others_with_it() {
    // Each row is a queue; the last ones have several deadly messages, and some harmless suspects beside them.
    let rows: [&[Message]; 5] = [
        &[("deadly", 0), ("a", 0), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("f", 0), ("g", 0)],
        &[("a", 0), ("b", 0), ("c", 0), ("d", 0), ("deadly", 0), ("e", 0), ("f", 0)],
        &[("a", 0), ("deadly", 5), ("b", 0), ("c", 3)],
        &[("a", 0), ("deadly 1", 0), ("deadly 2", 0), ("b", 0), ("deadly 3", 0), ("c", 0)],
        &[("a", 0), ("b", 2), ("deadly 1", 2), ("c", 2), ("deadly 2", 2), ("d", 2), ("e", 1)],
    ];
    for messages in rows {
        let queue = work_off(messages).await;
        let names = |of: &[Message]| of.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>();
        let harmless = messages.iter().filter(|(name, _)| !name.starts_with("deadly"));
        let (killers, all) = (queue.dead.iter().copied().collect(), names(messages));
        assert_eq!(names(&queue.settled), harmless.map(|(name, _)| *name).collect(), "{messages:?}");
        assert_eq!(all.difference(&names(&queue.settled)).copied().collect::<BTreeSet<_>>(), killers, "{messages:?}");
        // A deadly message runs beside others only until it has killed twice; beside other suspects, less and less.
        let together = queue.killed_with.iter().filter(|others| !others.is_empty()).count();
        assert!(together <= 2 + messages.len(), "{messages:?}: {:?}", queue.killed_with);
        let most = queue.settled.iter().map(|(_, redeliveries)| *redeliveries).max().unwrap_or(0);
        assert!(most <= 6, "{messages:?}: {:?}", queue.settled);
    }
}

#[tokio::test]
async fn one_that_kills_costs_its_neighbours_two_deliveries_at_most() {
    let messages = [("deadly", 0), ("a", 0), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("f", 0), ("g", 0)];
    let queue = work_off(&messages).await;
    assert_eq!(queue.killed_with.len(), 21, "the first, and twenty more");
    assert!(queue.killed_with[2..].iter().all(Vec::is_empty), "{:?}", queue.killed_with);
    assert!(queue.settled.iter().all(|(_, redeliveries)| *redeliveries <= 2), "{:?}", queue.settled);
}
