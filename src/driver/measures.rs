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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::{DRIVERS, Driver, SurfaceInput};
    use crate::mesh::Stopped;
    use crate::quantity::Dimension;

    fn measure(_: &SurfaceInput<'_>) -> Result<f64, Stopped> {
        Err(Stopped)
    }

    static OF_SURFACE: Driver = Driver {
        id: crate::contract::DriverName::SurfaceArea,
        name: "of_surface",
        meaning: "",
        dimension: Dimension::Area,
        parameters: &[],
        source: Source::Surface { bytes_per_triangle: 1, measure },
    };

    fn cube() -> BasicMeasures {
        BasicMeasures::new(1000.0, 600.0, [10.0; 3]).expect("a part that can have a price")
    }

    fn demand(asks: &[Ask]) -> Demand {
        let mut demand = Demand::default();
        asks.iter().for_each(|ask| demand.add(ask));
        demand
    }

    #[test]
    fn a_part_without_a_positive_finite_measure_has_no_price() {
        let rows = [
            (0.0, 600.0, 10.0, RejectionCode::NoVolume),
            (-1.0, 600.0, 10.0, RejectionCode::NoVolume),
            (f64::NAN, 600.0, 10.0, RejectionCode::NoVolume),
            (1000.0, 0.0, 10.0, RejectionCode::NoVolume),
            (1000.0, 600.0, 0.0, RejectionCode::NoVolume),
            (f64::INFINITY, 600.0, 10.0, RejectionCode::TooLarge),
            (1000.0, f64::INFINITY, 10.0, RejectionCode::TooLarge),
        ];
        for (volume, area, height, code) in rows {
            let reason = BasicMeasures::new(volume, area, [10.0, 10.0, height]).expect_err("no price");
            assert_eq!(reason.code, code, "{reason}");
        }
    }

    #[test]
    fn only_what_is_demanded_is_measured_and_a_surface_once_for_each_ask() {
        let ask = Ask { driver: &OF_SURFACE, arguments: Vec::new() };
        let volume = Ask { driver: &DRIVERS[0], arguments: Vec::new() };
        let mut calls = 0;
        let measures = Measures::take(&demand(&[ask.clone(), ask.clone()]), cube(), |_, _| -> Result<f64, Reason> {
            calls += 1;
            Ok(2.5)
        });
        let measures = measures.expect("it is measured");
        assert_eq!(calls, 1);
        assert_eq!(measures.get(&ask), Some(&rational::fraction(5, 2)));
        assert_eq!(measures.get(&volume), None, "not demanded");
        assert_eq!(measures.into_stored()["of_surface"], Measure { amount: "2.5".into(), unit: "mm2".into() });
    }

    #[test]
    fn a_surface_may_measure_nothing_but_no_negative_and_no_infinite_number() {
        let ask = Ask { driver: &OF_SURFACE, arguments: Vec::new() };
        for (number, is_right) in [(0.0, true), (-1.0, false), (f64::NAN, false), (f64::INFINITY, false)] {
            let measures = Measures::take(&demand(std::slice::from_ref(&ask)), cube(), |_, _| Ok::<_, Reason>(number));
            assert_eq!(measures.map_err(|reason| reason.code).is_ok(), is_right, "{number}");
        }
    }
}
