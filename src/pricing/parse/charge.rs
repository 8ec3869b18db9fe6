//! The charges of a material: what drives each, and a rate that fits it.

use super::context::{Density, Own};
use super::quantity::{self, Rate};
use super::toml_reader::{self, Faults, Record, Table, Value};
use crate::contract::{Driver, Per};
use crate::pricing::book::{Basis, Charge, Measure};
use crate::pricing::book_fault::{BookFault, nearest};
use crate::pricing::limits;
use crate::pricing::rational::{self, Rational};
use crate::pricing::units::Dimension;

const CHARGE: Record = Record {
    name: "a charge",
    keys: &[
        ("name", "\"powder\""),
        ("per", "\"piece\""),
        ("driver", "\"volume\""),
        ("clearance", "\"1 mm\""),
        ("rate", "\"0.58 EUR/cm3\""),
    ],
};

const PER: [(&str, Per); 2] = [("piece", Per::Piece), ("model", Per::Model)];

const DRIVERS: [(&str, Driver); 5] = [
    ("volume", Driver::Volume),
    ("surface_area", Driver::SurfaceArea),
    ("box_volume", Driver::BoxVolume),
    ("height", Driver::Height),
    ("mass", Driver::Mass),
];

/// What a charge says that it is driven by.
enum Says {
    Flat,
    By(Driver),
    /// Something that is no driver, and was noted.
    Wrong,
}

pub(super) fn charges(
    value: &Value<'_>,
    own: &Own<'_>,
    density: &Density,
    faults: &mut Faults<'_>,
) -> Option<Vec<Charge>> {
    let elements = toml_reader::elements(value, "charge", "tables [[materials.charges]]", limits::CHARGES, faults)?;
    let mut charges = Vec::new();
    for element in elements {
        charges.extend(charge(element, own, density, faults));
    }
    // Fewer than there should be means a fault was noted: the book is refused as a whole.
    Some(charges)
}

fn charge(value: &Value<'_>, own: &Own<'_>, density: &Density, faults: &mut Faults<'_>) -> Option<Charge> {
    let table = Table::open(value, &CHARGE, faults)?;
    let name = table.required("name", faults).and_then(|value| toml_reader::name(value, "\"powder\"", faults));
    let per = table.required("per", faults).and_then(|value| choice(value, "`per`", &PER, faults));
    let driver = table.optional("driver");
    let says = match driver {
        None => Says::Flat,
        Some(value) => choice(value, "driver", &DRIVERS, faults).map_or(Says::Wrong, Says::By),
    };
    let clearance = clearance(&table, &says, faults);
    let rate_value = table.required("rate", faults);
    let rate = rate_value.and_then(|value| {
        let text = toml_reader::text(value, "\"0.58 EUR/cm3\"", faults)?;
        let rate = quantity::rate(&text, own.currency, faults)?;
        fits(&rate, &says, text.span(), own, faults).then_some(rate)
    });
    if let (Says::By(Driver::Mass), Density::Absent, Some(value)) = (&says, density, driver) {
        faults.add(value.span(), BookFault::MassWithoutDensity);
    }
    let measure = measure(&says, clearance, density)?;
    let rate = rate?;
    let basis = measure.zip(rate.unit).map(|(measure, (unit, _))| Basis { measure, unit });
    Some(Charge { name: name?, per: per?, basis, rate: rate.price?, rate_text: rate.text })
}

/// The measure of a driver, none where flat; none at all where a fault was noted.
#[expect(clippy::option_option, reason = "wrong, flat and measured are three states")]
fn measure(says: &Says, clearance: Option<Rational>, density: &Density) -> Option<Option<Measure>> {
    let measure = match says {
        Says::Wrong => return None,
        Says::Flat => return Some(None),
        Says::By(Driver::Volume) => Measure::Volume,
        Says::By(Driver::SurfaceArea) => Measure::SurfaceArea,
        Says::By(Driver::BoxVolume) => Measure::BoxVolume { clearance_mm: clearance? },
        Says::By(Driver::Height) => Measure::Height,
        Says::By(Driver::Mass) => match density {
            Density::Known(density) => Measure::Mass { density_g_per_mm3: density.clone() },
            Density::Absent | Density::Wrong => return None,
        },
    };
    Some(Some(measure))
}

/// The clearance, nothing where the charge names none.
fn clearance(table: &Table<'_, '_>, says: &Says, faults: &mut Faults<'_>) -> Option<Rational> {
    let Some(value) = table.optional("clearance") else { return Some(rational::fraction(0, 1)) };
    let clearance =
        toml_reader::text(value, "\"1 mm\"", faults).and_then(|text| quantity::length(&text, "clearance", faults));
    let driver = match says {
        Says::By(Driver::BoxVolume) | Says::Wrong => return clearance,
        Says::By(driver) => format!("driver `{}`", name_of(*driver)),
        Says::Flat => "no driver".to_owned(),
    };
    faults.add(value.span(), BookFault::ClearanceWithoutBox { driver });
    None
}

/// Whether a rate is for what its driver measures.
fn fits(rate: &Rate, says: &Says, whole: std::ops::Range<usize>, own: &Own<'_>, faults: &mut Faults<'_>) -> bool {
    let currency = own.currency.unwrap_or("EUR");
    let (expected, found, span) = match (says, &rate.unit) {
        (Says::Wrong, _) | (Says::Flat, None) => return true,
        (Says::Flat, Some((unit, span))) => {
            let expected = format!("money alone, such as 4.00 {currency}, for a charge without a driver");
            (expected, format!("a rate for {} ({})", unit.dimension, unit.name), span.clone())
        }
        (Says::By(driver), Some((unit, _))) if unit.dimension == dimension(*driver) => return true,
        (Says::By(driver), unit) => {
            let dimension = dimension(*driver);
            let (driver, example, units) = (name_of(*driver), dimension.example(), dimension.unit_names());
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

fn dimension(driver: Driver) -> Dimension {
    match driver {
        Driver::Volume | Driver::BoxVolume => Dimension::Volume,
        Driver::SurfaceArea => Dimension::Area,
        Driver::Height => Dimension::Length,
        Driver::Mass => Dimension::Mass,
    }
}

fn name_of(driver: Driver) -> &'static str {
    DRIVERS.iter().find(|(_, known)| *known == driver).map_or("", |(name, _)| name)
}

/// A value as one of a few words.
fn choice<T: Copy>(
    value: &Value<'_>,
    what: &'static str,
    choices: &[(&'static str, T)],
    faults: &mut Faults<'_>,
) -> Option<T> {
    let text = toml_reader::text(value, "\"volume\"", faults)?;
    let found = choices.iter().find(|(word, _)| *word == text.value).map(|(_, choice)| *choice);
    if found.is_none() {
        let known: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let (found, nearest) = (text.value.to_owned(), nearest(text.value, &known));
        faults.add(text.span(), BookFault::UnknownChoice { what, found, nearest, known });
    }
    found
}
