//! What was measured of a model: fresh from its mesh, or read back from an event that was stored.
//!
//! Both ways end in the same [`Measures`], so that one function prices both. A part is checked here, once: every number is
//! there, finite and greater than zero, so that no price comes from a number that is not there.

use std::collections::BTreeMap;

use super::{Ask, Demand, MeasureSurface, Source};
use crate::contract::{Completed, Geometry, Measure, Reason, RejectionCode};
use crate::quantity::rational::{self, Rational};

/// What the sums say of every part: its volume, its surface area and the sides of its bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct BasicMeasures {
    /// The volume of the solid.
    pub volume_mm3: f64,
    /// The surface area.
    pub surface_area_mm2: f64,
    /// The sides of the bounds: x, y, z.
    pub extents_mm: [f64; 3],
    /// The same to the last bit.
    exact: Exact,
}

#[derive(Debug, Clone, PartialEq)]
struct Exact {
    volume: Rational,
    surface_area: Rational,
    extents: [Rational; 3],
}

/// What a model was measured for.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    basic: BasicMeasures,
    asked: BTreeMap<Ask, Rational>,
    /// Those that do not follow from the basic ones, as an event carries them.
    stored: BTreeMap<String, Measure>,
}

impl BasicMeasures {
    /// Those of a part that can have a price: `no_volume` where one of them is not greater than zero, `too_large` where it
    /// is infinite.
    pub fn new(volume_mm3: f64, surface_area_mm2: f64, extents_mm: [f64; 3]) -> Result<Self, Reason> {
        let [x, y, z] = extents_mm;
        let exact = Exact {
            volume: positive("volume", "mm3", volume_mm3)?,
            surface_area: positive("surface area", "mm2", surface_area_mm2)?,
            extents: [
                positive("extent in x", "mm", x)?,
                positive("extent in y", "mm", y)?,
                positive("extent in z", "mm", z)?,
            ],
        };
        Ok(Self { volume_mm3, surface_area_mm2, extents_mm, exact })
    }

    /// The same of what an event says.
    pub fn of(geometry: &Geometry) -> Result<Self, Reason> {
        Self::new(geometry.volume_mm3, geometry.surface_area_mm2, geometry.extents_mm)
    }

    /// The volume, in mm3, to its last bit.
    pub fn volume(&self) -> &Rational {
        &self.exact.volume
    }

    /// The surface area, in mm2, to its last bit.
    pub fn surface_area(&self) -> &Rational {
        &self.exact.surface_area
    }

    /// The sides of the bounds, in mm, to their last bit.
    pub fn extents(&self) -> &[Rational; 3] {
        &self.exact.extents
    }
}

impl Measures {
    /// Measures a model for a demand. `surface` calls the function of a driver that needs the surface, once for each ask, and
    /// gives its measure in the base unit of its dimension.
    pub fn take<E: From<Reason>>(
        demand: &Demand,
        basic: BasicMeasures,
        mut surface: impl FnMut(&Ask, MeasureSurface) -> Result<f64, E>,
    ) -> Result<Self, E> {
        let (mut asked, mut stored) = (BTreeMap::new(), BTreeMap::new());
        for ask in demand.iter() {
            let value = match ask.driver.source {
                Source::Sums(measure) => measure(&basic, &ask.arguments),
                Source::Surface { measure, .. } => {
                    let number = surface(ask, measure)?;
                    stored.insert(ask.key(), Measure::new(number, ask.driver.dimension.base_unit()));
                    exact(ask, number)?
                }
            };
            asked.insert(ask.clone(), value);
        }
        Ok(Self { basic, asked, stored })
    }

    /// What a stored event says of its model; `invalid_request` where it was not measured for something that is demanded.
    pub fn of_event(completed: &Completed, demand: &Demand) -> Result<Self, Reason> {
        Self::take(demand, BasicMeasures::of(&completed.geometry)?, |ask, _| {
            let stored = completed.measures.get(&ask.key());
            stored.and_then(|measure| measure.amount.parse().ok()).ok_or_else(|| {
                let message = format!("the event was not measured for {}: the model must be priced again", ask.key());
                Reason::new(RejectionCode::InvalidRequest, message)
            })
        })
    }

    /// What the sums say.
    pub fn basic(&self) -> &BasicMeasures {
        &self.basic
    }

    /// A measure that was demanded, in the base unit of its dimension; none where it was not.
    pub fn get(&self, ask: &Ask) -> Option<&Rational> {
        self.asked.get(ask)
    }

    /// Those that an event must carry, so that it can be priced again.
    pub fn into_stored(self) -> BTreeMap<String, Measure> {
        self.stored
    }
}

impl Ask {
    /// Its name in an event: the driver's, and its arguments where it has any.
    pub fn key(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| format!(":{}", rational::decimal_text(argument)));
        std::iter::once(self.driver.name.to_owned()).chain(arguments).collect()
    }
}

fn exact(ask: &Ask, number: f64) -> Result<Rational, Reason> {
    rational::from_f64(number).filter(|_| number >= 0.0).ok_or_else(|| {
        let message = format!("{} is {number}: there is nothing to price by", ask.driver.name);
        Reason::new(RejectionCode::NoVolume, message)
    })
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
