//! The broker's URL: held as it was given, shown without its secrets.

use std::fmt;

use lapin::uri::AMQPUri;

use super::{Setting, SettingError};

/// A URL of RabbitMQ that parses. Neither `Debug` nor `Display` shows its user or password.
#[derive(Clone, PartialEq, Eq)]
pub struct AmqpUrl {
    url: String,
    shown: String,
}

impl AmqpUrl {
    pub(super) fn parse(setting: &Setting, text: &str) -> Result<Self, SettingError> {
        let wrong = |problem| SettingError::UnexpectedSecret { variable: setting.variable, problem };
        // The parser's own message repeats the URL.
        let parsed: AMQPUri = text
            .parse()
            .map_err(|_| wrong("expected a URL like amqp://user:password@host:5672/vhost, or amqps://…"))?;
        // The client takes an address in brackets for no host at all and goes to localhost instead.
        let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
        if host.trim_start_matches("amqps://").trim_start_matches("amqp://").starts_with('[') {
            return Err(wrong("expected a host by its name or IPv4 address; an IPv6 address in brackets is not read"));
        }
        let vhost = parsed.vhost.replace('/', "%2f");
        let shown = format!("{}://{}:{}/{vhost}", parsed.scheme, parsed.authority.host, parsed.authority.port);
        Ok(Self { url: text.to_owned(), shown })
    }

    /// Whether it asks for TLS.
    pub fn is_encrypted(&self) -> bool {
        self.shown.starts_with("amqps:")
    }

    /// The URL with its secrets: for the connection, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for AmqpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for AmqpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AmqpUrl({})", self.shown)
    }
}
