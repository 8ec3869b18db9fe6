//! `schema`: the JSON Schemas of the messages and of the price book.

use std::io::{self, Write};

use clap::Args;
use schemars::Schema;

use super::{CommandError, Exit};
use crate::{contract, pricing};

/// The price book's name among the schemas.
const PRICE_BOOK: &str = "price-book";

/// The names that [`schema`] knows.
pub const SCHEMA_NAMES: [&str; 4] = {
    let [request, completed, rejected] = contract::MESSAGE_NAMES;
    [request, completed, rejected, PRICE_BOOK]
};

/// The JSON Schema of a message or of the price book, by its name; none for another name.
pub fn schema(name: &str) -> Option<Schema> {
    if name == PRICE_BOOK { Some(pricing::schema()) } else { contract::schema(name) }
}

/// Prints the JSON Schema of a message or of the price book; without a name, lists the names
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pricing-worker schema completed > completed.schema.json")]
pub struct SchemaArgs {
    /// The name of the schema; without it, the names are listed
    name: Option<String>,
}

/// Prints a schema, or the names.
pub fn run(args: &SchemaArgs) -> Result<Exit, CommandError> {
    let text = match &args.name {
        None => SCHEMA_NAMES.join("\n"),
        Some(name) => {
            let schema = schema(name).ok_or_else(|| {
                CommandError::usage(format!("there is no schema {name:?}; there are {}", SCHEMA_NAMES.join(", ")))
            })?;
            serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
        }
    };
    print(&text)
}

/// Prints a text on standard output. A closed standard output is no error.
pub(super) fn print(text: &str) -> Result<Exit, CommandError> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::other(error)),
        _ => Ok(Exit::Done),
    }
}
