//! The message port without a broker: two bounded channels in this process, for `price` and for tests.
//!
//! The worker's handler works behind it as behind RabbitMQ. It leaves out what only a broker can give: no message outlives
//! the process, and none is delivered twice, since a job that failed here would fail here again. Its messages do not come
//! from outside: AMQP's limits on an id do not bind them (a path may be long).

use bytes::Bytes;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::contract::EventHeaders;
use crate::worker::ports::{
    Delivery, JobQueue, MessagePort, Outgoing, PortError, PublishError, Route, Tier, TraceContext,
};

/// The channels on the other side of the port.
#[derive(Debug)]
pub struct InProcessClient {
    /// Takes requests. The port ends when this is dropped and every request is answered.
    pub requests: mpsc::Sender<LocalRequest>,
    /// Gives answers and dead letters, in the order in which jobs end. The port ends at once when this is dropped.
    pub answers: mpsc::Receiver<Outgoing>,
}

/// A request of this process.
#[derive(Debug, Clone)]
pub struct LocalRequest {
    /// The id, as `message_id` has it in a broker's message.
    pub id: String,
    /// The payload, in the format that the handler's kinds of job read.
    pub payload: Bytes,
}

/// A queue of requests in this process.
#[derive(Debug)]
pub struct InProcess {
    requests: Mutex<mpsc::Receiver<LocalRequest>>,
    answers: mpsc::Sender<Outgoing>,
    stopped: CancellationToken,
}

impl InProcess {
    /// A queue that holds so many requests, and as many answers that were not read; a sender waits while it is full.
    pub fn new(capacity: usize) -> (Self, InProcessClient) {
        let (requests_in, requests) = mpsc::channel(capacity);
        let (answers, answers_out) = mpsc::channel(capacity);
        let port = Self { requests: Mutex::new(requests), answers, stopped: CancellationToken::new() };
        (port, InProcessClient { requests: requests_in, answers: answers_out })
    }
}

impl MessagePort for InProcess {
    type Receipt = ();

    const SYSTEM: &'static str = "in_process";

    const TIERS: &'static [Tier] = &[];

    fn destination(_route: &Route) -> &'static str {
        ANSWERS
    }

    async fn take(&self) -> Result<Option<Delivery<()>>, PortError> {
        Ok(self.requests.lock().await.try_recv().ok().map(delivery))
    }

    async fn start(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn receive(&self) -> Result<Option<Delivery<()>>, PortError> {
        let mut requests = self.requests.lock().await;
        let request = tokio::select! {
            biased;
            () = self.stopped.cancelled() => {
                requests.close();
                requests.recv().await
            }
            request = requests.recv() => request,
        };
        Ok(request.map(delivery))
    }

    async fn publish(&self, message: Outgoing) -> Result<(), PublishError> {
        self.answers.send(message).await.map_err(|_| PublishError::Lost(GONE.into()))
    }

    async fn ack(&self, (): ()) -> Result<(), PortError> {
        Ok(())
    }

    async fn stop(&self) -> Result<(), PortError> {
        self.stopped.cancel();
        Ok(())
    }

    async fn failed(&self) -> PortError {
        self.answers.closed().await;
        PortError::Lost(GONE.into())
    }

    async fn close(&self) {}
}

const REQUESTS: JobQueue = JobQueue { name: "requests", routing_key: Route::JobInteractive.routing_key() };
const ANSWERS: &str = "answers";

const GONE: &str = "the reader of the answers is gone";

fn delivery(request: LocalRequest) -> Delivery<()> {
    Delivery {
        payload: request.payload,
        event_headers: EventHeaders::default(),
        queue: REQUESTS,
        routing_key: REQUESTS.routing_key.into(),
        message_id: Some(request.id),
        event_type: None,
        trace: TraceContext::default(),
        redeliveries: 0,
        attempt: 1,
        first_failure: None,
        last_reason: None,
        receipt: (),
    }
}
