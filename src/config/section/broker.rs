//! How to reach RabbitMQ.

use crate::config::table::own::TOPOLOGY;
use crate::config::table::{self, SettingGroup};
use crate::config::{BrokerAccess, BrokerSecrets, ConfigErrors, Section, Sources};

/// How to reach RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Where the URL, the authorities and the client certificate come from.
    pub access: BrokerAccess,
    /// What they were when the program started.
    pub secrets: BrokerSecrets,
    /// What to do about queues and exchanges.
    pub topology: TopologyMode,
}

/// What the worker does about queues and exchanges when it connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopologyMode {
    /// Declares all of them; what is there already must be the same.
    Declare,
    /// Declares nothing, and fails where an exchange or a queue is missing. Bindings cannot be asked for over AMQP.
    Verify,
}

impl TopologyMode {
    /// The word for it in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declare => "declare",
            Self::Verify => "verify",
        }
    }
}

impl Section for Broker {
    const GROUP: &'static SettingGroup = &table::BROKER;

    /// Reads all files, so that what is wrong with them is known before anything starts.
    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let access = problems.keep(BrokerAccess::parse(sources));
        let secrets = access.as_ref().and_then(|access| problems.keep(access.read()));
        let topology = problems.keep_one(TOPOLOGY.value(sources));
        match (access, secrets, topology) {
            (Some(access), Some(secrets), Some(topology)) => Ok(Self { access, secrets, topology }),
            _ => Err(problems),
        }
    }
}
