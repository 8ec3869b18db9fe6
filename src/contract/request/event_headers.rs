//! Event headers: what a message says of its event beside the body, and the content mode that follows from it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What the transport's properties and headers say of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventHeaders {
    /// The media type of the body.
    pub content_type: Option<String>,
    /// The encoding of the body: `gzip`, `utf-8`.
    pub content_encoding: Option<String>,
    /// The attributes of an event in binary mode, by their names without the prefix that the transport gives them. An attribute
    /// that is no text, number or time is left out.
    pub attributes: BTreeMap<String, String>,
}

/// The content modes of `CloudEvents` 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentMode {
    /// The body is an event in JSON.
    Structured,
    /// The body is the data of an event, whose attributes are headers.
    Binary,
    /// The body is an array of events.
    Batched,
}

impl EventHeaders {
    /// The content mode. Structured mode needs no content type, where there are no attributes.
    pub(super) fn mode(&self) -> ContentMode {
        let media_type = self.media_type();
        if media_type.starts_with("application/cloudevents-batch") {
            ContentMode::Batched
        } else if media_type.starts_with("application/cloudevents") || self.attributes.is_empty() {
            ContentMode::Structured
        } else {
            ContentMode::Binary
        }
    }

    /// What the headers say that a body is, to explain why it is no JSON; empty where they say nothing else than JSON.
    pub(super) fn other_than_json(&self) -> String {
        let mut words = String::new();
        if let Some(encoding) = self.content_encoding.as_deref().filter(|encoding| !is_text_encoding(encoding)) {
            let _ = write!(words, " (content encoding {encoding:?} is not read)");
        }
        let media_type = self.media_type();
        if !(media_type.is_empty() || media_type.ends_with("/json") || media_type.ends_with("+json")) {
            let _ = write!(words, " (content type {media_type:?} is not read)");
        }
        words
    }

    /// The content type without its parameters, in lower case; empty where there is none.
    fn media_type(&self) -> String {
        let content_type = self.content_type.as_deref().unwrap_or_default();
        content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// Whether an encoding leaves a text as it is: some clients give the character set there.
fn is_text_encoding(encoding: &str) -> bool {
    ["", "identity", "utf-8", "utf8", "us-ascii"].iter().any(|plain| encoding.eq_ignore_ascii_case(plain))
}
