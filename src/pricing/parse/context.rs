//! What a part of a price book is held against, from the parts around it.

use std::collections::BTreeMap;

use crate::driver::Driver;
use crate::pricing::money::Rounding;
use crate::quantity::Rational;

/// What a material's prices need of the book.
pub(super) struct BookContext<'b> {
    /// None where the book has none that is right.
    pub currency: Option<&'b str>,
    /// None where the book has none that is right.
    pub rounding: Option<Rounding>,
    /// What a charge can be by.
    pub drivers: &'static [Driver],
}

/// The parameters of drivers that a material has, by their keys; none for a value that is wrong, which was noted.
#[derive(Default)]
pub(super) struct Parameters(pub BTreeMap<&'static str, Option<Rational>>);

impl Parameters {
    /// Whether the material has the parameter, right or wrong.
    pub fn is_there(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Its value, where it has one that is right.
    pub fn get(&self, key: &str) -> Option<&Rational> {
        self.0.get(key)?.as_ref()
    }
}
