//! The JSON Schemas of the messages and of the price book, generated from the types.

use schemars::{Schema, schema_for};

use super::{Completed, Event, PriceBookDocument, Rejected, Requested};

/// The names that [`schema`] knows.
pub const SCHEMA_NAMES: [&str; 4] = ["request", "completed", "rejected", "price-book"];

/// The JSON Schema of a message, or of the price book, by its name, or none where there is no such name.
pub fn schema(name: &str) -> Option<Schema> {
    match name {
        "request" => Some(schema_for!(Event<Requested>)),
        "completed" => Some(schema_for!(Event<Completed>)),
        "rejected" => Some(schema_for!(Event<Rejected>)),
        "price-book" => Some(schema_for!(PriceBookDocument)),
        _ => None,
    }
}
