//! The dead letters, for an operator: lists them, and puts them back into their queue.
//!
//! The broker keeps a letter that was read for this connection until the connection ends, so that it does not come again
//! meanwhile. A replayed letter is confirmed in its job queue before it leaves this one: a crash in between leaves it in
//! both, never in none.

use std::fmt::Display;

use bytes::Bytes;
use jiff::Timestamp;
use lapin::options::{BasicAckOptions, BasicGetOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Acker, Channel};

use super::properties::Headers;
use super::topology::{self, DEAD_QUEUE};
use super::{Config, Publisher};
use crate::worker::ports::{Outgoing, PortError, PublishError, Route, TraceContext};

/// The dead-letter queue, read from its front.
pub struct DeadLetters {
    publisher: Publisher,
    channel: Channel,
    /// The letters that were there at first and are not read yet: later ones may be replayed letters that died again.
    left: u32,
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
    /// The routing key that it had, and will have again.
    pub routing_key: String,
    /// The payload.
    pub body: Bytes,
    trace: TraceContext,
    event_type: Option<String>,
}

/// Removes a letter from the queue when it is replayed; dropped, it removes nothing.
#[derive(Debug)]
pub struct LetterReceipt(Acker);

/// Why a letter was not put back.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It came from no queue of this program.
    #[error("its routing key, {0:?}, leads to no queue of this program's")]
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
        let channel = publisher.plain_channel().await.map_err(lost)?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(DEAD_QUEUE.into(), options, FieldTable::default()).await;
        let left =
            queue.map_err(|error| topology::topology_error("cannot see the dead letters", &error))?.message_count();
        Ok(Self { publisher, channel, left })
    }

    /// The next of the letters that were there at first.
    pub async fn next(&mut self) -> Result<Option<(DeadLetter, LetterReceipt)>, PortError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let got = self.channel.basic_get(DEAD_QUEUE.into(), BasicGetOptions::default()).await.map_err(lost)?;
        Ok(got.map(|message| letter(message.delivery)))
    }

    /// Puts a letter back into the queue that it came from; its attempts start again.
    pub async fn replay(&self, letter: DeadLetter, receipt: LetterReceipt) -> Result<(), ReplayError> {
        let DeadLetter { message_id, routing_key, body, trace, event_type, .. } = letter;
        let routes = [Route::JobInteractive, Route::JobBulk, Route::ResultCompleted, Route::ResultRejected];
        let route = routes.into_iter().find(|route| route.routing_key() == routing_key);
        let route = route.ok_or(ReplayError::NoRoute(routing_key))?;
        let correlation_id = message_id.clone();
        let message = Outgoing { route, message_id, correlation_id, event_type, trace, failure: None, body };
        self.publisher.publish(&message).await?;
        match receipt.0.ack(BasicAckOptions::default()).await {
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
    // A dead letter of the worker has the number of its attempts. The broker's may have headers of an earlier failure.
    let (ours, death) = (headers.attempts().is_some(), latest_death(headers));
    let reason = if ours { headers.reason() } else { death.and_then(|death| text(death, "reason")) };
    let letter = DeadLetter {
        message_id: properties.message_id().as_ref().map(ToString::to_string),
        reason: reason.unwrap_or_else(|| "unknown".into()),
        attempts: headers.attempts(),
        error: headers.error().filter(|_| ours),
        first_error: headers.first_failure().map(|first| first.error),
        failed_at: if ours { headers.failed_at() } else { death.and_then(died_at) },
        routing_key: message.routing_key.to_string(),
        trace: headers.trace(),
        event_type: properties.kind().as_ref().map(ToString::to_string),
        body: message.data.into(),
    };
    (letter, LetterReceipt(message.acker))
}

/// The broker's record of the last time that it dead-lettered a message.
fn latest_death(headers: Headers<'_>) -> Option<&FieldTable> {
    let Some(AMQPValue::FieldArray(deaths)) = headers.get("x-death") else { return None };
    match deaths.as_slice().first()? {
        AMQPValue::FieldTable(latest) => Some(latest),
        _ => None,
    }
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
