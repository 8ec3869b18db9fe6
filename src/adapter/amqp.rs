//! RabbitMQ as a message port: one connection that consumes, one that publishes, and no recovery of its own.
//!
//! lapin's recovery stays off: the worker drops a port that has failed, and connects another
//! ([`worker::run`](crate::worker::run)), so that a recovery takes the same way as every start. A connection, a channel
//! or a consumer that breaks fails the whole port.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lapin::options::BasicAckOptions;
use lapin::{Acker, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::watch::Sender;
use tokio::task::JoinSet;

use crate::config::{AmqpUrl, BrokerAccess, BrokerSecrets};
use crate::worker::Health;
use crate::worker::ports::{Delivery, MessagePort, Outgoing, PortError, PublishError, Route, Tier};

mod consumer;
mod dead_letters;
mod delivery;
mod establish;
mod header_bytes;
mod headers;
mod online;
mod properties;
mod publisher;
mod refusal;
mod republished;
mod results;
mod rights;
mod tls;
pub mod topology;
mod watch;
mod way_back;

use consumer::Requests;
pub use dead_letters::{DeadLetter, DeadLetters, LetterReceipt, ReplayError};
use delivery::delivery;
use establish::establish;
pub use online::{OnlineChecks, check_online};
pub use publisher::Publisher;
use republished::Sent;
pub use results::{PublishedResult, Results};
use rights::MissingRight;
use watch::{until_blocked, watch_alarms, watch_channel, watch_connection, watch_queues};

pub use crate::config::TopologyMode;

/// The time to connect, from the first packet to the last consumer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The time that the broker has to confirm that a connection is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Seconds between heartbeats, where the URL does not say: a peer that is silent for twice as long is gone.
/// RabbitMQ's default of 60 would leave a worker idle behind a dead line for two minutes.
const HEARTBEAT_S: u16 = 10;

/// The longest frame, where the URL does not say: RabbitMQ's default. If the peers negotiated it, lapin would grow its
/// buffers, of 32 frames each, after connecting, and fill 16 MiB with zeros that are seldom read.
const FRAME_MAX_BYTES: u32 = 128 << 10;

/// RabbitMQ's name in traces.
pub const SYSTEM: &str = "rabbitmq";

/// How to connect.
#[derive(Debug, Clone)]
pub struct Config {
    access: BrokerAccess,
    topology: TopologyMode,
    prefetch: u16,
}

impl Config {
    /// Connects with what `access` reads at each connection. From each queue, the worker takes as many deliveries ahead as
    /// jobs run at once.
    pub fn new(access: BrokerAccess, topology: TopologyMode, concurrency: usize) -> Self {
        // A prefetch count of 0 would be no limit.
        let prefetch = u16::try_from(concurrency.max(1)).unwrap_or(u16::MAX);
        Self { access, topology, prefetch }
    }

    /// Connects to a URL alone.
    pub fn by_url(url: AmqpUrl, topology: TopologyMode, concurrency: usize) -> Self {
        Self::new(BrokerAccess::by_url(url), topology, concurrency)
    }
}

/// A connection to RabbitMQ, with what consumes and what publishes.
pub struct Amqp {
    connection: Connection,
    requests: Requests,
    publisher: Publisher,
    /// The worker was denied to declare something.
    was_denied: bool,
    failure: PortFailure,
    /// The tasks that watch the channel and the queues; the port's end aborts them.
    _watching: JoinSet<()>,
}

impl Amqp {
    /// Connects, and establishes the topology. Tells `health` whether the broker blocks publishers.
    pub async fn connect(config: &Config, health: &Arc<Health>) -> Result<Self, PortError> {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, Self::try_connect(config, health));
        connecting.await.unwrap_or_else(|_| Err(PortError::Connect(format!("no answer in {CONNECT_TIMEOUT:?}"))))
    }

    async fn try_connect(config: &Config, health: &Arc<Health>) -> Result<Self, PortError> {
        let failure = PortFailure::default();
        let publisher = Publisher::open(config, &failure).await?;
        tokio::spawn(watch_alarms(publisher.status(), Arc::clone(health)));
        let connection = open(config, "consume", &failure).await?;
        let undeclared = establish(&connection, config.topology).await?;
        let opened = Self::open_channels(&connection, config.prefetch, &failure).await;
        let (requests, watching) =
            opened.map_err(|error| PortError::Connect(format!("cannot open a channel: {error}")))?;
        let was_denied = !undeclared.is_empty();
        Ok(Self { connection, requests, publisher, was_denied, failure, _watching: watching })
    }

    /// Opens the channel that requests come on, and watches it and its queues.
    async fn open_channels(
        connection: &Connection,
        prefetch: u16,
        failure: &PortFailure,
    ) -> Result<(Requests, JoinSet<()>), lapin::Error> {
        let (mut watching, events) = (JoinSet::new(), connection.events_listener());
        let requests = Requests::open(connection, prefetch, failure).await?;
        watching.spawn(watch_channel(requests.status(), events, failure.clone()));
        let looking = connection.create_channel().await?;
        watching.spawn(watch_queues(looking, requests.consuming(), failure.clone()));
        Ok((requests, watching))
    }

    async fn missing_rights(&self) -> Result<Vec<MissingRight>, PortError> {
        // The broker closes each channel that tries a right; on the connection that consumes, such an end is a failure.
        let mut missing = if self.was_denied { self.publisher.establish().await? } else { Vec::new() };
        missing.extend(rights::missing(self.publisher.connection()).await?);
        Ok(missing)
    }

    fn settled(&self, settled: Result<bool, lapin::Error>) -> Result<(), PortError> {
        match settled {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.failure.report("the delivery's channel is closed")),
            Err(error) => Err(self.failure.broke(&error)),
        }
    }
}

/// Settles a delivery, and keeps what its sender gave it beside the body.
#[derive(Debug)]
pub struct Receipt {
    acker: Acker,
    sent: Sent,
}

impl MessagePort for Amqp {
    type Receipt = Receipt;

    const SYSTEM: &'static str = SYSTEM;

    const TIERS: &'static [Tier] = &Tier::ALL;

    fn destination(route: &Route) -> &'static str {
        Publisher::exchange(route)
    }

    async fn check_rights(&self) -> Result<(), PortError> {
        let missing = tokio::select! {
            biased;
            missing = tokio::time::timeout(CONNECT_TIMEOUT, self.missing_rights()) => missing,
            // The worker takes requests meanwhile, as it does when an alarm comes later. What a right denies is held.
            () = until_blocked(self.publisher.status()) => return Ok(()),
        };
        let missing = missing.map_err(|_| PortError::Lost(format!("no answer in {CONNECT_TIMEOUT:?}")))?;
        rights::require(&missing?, self.publisher.connection())
    }

    async fn take(&self) -> Result<Option<Delivery<Receipt>>, PortError> {
        Ok(self.requests.take().await?.map(delivery))
    }

    async fn start(&self) -> Result<(), PortError> {
        self.requests.start().await
    }

    async fn receive(&self) -> Result<Option<Delivery<Receipt>>, PortError> {
        Ok(self.requests.receive().await?.map(delivery))
    }

    async fn publish(&self, message: Outgoing) -> Result<(), PublishError> {
        self.publisher.publish(&message).await
    }

    async fn publish_again(&self, receipt: &Receipt, message: Outgoing) -> Result<(), PublishError> {
        self.publisher.publish_again(&receipt.sent, &message).await
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), PortError> {
        self.settled(receipt.acker.ack(BasicAckOptions::default()).await)
    }

    async fn stop(&self) -> Result<(), PortError> {
        self.requests.stop().await
    }

    async fn failed(&self) -> PortError {
        self.failure.wait().await
    }

    async fn close(&self) {
        // A connection that is closed already fails to close, which does not matter.
        let closed = async { tokio::join!(self.connection.close(200, "OK".into()), self.publisher.close()) };
        // A broker that does not answer learns of it later, or misses the heartbeats.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, closed).await;
    }
}

/// The failure of a port: none until the first part that notices it reports it.
#[derive(Clone)]
struct PortFailure(Sender<Option<PortError>>);

impl Default for PortFailure {
    fn default() -> Self {
        Self(Sender::new(None))
    }
}

impl PortFailure {
    fn report(&self, why: impl fmt::Display) -> PortError {
        self.first(PortError::Lost(why.to_string()))
    }

    /// Reports an error of lapin's.
    fn broke(&self, error: &lapin::Error) -> PortError {
        let why = error.to_string();
        self.first(match error.kind() {
            ErrorKind::ParsingError(_) => PortError::Unreadable(why),
            _ => PortError::Lost(why),
        })
    }

    fn first(&self, error: PortError) -> PortError {
        self.0.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert_with(|| error.clone());
            is_first
        });
        error
    }

    async fn wait(&self) -> PortError {
        let mut changes = self.0.subscribe();
        let failed = changes.wait_for(Option::is_some).await;
        failed.ok().and_then(|error| error.clone()).unwrap_or_else(|| PortError::Lost("the port is gone".into()))
    }
}

/// Opens a connection whose name says its purpose, and reports when it breaks.
async fn open(config: &Config, purpose: &str, failure: &PortFailure) -> Result<Connection, PortError> {
    let name = format!("pricing-worker {} {purpose}", crate::contract::ENGINE_VERSION);
    let options = ConnectionProperties::default().with_connection_name(name.into());
    let secrets = read(&config.access).await?;
    let is_encrypted = secrets.url.is_encrypted();
    let connect_error = |error| PortError::Connect(tls::why_not_connected(&error, is_encrypted));
    let runtime = lapin::runtime::default_runtime().map_err(connect_error)?;
    let mut uri = secrets.url.expose().clone();
    uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
    uri.query.frame_max.get_or_insert(FRAME_MAX_BYTES);
    let connection = Connection::connect_uri_with_config(uri, options, tls::config(&secrets), runtime).await;
    let connection = connection.map_err(connect_error)?;
    tokio::spawn(watch_connection(connection.status().clone(), purpose.to_owned(), failure.clone()));
    Ok(connection)
}

/// Reads the secrets of a connection. A volume whose server is away blocks the reader, and must not block the worker.
async fn read(access: &BrokerAccess) -> Result<BrokerSecrets, PortError> {
    let access = access.clone();
    let read = tokio::task::spawn_blocking(move || access.read()).await;
    let read = read.map_err(|error| PortError::Connect(error.to_string()))?;
    read.map_err(|errors| PortError::Connect(errors.to_string().replace('\n', "; ")))
}
