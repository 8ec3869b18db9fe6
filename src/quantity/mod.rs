//! Numbers with units: exact fractions, the units that a price book may write, and their dimensions.
//!
//! A measure is a binary number and a price book is written in decimals; both become fractions here, and nothing is rounded
//! before the contract says so. Money and the unit of a model's coordinates are not here: see `pricing` and `contract`.

pub mod rational;
pub mod units;

pub use rational::Rational;
pub use units::{Dimension, MeasureUnit};
