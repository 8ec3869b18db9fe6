//! The results of requests as they are published, for one who waits for some of them.
//!
//! A queue of its own, gone with the connection: nothing is taken from the MES. What is published before
//! [`Results::listen`] returns is not seen, so listen first and ask then.

use bytes::Bytes;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, Consumer};

use super::topology::EXCHANGE;
use super::{Config, Failure, open};
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
    /// Begins to listen. The topology must be there.
    pub async fn listen(config: &Config) -> Result<Self, PortError> {
        let connection = open(config, "results", &Failure::default()).await?;
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
