//! `topology`: queues, exchanges and bindings for those who import them.

use clap::Args;

use super::{Exit, Failure, schema::print};
use crate::adapter::amqp::{self, TopologyMode, topology};
use crate::config::Broker;
use crate::config::args::BrokerArgs;

/// Prints the queues, exchanges and bindings as a RabbitMQ definitions file, for those who import it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pricing-worker topology > definitions.json && rabbitmqctl import_definitions definitions.json
  PRICING_TOPOLOGY=verify pricing-worker run")]
pub struct TopologyArgs {
    #[command(flatten)]
    broker: BrokerArgs,
}

/// Prints the definitions for the virtual host of the URL. Asks no broker.
pub fn run(args: &TopologyArgs) -> Result<Exit, Failure> {
    let broker = Broker::parse(&args.broker)?;
    let config = amqp::Config::new(broker.url.expose(), TopologyMode::Verify, 1).map_err(Failure::usage)?;
    print(&format!("{:#}", topology::definitions(config.vhost())))
}
