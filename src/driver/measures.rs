//! The measures of a model, taken from its mesh or read from a stored event.
//!
//! Both give [`Measures`], so that one function prices both. [`BasicMeasures::new`] checks once that every basic measure is
//! finite and greater than zero.

use std::collections::BTreeMap;

use super::{Ask, Demand, MeasureSurface, Source};
use crate::contract::{Completed, Geometry, Measure, Reason, RejectionCode};
use crate::quantity::rational::{self, Rational};

/// The measures that every part has: its volume, its surface area and the sides of its bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct BasicMeasures {
    /// The volume of the solid.
    pub volume_mm3: f64,
    /// The surface area.
    pub surface_area_mm2: f64,
    /// The sides of the bounds: x, y, z.
    pub extents_mm: [f64; 3],
    /// The same values as fractions.
    exact: Exact,
}

#[derive(Debug, Clone, PartialEq)]
struct Exact {
    volume: Rational,
    surface_area: Rational,
    extents: [Rational; 3],
}

/// The measures of one model for one demand.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    basic: BasicMeasures,
    asked: BTreeMap<Ask, Rational>,
    /// The measures that do not follow from the basic ones, as an event carries them.
    stored: BTreeMap<String, Measure>,
}

impl BasicMeasures {
    /// Checks the measures of a part. The error is `no_volume` where one is not greater than zero, and `too_large` where one
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

    /// Checks the measures in an event.
    pub fn of(geometry: &Geometry) -> Result<Self, Reason> {
        Self::new(geometry.volume_mm3, geometry.surface_area_mm2, geometry.extents_mm)
    }

    /// The volume, in mm3, as a fraction.
    pub fn volume(&self) -> &Rational {
        &self.exact.volume
    }

    /// The surface area, in mm2, as a fraction.
    pub fn surface_area(&self) -> &Rational {
        &self.exact.surface_area
    }

    /// The sides of the bounds, in mm, as fractions.
    pub fn extents(&self) -> &[Rational; 3] {
        &self.exact.extents
    }
}

impl Measures {
    /// Takes the measures of a demand. `surface` runs the function of a driver that needs the surface, once per ask, and gives
    /// the measure in the base unit of its dimension.
    pub fn take(
        demand: &Demand,
        basic: BasicMeasures,
        mut surface: impl FnMut(&Ask, MeasureSurface) -> Result<f64, Reason>,
    ) -> Result<Self, Reason> {
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

    /// Reads the measures of a demand from a stored event. The error is `invalid_request` where the event lacks one.
    pub fn of_event(completed: &Completed, demand: &Demand) -> Result<Self, Reason> {
        Self::take(demand, BasicMeasures::of(&completed.geometry)?, |ask, _| {
            let stored = completed.measures.get(&ask.key());
            stored.and_then(|measure| measure.amount.parse().ok()).ok_or_else(|| {
                let message = format!("the event was not measured for {}: the model must be priced again", ask.key());
                Reason::new(RejectionCode::InvalidRequest, message)
            })
        })
    }

    /// The measures that every part has.
    pub fn basic(&self) -> &BasicMeasures {
        &self.basic
    }

    /// A measure in the base unit of its dimension; none where it was not demanded.
    pub fn get(&self, ask: &Ask) -> Option<&Rational> {
        self.asked.get(ask)
    }

    /// The measures that an event carries, so that it can be priced again.
    pub fn into_stored(self) -> BTreeMap<String, Measure> {
        self.stored
    }
}

impl Ask {
    /// The key in an event: the driver's name, then its arguments (`area_above:3`).
    pub fn key(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| format!(":{}", rational::decimal_text(argument)));
        std::iter::once(self.driver.name.to_owned()).chain(arguments).collect()
    }
}

/// A measure of a surface as a fraction. It may be zero: a part may have no such surface.
fn exact(ask: &Ask, number: f64) -> Result<Rational, Reason> {
    // A NaN is not at least zero either.
    let is_measure = number >= 0.0;
    if !is_measure {
        let message = format!("{} is {number}: there is nothing to price by", ask.driver.name);
        return Err(Reason::new(RejectionCode::NoVolume, message));
    }
    finite(ask.driver.name, number)
}

fn positive(name: &str, unit: &str, number: f64) -> Result<Rational, Reason> {
    // A NaN is not greater than zero either.
    let is_positive = number > 0.0;
    if !is_positive {
        let message = format!("the {name} is {number} {unit}: there is nothing to price");
        return Err(Reason::new(RejectionCode::NoVolume, message));
    }
    finite(name, number)
}

fn finite(name: &str, number: f64) -> Result<Rational, Reason> {
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
        for ask in asks {
            demand.add(ask);
        }
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
        let measures = Measures::take(&demand(&[ask.clone(), ask.clone()]), cube(), |_, _| {
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
        let rows = [
            (0.0, None),
            (-1.0, Some(RejectionCode::NoVolume)),
            (f64::NAN, Some(RejectionCode::NoVolume)),
            (f64::INFINITY, Some(RejectionCode::TooLarge)),
        ];
        for (number, code) in rows {
            let measures = Measures::take(&demand(std::slice::from_ref(&ask)), cube(), |_, _| Ok(number));
            assert_eq!(measures.err().map(|reason| reason.code), code, "{number}");
        }
    }
}
