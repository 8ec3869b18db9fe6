//! The values of a price book that its inner tables are checked against.

use std::collections::BTreeMap;

use crate::driver::Driver;
use crate::pricing::money::Rounding;
use crate::quantity::Rational;

/// The values of the whole book.
pub(super) struct BookContext<'b> {
    /// None where it is missing or wrong.
    pub currency: Option<&'b str>,
    /// None where it is missing or wrong.
    pub rounding: Option<Rounding>,
    /// The drivers that charges may use.
    pub drivers: &'static [Driver],
}

/// The parameters of drivers that a material has, by key; none for a wrong value, whose fault was noted.
#[derive(Default)]
pub(super) struct Parameters(pub BTreeMap<&'static str, Option<Rational>>);

impl Parameters {
    /// Whether the material has the key, with a right or a wrong value.
    pub fn is_there(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The value of a parameter; none where it is missing or wrong.
    pub fn get(&self, key: &str) -> Option<&Rational> {
        self.0.get(key)?.as_ref()
    }
}
