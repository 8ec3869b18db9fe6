//! How much of each driver a part has.
//!
//! A part is checked once, here: after [`DriverAmounts::new`] every number of it is there, finite and greater than zero,
//! so that no price comes from a number that is not.

use rust_decimal::Decimal;

use super::Part;
use super::book::{Basis, Measure};
use super::rational::{self, Rational};
use crate::contract::{Reason, RejectionCode};

/// A part's measures, exact to the last bit.
pub(super) struct DriverAmounts {
    volume_mm3: Rational,
    surface_area_mm2: Rational,
    extents_mm: [Rational; 3],
}

impl DriverAmounts {
    /// The measures of a part that can have a price.
    pub fn new(part: &Part) -> Result<Self, Reason> {
        let [x, y, z] = part.extents_mm;
        Ok(Self {
            volume_mm3: positive("volume", "mm3", part.volume_mm3)?,
            surface_area_mm2: positive("surface area", "mm2", part.surface_area_mm2)?,
            extents_mm: [
                positive("extent in x", "mm", x)?,
                positive("extent in y", "mm", y)?,
                positive("extent in z", "mm", z)?,
            ],
        })
    }

    /// The amount of a driver in the unit that its charge counts, rounded; none where it has too many digits.
    pub fn amount(&self, basis: &Basis) -> Option<Decimal> {
        rational::round_amount(&(self.in_base_unit(&basis.measure) / basis.unit.in_base()))
    }

    fn in_base_unit(&self, measure: &Measure) -> Rational {
        let [x, y, z] = &self.extents_mm;
        match measure {
            Measure::Volume => self.volume_mm3.clone(),
            Measure::SurfaceArea => self.surface_area_mm2.clone(),
            Measure::BoxVolume { clearance_mm } => {
                let both_ends = clearance_mm + clearance_mm;
                (x + &both_ends) * (y + &both_ends) * (z + &both_ends)
            }
            Measure::Height => z.clone(),
            Measure::Mass { density_g_per_mm3 } => &self.volume_mm3 * density_g_per_mm3,
        }
    }
}

fn positive(name: &str, unit: &str, number: f64) -> Result<Rational, Reason> {
    // A NaN is not greater than zero either.
    let is_positive = number > 0.0;
    if !is_positive {
        let message = format!("the {name} is {number} {unit}: there is nothing to price");
        return Err(Reason::new(RejectionCode::NoVolume, message));
    }
    rational::from_f64(number).ok_or_else(|| {
        let message = format!("the {name} is larger than a number can say: the part is too large to price");
        Reason::new(RejectionCode::TooLarge, message)
    })
}
