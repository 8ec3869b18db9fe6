//! The parameters of drivers as keys and values of a price book.

use super::quantity;
use super::toml_reader::{self, Faults, TomlValue};
use crate::driver::{Driver, Parameter, ParameterKind, ParameterTable, parameters_in};
use crate::quantity::Rational;

/// The keys of the parameters in one table of the book, each with an example of its value.
pub(super) fn keys(
    drivers: &'static [Driver],
    table: ParameterTable,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    parameters_in(drivers, table).into_iter().map(|parameter| (parameter.key, parameter.example))
}

/// Reads the value of a parameter, in the unit of its kind.
pub(super) fn read(value: &TomlValue<'_>, parameter: &'static Parameter, faults: &mut Faults<'_>) -> Option<Rational> {
    let text = toml_reader::text(value, parameter.example, faults)?;
    match parameter.kind {
        ParameterKind::Length => quantity::length(&text, parameter.key, faults),
        ParameterKind::Density => quantity::density(&text, faults),
    }
}
