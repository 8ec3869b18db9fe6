//! The materials of a price book.

use std::ops::Range;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::context::{BookContext, Parameters};
use super::toml_reader::{BookTable, Faults, TableKeys, TomlValue};
use super::{charge, parameter, quantity, toml_reader};
use crate::contract::request::limits::QUANTITY;
use crate::driver::{Driver, ParameterTable, parameters_in};
use crate::pricing::book::{Discount, Limit, Material};
use crate::pricing::book_fault::BookFault;
use crate::pricing::limits;
use crate::pricing::money::Money;
use crate::quantity::rational::{self, Rational};

/// The keys of a material, before and after the parameters of drivers, in the order of messages.
const KEYS: [(&str, &str); 3] = [("id", "\"pa12-sls\""), ("name", "\"PA12, laser-sintered\""), ("process", "\"sls\"")];
const FURTHER_KEYS: [(&str, &str); 5] = [
    ("build_volume", "\"330 x 330 x 580 mm\""),
    ("minimum_wall", "\"0.8 mm\""),
    ("minimum_price", "\"5.00\""),
    ("quantity_discounts", "[ { from = 10, percent = \"5\" } ]"),
    ("charges", "[ … ], or tables [[materials.charges]]"),
];

/// The keys of a quantity discount.
const DISCOUNT_KEYS: [(&str, &str); 2] = [("from", "10"), ("percent", "\"5\"")];

pub(super) fn materials(
    value: &TomlValue<'_>,
    book: &BookContext<'_>,
    faults: &mut Faults<'_>,
) -> Option<Vec<Arc<Material>>> {
    let elements = toml_reader::elements(value, "material", "tables [[materials]]", limits::MATERIALS, faults)?;
    let keys = table_keys(book.drivers);
    let mut ids = Vec::new();
    let mut materials = Vec::new();
    for element in elements {
        let Some(table) = BookTable::open(element, &keys, faults) else { continue };
        let material = material(&table, book, &mut ids, faults);
        materials.extend(material.map(Arc::new));
    }
    toml_reader::distinct("material", ids.iter().map(|(id, span)| (id.as_str(), span.clone())), faults);
    Some(materials)
}

fn material(
    table: &BookTable<'_, '_>,
    book: &BookContext<'_>,
    ids: &mut Vec<(String, Range<usize>)>,
    faults: &mut Faults<'_>,
) -> Option<Material> {
    let id = table.required("id", faults).and_then(|value| {
        let id = toml_reader::name(value, "\"pa12-sls\"", faults)?;
        ids.push((id.clone(), value.span()));
        Some(id)
    });
    let name = table.required("name", faults).and_then(|value| toml_reader::name(value, "\"PA12\"", faults));
    let process = table.required("process", faults).and_then(|value| toml_reader::name(value, "\"sls\"", faults));
    let parameters = parameters(table, book.drivers, faults);
    let build_volume = table.optional("build_volume").map(|value| build_volume(value, faults));
    let minimum_wall = table.optional("minimum_wall").map(|value| minimum_wall(value, faults));
    let minimum_price = table.optional("minimum_price").map(|value| minimum_price(value, book, faults));
    let discounts = table.optional("quantity_discounts").map(|value| discounts(value, faults));
    let charges = table.required("charges", faults).and_then(|value| charge::charges(value, book, &parameters, faults));
    // `Some(None)` is a wrong field, whose fault was noted.
    Some(Material {
        id: id?,
        name: name?,
        process: process?,
        build_volume: swap(build_volume)?,
        minimum_wall: swap(minimum_wall)?,
        minimum_price: swap(minimum_price)?,
        discounts: swap(discounts)?.unwrap_or_default(),
        charges: charges?,
    })
}

/// None for a wrong field; an absent field is `Some(None)`.
#[expect(clippy::option_option, reason = "absent, wrong and right are three states")]
fn swap<T>(field: Option<Option<T>>) -> Option<Option<T>> {
    field.map_or(Some(None), |value| value.map(Some))
}

/// The keys of a material, with the parameters of all drivers.
pub(super) fn table_keys(drivers: &'static [Driver]) -> TableKeys {
    let mut keys = KEYS.to_vec();
    keys.extend(parameter::keys(drivers, ParameterTable::Material));
    keys.extend(FURTHER_KEYS);
    TableKeys { name: "a material", keys }
}

/// Reads the parameters of drivers.
fn parameters(table: &BookTable<'_, '_>, drivers: &'static [Driver], faults: &mut Faults<'_>) -> Parameters {
    let mut parameters = Parameters::default();
    for known in parameters_in(drivers, ParameterTable::Material) {
        if let Some(value) = table.optional(known.key) {
            parameters.0.insert(known.key, parameter::read(value, known, faults));
        }
    }
    parameters
}

fn build_volume(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Limit<[Rational; 3]>> {
    let text = toml_reader::text(value, "\"330 x 330 x 580 mm\"", faults)?;
    let mut mm = quantity::sides(&text, faults)?;
    mm.sort();
    Some(Limit { mm, text: text.value.trim().to_owned() })
}

fn minimum_wall(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Limit<Rational>> {
    let text = toml_reader::text(value, "\"0.8 mm\"", faults)?;
    let mm = quantity::length(&text, "minimum wall", faults)?;
    if mm == rational::fraction(0, 1) {
        faults.add(text.span(), BookFault::Zero { what: "minimum wall" });
        return None;
    }
    Some(Limit { mm, text: text.value.trim().to_owned() })
}

fn minimum_price(value: &TomlValue<'_>, book: &BookContext<'_>, faults: &mut Faults<'_>) -> Option<Money> {
    let text = toml_reader::text(value, "\"5.00\"", faults)?;
    let price = quantity::number(&text, "minimum price", faults)?;
    let rounding = book.rounding?;
    let money = rounding.whole(price);
    if money.is_none() {
        let step = rounding.step().to_string();
        faults.add(text.span(), BookFault::OffStep { found: text.value.trim().to_owned(), step });
    }
    money
}

fn discounts(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Vec<Discount>> {
    const EXPECTED: &str = "an array, such as [ { from = 10, percent = \"5\" } ]";
    if value.get_ref().as_array().is_some_and(|array| array.is_empty()) {
        return Some(Vec::new());
    }
    let elements = toml_reader::elements(value, "quantity discount", EXPECTED, limits::DISCOUNTS, faults)?;
    let keys = TableKeys::of("a quantity discount", &DISCOUNT_KEYS);
    let mut discounts = Vec::new();
    let mut previous = None;
    for element in elements {
        let Some(table) = BookTable::open(element, &keys, faults) else { continue };
        let from = table.required("from", faults).and_then(|value| {
            let from = toml_reader::whole(value, 1..=QUANTITY, faults)?;
            if let Some(previous) = previous.filter(|&previous| from <= previous) {
                faults.add(value.span(), BookFault::StepsOutOfOrder { from, previous });
            }
            previous = Some(from);
            Some(from)
        });
        let percent = table.required("percent", faults).and_then(|value| percent(value, faults));
        if let (Some(from), Some(percent)) = (from, percent) {
            discounts.push(Discount { from, percent });
        }
    }
    Some(discounts)
}

fn percent(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Decimal> {
    let text = toml_reader::text(value, "\"5\"", faults)?;
    let percent = quantity::number(&text, "percentage", faults)?;
    if percent > Decimal::ONE_HUNDRED {
        faults.add(text.span(), BookFault::PercentOutOfRange { found: percent.to_string() });
        return None;
    }
    Some(percent)
}
