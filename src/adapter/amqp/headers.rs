//! The headers of messages: those that the worker writes, and what it can read of any.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};

use super::topology::TIER_HEADER;
use crate::worker::ports::{FailedAttempt, FirstFailure, Outgoing, Route, TraceContext};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// How often a quorum queue delivered a message before; absent the first time.
pub(super) const DELIVERY_COUNT: &str = "x-delivery-count";
const REASON: &str = "x-reason";
const ERROR: &str = "x-error";
const FAILED_AT: &str = "x-failed-at";
const FIRST_ERROR: &str = "x-first-error";
const FIRST_FAILED_AT: &str = "x-first-failed-at";
/// The number of a retried request's attempt, from 1.
pub(super) const ATTEMPT: &str = "x-attempt";
/// The number of attempts of a dead letter.
const ATTEMPTS: &str = "x-attempts";
/// The redeliveries of a request before it was deferred.
pub(super) const REDELIVERIES: &str = "x-redeliveries";

/// The headers that the worker alone sets, at each publish anew.
pub(super) const OURS: [&str; 11] = [
    TRACEPARENT,
    TRACESTATE,
    TIER_HEADER,
    REASON,
    ERROR,
    FAILED_AT,
    FIRST_ERROR,
    FIRST_FAILED_AT,
    ATTEMPT,
    ATTEMPTS,
    REDELIVERIES,
];

/// What the name of an event's attribute begins with, in binary mode: in the binding for AMQP 1.0, whose messages RabbitMQ
/// converts, and in the one for RabbitMQ (<https://github.com/knative-extensions/eventing-rabbitmq>, cloudevents-protocol-spec).
const ATTRIBUTE_PREFIXES: [&str; 3] = ["cloudEvents:", "cloudEvents_", "ce-"];

/// The most bytes of a text in a header; the rest is cut off, since all headers must fit into one frame of 128 KiB.
const HEADER_BYTES: usize = 4096;

/// A text as a header, cut where it is too long.
pub(super) fn text_header(value: &str) -> AMQPValue {
    let end = value.floor_char_boundary(HEADER_BYTES);
    AMQPValue::LongString(LongString::from(&value[..end]))
}

/// The headers of a message that are the worker's own.
pub(super) fn headers(message: &Outgoing) -> FieldTable {
    let mut headers = FieldTable::default();
    let mut text = |name: &str, value: &str| {
        headers.insert(name.into(), text_header(value));
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
    if let Some(FailedAttempt { reason, error, at, first, attempts, redeliveries }) = &message.failure {
        text(REASON, reason);
        text(ERROR, error);
        text(FAILED_AT, &at.to_string());
        if let Some(first) = first {
            text(FIRST_ERROR, &first.error);
            text(FIRST_FAILED_AT, &first.at.to_string());
        }
        let (name, number) = match message.route {
            Route::Retry { .. } => (ATTEMPT, attempts.saturating_add(1)),
            _ => (ATTEMPTS, *attempts),
        };
        headers.insert(name.into(), AMQPValue::LongLongInt(number.into()));
        if *redeliveries > 0 {
            headers.insert(REDELIVERIES.into(), AMQPValue::LongLongInt((*redeliveries).into()));
        }
    }
    headers
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

    /// The attributes of an event in binary mode, by their names without the prefix.
    pub fn event_attributes(self) -> BTreeMap<String, String> {
        let headers = self.0.into_iter().flat_map(FieldTable::inner);
        let attribute = |(name, value): (&ShortString, &AMQPValue)| {
            let name = ATTRIBUTE_PREFIXES.iter().find_map(|prefix| name.as_str().strip_prefix(prefix))?;
            Some((name.to_owned(), attribute_text(value)?))
        };
        headers.filter_map(attribute).collect()
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

    pub fn text(self, name: &str) -> Option<String> {
        self.get(name).and_then(text)
    }

    pub fn number(self, name: &str) -> Option<u32> {
        self.get(name).and_then(number)
    }
}

/// The text of a header; none where it is of another type, or no UTF-8.
pub(super) fn text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => str::from_utf8(text.as_bytes()).ok().map(str::to_owned),
        _ => None,
    }
}

/// An attribute's value in the text form of `CloudEvents`.
fn attribute_text(value: &AMQPValue) -> Option<String> {
    match *value {
        AMQPValue::Boolean(value) => Some(value.to_string()),
        AMQPValue::Timestamp(seconds) => {
            let time = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
            Some(time.to_string())
        }
        ref value => text(value).or_else(|| Some(integer(value)?.to_string())),
    }
}

fn number(value: &AMQPValue) -> Option<u32> {
    integer(value).and_then(|number| u32::try_from(number).ok())
}

/// An integer of any width: the sender or the broker chooses it.
fn integer(value: &AMQPValue) -> Option<i64> {
    match *value {
        AMQPValue::ShortShortInt(number) => Some(number.into()),
        AMQPValue::ShortShortUInt(number) => Some(number.into()),
        AMQPValue::ShortInt(number) => Some(number.into()),
        AMQPValue::ShortUInt(number) => Some(number.into()),
        AMQPValue::LongInt(number) => Some(number.into()),
        AMQPValue::LongUInt(number) => Some(number.into()),
        AMQPValue::LongLongInt(number) => Some(number),
        _ => None,
    }
}
