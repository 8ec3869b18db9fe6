//! Declares the topology on a broker, or verifies that it is there.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, Connection, ExchangeKind};

use super::refusal::Refusal;
use super::rights::MissingRight;
use super::topology::{Argument, Binding, Exchange, QueueSpec, exchanges, queues};
use crate::config::TopologyMode;
use crate::worker::ports::PortError;

/// Declares the whole topology, or verifies that it is there. Gives the rights that are missing for that.
pub(super) async fn establish(connection: &Connection, mode: TopologyMode) -> Result<Vec<MissingRight>, PortError> {
    match mode {
        TopologyMode::Declare => declare(connection).await,
        TopologyMode::Verify => verify(connection).await.map(|()| Vec::new()),
    }
}

async fn declare(connection: &Connection) -> Result<Vec<MissingRight>, PortError> {
    let mut declaring = Declaring { connection, channel: channel(connection).await?, missing: Vec::new() };
    for Exchange { name, kind } in exchanges() {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let kind = ExchangeKind::Custom(kind.into());
        let declared = declaring.channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await;
        declaring.done(format!("the exchange {name}"), declared).await?;
    }
    for QueueSpec { name, kind, bindings } in queues() {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let declared = declaring.channel.queue_declare(name.into(), options, table(&kind.arguments())).await;
        declaring.done(format!("the queue {name}"), declared.map(|_| ())).await?;
        for Binding { exchange, routing_key, arguments } in bindings {
            let (key, options) = (routing_key.into(), QueueBindOptions::default());
            let bound =
                declaring.channel.queue_bind(name.into(), exchange.into(), key, options, table(&arguments)).await;
            declaring.done(format!("the binding of {name} to {exchange}"), bound).await?;
        }
    }
    Ok(declaring.missing)
}

/// Declarations that go on after one that the broker denies, so that all missing rights are known at once.
struct Declaring<'a> {
    connection: &'a Connection,
    /// A new one after each that the broker has closed.
    channel: Channel,
    missing: Vec<MissingRight>,
}

impl Declaring<'_> {
    async fn done(&mut self, what: String, declared: Result<(), lapin::Error>) -> Result<(), PortError> {
        let Err(error) = declared else { return Ok(()) };
        match Refusal::of(&error) {
            Some(Refusal::AccessRefused) => self.missing.push(MissingRight::to_declare(&what, &error)),
            // What was not declared cannot be bound.
            Some(Refusal::NotFound) if !self.missing.is_empty() => {}
            _ => return Err(topology_error(format!("cannot declare {what}"), &error)),
        }
        self.channel = channel(self.connection).await?;
        Ok(())
    }
}

async fn channel(connection: &Connection) -> Result<Channel, PortError> {
    connection.create_channel().await.map_err(|error| topology_error("cannot open a channel", &error))
}

/// Verifies that every exchange and queue is there; declares nothing.
pub(super) async fn verify(connection: &Connection) -> Result<(), PortError> {
    let mut missing = Vec::new();
    for Exchange { name, kind } in exchanges() {
        let channel = channel(connection).await?;
        let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        let found = channel
            .exchange_declare(name.into(), ExchangeKind::Custom(kind.into()), options, FieldTable::default())
            .await;
        note_missing(&mut missing, format!("exchange {name}"), found)?;
    }
    for QueueSpec { name, .. } in queues() {
        // A channel of its own for each queue, since the broker closes the channel where the queue is missing.
        let channel = channel(connection).await?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let found = channel.queue_declare(name.into(), options, FieldTable::default()).await;
        note_missing(&mut missing, format!("queue {name}"), found.map(|_| ()))?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(PortError::Topology(format!("missing: {}", missing.join(", "))))
}

/// Adds an exchange or queue that the broker does not know to `missing`; any other error ends the verification.
fn note_missing(missing: &mut Vec<String>, what: String, found: Result<(), lapin::Error>) -> Result<(), PortError> {
    match found {
        Err(error) if Refusal::of(&error) == Some(Refusal::NotFound) => missing.push(what),
        Err(error) => return Err(topology_error(format!("cannot verify the {what}"), &error)),
        Ok(()) => {}
    }
    Ok(())
}

/// The error of a declaration: of the topology where the broker refused it, of the connection where that broke.
pub(super) fn topology_error(what: impl Into<String>, error: &lapin::Error) -> PortError {
    let message = format!("{}: {error}", what.into());
    match Refusal::of(error) {
        Some(_) => PortError::Topology(message),
        None => PortError::Connect(message),
    }
}

fn table(arguments: &[(&'static str, Argument)]) -> FieldTable {
    let mut table = FieldTable::default();
    for &(name, argument) in arguments {
        let value = match argument {
            Argument::Text(text) => AMQPValue::LongString(LongString::from(text)),
            Argument::Number(number) => AMQPValue::LongLongInt(number),
        };
        table.insert(name.into(), value);
    }
    table
}
