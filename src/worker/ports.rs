//! What the worker asks of the world: a store of objects, and a port for messages. The two traits of the shell.
//!
//! Each has two real sides in [`adapter`](crate::adapter), and one suite of tests that holds both to the rules
//! written here. Errors are classified once, by the adapter that meets them; what is done about them is decided in
//! [`settle`](super::settle). Building a port, and building it again, is not part of it: a port that has failed stays
//! so, and [`intake::run`](super::intake::run) asks for another.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use crate::contract::{Event, ModelRef, REQUESTED_TYPE, Reason, RejectionCode, Request};

/// Where models are.
pub trait ObjectStore: Send + Sync + 'static {
    /// Opens an object, pinned to one version.
    ///
    /// Where the model names a version or an entity tag, that one is opened or none ([`StoreError::Changed`]). Every
    /// byte of the body is of the object described by the answer: one that is replaced meanwhile ends the body with
    /// `Changed`, never with bytes of two versions.
    ///
    /// Returns before the body is read; a body that nobody reads costs no more than what is in flight.
    fn open(&self, model: &ModelRef) -> impl Future<Output = Result<Object, StoreError>> + Send;

    /// Stores an object of a known size under a key, in bounded memory; an object that was there is replaced.
    ///
    /// It is there for every reader when this returns, and is not there, nor in part, where this fails or is dropped.
    fn put(
        &self,
        bucket: Option<&str>,
        key: &str,
        size_bytes: u64,
        body: Body,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The bytes of an object in order, in chunks of any size but zero, up to a few MiB. After an error it has ended.
pub type Body = BoxStream<'static, Result<Bytes, StoreError>>;

/// An object that was opened.
pub struct Object {
    /// Its length.
    pub size_bytes: u64,
    /// Its entity tag, where the store has such.
    pub etag: Option<String>,
    /// Its version, where the store has such.
    pub version_id: Option<String>,
    /// Its bytes.
    pub body: Body,
}

/// Why a store gave no object, or not all of it. Messages that reach a requester do not vary from try to try.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such object, version or bucket, or it is no object that can be read to an end.
    #[error("{0}")]
    NotFound(String),
    /// The store knows the worker, and does not let it read this object.
    #[error("{0}")]
    Forbidden(String),
    /// The object is not the one that was asked for, or was replaced while it was read.
    #[error("{0}")]
    Changed(String),
    /// The body ended before the announced length.
    #[error("the body ended after {read_bytes} of {size_bytes} bytes")]
    CutShort {
        /// What was read.
        read_bytes: u64,
        /// What was announced.
        size_bytes: u64,
    },
    /// The store does not answer, or not with an object: nothing is known about the object.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// The rejection that answers a request, where the request is at fault; none where the world is.
    pub fn rejection(&self) -> Option<Reason> {
        let code = match self {
            Self::NotFound(_) => RejectionCode::ObjectNotFound,
            Self::Forbidden(_) => RejectionCode::ObjectForbidden,
            Self::Changed(_) => RejectionCode::ObjectChanged,
            Self::CutShort { .. } | Self::Unavailable(_) => return None,
        };
        Some(Reason::new(code, self.to_string()))
    }
}

/// Where requests come from and answers go: one link to a broker, which works until it fails and never again after.
///
/// Nothing is lost at any point: a delivery that is not acknowledged when the port goes away is delivered again, by this
/// port's successor or to another worker.
pub trait MessagePort: Send + Sync + 'static {
    /// What settles one delivery. It is consumed by [`ack`](Self::ack), so that a delivery is settled once.
    type Receipt: Send + Sync + 'static;

    /// Where a failed request waits before it is tried again: the first after its first attempt, and so on.
    const TIERS: &'static [Tier];

    /// The next delivery; none once [`stop`](Self::stop) was called and all that had arrived is handed out, or once
    /// there can be no more. Cancel-safe: a delivery is never lost with the future.
    ///
    /// Interactive requests are preferred to bulk ones, and neither is starved by the other.
    fn receive(&self) -> impl Future<Output = Result<Option<Delivery<Self::Receipt>>, PortError>> + Send;

    /// Publishes a message, persistent and mandatory. It is in a queue, on disk, when this returns `Ok`: it was
    /// confirmed and was not returned. Where this fails or is dropped, it may be in the queue or not.
    fn publish(&self, message: Outgoing) -> impl Future<Output = Result<(), PublishError>> + Send;

    /// Settles a delivery for good. Its answer, its retry or its dead letter must have been published before.
    fn ack(&self, receipt: Self::Receipt) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Asks for no more deliveries; what has arrived is still handed out and settled.
    fn stop(&self) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Resolves when the port has failed as a whole, even while nobody receives or publishes.
    fn failed(&self) -> impl Future<Output = PortError> + Send;

    /// Ends the link. What is not settled is delivered again.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A message to be handled.
#[derive(Debug)]
pub struct Delivery<R> {
    /// What it says.
    pub payload: Payload,
    /// The routing key that it was published with: `job.interactive`, `job.bulk`.
    pub routing_key: String,
    /// The publisher's id of it; may be absent in what nobody can decode.
    pub message_id: Option<String>,
    /// What its publisher says that it is; nobody has looked at the payload yet.
    pub event_type: Option<String>,
    /// Where it stands in a trace; passed on with the answer.
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

/// W3C trace context, as it came.
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
    /// A word for programs; [`JobError::code`](super::settle::JobError::code) lists them.
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

/// Why a port is of no more use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// The broker cannot be reached, or did not let the worker in.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The topology is not there, or is another.
    #[error("topology: {0}")]
    Topology(String),
    /// The connection, a channel or a consumer ended.
    #[error("connection lost: {0}")]
    Lost(String),
}

/// Why a message is not known to be in a queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No queue is bound for it.
    #[error("returned: {0}")]
    Returned(String),
    /// A queue refused it: it is full, or failing.
    #[error("refused by a queue")]
    Refused,
    /// It can never be sent: a property is longer than the protocol allows.
    #[error("unsendable: {0}")]
    Unsendable(String),
    /// The connection ended before it was confirmed.
    #[error("connection lost: {0}")]
    Lost(String),
}
