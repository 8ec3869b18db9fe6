//! The reader of price books: TOML in, a book or all its errors out.
//!
//! It walks the tree itself, as serde stops at the first error and knows the place of few. Each function reads all its
//! fields before it returns none. [`mod@super::schema`] describes the same format for other programs; a test compares the two.

mod charge;
mod context;
mod material;
mod parameter;
mod quantity;
mod toml_reader;

use std::sync::Arc;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::context::BookContext;
use self::toml_reader::{BookTable, Faults, TableKeys, TomlValue};
use super::book::{Book, LeadTime};
use super::book_fault::BookFault;
use super::errors::BookErrors;
use super::money::Rounding;
use super::{currency, limits};
use crate::driver::Driver;

/// The keys of the book.
const KEYS: [(&str, &str); 7] = [
    ("schema", "1"),
    ("name", "\"sample\""),
    ("version", "\"2026-11\""),
    ("currency", "\"EUR\""),
    ("rounding", "\"0.01\""),
    ("lead_times", "[ { id = \"standard\", factor = \"1\" } ]"),
    ("materials", "[ … ], or tables [[materials]]"),
];

/// The keys of a lead time.
const LEAD_TIME_KEYS: [(&str, &str); 2] = [("id", "\"standard\""), ("factor", "\"1\"")];

/// Reads a price book whose charges may use these drivers.
pub(super) fn parse(text: &str, drivers: &'static [Driver]) -> Result<Book, BookErrors> {
    if text.len() > limits::BOOK_BYTES {
        let fault = BookFault::BookTooLarge { bytes: text.len() };
        return Err(BookErrors::new(text, vec![(0..0, fault)]));
    }
    let (document, syntax) = DeTable::parse_recoverable(text);
    let mut faults = Faults::new(text);
    let book = book(&document, drivers, &mut faults);
    faults.add_syntax(&syntax);
    let found = faults.into_inner();
    if !found.is_empty() {
        return Err(BookErrors::new(text, found));
    }
    Ok(book.expect("a reader that returns none has noted a fault"))
}

fn book(document: &Spanned<DeTable<'_>>, drivers: &'static [Driver], faults: &mut Faults<'_>) -> Option<Book> {
    let keys = TableKeys::of("the price book", &KEYS);
    let table = BookTable::root(document, &keys, faults);
    schema(&table, faults);
    let name = table.required("name", faults).and_then(|value| toml_reader::name(value, "\"sample\"", faults));
    let version = table.required("version", faults).and_then(|value| toml_reader::name(value, "\"2026-11\"", faults));
    let currency = table.required("currency", faults).and_then(|value| currency_code(value, faults));
    let rounding = table.required("rounding", faults).and_then(|value| rounding(value, faults));
    let lead_times = table.required("lead_times", faults).and_then(|value| lead_times(value, faults));
    let context = BookContext { currency: currency.as_deref(), rounding, drivers };
    let materials = table.required("materials", faults).and_then(|value| material::materials(value, &context, faults));
    Some(Book {
        name: name?,
        version: version?,
        rounding: rounding?,
        lead_times: lead_times?,
        materials: materials?,
        currency: currency?,
    })
}

fn schema(table: &BookTable<'_, '_>, faults: &mut Faults<'_>) {
    let Some(value) = table.required("schema", faults) else { return };
    match value.get_ref() {
        DeValue::Integer(integer) if integer.to_string() == "1" => {}
        DeValue::Integer(integer) => {
            let found = integer.to_string().chars().take(30).collect();
            faults.add(value.span(), BookFault::WrongSchema { found });
        }
        _ => {
            toml_reader::whole(value, 1..=1, faults);
        }
    }
}

fn currency_code(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let text = toml_reader::text(value, "\"EUR\"", faults)?;
    if currency::is_code(text.value) {
        return Some(text.value.to_owned());
    }
    let capitals = text.value.to_uppercase();
    let example = if currency::is_code(&capitals) { capitals } else { "EUR".to_owned() };
    faults.add(text.span(), BookFault::UnknownCurrency { found: text.value.to_owned(), example });
    None
}

fn rounding(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Rounding> {
    let text = toml_reader::text(value, "\"0.01\"", faults)?;
    let step = quantity::number(&text, "rounding", faults)?;
    let rounding = Rounding::new(step);
    if rounding.is_none() {
        faults.add(text.span(), BookFault::Zero { what: "rounding" });
    }
    rounding
}

fn lead_times(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Vec<Arc<LeadTime>>> {
    const EXPECTED: &str = "tables [[lead_times]]";
    let elements = toml_reader::elements(value, "lead time", EXPECTED, limits::LEAD_TIMES, faults)?;
    let keys = TableKeys::of("a lead time", &LEAD_TIME_KEYS);
    let mut ids = Vec::new();
    let mut lead_times = Vec::new();
    for element in elements {
        let Some(table) = BookTable::open(element, &keys, faults) else { continue };
        let id = table.required("id", faults).and_then(|value| {
            let id = toml_reader::name(value, "\"standard\"", faults)?;
            ids.push((id.clone(), value.span()));
            Some(id)
        });
        let factor = table.required("factor", faults).and_then(|value| factor(value, faults));
        if let (Some(id), Some(factor)) = (id, factor) {
            lead_times.push(Arc::new(LeadTime { id, factor }));
        }
    }
    toml_reader::distinct("lead time", ids.iter().map(|(id, span)| (id.as_str(), span.clone())), faults);
    Some(lead_times)
}

fn factor(value: &TomlValue<'_>, faults: &mut Faults<'_>) -> Option<Decimal> {
    let text = toml_reader::text(value, "\"1.5\"", faults)?;
    let factor = quantity::number(&text, "factor", faults)?;
    if factor.is_zero() {
        faults.add(text.span(), BookFault::Zero { what: "factor" });
        return None;
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::DRIVERS;

    #[test]
    fn no_parameter_of_a_driver_has_the_key_of_a_field() {
        for TableKeys { name, keys } in [charge::table_keys(&DRIVERS), material::table_keys(&DRIVERS)] {
            for (key, _) in &keys {
                assert_eq!(keys.iter().filter(|(other, _)| other == key).count(), 1, "{name}: {key}");
            }
        }
    }
}
