//! The messages of a message port: deliveries in; answers, retries and dead letters out.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::contract::EventHeaders;

/// The most redeliveries of a message that a worker still runs: it is the default of RabbitMQ 4, for every release.
pub const DELIVERY_LIMIT: u32 = 20;

/// A message with so many redeliveries may have killed the workers that had it.
const SUSPECT_REDELIVERIES: u32 = 2;

/// A queue of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobQueue {
    /// The name.
    pub name: &'static str,
    /// The routing key that leads to it: the way back, by whatever key a sender published.
    pub routing_key: &'static str,
}

/// A message that a port delivered, to be handled and settled.
#[derive(Debug)]
pub struct Delivery<R> {
    /// The body, which the port has not looked at.
    pub payload: Bytes,
    /// What its properties and headers say of the event in it.
    pub event_headers: EventHeaders,
    /// The queue that the message was delivered from.
    pub queue: JobQueue,
    /// The routing key that it was published with. A sender may publish with any key, straight to a queue or through an
    /// exchange of its own, so nothing is decided by it.
    pub routing_key: String,
    /// The id that its publisher gave it. A message that cannot be decoded may have none.
    pub message_id: Option<String>,
    /// The event type that its publisher gave it; the payload may say otherwise.
    pub event_type: Option<String>,
    /// The trace that the message belongs to; the answer carries it on.
    pub trace: TraceContext,
    /// How often the broker delivered the message before without its being settled: the worker died, or lost its
    /// connection. Those before it was last deferred count too.
    pub redeliveries: u32,
    /// The number of this attempt, from 1: one more than the attempts that failed.
    pub attempt: u32,
    /// The first failure, where an earlier attempt failed.
    pub first_failure: Option<FirstFailure>,
    /// The code of the last failure, where an earlier attempt failed; [`FailedAttempt::reason`] of that attempt.
    pub last_reason: Option<String>,
    /// Settles the delivery.
    pub receipt: R,
}

/// When and how a request failed for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFailure {
    /// The error, for people.
    pub error: String,
    /// The time of the failure.
    pub at: Timestamp,
}

impl<R> Delivery<R> {
    /// Whether the message may have killed the workers that had it. A suspect runs alone.
    pub fn is_suspect(&self) -> bool {
        self.redeliveries >= SUSPECT_REDELIVERIES
    }

    /// Whether the message has used up its deliveries: it kills its workers. The broker counts too, and starts again in
    /// each queue.
    pub fn is_poison(&self) -> bool {
        self.redeliveries > DELIVERY_LIMIT
    }

    /// The same message, for a retry queue, with the reason of the failure.
    pub fn retry(&self, tier: Tier, failure: FailedAttempt) -> Outgoing {
        self.failed(Route::Retry { tier, routing_key: self.queue.routing_key }, failure)
    }

    /// The same message, for the dead-letter queue, with the reason of the failure.
    pub fn dead_letter(&self, failure: FailedAttempt) -> Outgoing {
        self.failed(Route::Dead { routing_key: self.queue.routing_key }, failure)
    }

    fn failed(&self, route: Route, failure: FailedAttempt) -> Outgoing {
        Outgoing {
            route,
            message_id: self.message_id.clone(),
            correlation_id: self.message_id.clone(),
            event_type: self.event_type.clone(),
            trace: self.trace.clone(),
            failure: Some(failure),
            body: self.payload.clone(),
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
    /// The destination.
    pub route: Route,
    /// The event's id; of a retry or a dead letter, the id that it came with.
    pub message_id: Option<String>,
    /// The id of the request that it answers, or is.
    pub correlation_id: Option<String>,
    /// The event's type, where it is known.
    pub event_type: Option<String>,
    /// The trace that it belongs to.
    pub trace: TraceContext,
    /// The failure; for [`Route::Retry`] and [`Route::Dead`] only.
    pub failure: Option<FailedAttempt>,
    /// The event.
    pub body: Bytes,
}

/// The destination of a message. The adapter maps it to an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// A request whose sender waits for the answer.
    JobInteractive,
    /// A request that may wait.
    JobBulk,
    /// A priced result.
    ResultCompleted,
    /// A rejection.
    ResultRejected,
    /// A request that is tried again later.
    Retry {
        /// The retry queue.
        tier: Tier,
        /// The way back to the queue that it was delivered from.
        routing_key: &'static str,
    },
    /// A message that cannot be answered.
    Dead {
        /// The way back to the queue that it was delivered from, for a replay.
        routing_key: &'static str,
    },
}

impl Route {
    /// The routing key.
    pub const fn routing_key(&self) -> &'static str {
        match self {
            Self::JobInteractive => "job.interactive",
            Self::JobBulk => "job.bulk",
            Self::ResultCompleted => "result.completed",
            Self::ResultRejected => "result.rejected",
            Self::Retry { routing_key, .. } | Self::Dead { routing_key } => routing_key,
        }
    }
}

/// How long a failed request waits in a retry queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Ten seconds: for a fault that passes by itself.
    TenSeconds,
    /// A minute: for a service that is restarted.
    OneMinute,
    /// Ten minutes: for a fault that an operator repairs.
    TenMinutes,
}

impl Tier {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::TenSeconds, Self::OneMinute, Self::TenMinutes];

    /// The name: in the header `x-tier`, and at the end of the queue's name.
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

/// A failed attempt, as the next attempt and the reader of the dead letters see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// The machine-readable code; [`DeliveryError::code`](crate::worker::settle::DeliveryError::code) lists them.
    pub reason: &'static str,
    /// The error of this attempt, for people.
    pub error: String,
    /// The time of this failure.
    pub at: Timestamp,
    /// The first failure of the request; none where no attempt has failed yet.
    pub first: Option<FirstFailure>,
    /// How many attempts have failed.
    pub attempts: u32,
    /// The redeliveries that the next delivery carries on; 0 unless the request is deferred.
    pub redeliveries: u32,
}
