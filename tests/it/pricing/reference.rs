//! Generates the table of drivers in docs/price-book.md, between its marks, from the drivers, and checks it.

use std::fmt::Write;

use bench_report::marks::replaced;
use pricing_worker::driver::{DRIVERS, Driver, Parameter, ParameterTable};
use pricing_worker::quantity::units::UNITS;

use crate::fixtures::{assert_current, folder};

const PATH: &str = "../docs/price-book.md";

/// The lines before the rows.
const HEAD: &str = "<!-- Made from src/driver/mod.rs by `UPDATE_FIXTURES=1 tests/run pricing`. -->

| driver | measures | dimension | the rate is for one | takes from the book |
| --- | --- | --- | --- | --- |
";

fn units(driver: &Driver) -> String {
    let units = UNITS.iter().filter(|unit| unit.dimension == driver.dimension);
    units.map(|unit| format!("`{}`", unit.name)).collect::<Vec<_>>().join(", ")
}

fn parameter(parameter: &Parameter) -> String {
    let Parameter { key, example, meaning, .. } = parameter;
    match parameter.table {
        ParameterTable::Charge => format!("`{key} = {example}` of the charge: {meaning}; without it, 0"),
        ParameterTable::Material => format!("`{key} = {example}` of the material, required: {meaning}"),
    }
}

fn reference() -> String {
    let mut text = String::from(HEAD);
    for driver in &DRIVERS {
        let Driver { name, meaning, dimension, .. } = driver;
        let parameters: Vec<_> = driver.parameters.iter().map(parameter).collect();
        let parameters = if parameters.is_empty() { "nothing".to_owned() } else { parameters.join("; ") };
        let _ = writeln!(text, "| `{name}` | {meaning} | {dimension} | {} | {parameters} |", units(driver));
    }
    text.push('\n');
    text
}

#[test]
fn the_table_of_drivers_follows_from_the_drivers() {
    let found = std::fs::read_to_string(folder().join(PATH)).expect("docs/price-book.md is there");
    assert_current(PATH, replaced(&found, "drivers", &reference()).as_bytes());
}
