//! The URL of RabbitMQ: parsed once, shown without its secrets.

use std::fmt;
use std::str::FromStr;

use amq_protocol_uri::{AMQPScheme, AMQPUri};

use super::SettingError;

/// A URL of RabbitMQ. Neither `Debug` nor `Display` shows its user, its password or its parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct AmqpUrl(AMQPUri);

/// Why a text is no URL of RabbitMQ. The text is not repeated, nor the parser's message, which repeats it: it holds a
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAmqpUrl {
    /// It does not parse.
    #[error("expected a URL like amqp://user:password@host:5672/vhost, or amqps://…")]
    NotAUrl,
    /// Its host is an address in brackets. The AMQP client takes that for no host at all, and goes to localhost instead.
    #[error("expected a host by its name or IPv4 address; an IPv6 address in brackets is not read")]
    HostInBrackets,
}

impl FromStr for AmqpUrl {
    type Err = InvalidAmqpUrl;

    fn from_str(text: &str) -> Result<Self, InvalidAmqpUrl> {
        let uri = text.parse().map_err(|_| InvalidAmqpUrl::NotAUrl)?;
        let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
        if host.trim_start_matches("amqps://").trim_start_matches("amqp://").starts_with('[') {
            return Err(InvalidAmqpUrl::HostInBrackets);
        }
        Ok(Self(uri))
    }
}

impl AmqpUrl {
    /// Parses what was given for a variable.
    pub(super) fn of(variable: &'static str, text: &str) -> Result<Self, SettingError> {
        let secret =
            |problem: InvalidAmqpUrl| SettingError::UnexpectedSecret { variable, problem: problem.to_string() };
        text.parse().map_err(secret)
    }

    /// Whether it asks for TLS.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme == AMQPScheme::AMQPS
    }

    /// The virtual host.
    pub fn vhost(&self) -> &str {
        &self.0.vhost
    }

    /// The parts of the URL with its secrets: for the connection, and for nothing else.
    pub fn expose(&self) -> &AMQPUri {
        &self.0
    }
}

impl fmt::Display for AmqpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AMQPUri { scheme, authority, vhost, .. } = &self.0;
        write!(f, "{scheme}://{}:{}/{}", authority.host, authority.port, vhost.replace('/', "%2f"))
    }
}

impl fmt::Debug for AmqpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AmqpUrl({self})")
    }
}
