//! What is asked of a model: collected from the quotes and checks that are wanted, before anything is read.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::{Driver, Source};
use crate::quantity::Rational;

/// One driver with its arguments.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The driver: a row of a table.
    pub driver: &'static Driver,
    /// The values of its parameters, in their order.
    pub arguments: Vec<Rational>,
}

/// Everything that a model is to be measured for, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand(BTreeSet<Ask>);

impl Demand {
    /// Adds what is asked for.
    pub fn add(&mut self, ask: &Ask) {
        if !self.0.contains(ask) {
            self.0.insert(ask.clone());
        }
    }

    /// What is asked for, in the order of the drivers' names.
    pub fn iter(&self) -> impl Iterator<Item = &Ask> {
        self.0.iter()
    }

    /// The memory, in bytes for each triangle of the file, that measuring takes beside the repaired mesh: drivers are
    /// measured one after another. None where no driver needs the surface.
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
