//! What a part of a price book is held against, from the parts around it.

use crate::pricing::money::Rounding;
use crate::pricing::rational::Rational;

/// What a material's prices need of the book; none where the book does not rightly say.
pub(super) struct Own<'b> {
    pub currency: Option<&'b str>,
    pub rounding: Option<Rounding>,
}

/// A density, or why there is none.
pub(super) enum Density {
    /// In grams for a cubic millimetre.
    Known(Rational),
    /// The material has none.
    Absent,
    /// The material has one that is wrong, and was noted.
    Wrong,
}
