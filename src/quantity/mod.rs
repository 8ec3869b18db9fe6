//! Exact fractions, units of measure and their dimensions.
//!
//! Money is in `pricing`, and the unit of a model's coordinates in `contract`.

pub mod rational;
pub mod units;

pub use rational::Rational;
pub use units::{Dimension, MeasureUnit};
