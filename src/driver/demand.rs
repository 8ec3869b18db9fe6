//! The measures that a request needs of a model, collected before the model is read.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::{Driver, Source};
use crate::quantity::Rational;

/// One driver with its arguments.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The driver.
    pub driver: &'static Driver,
    /// The values of its parameters, in their order.
    pub arguments: Vec<Rational>,
}

/// A set of measures to take of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand(BTreeSet<Ask>);

impl Demand {
    /// Adds a measure.
    pub fn add(&mut self, ask: &Ask) {
        if !self.0.contains(ask) {
            self.0.insert(ask.clone());
        }
    }

    /// The measures, in the order of the drivers' names, then of their arguments.
    pub fn iter(&self) -> impl Iterator<Item = &Ask> {
        self.0.iter()
    }

    /// The most memory that drivers of the surface take beside the repaired mesh, in bytes per triangle of the file; none
    /// where no driver needs the surface. Drivers run one after another, so the largest counts.
    pub fn surface_bytes_per_triangle(&self) -> Option<u64> {
        let bytes = self.0.iter().filter_map(|ask| match ask.driver.source {
            Source::Surface { bytes_per_triangle, .. } => Some(bytes_per_triangle),
            Source::Sums(_) => None,
        });
        bytes.max()
    }
}

impl Ord for Ask {
    fn cmp(&self, other: &Self) -> Ordering {
        self.driver.name.cmp(other.driver.name).then_with(|| self.arguments.cmp(&other.arguments))
    }
}

impl PartialOrd for Ask {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ask {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ask {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use crate::driver::{DRIVERS, SurfaceInput};
    use crate::mesh::Stopped;
    use crate::quantity::{Dimension, rational};

    fn ask(name: &str, arguments: &[i128]) -> Ask {
        let driver = DRIVERS.iter().find(|driver| driver.name == name).expect("there is one");
        Ask { driver, arguments: arguments.iter().map(|&number| rational::fraction(number, 1)).collect() }
    }

    #[test]
    fn each_measure_is_demanded_once_in_the_order_of_names_and_arguments() {
        let mut demand = Demand::default();
        let asks = [ask("volume", &[]), ask("box_volume", &[2]), ask("volume", &[]), ask("box_volume", &[1])];
        for ask in &asks {
            demand.add(ask);
        }
        // One length, written as 2/1 and as 4/2 mm.
        let mut same_length = ask("box_volume", &[]);
        same_length.arguments.push(rational::fraction(4, 2));
        demand.add(&same_length);
        let keys: Vec<_> = demand.iter().map(Ask::key).collect();
        assert_eq!(keys, ["box_volume:1", "box_volume:2", "volume"]);
    }

    #[test]
    fn the_memory_is_that_of_the_hungriest_driver_of_a_surface() {
        fn measure(_: &SurfaceInput<'_>) -> Result<f64, Stopped> {
            Err(Stopped)
        }
        const fn of_surface(name: &'static str, bytes_per_triangle: u64) -> Driver {
            Driver {
                id: contract::DriverName::SurfaceArea,
                name,
                meaning: "",
                dimension: Dimension::Area,
                parameters: &[],
                source: Source::Surface { bytes_per_triangle, measure },
            }
        }
        static HUNGRY: [Driver; 2] = [of_surface("more", 300), of_surface("less", 200)];
        let mut demand = Demand::default();
        demand.add(&ask("volume", &[]));
        assert_eq!(demand.surface_bytes_per_triangle(), None, "sums take no memory");
        for driver in &HUNGRY {
            demand.add(&Ask { driver, arguments: Vec::new() });
        }
        assert_eq!(demand.surface_bytes_per_triangle(), Some(300), "drivers are measured one after another");
    }
}
