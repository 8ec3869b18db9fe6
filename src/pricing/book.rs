//! The contents of a valid price book.
//!
//! [`super::parse`] makes these values and checks them: every rate fits its driver, and every price is in the book's
//! currency. Their readers check nothing again.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::money::{Money, Rounding};
use crate::contract::Per;
use crate::driver::Ask;
use crate::quantity::{MeasureUnit, Rational};

/// The contents of a price book.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub name: String,
    pub version: String,
    /// ISO 4217.
    pub currency: String,
    pub rounding: Rounding,
    /// At least one; the first is the default.
    pub lead_times: Vec<Arc<LeadTime>>,
    /// At least one.
    pub materials: Vec<Arc<Material>>,
}

/// A lead time and its factor on the price.
#[derive(Debug)]
pub(super) struct LeadTime {
    pub id: String,
    /// Greater than zero.
    pub factor: Decimal,
}

/// A material in a process, and its charges.
#[derive(Debug)]
pub(super) struct Material {
    pub id: String,
    pub name: String,
    pub process: String,
    /// The sides of the largest box that the process can make, ascending.
    pub build_volume: Option<Limit<[Rational; 3]>>,
    /// The thinnest wall that the process can make.
    pub minimum_wall: Option<Limit<Rational>>,
    /// The minimum total of one quote.
    pub minimum_price: Option<Money>,
    /// Ascending in `from`.
    pub discounts: Vec<Discount>,
    /// At least one.
    pub charges: Vec<Charge>,
}

/// A limit of a process: a length or lengths.
#[derive(Debug)]
pub(super) struct Limit<T> {
    /// In millimetres; greater than zero.
    pub mm: T,
    /// As the book writes it.
    pub text: String,
}

/// A discount on the per-piece charges, from a quantity on.
#[derive(Debug)]
pub(super) struct Discount {
    pub from: u32,
    /// 0 to 100.
    pub percent: Decimal,
}

/// One line of a material's price.
#[derive(Debug)]
pub(super) struct Charge {
    pub name: String,
    pub per: Per,
    /// None for a flat charge.
    pub basis: Option<Basis>,
    /// Money for one unit of the basis, or for the whole of a flat charge. Not negative.
    pub rate: Decimal,
    /// The rate as the book writes it: `0.58 EUR/cm3`.
    pub rate_text: String,
}

/// The measure that a charge is multiplied by, and the unit of its rate. Both have one dimension.
#[derive(Debug)]
pub(super) struct Basis {
    pub ask: Ask,
    pub unit: &'static MeasureUnit,
}
