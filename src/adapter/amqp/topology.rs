//! The table of exchanges, queues and bindings, and its definitions file. The adapter declares it where it establishes a
//! connection.
//!
//! It is the same on RabbitMQ 3.10 and 4.x. No queue drops a message: each refuses a message that it has no room for, and
//! each but the dead-letter queue dead-letters, at least once. The dead-letter queue comes first, so that it is bound
//! before a message can be dead-lettered.

use serde_json::{Value, json};

use crate::worker::ports::{DELIVERY_LIMIT, JobQueue, Route, Tier};

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

pub(super) struct Exchange {
    pub name: &'static str,
    /// The type, by its name in the protocol.
    pub kind: &'static str,
}

pub(super) struct QueueSpec {
    pub name: &'static str,
    pub kind: QueueKind,
    pub bindings: Vec<Binding>,
}

pub(super) enum QueueKind {
    /// Its messages are read and acknowledged.
    Read,
    /// A message waits in it, and then returns to the queue that it came from.
    Wait(Tier),
    /// Its messages stay until an operator replays or removes them.
    Dead,
}

pub(super) struct Binding {
    pub exchange: &'static str,
    pub routing_key: &'static str,
    pub arguments: Vec<(&'static str, Argument)>,
}

#[derive(Clone, Copy)]
pub(super) enum Argument {
    Text(&'static str),
    Number(i64),
}

pub(super) fn exchanges() -> [Exchange; 3] {
    [
        Exchange { name: DEAD_EXCHANGE, kind: "topic" },
        Exchange { name: EXCHANGE, kind: "topic" },
        Exchange { name: RETRY_EXCHANGE, kind: "headers" },
    ]
}

/// The queues, in the order of their declaration.
pub(super) fn queues() -> [QueueSpec; 7] {
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
    pub fn arguments(&self) -> Vec<(&'static str, Argument)> {
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
