//! Publishing: persistent, mandatory and confirmed, on a connection of its own, so that an alarm of the broker, which
//! blocks publishers, does not block acknowledgements.
//!
//! The broker returns a message that no queue takes, and then confirms it all the same. lapin gives the return with the
//! next confirm of the channel, whichever message that is for. So one message at a time is under way on a channel, and a
//! return can be of no other. As many channels are open as messages are published at once.
//!
//! What the broker denies on one route (a right or an exchange that is missing), or of one message (it is too large), closes
//! the channel alone, and is an error of that message. Everything else fails the port.

use std::sync::{Mutex, PoisonError};

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionStatus};

use super::establish::establish;
use super::properties::properties;
use super::refusal::Refusal;
use super::republished::{Sent, republished};
use super::rights::MissingRight;
use super::topology::{DEAD_EXCHANGE, EXCHANGE, RETRY_EXCHANGE};
use super::{Config, PortFailure, open, rights};
use crate::config::TopologyMode;
use crate::worker::fail_point;
use crate::worker::ports::{Outgoing, PortError, PublishError, Route};

/// A connection that publishes.
pub struct Publisher {
    connection: Connection,
    /// Channels on which no message is under way. A channel whose publish failed, or was dropped, does not come back.
    idle: Mutex<Vec<Channel>>,
    topology: TopologyMode,
    failure: PortFailure,
}

impl Publisher {
    /// Connects, for a program that only publishes, and establishes the topology, so that requests can wait before the
    /// first worker has started.
    pub async fn connect(config: &Config) -> Result<Self, PortError> {
        let publisher = Self::open(config, &PortFailure::default()).await?;
        let missing = publisher.establish().await?;
        rights::require(&missing, &publisher.connection)?;
        Ok(publisher)
    }

    pub(super) async fn open(config: &Config, failure: &PortFailure) -> Result<Self, PortError> {
        let connection = open(config, "publish", failure).await?;
        Ok(Self { connection, idle: Mutex::default(), topology: config.topology, failure: failure.clone() })
    }

    /// The exchange that takes messages of a route.
    pub fn exchange(route: &Route) -> &'static str {
        match route {
            Route::Retry { .. } => RETRY_EXCHANGE,
            Route::Dead { .. } => DEAD_EXCHANGE,
            Route::JobInteractive | Route::JobBulk | Route::ResultCompleted | Route::ResultRejected => EXCHANGE,
        }
    }

    /// Publishes a message: it is in a queue, on disk, when this returns `Ok`.
    pub async fn publish(&self, message: &Outgoing) -> Result<(), PublishError> {
        self.send(message, properties(message)?).await
    }

    /// Publishes a message that was sent before, with its sender's properties.
    pub(super) async fn publish_again(&self, sent: &Sent, message: &Outgoing) -> Result<(), PublishError> {
        // 0 is no limit.
        let frame_max_bytes = match self.connection.configuration().frame_max() {
            0 => usize::MAX,
            bytes => bytes as usize,
        };
        self.send(message, republished(sent, message, frame_max_bytes)?).await
    }

    async fn send(&self, message: &Outgoing, properties: BasicProperties) -> Result<(), PublishError> {
        let (exchange, routing_key) = (Self::exchange(&message.route), message.route.routing_key());
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let channel = self.channel().await.map_err(|error| self.lost(&error))?;
        let body = &message.body;
        let published = channel.basic_publish(exchange.into(), routing_key.into(), options, body, properties).await;
        let confirm = published.map_err(|error| self.lost(&error))?;
        fail_point::reached("published", message.correlation_id.as_deref().unwrap_or_default()).await;
        let confirmed = match confirm.await {
            Ok(confirmed) => confirmed,
            Err(error) => return Err(self.refused(&error).await),
        };
        let result = match confirmed {
            Confirmation::Ack(None) => Ok(()),
            Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned)) => {
                Err(PublishError::Returned(format!("{} {}", returned.reply_code, returned.reply_text)))
            }
            Confirmation::Nack(None) => Err(PublishError::Refused),
            Confirmation::NotRequested => return Err(PublishError::Lost("the channel is not confirmed".into())),
        };
        self.idle().push(channel);
        result
    }

    /// A channel in confirm mode, on which no message is under way.
    async fn channel(&self) -> Result<Channel, lapin::Error> {
        let idle = self.idle().pop();
        if let Some(channel) = idle {
            return Ok(channel);
        }
        let channel = self.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    /// Declares the topology, or verifies that it is there; gives the rights that are missing for that.
    pub(super) async fn establish(&self) -> Result<Vec<MissingRight>, PortError> {
        establish(&self.connection, self.topology).await
    }

    /// The connection, for other operations.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The status of the connection.
    pub(super) fn status(&self) -> ConnectionStatus {
        self.connection.status().clone()
    }

    /// The error of a message that was not confirmed. An exchange that is gone is declared again, where this program
    /// declares: the next try finds it.
    async fn refused(&self, error: &lapin::Error) -> PublishError {
        match Refusal::of(error) {
            Some(Refusal::NotFound) if self.topology == TopologyMode::Declare => {
                // Where it cannot be declared, the next try says so again.
                let _ = self.establish().await;
                PublishError::Denied(error.to_string())
            }
            Some(Refusal::AccessRefused | Refusal::NotFound) => PublishError::Denied(error.to_string()),
            // The message itself is not valid here: it is larger than this broker takes.
            Some(Refusal::PreconditionFailed) => PublishError::Unsendable(error.to_string()),
            _ => self.lost(error),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Channel>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lost(&self, error: &lapin::Error) -> PublishError {
        self.failure.broke(error);
        PublishError::Lost(error.to_string())
    }

    /// Closes the connection.
    pub async fn close(&self) {
        // A connection that is closed already fails to close, which does not matter.
        let _ = self.connection.close(200, "OK".into()).await;
    }
}
