//! The dead letters, for an operator: lists them, and puts them back into their queue.
//!
//! The broker keeps a letter that was read for this connection until the connection ends, so that it does not come again
//! meanwhile. A replayed letter is confirmed in its job queue before it leaves this one: a crash in between leaves it in
//! both, never in none.

use std::fmt::Display;

use bytes::Bytes;
use jiff::Timestamp;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicGetOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use tokio::task::JoinSet;

use super::establish::topology_error;
use super::headers::Headers;
use super::republished::Sent;
use super::topology::DEAD_QUEUE;
use super::watch::watch_channel;
use super::way_back::{Origin, latest_death};
use super::{Config, PortFailure, Publisher, Receipt};
use crate::worker::ports::{Outgoing, PortError, PublishError, Route, TraceContext};

/// The dead-letter queue, read from its front.
pub struct DeadLetters {
    publisher: Publisher,
    channel: Channel,
    /// The letters that were there at first and are not read yet: later ones may be replayed letters that died again.
    left: u32,
    failure: PortFailure,
    /// The task that watches the channel; the end of this aborts it.
    _watching: JoinSet<()>,
}

/// A message of the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The id that its publisher gave it.
    pub message_id: Option<String>,
    /// The machine-readable code of why it is here.
    pub reason: String,
    /// The number of attempts; none where the broker dead-lettered it.
    pub attempts: Option<u32>,
    /// The last error; none where the broker dead-lettered it.
    pub error: Option<String>,
    /// The first error.
    pub first_error: Option<String>,
    /// The time of the last failure.
    pub failed_at: Option<Timestamp>,
    /// The routing key of its way back; its own where it has none.
    pub routing_key: String,
    /// The payload.
    pub body: Bytes,
    way_back: Option<Route>,
    trace: TraceContext,
}

/// Removes a letter from the queue when it is replayed; dropped, it removes nothing.
#[derive(Debug)]
pub struct LetterReceipt(Receipt);

/// Why a letter was not put back.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It came from no queue of this program.
    #[error(
        "its routing key, {0:?}, its type and the broker's record lead to no queue of this program's; remove it, or publish \
         it by hand"
    )]
    NoRoute(String),
    /// The broker did not take it.
    #[error("not published: {0}")]
    Publish(#[from] PublishError),
    /// It was published, and could not be removed: it is in both queues.
    #[error("published, and not removed from the dead letters: {0}")]
    NotRemoved(String),
}

impl DeadLetters {
    /// Connects.
    pub async fn connect(config: &Config) -> Result<Self, PortError> {
        let publisher = Publisher::connect(config).await?;
        let (failure, mut watching) = (PortFailure::default(), JoinSet::new());
        let events = publisher.connection().events_listener();
        let channel = publisher.connection().create_channel().await.map_err(lost)?;
        watching.spawn(watch_channel(channel.status().clone(), events, failure.clone()));
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(DEAD_QUEUE.into(), options, FieldTable::default()).await;
        let left = queue.map_err(|error| topology_error("cannot see the dead letters", &error))?.message_count();
        Ok(Self { publisher, channel, left, failure, _watching: watching })
    }

    /// The next of the letters that were there at first.
    pub async fn next(&mut self) -> Result<Option<(DeadLetter, LetterReceipt)>, PortError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let getting = self.channel.basic_get(DEAD_QUEUE.into(), BasicGetOptions::default());
        // lapin answers nothing where a letter cannot be read.
        let got = tokio::select! {
            got = getting => got.map_err(lost)?,
            failure = self.failure.wait() => return Err(failure),
        };
        Ok(got.map(|message| letter(message.delivery)))
    }

    /// Puts a letter back into the queue that it came from; its attempts start again.
    pub async fn replay(&self, letter: DeadLetter, receipt: LetterReceipt) -> Result<(), ReplayError> {
        let DeadLetter { message_id, routing_key, body, way_back, trace, .. } = letter;
        let route = way_back.ok_or(ReplayError::NoRoute(routing_key))?;
        let (correlation_id, event_type) = (message_id.clone(), None);
        let message = Outgoing { route, message_id, correlation_id, event_type, trace, failure: None, body };
        let Receipt { acker, sent } = receipt.0;
        self.publisher.publish_again(&sent, &message).await?;
        match acker.ack(BasicAckOptions::default()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ReplayError::NotRemoved("the channel is closed".into())),
            Err(error) => Err(ReplayError::NotRemoved(error.to_string())),
        }
    }

    /// Closes the connection: letters that were only read are in their place again.
    pub async fn close(&self) {
        self.publisher.close().await;
    }
}

fn lost(error: impl Display) -> PortError {
    PortError::Lost(error.to_string())
}

fn letter(message: lapin::message::Delivery) -> (DeadLetter, LetterReceipt) {
    let properties = &message.properties;
    let headers = Headers(properties.headers().as_ref());
    // A dead letter of the worker has the number of its attempts, and no record of the broker's.
    let death = latest_death(headers);
    let ours = death.is_none() && headers.attempts().is_some();
    let reason = if ours { headers.reason() } else { death.and_then(|death| text(death, "reason")) };
    let queue = death.and_then(|death| text(death, "queue"));
    // In binary mode, a header has the type.
    let of_header = || headers.event_attributes().remove("type");
    let event_type = properties.kind().as_ref().map(ToString::to_string).or_else(of_header);
    let origin = Origin {
        queue: queue.as_deref(),
        routing_key: message.routing_key.as_str(),
        event_type: event_type.as_deref(),
        body: &message.data,
    };
    let way_back = origin.way_back();
    let letter = DeadLetter {
        message_id: properties.message_id().as_ref().map(ToString::to_string),
        reason: reason.unwrap_or_else(|| "unknown".into()),
        attempts: headers.attempts().filter(|_| ours),
        error: headers.error().filter(|_| ours),
        first_error: headers.first_failure().map(|first| first.error),
        failed_at: if ours { headers.failed_at() } else { death.and_then(died_at) },
        routing_key: way_back.as_ref().map_or_else(|| message.routing_key.to_string(), |way| way.routing_key().into()),
        way_back,
        trace: headers.trace(),
        body: message.data.into(),
    };
    let sent = Sent { routing_key: message.routing_key, properties: message.properties };
    (letter, LetterReceipt(Receipt { acker: message.acker, sent }))
}

fn text(death: &FieldTable, name: &str) -> Option<String> {
    match death.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        _ => None,
    }
}

fn died_at(death: &FieldTable) -> Option<Timestamp> {
    match death.inner().get("time")? {
        AMQPValue::Timestamp(seconds) => Timestamp::from_second(i64::try_from(*seconds).ok()?).ok(),
        _ => None,
    }
}
