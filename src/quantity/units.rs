//! The units of measure that a price book may use, and their dimensions.
//!
//! The unit of a model's coordinates is [`crate::contract::Unit`]. A currency is no unit. No unit converts to another
//! dimension: a density turns cubic millimetres into grams.

use std::fmt;

use super::rational::{self, Rational};

/// A physical dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Base unit: mm.
    Length,
    /// Base unit: mm2.
    Area,
    /// Base unit: mm3.
    Volume,
    /// Base unit: g.
    Mass,
    /// Base unit: s.
    Time,
}

/// A unit of measure: a row of [`UNITS`].
#[derive(Debug)]
pub struct MeasureUnit {
    /// Its name in price books.
    pub name: &'static str,
    /// Its dimension.
    pub dimension: Dimension,
    /// One of it in the base unit of its dimension (mm, mm2, mm3, g, s), as a fraction: an inch is 254/10 mm.
    base: (u64, u64),
}

const fn unit(name: &'static str, dimension: Dimension, numerator: u64, denominator: u64) -> MeasureUnit {
    MeasureUnit { name, dimension, base: (numerator, denominator) }
}

/// Every unit that a price book may use.
pub const UNITS: [MeasureUnit; 17] = [
    unit("mm", Dimension::Length, 1, 1),
    unit("cm", Dimension::Length, 10, 1),
    unit("m", Dimension::Length, 1000, 1),
    unit("inch", Dimension::Length, 254, 10),
    unit("mm2", Dimension::Area, 1, 1),
    unit("cm2", Dimension::Area, 100, 1),
    unit("m2", Dimension::Area, 1_000_000, 1),
    unit("mm3", Dimension::Volume, 1, 1),
    unit("cm3", Dimension::Volume, 1000, 1),
    unit("ml", Dimension::Volume, 1000, 1),
    unit("l", Dimension::Volume, 1_000_000, 1),
    unit("m3", Dimension::Volume, 1_000_000_000, 1),
    unit("g", Dimension::Mass, 1, 1),
    unit("kg", Dimension::Mass, 1000, 1),
    // No driver is a time yet. The reader of a price book still tells a rate per hour from a misspelt unit.
    unit("s", Dimension::Time, 1, 1),
    unit("min", Dimension::Time, 60, 1),
    unit("h", Dimension::Time, 3600, 1),
];

/// The unit of this name.
pub fn find(name: &str) -> Option<&'static MeasureUnit> {
    // A `const` is copied where it is named; a `static` lives once, so that units can be held by reference.
    static TABLE: [MeasureUnit; UNITS.len()] = UNITS;
    TABLE.iter().find(|unit| unit.name == name)
}

impl MeasureUnit {
    /// One of this unit in the base unit of its dimension.
    pub fn in_base(&self) -> Rational {
        rational::fraction(self.base.0, self.base.1)
    }
}

impl Dimension {
    /// The names of the units of this dimension: `mm, cm, m, inch`.
    pub fn unit_names(self) -> String {
        let names: Vec<_> = UNITS.iter().filter(|unit| unit.dimension == self).map(|unit| unit.name).collect();
        names.join(", ")
    }

    /// The unit in which measures of this dimension are computed.
    pub fn base_unit(self) -> &'static str {
        match self {
            Self::Length => "mm",
            Self::Area => "mm2",
            Self::Volume => "mm3",
            Self::Mass => "g",
            Self::Time => "s",
        }
    }

    /// The unit that examples in messages use.
    pub fn example(self) -> &'static str {
        match self {
            Self::Length => "mm",
            Self::Area => "cm2",
            Self::Volume => "cm3",
            Self::Mass => "g",
            Self::Time => "h",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "length",
            Self::Area => "area",
            Self::Volume => "volume",
            Self::Mass => "mass",
            Self::Time => "time",
        })
    }
}
