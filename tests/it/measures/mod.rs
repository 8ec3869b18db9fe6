//! Tests of the measures that need more than sums: against formulas, against other programs, and by symmetry.

mod invariance;
mod peers;

use std::collections::BTreeMap;

use pricing_worker::appraise::{Appraiser, Limits, QuoteRequest};
use pricing_worker::contract::Unit;
use pricing_worker::driver::{DRIVERS, Driver, Source};
use pricing_worker::pricing::PriceBook;
use pricing_worker::quantity::Dimension;
use test_support::appraising::{measure, quote_request};

/// The drivers that measure a surface.
fn surface_drivers() -> impl Iterator<Item = &'static Driver> {
    DRIVERS.iter().filter(|driver| matches!(driver.source, Source::Surface { .. }))
}

/// A book that charges by every one of them.
fn book() -> PriceBook {
    let charge = |driver: &Driver| {
        let (name, unit) = (driver.name, driver.dimension.base_unit());
        let parameters =
            driver.parameters.iter().map(|parameter| format!("{} = {}, ", parameter.key, parameter.example));
        let parameters: String = parameters.collect();
        format!("{{ name = \"{name}\", per = \"piece\", driver = \"{name}\", {parameters}rate = \"1 EUR/{unit}\" }},\n")
    };
    let charges: String = surface_drivers().map(charge).collect();
    let text = format!(
        "schema = 1\nname = \"all\"\nversion = \"1\"\ncurrency = \"EUR\"\nrounding = \"0.01\"\n\
         lead_times = [ {{ id = \"standard\", factor = \"1\" }} ]\n\
         [[materials]]\nid = \"any\"\nname = \"Any\"\nprocess = \"any\"\ncharges = [\n{charges}]\n"
    );
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
