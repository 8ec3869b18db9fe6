//! The charges of a material: the driver, its parameters, and a rate of the driver's dimension.
//!
//! The table of drivers alone defines the drivers, their dimensions and their parameters.

use std::collections::BTreeMap;
use std::ops::Range;

use super::context::{BookContext, Parameters};
use super::parameter;
use super::quantity::{self, Rate};
use super::toml_reader::{self, BookTable, Faults, TableKeys, TomlValue};
use crate::contract::Per;
use crate::driver::{Ask, Driver, Parameter, ParameterTable, parameters_in};
use crate::pricing::book::{Basis, Charge};
use crate::pricing::book_fault::{BookFault, nearest};
use crate::pricing::limits;
use crate::quantity::Rational;

/// The keys of every charge. The parameters of drivers are keys too.
const KEYS: [(&str, &str); 4] =
    [("name", "\"powder\""), ("per", "\"piece\""), ("driver", "\"volume\""), ("rate", "\"0.58 EUR/cm3\"")];

const PER: [(&str, Per); 2] = [("piece", Per::Piece), ("model", Per::Model)];

/// The driver of a charge, as the book names it.
#[derive(Clone, Copy)]
enum ChargedBy {
    /// No driver: the charge is flat.
    Nothing,
    Driver(&'static Driver),
    /// An unknown name, whose fault was noted.
    Unknown,
}

pub(super) fn charges(
    value: &TomlValue<'_>,
    book: &BookContext<'_>,
    material: &Parameters,
    faults: &mut Faults<'_>,
) -> Option<Vec<Charge>> {
    let elements = toml_reader::elements(value, "charge", "tables [[materials.charges]]", limits::CHARGES, faults)?;
    let keys = table_keys(book.drivers);
    let mut charges = Vec::new();
    for element in elements {
        charges.extend(charge(element, &keys, book, material, faults));
    }
    // A charge that is left out has noted its fault, and the book is refused.
    Some(charges)
}

/// The keys of a charge, with the parameters of all drivers before the rate.
pub(super) fn table_keys(drivers: &'static [Driver]) -> TableKeys {
    let mut keys = KEYS.to_vec();
    let rate = keys.pop();
    keys.extend(parameter::keys(drivers, ParameterTable::Charge));
    keys.extend(rate);
    TableKeys { name: "a charge", keys }
}

fn charge(
    value: &TomlValue<'_>,
    keys: &TableKeys,
    book: &BookContext<'_>,
    material: &Parameters,
    faults: &mut Faults<'_>,
) -> Option<Charge> {
    let table = BookTable::open(value, keys, faults)?;
    let name = table.required("name", faults).and_then(|value| toml_reader::name(value, "\"powder\"", faults));
    let per = table.required("per", faults).and_then(|value| choice(value, "`per`", "\"piece\"", &PER, faults));
    let driver = table.optional("driver");
    let by = match driver {
        None => ChargedBy::Nothing,
        Some(value) => {
            let drivers: Vec<_> = book.drivers.iter().map(|driver| (driver.name, driver)).collect();
            choice(value, "driver", "\"volume\"", &drivers, faults).map_or(ChargedBy::Unknown, ChargedBy::Driver)
        }
    };
    let own = parameters(&table, by, book, faults);
    let rate = table.required("rate", faults).and_then(|value| {
        let text = toml_reader::text(value, "\"0.58 EUR/cm3\"", faults)?;
        let rate = quantity::rate(&text, book.currency, faults)?;
        fits(&rate, by, text.span(), book, faults).then_some(rate)
    });
    if let (ChargedBy::Driver(driver), Some(value)) = (by, driver) {
        note_missing(driver, material, value, faults);
    }
    let arguments = match by {
        ChargedBy::Unknown => return None,
        ChargedBy::Nothing => None,
        ChargedBy::Driver(driver) => Some((driver, arguments(driver, &own?, material)?)),
    };
    let rate = rate?;
    let basis = arguments.zip(rate.unit).map(|((driver, arguments), (unit, _))| {
        let ask = Ask { driver, arguments };
        Basis { ask, unit }
    });
    Some(Charge { name: name?, per: per?, basis, rate: rate.price?, rate_text: rate.text })
}

/// The values of the charge's parameters; none where one is wrong and its fault was noted.
fn parameters(
    table: &BookTable<'_, '_>,
    by: ChargedBy,
    book: &BookContext<'_>,
    faults: &mut Faults<'_>,
) -> Option<BTreeMap<&'static str, Rational>> {
    let mut values = BTreeMap::new();
    let mut all_right = true;
    for known in parameters_in(book.drivers, ParameterTable::Charge) {
        let Some(value) = table.optional(known.key) else { continue };
        let read = parameter::read(value, known, faults);
        let found = match by {
            ChargedBy::Driver(driver) if driver.takes(known.key) => None,
            ChargedBy::Driver(driver) => Some(format!("driver `{}`", driver.name)),
            ChargedBy::Nothing => Some("no driver".to_owned()),
            ChargedBy::Unknown => None,
        };
        if let Some(found) = found {
            let takers = book.drivers.iter().filter(|driver| driver.takes(known.key));
            let drivers = takers.map(|driver| driver.name).collect();
            let (parameter, purpose) = (known.key, known.purpose);
            faults.add(value.span(), BookFault::ParameterOfAnotherDriver { parameter, purpose, drivers, found });
        }
        match read {
            Some(read) => drop(values.insert(known.key, read)),
            None => all_right = false,
        }
    }
    all_right.then_some(values)
}

/// Notes the parameters that the driver needs and the material lacks.
fn note_missing(driver: &'static Driver, material: &Parameters, at: &TomlValue<'_>, faults: &mut Faults<'_>) {
    for needed in driver.parameters_of(ParameterTable::Material) {
        if !material.is_there(needed.key) {
            let (driver, parameter, example) = (driver.name, needed.key, needed.example);
            faults.add(at.span(), BookFault::MissingParameter { driver, parameter, example });
        }
    }
}

/// The arguments of a driver, in the order of its parameters; none where one is wrong or missing and its fault was noted.
fn arguments(
    driver: &'static Driver,
    own: &BTreeMap<&'static str, Rational>,
    material: &Parameters,
) -> Option<Vec<Rational>> {
    let argument = |parameter: &Parameter| match parameter.table {
        ParameterTable::Charge => Some(own.get(parameter.key).cloned().unwrap_or(Rational::ZERO)),
        ParameterTable::Material => material.get(parameter.key).cloned(),
    };
    driver.parameters.iter().map(argument).collect()
}

/// Whether a rate has the dimension of its driver. Notes the fault where it has not.
fn fits(rate: &Rate, by: ChargedBy, whole: Range<usize>, book: &BookContext<'_>, faults: &mut Faults<'_>) -> bool {
    let currency = book.currency.unwrap_or("EUR");
    let (expected, found, span) = match (by, &rate.unit) {
        (ChargedBy::Unknown, _) | (ChargedBy::Nothing, None) => return true,
        (ChargedBy::Nothing, Some((unit, span))) => {
            let expected = format!("money alone, such as 4.00 {currency}, for a charge without a driver");
            (expected, format!("a rate for {} ({})", unit.dimension, unit.name), span.clone())
        }
        (ChargedBy::Driver(driver), Some((unit, _))) if unit.dimension == driver.dimension => return true,
        (ChargedBy::Driver(driver), unit) => {
            let dimension = driver.dimension;
            let (driver, example, units) = (driver.name, dimension.example(), dimension.unit_names());
            let expected = format!(
                "a rate for {dimension}, such as 0.58 {currency}/{example}, as driver `{driver}` is counted in {units}"
            );
            match unit {
                Some((unit, span)) => {
                    (expected, format!("a rate for {} ({})", unit.dimension, unit.name), span.clone())
                }
                None => (expected, "money alone".to_owned(), whole),
            }
        }
    };
    faults.add(span, BookFault::WrongDimension { expected, found });
    false
}

/// Reads a value that must be one of a few words.
fn choice<T: Copy>(
    value: &TomlValue<'_>,
    what: &'static str,
    example: &'static str,
    choices: &[(&'static str, T)],
    faults: &mut Faults<'_>,
) -> Option<T> {
    let text = toml_reader::text(value, example, faults)?;
    let found = choices.iter().find(|(word, _)| *word == text.value).map(|(_, choice)| *choice);
    if found.is_none() {
        let known: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let (found, nearest) = (text.value.to_owned(), nearest(text.value, &known));
        faults.add(text.span(), BookFault::UnknownChoice { what, found, nearest, known });
    }
    found
}
