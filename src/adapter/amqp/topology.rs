//! The table of exchanges, queues and bindings, and what is made of it: declarations, a check, a definitions file.
//!
//! It is the same on RabbitMQ 3.10 and 4.x. No queue drops a message: each refuses a message that it has no room for, and
//! each but the dead-letter queue dead-letters, at least once. The dead-letter queue comes first, so that it is bound
//! before a message can be dead-lettered.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, Connection, ExchangeKind};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::rights::MissingRight;
use crate::config::TopologyMode;
use crate::worker::ports::{DELIVERY_LIMIT, JobQueue, PortError, Route, Tier};

/// The exchange of requests and results.
pub const EXCHANGE: &str = "pricing";
/// The exchange of dead letters, the broker's and the worker's.
pub const DEAD_EXCHANGE: &str = "pricing.dlx";
/// The exchange in front of the retry queues.
pub const RETRY_EXCHANGE: &str = "pricing.retry";
/// The queue of requests whose sender waits for the answer.
pub const INTERACTIVE_QUEUE: &str = "pricing.jobs.interactive";
/// The queue of requests that may wait.
pub const BULK_QUEUE: &str = "pricing.jobs.bulk";
/// The job queues, with the way back to each.
pub(super) const INTERACTIVE: JobQueue =
    JobQueue { name: INTERACTIVE_QUEUE, routing_key: Route::JobInteractive.routing_key() };
pub(super) const BULK: JobQueue = JobQueue { name: BULK_QUEUE, routing_key: Route::JobBulk.routing_key() };
/// The queue of results for the MES.
pub const RESULTS_QUEUE: &str = "pricing.results";
/// The dead-letter queue: exhausted, undecodable and poison messages.
pub const DEAD_QUEUE: &str = "pricing.dead";

/// The header that names the retry queue of a message.
pub const TIER_HEADER: &str = "x-tier";

/// A queue refuses messages beyond this number, so that publishers wait and the broker's disk does not fill. A policy can
/// lower it.
const MOST_MESSAGES: i64 = 1_000_000;

struct Exchange {
    name: &'static str,
    /// The type, by its name in the protocol.
    kind: &'static str,
}

struct QueueSpec {
    name: &'static str,
    kind: QueueKind,
    bindings: Vec<Binding>,
}

enum QueueKind {
    /// Its messages are read and acknowledged.
    Read,
    /// A message waits in it, and then returns to the queue that it came from.
    Wait(Tier),
    /// Its messages stay until an operator replays or removes them.
    Dead,
}

struct Binding {
    exchange: &'static str,
    routing_key: &'static str,
    arguments: Vec<(&'static str, Argument)>,
}

#[derive(Clone, Copy)]
enum Argument {
    Text(&'static str),
    Number(i64),
}

fn exchanges() -> [Exchange; 3] {
    [
        Exchange { name: DEAD_EXCHANGE, kind: "topic" },
        Exchange { name: EXCHANGE, kind: "topic" },
        Exchange { name: RETRY_EXCHANGE, kind: "headers" },
    ]
}

/// The queues, in the order of their declaration.
fn queues() -> [QueueSpec; 7] {
    let by_key = |exchange, routing_key| vec![Binding { exchange, routing_key, arguments: Vec::new() }];
    // `all` would ignore headers that begin with x-, and so match every message.
    let retry = |name, tier: Tier| {
        let arguments = vec![("x-match", Argument::Text("all-with-x")), (TIER_HEADER, Argument::Text(tier.name()))];
        let binding = Binding { exchange: RETRY_EXCHANGE, routing_key: "", arguments };
        QueueSpec { name, kind: QueueKind::Wait(tier), bindings: vec![binding] }
    };
    let jobs = |JobQueue { name, routing_key }| QueueSpec {
        name,
        kind: QueueKind::Read,
        bindings: by_key(EXCHANGE, routing_key),
    };
    [
        QueueSpec { name: DEAD_QUEUE, kind: QueueKind::Dead, bindings: by_key(DEAD_EXCHANGE, "#") },
        QueueSpec { name: RESULTS_QUEUE, kind: QueueKind::Read, bindings: by_key(EXCHANGE, "result.#") },
        retry("pricing.retry.10s", Tier::TenSeconds),
        retry("pricing.retry.1m", Tier::OneMinute),
        retry("pricing.retry.10m", Tier::TenMinutes),
        jobs(INTERACTIVE),
        jobs(BULK),
    ]
}

impl QueueKind {
    fn arguments(&self) -> Vec<(&'static str, Argument)> {
        use Argument::{Number, Text};
        let quorum = ("x-queue-type", Text("quorum"));
        let dead_lettered_to = |exchange| {
            let to = ("x-dead-letter-exchange", Text(exchange));
            [to, ("x-dead-letter-strategy", Text("at-least-once"))]
        };
        let limit = |deliveries| ("x-delivery-limit", Number(deliveries));
        // A full queue refuses; dropping its oldest would lose what was confirmed.
        let refuses = ("x-overflow", Text("reject-publish"));
        let mut arguments = vec![quorum, ("x-max-length", Number(MOST_MESSAGES)), refuses];
        match *self {
            Self::Read => {
                arguments.extend(dead_lettered_to(DEAD_EXCHANGE));
                // Set explicitly because 3.10 has none.
                arguments.push(limit(i64::from(DELIVERY_LIMIT)));
            }
            Self::Wait(tier) => {
                arguments.extend(dead_lettered_to(EXCHANGE));
                arguments.push(("x-message-ttl", Number(tier.wait().as_millis() as i64)));
            }
            // `dead-letters list` puts the letters back, and RabbitMQ 4 drops a message that was put back 20 times and has no
            // dead-letter exchange. 3.10 does not take -1 for "never".
            Self::Dead => arguments.push(limit(1_000_000_000)),
        }
        arguments
    }
}

/// Declares the whole topology, or verifies that it is there. Gives the rights that are missing for that.
pub(super) async fn establish(connection: &Connection, mode: TopologyMode) -> Result<Vec<MissingRight>, PortError> {
    match mode {
        TopologyMode::Declare => declare(connection).await,
        TopologyMode::Verify => verify(connection).await.map(|()| Vec::new()),
    }
}

async fn declare(connection: &Connection) -> Result<Vec<MissingRight>, PortError> {
    let mut declaring = Declaring { connection, channel: channel(connection).await?, missing: Vec::new() };
    for Exchange { name, kind } in exchanges() {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let kind = ExchangeKind::Custom(kind.into());
        let declared = declaring.channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await;
        declaring.done(format!("the exchange {name}"), declared).await?;
    }
    for QueueSpec { name, kind, bindings } in queues() {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let declared = declaring.channel.queue_declare(name.into(), options, table(&kind.arguments())).await;
        declaring.done(format!("the queue {name}"), declared.map(|_| ())).await?;
        for Binding { exchange, routing_key, arguments } in bindings {
            let (key, options) = (routing_key.into(), QueueBindOptions::default());
            let bound =
                declaring.channel.queue_bind(name.into(), exchange.into(), key, options, table(&arguments)).await;
            declaring.done(format!("the binding of {name} to {exchange}"), bound).await?;
        }
    }
    Ok(declaring.missing)
}

/// Declarations that go on after one that the broker denies, so that all missing rights are known at once.
struct Declaring<'a> {
    connection: &'a Connection,
    /// A new one after each that the broker has closed.
    channel: Channel,
    missing: Vec<MissingRight>,
}

impl Declaring<'_> {
    async fn done(&mut self, what: String, declared: Result<(), lapin::Error>) -> Result<(), PortError> {
        let Err(error) = declared else { return Ok(()) };
        match Refusal::of(&error) {
            Some(Refusal::AccessRefused) => self.missing.push(MissingRight::to_declare(&what, &error)),
            // What was not declared cannot be bound.
            Some(Refusal::NotFound) if !self.missing.is_empty() => {}
            _ => return Err(topology_error(format!("cannot declare {what}"), &error)),
        }
        self.channel = channel(self.connection).await?;
        Ok(())
    }
}

async fn channel(connection: &Connection) -> Result<Channel, PortError> {
    connection.create_channel().await.map_err(|error| topology_error("cannot open a channel", &error))
}

/// Verifies that every exchange and queue is there; declares nothing.
pub(super) async fn verify(connection: &Connection) -> Result<(), PortError> {
    let mut missing = Vec::new();
    for Exchange { name, kind } in exchanges() {
        let channel = channel(connection).await?;
        let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        let found = channel
            .exchange_declare(name.into(), ExchangeKind::Custom(kind.into()), options, FieldTable::default())
            .await;
        note_missing(&mut missing, format!("exchange {name}"), found)?;
    }
    for QueueSpec { name, .. } in queues() {
        // A channel of its own for each queue, since the broker closes the channel where the queue is missing.
        let channel = channel(connection).await?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let found = channel.queue_declare(name.into(), options, FieldTable::default()).await;
        note_missing(&mut missing, format!("queue {name}"), found.map(|_| ()))?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(PortError::Topology(format!("missing: {}", missing.join(", "))))
}

/// Adds an exchange or queue that the broker does not know to `missing`; any other error ends the verification.
fn note_missing(missing: &mut Vec<String>, what: String, found: Result<(), lapin::Error>) -> Result<(), PortError> {
    match found {
        Err(error) if Refusal::of(&error) == Some(Refusal::NotFound) => missing.push(what),
        Err(error) => return Err(topology_error(format!("cannot verify the {what}"), &error)),
        Ok(()) => {}
    }
    Ok(())
}

/// The error of a declaration: of the topology where the broker refused it, of the connection where that broke.
pub(super) fn topology_error(what: impl Into<String>, error: &lapin::Error) -> PortError {
    let message = format!("{}: {error}", what.into());
    match Refusal::of(error) {
        Some(_) => PortError::Topology(message),
        None => PortError::Connect(message),
    }
}

fn table(arguments: &[(&'static str, Argument)]) -> FieldTable {
    let mut table = FieldTable::default();
    for &(name, argument) in arguments {
        let value = match argument {
            Argument::Text(text) => AMQPValue::LongString(LongString::from(text)),
            Argument::Number(number) => AMQPValue::LongLongInt(number),
        };
        table.insert(name.into(), value);
    }
    table
}

/// The topology as a RabbitMQ definitions file, for `rabbitmqctl import_definitions` and the management plugin.
pub fn definitions(vhost: &str) -> Value {
    let exchanges: Vec<Value> = exchanges()
        .into_iter()
        .map(|Exchange { name, kind }| {
            json!({ "name": name, "vhost": vhost, "type": kind, "durable": true, "auto_delete": false,
                    "internal": false, "arguments": {} })
        })
        .collect();
    let (mut all_queues, mut all_bindings) = (Vec::new(), Vec::new());
    for QueueSpec { name, kind, bindings } in queues() {
        all_queues.push(json!({ "name": name, "vhost": vhost, "durable": true, "auto_delete": false,
                                "arguments": object(&kind.arguments()) }));
        for Binding { exchange, routing_key, arguments } in bindings {
            all_bindings.push(json!({ "source": exchange, "vhost": vhost, "destination": name,
                                      "destination_type": "queue", "routing_key": routing_key,
                                      "arguments": object(&arguments) }));
        }
    }
    json!({ "exchanges": exchanges, "queues": all_queues, "bindings": all_bindings })
}

fn object(arguments: &[(&'static str, Argument)]) -> Value {
    let value = |argument| match argument {
        Argument::Text(text) => json!(text),
        Argument::Number(number) => json!(number),
    };
    arguments.iter().map(|&(name, argument)| (name.to_owned(), value(argument))).collect()
}
