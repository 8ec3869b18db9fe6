//! The unit of length of a model's coordinates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A unit of length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Micrometres.
    Micron,
    /// Millimetres.
    Mm,
    /// Centimetres.
    Cm,
    /// Metres.
    M,
    /// International inches, 25.4 mm.
    Inch,
    /// International feet, 304.8 mm.
    Foot,
}

impl Unit {
    /// Every unit, from the smallest.
    pub const ALL: [Self; 6] = [Self::Micron, Self::Mm, Self::Cm, Self::Inch, Self::Foot, Self::M];

    /// The units that models without one are mostly drawn in, from the smallest.
    pub const USUAL: [Self; 4] = [Self::Mm, Self::Cm, Self::Inch, Self::M];

    /// Millimetres in one of this unit.
    pub fn millimetres(self) -> f64 {
        match self {
            Self::Micron => 0.001,
            Self::Mm => 1.0,
            Self::Cm => 10.0,
            Self::M => 1000.0,
            Self::Inch => 25.4,
            Self::Foot => 304.8,
        }
    }

    /// The name that requests and results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Micron => "micron",
            Self::Mm => "mm",
            Self::Cm => "cm",
            Self::M => "m",
            Self::Inch => "inch",
            Self::Foot => "foot",
        }
    }
}
