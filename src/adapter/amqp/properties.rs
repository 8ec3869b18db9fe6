//! Converts between the worker's messages and AMQP's properties and headers.

use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};

use super::topology::TIER_HEADER;
use crate::contract::CONTENT_TYPE;
use crate::worker::ports::{Delivery, FailedAttempt, FirstFailure, Outgoing, PublishError, Route, TraceContext};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// How often a quorum queue delivered a message before; absent the first time.
const DELIVERY_COUNT: &str = "x-delivery-count";
const REASON: &str = "x-reason";
const ERROR: &str = "x-error";
const FAILED_AT: &str = "x-failed-at";
const FIRST_ERROR: &str = "x-first-error";
const FIRST_FAILED_AT: &str = "x-first-failed-at";
/// The number of a retried request's attempt, from 1.
const ATTEMPT: &str = "x-attempt";
/// The number of attempts of a dead letter.
const ATTEMPTS: &str = "x-attempts";

/// Every queue writes the message to disk, also a classic queue that another program binds.
const PERSISTENT: u8 = 2;
/// The most bytes of a text in a header; the rest is cut off, since all headers must fit into one frame of 128 KiB.
const HEADER_BYTES: usize = 4096;

/// The properties that a message is published with.
pub(super) fn properties(message: &Outgoing) -> Result<BasicProperties, PublishError> {
    let mut properties =
        BasicProperties::default().with_content_type(CONTENT_TYPE.into()).with_delivery_mode(PERSISTENT);
    if let Some(id) = &message.message_id {
        properties = properties.with_message_id(short("message id", id)?);
    }
    if let Some(id) = &message.correlation_id {
        properties = properties.with_correlation_id(short("correlation id", id)?);
    }
    if let Some(event_type) = &message.event_type {
        properties = properties.with_type(short("type", event_type)?);
    }
    Ok(properties.with_headers(headers(message)))
}

/// A short string of AMQP, which has at most 255 bytes.
pub(super) fn short(what: &str, text: &str) -> Result<ShortString, PublishError> {
    ShortString::try_new(text.to_owned())
        .map_err(|_| PublishError::Unsendable(format!("the {what} has {} bytes; at most 255", text.len())))
}

fn headers(message: &Outgoing) -> FieldTable {
    let mut headers = FieldTable::default();
    let mut text = |name: &str, value: &str| {
        let end = value.floor_char_boundary(HEADER_BYTES);
        headers.insert(name.into(), AMQPValue::LongString(LongString::from(&value[..end])));
    };
    if let Some(traceparent) = &message.trace.traceparent {
        text(TRACEPARENT, traceparent);
    }
    if let Some(tracestate) = &message.trace.tracestate {
        text(TRACESTATE, tracestate);
    }
    if let Route::Retry { tier, .. } = message.route {
        text(TIER_HEADER, tier.name());
    }
    if let Some(FailedAttempt { reason, error, at, first, attempts }) = &message.failure {
        text(REASON, reason);
        text(ERROR, error);
        text(FAILED_AT, &at.to_string());
        text(FIRST_ERROR, &first.error);
        text(FIRST_FAILED_AT, &first.at.to_string());
        let (name, number) = match message.route {
            Route::Retry { .. } => (ATTEMPT, attempts.saturating_add(1)),
            _ => (ATTEMPTS, *attempts),
        };
        headers.insert(name.into(), AMQPValue::LongLongInt(number.into()));
    }
    headers
}

/// The worker's view of a message of a queue.
pub(super) fn delivery((queue, message): (&'static str, lapin::message::Delivery)) -> Delivery<lapin::Acker> {
    let headers = Headers(message.properties.headers().as_ref());
    Delivery {
        queue,
        routing_key: message.routing_key.to_string(),
        message_id: message.properties.message_id().as_ref().map(ToString::to_string),
        event_type: message.properties.kind().as_ref().map(ToString::to_string),
        trace: headers.trace(),
        redeliveries: headers.number(DELIVERY_COUNT).unwrap_or_else(|| message.redelivered.into()),
        attempt: headers.number(ATTEMPT).unwrap_or(1).max(1),
        first_failure: headers.first_failure(),
        payload: message.data.into(),
        receipt: message.acker,
    }
}

/// The headers of a message, as far as they can be read: a sender may set any header to anything.
#[derive(Clone, Copy)]
pub(super) struct Headers<'a>(pub Option<&'a FieldTable>);

impl<'a> Headers<'a> {
    pub fn get(self, name: &str) -> Option<&'a AMQPValue> {
        self.0?.inner().get(name)
    }

    pub fn trace(self) -> TraceContext {
        TraceContext { traceparent: self.text(TRACEPARENT), tracestate: self.text(TRACESTATE) }
    }

    pub fn first_failure(self) -> Option<FirstFailure> {
        Some(FirstFailure { error: self.text(FIRST_ERROR)?, at: self.text(FIRST_FAILED_AT)?.parse().ok()? })
    }

    /// The number of attempts of this program's dead letter; none of any other message.
    pub fn attempts(self) -> Option<u32> {
        self.number(ATTEMPTS)
    }

    pub fn reason(self) -> Option<String> {
        self.text(REASON)
    }

    pub fn error(self) -> Option<String> {
        self.text(ERROR)
    }

    pub fn failed_at(self) -> Option<Timestamp> {
        self.text(FAILED_AT)?.parse().ok()
    }

    fn text(self, name: &str) -> Option<String> {
        match self.get(name)? {
            AMQPValue::LongString(text) => str::from_utf8(text.as_bytes()).ok().map(str::to_owned),
            _ => None,
        }
    }

    fn number(self, name: &str) -> Option<u32> {
        self.get(name).and_then(number)
    }
}

/// A count of any width: the broker chooses it.
fn number(value: &AMQPValue) -> Option<u32> {
    let number = match *value {
        AMQPValue::ShortShortInt(number) => number.into(),
        AMQPValue::ShortShortUInt(number) => number.into(),
        AMQPValue::ShortInt(number) => number.into(),
        AMQPValue::ShortUInt(number) => number.into(),
        AMQPValue::LongInt(number) => number.into(),
        AMQPValue::LongUInt(number) => number.into(),
        AMQPValue::LongLongInt(number) => number,
        _ => return None,
    };
    u32::try_from(number).ok()
}
