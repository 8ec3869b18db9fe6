//! The JSON Schemas of the messages, generated from the types.

use schemars::{Schema, schema_for};

use super::{Completed, Event, Rejected, Requested};

/// The names that [`schema`] knows.
pub const MESSAGE_NAMES: [&str; 3] = ["request", "completed", "rejected"];

/// The JSON Schema of a message, by its name; none for another name.
pub fn schema(name: &str) -> Option<Schema> {
    match name {
        "request" => Some(schema_for!(Event<Requested>)),
        "completed" => Some(schema_for!(Event<Completed>)),
        "rejected" => Some(schema_for!(Event<Rejected>)),
        _ => None,
    }
}
