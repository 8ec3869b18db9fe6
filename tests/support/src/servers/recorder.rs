//! A message port that records the calls for one delivery, with limits and deliveries for its tests.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use pricing_worker::contract::EventHeaders;
use pricing_worker::worker::WorkerLimits;
use pricing_worker::worker::ports::{
    Delivery, JobQueue, MessagePort, Outgoing, PortError, PublishError, Route, Tier, TraceContext,
};
use serde_json::Value;

/// A message port that records published messages and acknowledgements.
#[derive(Default)]
pub struct Recorder {
    publishing: Mutex<Vec<PublishError>>,
    done: Mutex<Vec<String>>,
    /// The published messages, with those that failed.
    pub published: Mutex<Vec<Outgoing>>,
}

impl Recorder {
    /// A port whose publishing fails with these errors, the last one first, and then succeeds.
    pub fn failing(publishing: Vec<PublishError>) -> Self {
        Self { publishing: Mutex::new(publishing), ..Self::default() }
    }

    fn note(&self, what: impl Into<String>) {
        self.done.lock().expect("no panic").push(what.into());
    }

    /// The calls, in order.
    pub fn done(&self) -> Vec<String> {
        self.done.lock().expect("no panic").clone()
    }
}

impl MessagePort for Recorder {
    type Receipt = ();
    const SYSTEM: &'static str = "a test";
    const TIERS: &'static [Tier] = &[Tier::TenSeconds, Tier::TenMinutes];

    fn destination(_route: &Route) -> &'static str {
        "somewhere"
    }

    async fn take(&self) -> Result<Option<Delivery<()>>, PortError> {
        Ok(None)
    }

    async fn start(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn receive(&self) -> Result<Option<Delivery<()>>, PortError> {
        Ok(None)
    }

    async fn publish(&self, message: Outgoing) -> Result<(), PublishError> {
        let failure = self.publishing.lock().expect("no panic").pop();
        let event: Value = serde_json::from_slice(&message.body).unwrap_or_default();
        let why = match (&message.route, &message.failure) {
            (Route::Retry { tier, .. }, Some(failure)) => {
                format!("retry in {}: {} after {}", tier.name(), failure.reason, failure.attempts)
            }
            (_, Some(failure)) => format!("dead: {} after {}", failure.reason, failure.attempts),
            (_, None) => match event["data"]["reason"]["code"].as_str() {
                Some(code) => format!("rejected: {code}"),
                None => "completed".into(),
            },
        };
        match failure {
            None => self.note(why),
            Some(_) => self.note(format!("failed to publish {why}")),
        }
        self.published.lock().expect("no panic").push(message);
        failure.map_or(Ok(()), Err)
    }

    async fn ack(&self, (): ()) -> Result<(), PortError> {
        self.note("ack");
        Ok(())
    }

    async fn stop(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn failed(&self) -> PortError {
        std::future::pending().await
    }

    async fn close(&self) {}
}

/// Limits that no job of the tests reaches.
pub fn bounds() -> WorkerLimits {
    WorkerLimits {
        concurrency: 4,
        memory_budget_bytes: 64 << 20,
        job_timeout: Duration::from_mins(1),
        drain_timeout: Duration::ZERO,
    }
}

/// A delivery from the bulk queue, at an attempt.
pub fn delivery(body: Bytes, attempt: u32) -> Delivery<()> {
    Delivery {
        payload: body,
        event_headers: EventHeaders::default(),
        queue: JobQueue { name: "pricing.jobs.bulk", routing_key: "job.bulk" },
        routing_key: "job.bulk".into(),
        message_id: Some("r1".into()),
        event_type: Some("pricing.requested.v1".into()),
        trace: TraceContext { traceparent: Some("00-1-2-01".into()), tracestate: None },
        redeliveries: 0,
        attempt,
        first_failure: None,
        last_reason: None,
        receipt: (),
    }
}
