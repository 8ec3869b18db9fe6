//! The two ports of the worker: an object store and a message port.
//!
//! Each has two implementations in [`adapter`](crate::adapter), and one suite of tests holds both to the rules that
//! are written here. The adapter that meets an error classifies it, once; [`settle`](super::settle) decides what is
//! done about it. Connecting is not part of a port: a port that has failed stays failed, and
//! [`run`](crate::worker::run) connects another.

use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::contract::{Reason, RejectionCode};
pub use crate::worker::message::{
    DELIVERY_LIMIT, Delivery, FailedAttempt, FirstFailure, JobQueue, Outgoing, Route, Tier, TraceContext,
};

/// Stores objects: models, and the files that go with answers.
pub trait ObjectStore: Send + Sync + 'static {
    /// Opens an object, pinned to one version.
    ///
    /// Where the reference names a version or an entity tag, the store opens that one or fails with
    /// [`StoreError::Changed`]. Every byte of the body is of the object that the answer describes: where the object is
    /// replaced meanwhile, the body ends with `Changed`, never with bytes of two versions.
    ///
    /// Returns before the body is read; an unread body costs no more than what is in flight. A body that is read
    /// may run ahead of its reader, by no more than [`Object::ahead_bytes`], and stops when it is dropped.
    fn open(&self, object: &ObjectRef) -> impl Future<Output = Result<Object, StoreError>> + Send;

    /// Stores an object of a known size, in bounded memory; replaces the object that was there.
    ///
    /// Every reader sees it when this returns. No reader sees any of it where this fails or is dropped.
    fn put(&self, object: &NewObject<'_>, body: Body) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Checks that the store answers requests about a bucket or, without one, about itself. A denial is an answer, and so
    /// is that there is no such bucket; only [`StoreError::Unavailable`] is none.
    fn probe(&self, bucket: Option<&str>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The bytes of an object in order, in chunks of 1 byte to a few MiB. It has ended after an error.
pub type Body = BoxStream<'static, Result<Bytes, StoreError>>;

/// Names an object in a store, or one version of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectRef {
    /// The bucket; none for a file on this machine.
    pub bucket: Option<String>,
    /// The key in the bucket, or the path of a file.
    pub key: String,
    /// The version that the object must have.
    pub version_id: Option<String>,
    /// The entity tag that the object must have.
    pub etag: Option<String>,
}

/// Describes an object that is to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewObject<'a> {
    /// The bucket; none for a file on this machine.
    pub bucket: Option<&'a str>,
    /// The key in the bucket, or the path of a file.
    pub key: &'a str,
    /// The media type, for stores that keep it; none leaves it to the store.
    pub content_type: Option<&'a str>,
    /// The length of the body, exactly.
    pub size_bytes: u64,
}

/// An open object.
pub struct Object {
    /// The length.
    pub size_bytes: u64,
    /// The entity tag, where the store has them.
    pub etag: Option<String>,
    /// The version, where the store has them.
    pub version_id: Option<String>,
    /// The media type, where the store has it.
    pub content_type: Option<String>,
    /// The most bytes that the body holds in memory ahead of its reader, socket buffers aside.
    pub ahead_bytes: u64,
    /// The bytes.
    pub body: Body,
}

/// Why a store did not give or take an object. A message that reaches the requester is the same at every attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such object, version or bucket, or the path names something other than a regular file.
    #[error("{0}")]
    NotFound(String),
    /// The object cannot be read, and no wait mends that: it is archived, it is encrypted with a key that is not there, or it
    /// is a file that this process may not read.
    #[error("{0}")]
    Forbidden(String),
    /// The store knows the worker, and denies it this object. New keys and policies take seconds to become valid, so the
    /// denial may pass.
    #[error("{0}")]
    Denied(String),
    /// The request names the bucket, the key or the version in a way that the store cannot serve.
    #[error("{0}")]
    Invalid(String),
    /// The object is not the version that was asked for, or was replaced while it was read.
    #[error("{0}")]
    Changed(String),
    /// The body ended before the announced length.
    #[error("the body ended after {read_bytes} of {size_bytes} bytes")]
    CutShort {
        /// The bytes that were read.
        read_bytes: u64,
        /// The length that was announced.
        size_bytes: u64,
    },
    /// The store did not answer, or answered with an error that says nothing about the object.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// The rejection, where the request is at fault; none where the store or the network is, or where the fault may pass.
    pub fn rejection(&self) -> Option<Reason> {
        let code = match self {
            Self::NotFound(_) => RejectionCode::ObjectNotFound,
            Self::Forbidden(_) => RejectionCode::ObjectForbidden,
            Self::Invalid(_) => RejectionCode::InvalidRequest,
            Self::Changed(_) => RejectionCode::ObjectChanged,
            Self::Denied(_) | Self::CutShort { .. } | Self::Unavailable(_) => return None,
        };
        Some(Reason::new(code, self.to_string()))
    }
}

/// Delivers requests and publishes answers: one link to a broker, which works until it fails and never again after.
///
/// Nothing is lost at any point: a delivery that is not acknowledged when the port goes away is delivered again, to
/// this worker by its next port, or to another worker.
pub trait MessagePort: Send + Sync + 'static {
    /// Settles one delivery. [`ack`](Self::ack) consumes it, so that a delivery is settled once.
    type Receipt: Send + Sync + 'static;

    /// The messaging system, by its name in OpenTelemetry.
    const SYSTEM: &'static str;

    /// The retry queues: a request waits in the first after its first attempt, and so on.
    const TIERS: &'static [Tier];

    /// The name of a route's destination: with RabbitMQ, the exchange.
    fn destination(route: &Route) -> &'static str;

    /// Tries whether the worker has every right that it needs: [`PortError::Rights`] names all that are missing. A port works
    /// without them, but for what they are needed for. A port whose broker denies nothing has nothing to try, and while a broker
    /// blocks publishers nothing can be tried: neither is an error.
    fn check_rights(&self) -> impl Future<Output = Result<(), PortError>> + Send {
        async { Ok(()) }
    }

    /// Takes the next delivery if one waits, and prefetches no other. Call it before [`start`](Self::start), or after
    /// a [`stop`](Self::stop) whose deliveries were all received. A call that is dropped may have taken a delivery,
    /// which is lost to this port until the port ends.
    ///
    /// Redelivered messages come first.
    fn take(&self) -> impl Future<Output = Result<Option<Delivery<Self::Receipt>>, PortError>> + Send;

    /// Starts to prefetch deliveries, up to a bound.
    fn start(&self) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The next delivery; none once [`stop`](Self::stop) was called and every prefetched delivery was received, or once
    /// there can be no more. Cancel-safe: a dropped call loses no delivery.
    ///
    /// Interactive requests are preferred to bulk requests, and neither starves the other.
    fn receive(&self) -> impl Future<Output = Result<Option<Delivery<Self::Receipt>>, PortError>> + Send;

    /// Publishes a message, persistent and mandatory. When this returns `Ok`, the message is in a queue, on disk: the
    /// broker confirmed it and did not return it. Where this fails or is dropped, it may be in the queue or not.
    fn publish(&self, message: Outgoing) -> impl Future<Output = Result<(), PublishError>> + Send;

    /// Publishes a delivery again, for a retry or as a dead letter, as [`publish`](Self::publish) does. It stays the same
    /// message: what its sender gave it beside the body is kept, and only what is the worker's own is overridden. A port
    /// whose messages are no more than their bodies has nothing to keep.
    fn publish_again(
        &self,
        _receipt: &Self::Receipt,
        message: Outgoing,
    ) -> impl Future<Output = Result<(), PublishError>> + Send {
        self.publish(message)
    }

    /// Acknowledges a delivery. Its answer, its retry or its dead letter must have been published before.
    fn ack(&self, receipt: Self::Receipt) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Stops the prefetching; deliveries that have arrived are still received and settled.
    fn stop(&self) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Resolves when the port has failed, even while no call is under way.
    fn failed(&self) -> impl Future<Output = PortError> + Send;

    /// Closes the link. Deliveries that are not settled are delivered again.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// Why a port failed, or could not be connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// The broker cannot be reached, or refused the worker.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The topology is missing, or differs.
    #[error("topology: {0}")]
    Topology(String),
    /// The worker's user has not every right that it needs.
    #[error("rights: {0}")]
    Rights(String),
    /// The connection, a channel or a consumer ended.
    #[error("connection lost: {0}")]
    Lost(String),
    /// A message came that is no AMQP, and the connection ended by it. It comes first again, until the broker gives it up.
    #[error(
        "a message cannot be read: a property, or the name of a header, is no UTF-8; mend its sender; the broker gives it up \
         after 21 deliveries, and what no client can read has to be purged from `pricing.dead` ({0})"
    )]
    Unreadable(String),
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
    /// The broker denies this route to the worker: a right or an exchange is missing. Other routes work.
    #[error("denied: {0}")]
    Denied(String),
    /// It can never be sent: a property is longer than the protocol allows, or the message larger than the broker does.
    #[error("unsendable: {0}")]
    Unsendable(String),
    /// The connection ended before it was confirmed.
    #[error("connection lost: {0}")]
    Lost(String),
}
