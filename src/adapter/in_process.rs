//! The message port without a broker: two bounded channels in this process, for `price` and for tests.
//!
//! It is the same handler behind it as in the worker. What only a broker can give is left out: nothing outlives the
//! process, and nothing is delivered twice, since whatever failed here would fail here again. Requests are not messages
//! from outside: their ids are not bound by the limits of AMQP (a path may be long).

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::worker::ports::{
    Delivery, MessagePort, Outgoing, Payload, PortError, PublishError, Route, Tier, TraceContext,
};

/// Where requests are put in, and answers come out.
#[derive(Debug)]
pub struct Ends {
    /// Puts requests in; dropped, it ends the port once all are answered.
    pub requests: mpsc::Sender<Payload>,
    /// Gives the answers and the dead letters, in the order in which jobs end; dropped, it ends the port at once.
    pub answers: mpsc::Receiver<Outgoing>,
}

/// A queue of requests in this process.
#[derive(Debug)]
pub struct InProcess {
    requests: Mutex<mpsc::Receiver<Payload>>,
    answers: mpsc::Sender<Outgoing>,
    stopped: CancellationToken,
}

impl InProcess {
    /// A queue that holds so many requests, and as many answers that nobody has read; whoever puts in more, waits.
    pub fn new(capacity: usize) -> (Self, Ends) {
        let (requests_in, requests) = mpsc::channel(capacity);
        let (answers, answers_out) = mpsc::channel(capacity);
        let port = Self { requests: Mutex::new(requests), answers, stopped: CancellationToken::new() };
        (port, Ends { requests: requests_in, answers: answers_out })
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
        let payload = tokio::select! {
            biased;
            () = self.stopped.cancelled() => {
                requests.close();
                requests.recv().await
            }
            payload = requests.recv() => payload,
        };
        Ok(payload.map(delivery))
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

const REQUESTS: &str = "requests";
const ANSWERS: &str = "answers";

const GONE: &str = "nobody reads the answers";

fn delivery(payload: Payload) -> Delivery<()> {
    let message_id = match &payload {
        Payload::Request(request) => Some(request.id.clone()),
        Payload::Bytes(_) => None,
    };
    Delivery {
        payload,
        queue: REQUESTS,
        routing_key: Route::JobInteractive.routing_key().into(),
        message_id,
        event_type: None,
        trace: TraceContext::default(),
        redeliveries: 0,
        attempt: 1,
        first_failure: None,
        receipt: (),
    }
}
