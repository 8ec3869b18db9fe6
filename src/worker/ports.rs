//! What the worker asks of the world: a store of objects, and a port for messages. The two traits of the shell.
//!
//! Each has two real sides in [`adapter`](crate::adapter), and one suite of tests that holds both to the rules
//! written here. Errors are classified once, by the adapter that meets them; what is done about them is decided in
//! [`settle`](super::settle). Building a port, and building it again, is not part of it: a port that has failed stays
//! so, and [`run`](crate::worker::run) asks for another.

use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::contract::{ModelRef, Reason, RejectionCode};
pub use crate::worker::message::{Delivery, Failure, FirstFailure, Outgoing, Payload, Route, Tier, TraceContext};

/// Where models are.
pub trait ObjectStore: Send + Sync + 'static {
    /// Opens an object, pinned to one version.
    ///
    /// Where the model names a version or an entity tag, that one is opened or none ([`StoreError::Changed`]). Every
    /// byte of the body is of the object described by the answer: one that is replaced meanwhile ends the body with
    /// `Changed`, never with bytes of two versions.
    ///
    /// Returns before the body is read; a body that nobody reads costs no more than what is in flight. One that is read
    /// may run ahead of its reader, by no more than the answer says, and stops with it.
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
    /// What its body holds at most of bytes that have arrived and were not read yet, once it is read; what waits in sockets
    /// not counted.
    pub ahead_bytes: u64,
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

    /// What kind of messaging system it is, in the words of OpenTelemetry.
    const SYSTEM: &'static str;

    /// Where a failed request waits before it is tried again: the first after its first attempt, and so on.
    const TIERS: &'static [Tier];

    /// The name of what takes messages of a route: of RabbitMQ, the exchange.
    fn destination(route: &Route) -> &'static str;

    /// The next delivery if one waits, and no other with it: nothing is taken ahead. For before [`start`](Self::start),
    /// or after a [`stop`](Self::stop) whose deliveries were all received. Dropped, it may have taken one that nobody has.
    ///
    /// A message that was delivered before comes before those that were not.
    fn take(&self) -> impl Future<Output = Result<Option<Delivery<Self::Receipt>>, PortError>> + Send;

    /// Begins to take deliveries ahead of those who receive them, up to a bound.
    fn start(&self) -> impl Future<Output = Result<(), PortError>> + Send;

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
