//! What goes through a message port: deliveries in, answers and failures out.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::contract::{Event, REQUESTED_TYPE, Request};

/// A message to be handled.
#[derive(Debug)]
pub struct Delivery<R> {
    /// What it says.
    pub payload: Payload,
    /// The queue that it came from.
    pub queue: &'static str,
    /// The routing key that it was published with: `job.interactive`, `job.bulk`.
    pub routing_key: String,
    /// The publisher's id of it; may be absent in what nobody can decode.
    pub message_id: Option<String>,
    /// What its publisher says that it is; nobody has looked at the payload yet.
    pub event_type: Option<String>,
    /// Where it stands in a trace, which goes on with the answer.
    pub trace: TraceContext,
    /// How often it was delivered before, and not settled: its worker died, or lost its connection.
    pub redeliveries: u32,
    /// Which attempt this is, counted from 1: one more than it has failed.
    pub attempt: u32,
    /// Its first failure, where it has failed before.
    pub first_failure: Option<FirstFailure>,
    /// What settles it.
    pub receipt: R,
}

/// When and how a request failed for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFailure {
    /// The error, for people.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

impl<R> Delivery<R> {
    /// The message as it came, to be tried again, with why it failed.
    pub fn retry(&self, tier: Tier, failure: Failure) -> Outgoing {
        self.failed(Route::Retry { tier, routing_key: self.routing_key.clone() }, failure)
    }

    /// The message as it came, with why nobody can answer it.
    pub fn dead_letter(&self, failure: Failure) -> Outgoing {
        self.failed(Route::Dead { routing_key: self.routing_key.clone() }, failure)
    }

    fn failed(&self, route: Route, failure: Failure) -> Outgoing {
        Outgoing {
            route,
            message_id: self.message_id.clone(),
            correlation_id: self.message_id.clone(),
            event_type: self.event_type.clone(),
            trace: self.trace.clone(),
            failure: Some(failure),
            body: self.payload.to_bytes(),
        }
    }
}

/// What a message says.
#[derive(Debug, Clone)]
pub enum Payload {
    /// Bytes from outside; not even known to be a request.
    Bytes(Bytes),
    /// A request of this program's own making, which the limits on messages from outside do not bind.
    Request(Box<Request>),
}

impl Payload {
    /// The message as it was, or would have been, sent.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Request(request) => {
                let Request { id, time, data } = request.as_ref().clone();
                let event = Event::new(id, REQUESTED_TYPE, time, data);
                serde_json::to_vec(&event).expect("plain data with string keys always serialises").into()
            }
        }
    }
}

/// W3C trace context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// The `traceparent` header.
    pub traceparent: Option<String>,
    /// The `tracestate` header.
    pub tracestate: Option<String>,
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub route: Route,
    /// The event's id; of a dead letter, the id that it came with.
    pub message_id: Option<String>,
    /// The id of the request that it answers, or is.
    pub correlation_id: Option<String>,
    /// The event's type, where it is known.
    pub event_type: Option<String>,
    /// The trace that it belongs to.
    pub trace: TraceContext,
    /// Why it is no answer; for [`Route::Retry`] and [`Route::Dead`] only.
    pub failure: Option<Failure>,
    /// The event.
    pub body: Bytes,
}

/// Where a message goes. The adapter knows the exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// A request that somebody waits for.
    JobInteractive,
    /// A request that nobody waits for.
    JobBulk,
    /// A priced result.
    ResultCompleted,
    /// A rejection.
    ResultRejected,
    /// A request that failed. It keeps its routing key, and so returns to the queue that it came from.
    Retry {
        /// How long it waits.
        tier: Tier,
        /// The routing key that it was delivered with.
        routing_key: String,
    },
    /// A message that nobody can answer. It keeps its routing key, so that it can be replayed.
    Dead {
        /// The routing key that it was delivered with.
        routing_key: String,
    },
}

impl Route {
    /// The routing key.
    pub fn routing_key(&self) -> &str {
        match self {
            Self::JobInteractive => "job.interactive",
            Self::JobBulk => "job.bulk",
            Self::ResultCompleted => "result.completed",
            Self::ResultRejected => "result.rejected",
            Self::Retry { routing_key, .. } | Self::Dead { routing_key } => routing_key,
        }
    }
}

/// How long a failed request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Ten seconds: for what mends itself.
    TenSeconds,
    /// A minute: for what is restarted.
    OneMinute,
    /// Ten minutes: for what somebody mends.
    TenMinutes,
}

impl Tier {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::TenSeconds, Self::OneMinute, Self::TenMinutes];

    /// The name: in the header `x-tier`, and at the end of the queue's.
    pub fn name(self) -> &'static str {
        match self {
            Self::TenSeconds => "10s",
            Self::OneMinute => "1m",
            Self::TenMinutes => "10m",
        }
    }

    /// The wait.
    pub fn wait(self) -> Duration {
        Duration::from_secs(match self {
            Self::TenSeconds => 10,
            Self::OneMinute => 60,
            Self::TenMinutes => 600,
        })
    }
}

/// Why a message is to be tried again, or is a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A word for programs; [`JobError::code`](crate::worker::settle::JobError::code) lists them.
    pub reason: &'static str,
    /// The last error, for people.
    pub error: String,
    /// When that was.
    pub at: Timestamp,
    /// The first one.
    pub first: FirstFailure,
    /// How often it was tried, and failed.
    pub attempts: u32,
}
