//! The price book: what is refused and where, what a part costs, and what its schema says.

mod parse;
mod quote;
mod schema;

use pricing_worker::pricing::{Part, PriceBook};

/// A small book that is right: tests change one line of it.
pub const SMALL: &str = include_str!("../../../fixtures/price-books/small.toml");

/// A book that must be right.
pub fn book(text: &str) -> PriceBook {
    PriceBook::parse(text).unwrap_or_else(|errors| panic!("{}", errors.render("book.toml", text, false)))
}

/// The small book with one text replaced by another; the text must be there.
pub fn small_with(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "the small book has no {from:?}");
    SMALL.replacen(from, to, 1)
}

/// A cube of 10 mm.
pub const CUBE: Part = Part { volume_mm3: 1000.0, surface_area_mm2: 600.0, extents_mm: [10.0; 3] };
