//! The values that drivers take from a price book, by the table of drivers.

use super::quantity;
use super::toml_reader::{self, Faults, Value};
use crate::driver::{Driver, Parameter, ParameterKind, ParameterTable};
use crate::quantity::Rational;

/// The parameters that one table of the book may have, each once, in the order of the drivers.
pub(super) fn distinct(drivers: &'static [Driver], table: ParameterTable) -> Vec<&'static Parameter> {
    let mut distinct: Vec<&Parameter> = Vec::new();
    for parameter in drivers.iter().flat_map(|driver| driver.parameters_of(table)) {
        if !distinct.iter().any(|known| known.key == parameter.key) {
            distinct.push(parameter);
        }
    }
    distinct
}

/// The same as keys of a table, each with an example of its value as TOML.
pub(super) fn keys(drivers: &'static [Driver], table: ParameterTable) -> impl Iterator<Item = (&'static str, String)> {
    distinct(drivers, table).into_iter().map(|parameter| (parameter.key, parameter.example.to_owned()))
}

/// The value of a parameter, in the unit that its kind says.
pub(super) fn read(value: &Value<'_>, parameter: &'static Parameter, faults: &mut Faults<'_>) -> Option<Rational> {
    let text = toml_reader::text(value, parameter.example, faults)?;
    match parameter.kind {
        ParameterKind::Length => quantity::length(&text, parameter.key, faults),
        ParameterKind::Density => quantity::density(&text, faults),
    }
}
