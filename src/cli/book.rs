//! The loading of the price book: a file, or the sample that is built in.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use super::CommandError;
use crate::config::{BookSource, Environment, Flags, allows_colors};
use crate::pricing::PriceBook;

/// The largest file that is read: far larger than a price book, and a bound on a file given by mistake.
const MOST_BYTES: u64 = 16 << 20;

/// Loads the price book. The error shows everything that is wrong, with file, line and column.
pub fn load(flags: &Flags<BookSource>, environment: &Environment) -> Result<PriceBook, CommandError> {
    let Some(path) = flags.parse(environment)?.path else { return Ok(PriceBook::sample()) };
    let name = path.display();
    let bytes = read(&path).map_err(|error| {
        CommandError::usage(format!("PRICING_PRICE_BOOK (--price-book): {name} cannot be read: {error}"))
    })?;
    PriceBook::parse_bytes(&bytes).map_err(|errors| {
        let color = io::stderr().is_terminal() && allows_colors(environment);
        CommandError::rendered(&errors.render(&name.to_string(), &String::from_utf8_lossy(&bytes), color))
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("larger than {MOST_BYTES} bytes")));
    }
    Ok(bytes)
}
