//! `topology`: prints queues, exchanges and bindings for an import.

use clap::Args;

use super::{CommandError, Exit, schema::print};
use crate::adapter::amqp::topology;
use crate::config::{Broker, Environment, Flags};

/// Prints the queues, exchanges and bindings as a RabbitMQ definitions file to import
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pricing-worker topology > definitions.json && rabbitmqctl import_definitions definitions.json
  PRICING_TOPOLOGY=verify pricing-worker run")]
pub struct TopologyArgs {
    #[command(flatten)]
    broker: Flags<Broker>,
}

/// Prints the definitions for the virtual host of the URL. It connects to no broker.
pub fn run(args: &TopologyArgs, environment: &Environment) -> Result<Exit, CommandError> {
    let broker = args.broker.parse(environment)?;
    print(&format!("{:#}", topology::definitions(broker.secrets.url.vhost())))
}
