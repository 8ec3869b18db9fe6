//! The worker's view of a message that the broker delivered.

use lapin::BasicProperties;
use lapin::types::ShortString;

use super::Receipt;
use super::headers::{ATTEMPT, DELIVERY_COUNT, Headers, REDELIVERIES};
use super::republished::Sent;
use crate::contract::EventHeaders;
use crate::worker::ports::{Delivery, JobQueue};

/// The worker's view of a message of a queue.
///
/// A past is believed only with the worker's own `x-attempt`: a sender may set any header, and a dead letter that was moved
/// here by hand or by a shovel, which has no `x-attempt`, starts anew.
pub(super) fn delivery((queue, message): (JobQueue, lapin::message::Delivery)) -> Delivery<Receipt> {
    let headers = Headers(message.properties.headers().as_ref());
    let attempt = headers.number(ATTEMPT);
    let before = attempt.and_then(|_| headers.number(REDELIVERIES)).unwrap_or(0);
    let here = redeliveries(headers, message.redelivered);
    Delivery {
        event_headers: event_headers(&message.properties),
        queue,
        routing_key: message.routing_key.to_string(),
        message_id: message.properties.message_id().as_ref().map(ToString::to_string),
        event_type: message.properties.kind().as_ref().map(ToString::to_string),
        trace: headers.trace(),
        redeliveries: before.saturating_add(here),
        attempt: attempt.unwrap_or(1).max(1),
        first_failure: attempt.and_then(|_| headers.first_failure()),
        last_reason: attempt.and_then(|_| headers.reason()),
        payload: message.data.into(),
        receipt: Receipt {
            acker: message.acker,
            sent: Sent { routing_key: message.routing_key, properties: message.properties },
        },
    }
}

/// How often this queue delivered a message before. A message that is new to it has no such header but its sender's: a shovel
/// copies that of the queue that it moved the message from.
fn redeliveries(headers: Headers<'_>, redelivered: bool) -> u32 {
    if redelivered { headers.number(DELIVERY_COUNT).unwrap_or(1) } else { 0 }
}

fn event_headers(properties: &BasicProperties) -> EventHeaders {
    let text = |property: &Option<ShortString>| property.as_ref().map(ToString::to_string);
    EventHeaders {
        content_type: text(properties.content_type()),
        content_encoding: text(properties.content_encoding()),
        attributes: Headers(properties.headers().as_ref()).event_attributes(),
    }
}
