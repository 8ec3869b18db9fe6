//! Tests of the measures that need more than sums: against formulas, against other programs, and by symmetry.

mod invariance;
mod peers;

use std::collections::BTreeMap;

use pricing_worker::appraise::{Appraiser, Limits, QuoteRequest};
use pricing_worker::contract::Unit;
use pricing_worker::pricing::PriceBook;
use pricing_worker::quantity::Dimension;
use test_support::appraising::{measure, quote_request};
use test_support::books::{charging_by, surface_drivers};

/// A book that charges by every measure of a surface.
fn book() -> PriceBook {
    let text = charging_by(surface_drivers());
    PriceBook::parse(&text).unwrap_or_else(|faults| panic!("{text}\n{faults:?}"))
}

/// Every measure of a file of millimetres, by its key: in the base unit of its dimension.
fn measures(file: &[u8]) -> BTreeMap<String, f64> {
    let appraiser = Appraiser::new(book(), Limits { object_bytes: 1 << 30, topology_triangles: 2_000_000 });
    let request = QuoteRequest { unit: Some(Unit::Mm), ..quote_request("model.stl") };
    let measured = measure(&appraiser, &request, [file]).expect("it has a price");
    let stored = measured.measures.into_stored();
    stored.into_iter().map(|(key, measure)| (key, measure.amount.parse().expect("a number"))).collect()
}

/// The power of a length that a driver is in.
fn power(key: &str) -> i32 {
    let name = key.split(':').next().unwrap_or(key);
    match surface_drivers().find(|driver| driver.name == name).expect("a driver").dimension {
        Dimension::Length => 1,
        Dimension::Area => 2,
        Dimension::Volume => 3,
        other => panic!("{key} is a {other}"),
    }
}
