//! A subscription to results, for `submit --wait`.
//!
//! It has a queue of its own, which is gone with the connection, so that it takes nothing from the MES. It misses results
//! that are published before [`Results::listen`] returns: listen first, then submit.

use bytes::Bytes;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, Consumer};

use super::topology::EXCHANGE;
use super::{Config, PortFailure, open};
use crate::worker::ports::PortError;

/// A subscription to all results.
pub struct Results {
    consumer: Consumer,
    _connection: Connection,
}

/// A result that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedResult {
    /// The id of the request that it answers.
    pub request_id: Option<String>,
    /// The event: JSON.
    pub body: Bytes,
}

impl Results {
    /// Subscribes. The topology must be there.
    pub async fn listen(config: &Config) -> Result<Self, PortError> {
        let connection = open(config, "results", &PortFailure::default()).await?;
        let consumer = consume(&connection).await.map_err(|error| PortError::Topology(error.to_string()))?;
        Ok(Self { consumer, _connection: connection })
    }

    /// The next result. Cancel-safe.
    pub async fn next(&mut self) -> Result<PublishedResult, PortError> {
        match self.consumer.next().await {
            Some(Ok(delivery)) => Ok(PublishedResult {
                request_id: delivery.properties.correlation_id().as_ref().map(ToString::to_string),
                body: delivery.data.into(),
            }),
            Some(Err(error)) => Err(PortError::Lost(error.to_string())),
            None => Err(PortError::Lost("the consumer of results was cancelled".into())),
        }
    }
}

async fn consume(connection: &Connection) -> Result<Consumer, lapin::Error> {
    let channel = connection.create_channel().await?;
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare("".into(), options, FieldTable::default()).await?;
    let name = queue.name();
    let bind = QueueBindOptions::default();
    channel.queue_bind(name.clone(), EXCHANGE.into(), "result.#".into(), bind, FieldTable::default()).await?;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    channel.basic_consume(name.clone(), "".into(), options, FieldTable::default()).await
}
