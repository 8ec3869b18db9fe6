//! The table of drivers: the measures that a charge can be multiplied by.
//!
//! The reader of price books, the book's schema and documentation, the demand on a model, the memory planned for it, quotes
//! and tests iterate [`DRIVERS`]. To add a driver, write its function in a file of its own, add a row, and add its name to
//! [`contract::DriverName`].
//!
//! This module knows no money: rates and quotes are in `pricing`.

mod around;
mod demand;
mod derived;
mod measures;
mod sums;

use crate::contract;
use crate::mesh::Stopped;
use crate::quantity::{Dimension, Rational};

pub use demand::{Ask, Demand};
pub use derived::Derived;
pub use measures::{BasicMeasures, Measures};

/// A measure that a charge can be multiplied by.
#[derive(Debug)]
pub struct Driver {
    /// Its name in quotes.
    pub id: contract::DriverName,
    /// Its name in price books; unique in a table of drivers.
    pub name: &'static str,
    /// The measure in a few words, for the schema and the documents.
    pub meaning: &'static str,
    /// The dimension of the measure; a rate must be for a unit of this dimension.
    pub dimension: Dimension,
    /// The values that it takes from the price book, in the order of its function's arguments.
    pub parameters: &'static [Parameter],
    /// The data that it is computed from, with its function.
    pub source: Source,
}

/// A value of the price book that a driver takes.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its key in the price book.
    pub key: &'static str,
    /// The table of the price book that has the key.
    pub table: ParameterTable,
    /// The kind of its value.
    pub kind: ParameterKind,
    /// A value as TOML writes it, for messages and documents.
    pub example: &'static str,
    /// Its purpose as a predicate, for messages: a clearance "grows the box".
    pub purpose: &'static str,
    /// The value in a few words, for the schema and the documents.
    pub meaning: &'static str,
}

/// The table of the price book that has a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterTable {
    /// The charge. Its default is 0.
    Charge,
    /// The charge's material. It is required.
    Material,
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A length, in millimetres.
    Length,
    /// A density, in grams per cubic millimetre.
    Density,
}

/// The data that a driver is computed from, with its function. Arguments are the values of its parameters, in their order.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// The sums of every model. The function gives the measure in the base unit of the driver's dimension.
    Sums(fn(&BasicMeasures, &[Rational]) -> Rational),
    /// The surface of the repaired mesh.
    Surface {
        /// The most memory that the function takes, in bytes per triangle of the file.
        bytes_per_triangle: u64,
        /// The function.
        measure: MeasureSurface,
    },
}

/// Measures a surface, in the base unit of the driver's dimension.
pub type MeasureSurface = fn(&SurfaceInput<'_>) -> Result<f64, Stopped>;

/// The input of a driver that measures the surface.
pub struct SurfaceInput<'a> {
    /// The surface, in the file's unit, with what was derived from it.
    pub derived: &'a Derived<'a>,
    /// Millimetres in one of the file's unit.
    pub unit_mm: f64,
    /// The values of the driver's parameters, in their order.
    pub arguments: &'a [Rational],
    /// Whether to stop. The function asks at least once per block of triangles.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

const CLEARANCE: Parameter = Parameter {
    key: "clearance",
    table: ParameterTable::Charge,
    kind: ParameterKind::Length,
    example: "\"1 mm\"",
    purpose: "grows the box",
    meaning: "how far each side of the bounds is moved outward",
};

const DENSITY: Parameter = Parameter {
    key: "density",
    table: ParameterTable::Material,
    kind: ParameterKind::Density,
    example: "\"1.01 g/cm3\"",
    purpose: "turns a volume into a mass",
    meaning: "the mass of a unit of volume; greater than 0",
};

/// Every driver of a price book.
pub static DRIVERS: [Driver; 7] = [
    Driver {
        id: contract::DriverName::Volume,
        name: "volume",
        meaning: "the volume of the solid that would be made",
        dimension: Dimension::Volume,
        parameters: &[],
        source: Source::Sums(sums::volume),
    },
    Driver {
        id: contract::DriverName::SurfaceArea,
        name: "surface_area",
        meaning: "the surface area of the solid that would be made",
        dimension: Dimension::Area,
        parameters: &[],
        source: Source::Sums(sums::surface_area),
    },
    Driver {
        id: contract::DriverName::BoxVolume,
        name: "box_volume",
        meaning: "the volume of the bounds along x, y and z, each side grown by the clearance at both its ends",
        dimension: Dimension::Volume,
        parameters: &[CLEARANCE],
        source: Source::Sums(sums::box_volume),
    },
    Driver {
        id: contract::DriverName::Height,
        name: "height",
        meaning: "the length of the bounds along z",
        dimension: Dimension::Length,
        parameters: &[],
        source: Source::Sums(sums::height),
    },
    Driver {
        id: contract::DriverName::Mass,
        name: "mass",
        meaning: "the volume of the solid × the material's density",
        dimension: Dimension::Mass,
        parameters: &[DENSITY],
        source: Source::Sums(sums::mass),
    },
    Driver {
        id: contract::DriverName::HullVolume,
        name: "hull_volume",
        meaning: "the volume of the convex hull: the room that the solid takes if nothing is put into its hollows",
        dimension: Dimension::Volume,
        parameters: &[],
        source: Source::Surface { bytes_per_triangle: Derived::HULL_BYTES_PER_TRIANGLE, measure: around::hull_volume },
    },
    Driver {
        id: contract::DriverName::OrientedBoxVolume,
        name: "oriented_box_volume",
        meaning: "the volume of the smallest box around the solid, in any orientation",
        dimension: Dimension::Volume,
        parameters: &[],
        source: Source::Surface {
            bytes_per_triangle: Derived::HULL_BYTES_PER_TRIANGLE,
            measure: around::oriented_box_volume,
        },
    },
];

impl Driver {
    /// The parameters that a table of the book has.
    pub fn parameters_of(&self, table: ParameterTable) -> impl Iterator<Item = &'static Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.table == table)
    }

    /// Whether the driver takes the parameter with this key.
    pub fn takes(&self, key: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.key == key)
    }
}

/// The parameters that these drivers take of one table of the price book, each once, in the order of the drivers.
pub fn parameters_in(drivers: &'static [Driver], table: ParameterTable) -> Vec<&'static Parameter> {
    let mut distinct: Vec<&Parameter> = Vec::new();
    for parameter in drivers.iter().flat_map(|driver| driver.parameters_of(table)) {
        if !distinct.iter().any(|known| known.key == parameter.key) {
            distinct.push(parameter);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_driver_has_one_name_in_books_and_in_quotes() {
        for driver in &DRIVERS {
            assert_eq!(json!(driver.id), json!(driver.name));
            assert_eq!(DRIVERS.iter().filter(|other| other.name == driver.name).count(), 1, "{}", driver.name);
        }
    }

    #[test]
    fn drivers_that_share_the_key_of_a_parameter_share_its_kind_and_meaning() {
        let parameters = || DRIVERS.iter().flat_map(|driver| driver.parameters);
        for (one, other) in parameters().flat_map(|one| parameters().map(move |other| (one, other))) {
            let is_same = one.kind == other.kind && one.meaning == other.meaning && one.purpose == other.purpose;
            assert!(one.key != other.key || one.table != other.table || is_same, "{}", one.key);
        }
    }
}
