//! Price books, and the quotes that they give for measured parts.
//!
//! [`PriceBook::parse`] is the only way to a price book, and reports all its errors at once. Prices are computed from exact
//! fractions, and rounded only where the contract says. This module reads no file and knows no rate of exchange.

mod book;
mod book_fault;
mod currency;
#[expect(dead_code, reason = "the schema is generated from these types; no value of them is made")]
mod document;
mod errors;
mod findings;
pub mod limits;
mod money;
mod parse;
mod quote;
mod schema;
mod select;

use std::sync::Arc;

use schemars::Schema;
use sha2::{Digest, Sha256};

pub use self::book_fault::BookFault;
pub use self::errors::{BookError, BookErrors};
pub use self::select::Selection;
use crate::contract::{Finding, Item, PriceBookIdentity, Quote, Reason};
use crate::driver::{BasicMeasures, DRIVERS, Demand, Driver, Measures};

/// The text of the sample book, which is built in.
pub const SAMPLE: &str = include_str!("../../fixtures/price-books/sample.toml");

/// The JSON Schema of a price book.
pub fn schema() -> Schema {
    schema_by(&DRIVERS)
}

/// The JSON Schema of a price book whose charges use the drivers of another table.
pub fn schema_by(drivers: &'static [Driver]) -> Schema {
    schema::schema(drivers)
}

/// A valid price book. A clone shares its contents.
#[derive(Debug, Clone)]
pub struct PriceBook {
    identity: PriceBookIdentity,
    book: Arc<book::Book>,
}

impl PriceBook {
    /// Reads a price book in TOML, or gives all its errors.
    pub fn parse(text: &str) -> Result<Self, BookErrors> {
        Self::parse_by(text, &DRIVERS)
    }

    /// Reads a price book whose charges use the drivers of another table.
    pub fn parse_by(text: &str, drivers: &'static [Driver]) -> Result<Self, BookErrors> {
        let book = parse::parse(text, drivers)?;
        let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        let identity = PriceBookIdentity { name: book.name.clone(), version: book.version.clone(), sha256 };
        Ok(Self { identity, book: Arc::new(book) })
    }

    /// Reads the bytes of a price book's file. An error has its place even where the bytes are no UTF-8: render it with the
    /// text of [`String::from_utf8_lossy`].
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, BookErrors> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text),
            Err(error) => {
                let start = error.valid_up_to();
                let before = String::from_utf8_lossy(&bytes[..start]);
                Err(BookErrors::new(&before, vec![(start..start + 1, BookFault::NotUtf8)]))
            }
        }
    }

    /// The sample book.
    pub fn sample() -> Self {
        Self::parse(SAMPLE).expect("the sample book is right: a test reads it")
    }

    /// The book's name and version, and the SHA-256 of its text.
    pub fn identity(&self) -> &PriceBookIdentity {
        &self.identity
    }

    /// The currency of every price, in ISO 4217.
    pub fn currency(&self) -> &str {
        &self.book.currency
    }

    /// The materials, in the order of the book: id and name.
    pub fn materials(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.book.materials.iter().map(|material| (material.id.as_str(), material.name.as_str()))
    }

    /// The ids of the lead times, in the order of the book.
    pub fn lead_times(&self) -> impl ExactSizeIterator<Item = &str> {
        self.book.lead_times.iter().map(|lead_time| lead_time.id.as_str())
    }

    /// Finds a request's items in this book. No items select every material, one piece, the first lead time. The error names
    /// all unknown ids, and the known ones.
    pub fn select(&self, items: &[Item]) -> Result<Selection, Reason> {
        select::select(&self.book, items)
    }

    /// The measures that all charges of this book need.
    pub fn demand(&self) -> Demand {
        select::demand_of(self.book.materials.iter().map(AsRef::as_ref))
    }

    /// Quotes a part: for each material, each quantity, each lead time, in the order of the request. `measures` must be of the
    /// selection's [`demand`](Selection::demand). The error is `too_large` where a price has too many digits.
    pub fn quote(&self, selection: &Selection, measures: &Measures) -> Result<Vec<Quote>, Reason> {
        quote::quotes(&self.book, selection, measures)
    }

    /// The findings about a part in the selected materials: `exceeds_build_volume`, `below_minimum_wall`.
    pub fn findings(&self, selection: &Selection, part: &BasicMeasures) -> Vec<Finding> {
        findings::findings(selection, part)
    }
}
