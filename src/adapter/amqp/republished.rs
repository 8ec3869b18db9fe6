//! The properties of a message that is published again: a retry, a dead letter, a replay.
//!
//! It is the same message: its sender's properties and headers are kept, of whatever type. What is not copied:
//!
//! * the worker's own headers, which it sets anew;
//! * the broker's records of the message's past. With them, RabbitMQ 3.10 takes the retry of a replayed letter for one that
//!   goes round in a circle, and drops it without a word;
//! * `CC` and `BCC`, by which the broker would route copies;
//! * `user-id`, which the broker accepts of the connection's own user only, and `expiration`, which would end the wait in a
//!   retry queue early and remove a dead letter. Both stand in headers, and a replay gives `expiration` back.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use tracing::warn;

use super::header_bytes::{entry_bytes, table_bytes};
use super::headers::{Headers, OURS, headers, text, text_header};
use super::properties::{PERSISTENT, short};
use crate::worker::ports::{Outgoing, PublishError, Route};

/// The sender's routing key, where it is not the way back.
const ROUTING_KEY: &str = "x-routing-key";
/// The sender's property `user-id`.
const USER_ID: &str = "x-user-id";
/// The sender's property `expiration`.
const EXPIRATION: &str = "x-expiration";
/// The names of the sender's headers that did not fit, at this or an earlier attempt.
const DROPPED_HEADERS: &str = "x-dropped-headers";

/// Headers by which the broker records what became of a message, and those by which it routes copies.
const OF_BROKER: [&str; 5] = ["x-death", "x-delivery-count", "x-acquired-count", "CC", "BCC"];
const OF_BROKER_BY_PREFIX: [&str; 2] = ["x-first-death-", "x-last-death-"];

/// The bytes of a frame that are not of the headers: a frame's own, and every property at its longest, 255 bytes each.
const BESIDE_HEADERS_BYTES: usize = 4096;

/// A message as it was sent, without its body.
#[derive(Debug)]
pub(super) struct Sent {
    pub routing_key: ShortString,
    pub properties: BasicProperties,
}

/// The properties with which a message that was sent is published again, in a frame of `frame_max_bytes`.
pub(super) fn republished(
    sent: &Sent,
    message: &Outgoing,
    frame_max_bytes: usize,
) -> Result<BasicProperties, PublishError> {
    let is_replay = !matches!(message.route, Route::Retry { .. } | Route::Dead { .. });
    let properties = &sent.properties;
    let own = own_headers(sent, message, is_replay);
    let came = properties.headers().iter().flat_map(FieldTable::inner);
    let kept = came.filter(|(name, _)| is_kept(name) && !(is_replay && name.as_str() == EXPIRATION));
    let headers = fitting(kept.collect(), own, frame_max_bytes.saturating_sub(BESIDE_HEADERS_BYTES), message);
    let id = message.correlation_id.as_deref().map(|id| short("correlation id", id)).transpose()?;
    let correlation_id = properties.correlation_id().clone().or(id);
    let expiration = if is_replay { expiration(properties) } else { None };
    Ok(copied(properties, correlation_id, expiration).with_delivery_mode(PERSISTENT).with_headers(headers))
}

/// The worker's own headers, with what it puts aside of the sender's.
fn own_headers(sent: &Sent, message: &Outgoing, is_replay: bool) -> FieldTable {
    let routing_key = &sent.routing_key;
    let foreign_key = Some(routing_key).filter(|key| key.as_str() != message.route.routing_key());
    let user_id = sent.properties.user_id().as_ref();
    let expiration = sent.properties.expiration().as_ref().filter(|_| !is_replay);
    let mut own = headers(message);
    for (name, put_aside) in [(ROUTING_KEY, foreign_key), (USER_ID, user_id), (EXPIRATION, expiration)] {
        if let Some(text) = put_aside {
            own.insert(name.into(), text_header(text.as_str()));
        }
    }
    own
}

/// The sender's expiration, also where it was put aside. A sender may set any header; the broker takes no expiration but a
/// number.
fn expiration(properties: &BasicProperties) -> Option<ShortString> {
    let put_aside = || Headers(properties.headers().as_ref()).text(EXPIRATION);
    let of_header = || put_aside().filter(|expiration| expiration.parse::<u32>().is_ok()).map(Into::into);
    properties.expiration().clone().or_else(of_header)
}

fn is_kept(name: &ShortString) -> bool {
    let name = name.as_str();
    let of_broker = OF_BROKER.contains(&name) || OF_BROKER_BY_PREFIX.iter().any(|prefix| name.starts_with(prefix));
    !of_broker && !OURS.contains(&name)
}

/// The sender's headers and the worker's own. Where they do not fit into so many bytes, the largest of the sender's are left
/// out: the retry of a message must never be impossible to send.
fn fitting(
    mut kept: Vec<(&ShortString, &AMQPValue)>,
    mut own: FieldTable,
    most_bytes: usize,
    message: &Outgoing,
) -> FieldTable {
    let size = |(name, value): &(&ShortString, &AMQPValue)| entry_bytes(name, value);
    let before = kept.iter().find(|(name, _)| name.as_str() == DROPPED_HEADERS).and_then(|(_, value)| text(value));
    kept.retain(|(name, _)| !own.contains_key(name.as_str()) && name.as_str() != DROPPED_HEADERS);
    kept.sort_by_key(size);
    let mut bytes = table_bytes(&own) + kept.iter().map(size).sum::<usize>();
    let mut dropped: Vec<&str> = before.iter().map(String::as_str).collect();
    while bytes + dropped_bytes(&dropped) > most_bytes {
        let Some(largest) = kept.pop() else { break };
        bytes -= size(&largest);
        dropped.push(largest.0.as_str());
    }
    if !dropped.is_empty() {
        let names = dropped.join(", ");
        warn!(message_id = message.message_id, headers = names, "headers of the sender did not fit, and are left out");
        own.insert(DROPPED_HEADERS.into(), text_header(&names));
    }
    for (name, value) in kept {
        own.insert(name.clone(), value.clone());
    }
    own
}

/// The bytes of the header that names the dropped ones.
fn dropped_bytes(dropped: &[&str]) -> usize {
    if dropped.is_empty() { 0 } else { entry_bytes(&DROPPED_HEADERS.into(), &text_header(&dropped.join(", "))) }
}

/// The sender's properties but for `user-id`, `delivery-mode` and the headers.
fn copied(
    sent: &BasicProperties,
    correlation_id: Option<ShortString>,
    expiration: Option<ShortString>,
) -> BasicProperties {
    type Text = (Option<ShortString>, fn(BasicProperties, ShortString) -> BasicProperties);
    let texts: [Text; 9] = [
        (sent.content_type().clone(), BasicProperties::with_content_type),
        (sent.content_encoding().clone(), BasicProperties::with_content_encoding),
        (correlation_id, BasicProperties::with_correlation_id),
        (sent.reply_to().clone(), BasicProperties::with_reply_to),
        (expiration, BasicProperties::with_expiration),
        (sent.message_id().clone(), BasicProperties::with_message_id),
        (sent.kind().clone(), BasicProperties::with_type),
        (sent.app_id().clone(), BasicProperties::with_app_id),
        (sent.cluster_id().clone(), BasicProperties::with_cluster_id),
    ];
    let copied = texts.into_iter().fold(BasicProperties::default(), |copied, (text, with)| match text {
        Some(text) => with(copied, text),
        None => copied,
    });
    let copied = match *sent.priority() {
        Some(priority) => copied.with_priority(priority),
        None => copied,
    };
    match *sent.timestamp() {
        Some(timestamp) => copied.with_timestamp(timestamp),
        None => copied,
    }
}
