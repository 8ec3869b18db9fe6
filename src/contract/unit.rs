//! The unit of length of a model's coordinates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A unit of length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Millimetres.
    Mm,
    /// Centimetres.
    Cm,
    /// Metres.
    M,
    /// International inches, 25.4 mm.
    Inch,
}

impl Unit {
    /// Every unit, from the smallest.
    pub const ALL: [Self; 4] = [Self::Mm, Self::Cm, Self::Inch, Self::M];

    /// Millimetres in one of this unit.
    pub fn millimetres(self) -> f64 {
        match self {
            Self::Mm => 1.0,
            Self::Cm => 10.0,
            Self::M => 1000.0,
            Self::Inch => 25.4,
        }
    }

    /// The name that requests and results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mm => "mm",
            Self::Cm => "cm",
            Self::M => "m",
            Self::Inch => "inch",
        }
    }
}
