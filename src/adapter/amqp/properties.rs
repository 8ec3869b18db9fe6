//! The properties of the messages that the worker makes. [`republished`](super::republished) has those of a message that is
//! published again.

use lapin::BasicProperties;
use lapin::types::ShortString;

use super::headers::headers;
use crate::contract::CONTENT_TYPE;
use crate::worker::ports::{Outgoing, PublishError};

/// Every queue writes the message to disk, also a classic queue that another program binds.
pub(super) const PERSISTENT: u8 = 2;

/// The properties of a message that the worker makes: an answer, a request.
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
