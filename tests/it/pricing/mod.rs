//! Tests of the price book: its errors, its quotes, its schema and its reference.

mod parse;
mod quote;
mod reference;
mod schema;

use pricing_worker::contract::{Finding, Quote, Reason};
use pricing_worker::driver::{BasicMeasures, Measures};
use pricing_worker::pricing::{PriceBook, Selection};

/// A small valid book: tests change one line of it.
pub const SMALL: &str = include_str!("../../../fixtures/price-books/small.toml");

/// Parses a book that must be valid.
pub fn book(text: &str) -> PriceBook {
    PriceBook::parse(text).unwrap_or_else(|errors| panic!("{}", errors.render("book.toml", text, false)))
}

/// The small book with one text replaced by another; the text must be there.
pub fn small_with(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "the small book has no {from:?}");
    SMALL.replacen(from, to, 1)
}

/// A part with the measures that every model has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub volume_mm3: f64,
    pub surface_area_mm2: f64,
    pub extents_mm: [f64; 3],
}

impl Part {
    fn basic(&self) -> Result<BasicMeasures, Reason> {
        BasicMeasures::new(self.volume_mm3, self.surface_area_mm2, self.extents_mm)
    }

    /// Its quotes by a book whose drivers use only sums.
    pub fn quotes(&self, book: &PriceBook, selection: &Selection) -> Result<Vec<Quote>, Reason> {
        let measures = Measures::take(&selection.demand(), self.basic()?, |ask, _| {
            panic!("{} needs the surface", ask.driver.name)
        })?;
        book.quote(selection, &measures)
    }

    /// Its findings.
    pub fn findings(&self, book: &PriceBook, selection: &Selection) -> Vec<Finding> {
        book.findings(selection, &self.basic().expect("a part that can have a price"))
    }
}

/// A cube of 10 mm.
pub const CUBE: Part = Part { volume_mm3: 1000.0, surface_area_mm2: 600.0, extents_mm: [10.0; 3] };
