//! The rights of the worker's user, tried at every start without side effects.
//!
//! A message in a transaction is checked at once and published at the commit: a rollback leaves nothing behind. A consumer
//! whose priority is no number is refused with 406 where the user may consume, and with 403 where not; the broker logs that.
//! (An expiration that is no number would do for messages on RabbitMQ 3.10; 4.0 refuses it before it checks topic permissions.)

use futures_util::future::try_join_all;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ErrorKind};

use super::refusal::Refusal;
use super::topology::{BULK, DEAD_EXCHANGE, EXCHANGE, INTERACTIVE, RETRY_EXCHANGE};
use crate::worker::ports::{JobQueue, PortError, Route};

/// No priority: the broker refuses what has it.
const NO_PRIORITY: &str = "probe";

/// The most tries of a right.
const MOST_TRIES: u32 = 20;

/// A right that the worker needs beside those to declare.
#[derive(Debug, Clone, Copy)]
enum Right {
    Write { exchange: &'static str, routing_key: &'static str, purpose: &'static str },
    Read { queue: &'static str },
}

/// A right that is missing, and what grants it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MissingRight {
    text: String,
    /// The user, as the broker names it: where a certificate is the user, the URL does not.
    user: Option<String>,
}

fn rights() -> [Right; 7] {
    let write = |exchange, routing_key, purpose| Right::Write { exchange, routing_key, purpose };
    let read = |JobQueue { name, .. }| Right::Read { queue: name };
    [
        write(EXCHANGE, Route::ResultCompleted.routing_key(), "prices"),
        write(EXCHANGE, Route::ResultRejected.routing_key(), "rejections"),
        write(RETRY_EXCHANGE, BULK.routing_key, "retries"),
        write(DEAD_EXCHANGE, INTERACTIVE.routing_key, "dead letters"),
        write(DEAD_EXCHANGE, BULK.routing_key, "dead letters"),
        read(INTERACTIVE),
        read(BULK),
    ]
}

/// Tries every right, each on a channel of its own, and gives those that are missing. What is not there at all is for
/// [`topology`](super::topology) to say.
pub(super) async fn missing(connection: &Connection) -> Result<Vec<MissingRight>, PortError> {
    let tried = rights().map(|right| async move {
        let denial = denial(connection, right).await;
        denial.map(|error| Some(MissingRight::of(right, &error?)))
    });
    let tried = try_join_all(tried).await;
    let missing = tried.map_err(|error| PortError::Connect(format!("cannot try the rights: {error}")))?;
    let mut missing: Vec<MissingRight> = missing.into_iter().flatten().collect();
    // Without the right to write to an exchange, every routing key is denied alike.
    missing.dedup();
    Ok(missing)
}

/// Fails where rights are missing, with all of them.
pub(super) fn require(missing: &[MissingRight], connection: &Connection) -> Result<(), PortError> {
    if missing.is_empty() {
        return Ok(());
    }
    let vhost = connection.status().vhost();
    let user = missing.iter().find_map(|right| right.user.clone()).unwrap_or_else(|| connection.status().username());
    let missing: Vec<&str> = missing.iter().map(|right| right.text.as_str()).collect();
    Err(PortError::Rights(format!(
        "the user {user} lacks, in the virtual host {vhost}: {}; permissions are CONFIGURE WRITE READ of `rabbitmqctl \
         set_permissions -p '{vhost}' '{user}' '^pricing' '^pricing' '^pricing'`, which grants all of them but topic permissions",
        missing.join("; ")
    )))
}

/// Tries one right. Gives the broker's denial, if that is its answer.
///
/// The broker may close the channel after the message was sent and before the rollback is, whose error does not say why then:
/// the next try does.
async fn denial(connection: &Connection, right: Right) -> Result<Option<lapin::Error>, lapin::Error> {
    let mut tries = 1;
    loop {
        let answer = attempt(connection, right).await;
        let is_unsaid = matches!(&answer, Err(error) if matches!(error.kind(), ErrorKind::InvalidChannelState(..)));
        if !is_unsaid || tries == MOST_TRIES {
            return answer;
        }
        tries += 1;
    }
}

async fn attempt(connection: &Connection, right: Right) -> Result<Option<lapin::Error>, lapin::Error> {
    let channel = connection.create_channel().await?;
    let answer = match right {
        Right::Write { exchange, routing_key, .. } => publish(&channel, exchange, routing_key).await,
        Right::Read { queue } => consume(&channel, queue).await,
    };
    match answer {
        Err(error) => match Refusal::of(&error) {
            Some(Refusal::AccessRefused) => Ok(Some(error)),
            Some(Refusal::PreconditionFailed | Refusal::NotFound) => Ok(None),
            _ => Err(error),
        },
        Ok(()) => channel.close(200, "OK".into()).await.map(|()| None),
    }
}

async fn publish(channel: &Channel, exchange: &str, routing_key: &str) -> Result<(), lapin::Error> {
    channel.tx_select().await?;
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    channel.basic_publish(exchange.into(), routing_key.into(), options, b"", properties).await?;
    channel.tx_rollback().await
}

async fn consume(channel: &Channel, queue: &str) -> Result<(), lapin::Error> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-priority".into(), AMQPValue::LongString(NO_PRIORITY.into()));
    let consuming = channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), arguments);
    consuming.await.map(|_| ())
}

impl MissingRight {
    /// The right to declare something. The broker names what it denies: to declare a queue takes the right to write to its
    /// dead-letter exchange as well, to bind one the right to read the exchange.
    pub fn to_declare(what: &str, denial: &lapin::Error) -> Self {
        let text = format!(
            "the right to declare {what} ({denial}: CONFIGURE, WRITE and READ must match what is declared and bound; or import \
             `pricing-worker topology` and set PRICING_TOPOLOGY=verify)"
        );
        Self { text, user: denied_user(denial) }
    }

    fn of(right: Right, denial: &lapin::Error) -> Self {
        let text = match right {
            Right::Write { exchange, routing_key, purpose } if denial.to_string().contains(" topic '") => format!(
                "the right to write {routing_key} to {exchange}, for {purpose} (topic permission: WRITE of `rabbitmqctl \
                 set_topic_permissions` for {exchange} must match {routing_key})"
            ),
            Right::Write { exchange, purpose, .. } => {
                format!("the right to write to {exchange}, for {purpose} (permission: WRITE must match {exchange})")
            }
            Right::Read { queue } => {
                format!("the right to read {queue}, for requests (permission: READ must match {queue})")
            }
        };
        Self { text, user: denied_user(denial) }
    }
}

/// The user that a denial names: `… refused for user 'worker'`.
fn denied_user(denial: &lapin::Error) -> Option<String> {
    let text = denial.to_string();
    let (_, user) = text.split_once("refused for user '")?;
    Some(user.split_once('\'')?.0.to_owned())
}
