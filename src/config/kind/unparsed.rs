//! Values that are taken as they are, and parsed, if at all, together with others.

use super::ValueKind;
use crate::config::AmqpUrl;

/// The URL of RabbitMQ: a secret. [`AmqpUrl`] parses it, whether it is given as text or as a file.
#[derive(Debug, Clone, Copy)]
pub struct BrokerUrl;

impl ValueKind for BrokerUrl {
    fn value_name(&self) -> &'static str {
        "URL"
    }

    fn expected(&self, _default: &str) -> String {
        "a URL like amqp://user:password@host:5672/vhost, or amqps://…".into()
    }

    fn accepts(&self, text: &str) -> bool {
        text.parse::<AmqpUrl>().is_ok()
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// The path of a file: any bytes that the system takes.
#[derive(Debug, Clone, Copy)]
pub struct FilePath;

impl ValueKind for FilePath {
    fn value_name(&self) -> &'static str {
        "FILE"
    }

    fn expected(&self, _default: &str) -> String {
        "the path of a file".into()
    }
}

/// A variable that counts as soon as it is not empty, whatever its bytes are.
#[derive(Debug, Clone, Copy)]
pub struct AnyValue;

impl ValueKind for AnyValue {
    fn value_name(&self) -> &'static str {
        "ANY"
    }

    fn expected(&self, _default: &str) -> String {
        "anything".into()
    }
}
