//! How to reach RabbitMQ.

use crate::config::table::own::{AMQP_CA, AMQP_URL, AMQP_URL_FILE, TOPOLOGY};
use crate::config::table::{self, SettingGroup};
use crate::config::{AmqpUrl, Authorities, ConfigErrors, Section, SettingError, Sources};

/// The largest file of authorities: every one that browsers trust takes a quarter of it.
const MOST_AUTHORITIES_BYTES: u64 = 1 << 20;

/// How to reach RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// The URL, with its secrets.
    pub url: AmqpUrl,
    /// Authorities that are trusted beside the system's own, where the URL is `amqps://`.
    pub authorities: Option<Authorities>,
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

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let url = problems.keep_one(url(sources));
        let authorities = problems.keep_one(authorities(sources));
        let topology = problems.keep_one(TOPOLOGY.value(sources));
        match (url, authorities, topology) {
            (Some(url), Some(authorities), Some(topology)) => Ok(Self { url, authorities, topology }),
            _ => Err(problems),
        }
    }
}

/// The URL, as it is given or in a file.
fn url(sources: &Sources<'_>) -> Result<AmqpUrl, SettingError> {
    match (AMQP_URL.url_text(sources)?, AMQP_URL_FILE.path(sources)) {
        (Some(_), Some(_)) => Err(SettingError::Both { one: AMQP_URL.variable, other: AMQP_URL_FILE.variable }),
        (None, Some(path)) => AMQP_URL_FILE.url_in(&path),
        (text, None) => AmqpUrl::of(AMQP_URL.variable, text.unwrap_or(AMQP_URL.default.0)),
    }
}

fn authorities(sources: &Sources<'_>) -> Result<Option<Authorities>, SettingError> {
    let Some(path) = AMQP_CA.path(sources) else { return Ok(None) };
    let pem = AMQP_CA.bytes_of(&path, MOST_AUTHORITIES_BYTES)?;
    Authorities::parse(&pem).map(Some).map_err(|invalid| AMQP_CA.unusable(&path, invalid))
}
