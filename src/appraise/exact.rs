//! The measures that a price stands on: those of the mesh, or the exact ones of the solids that the mesh stands for.

use crate::format::ExactMeasures;
use crate::mesh::{Solid, Sums, Topology};

/// A volume and an area, in the unit of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Priced {
    /// The volume.
    pub volume: f64,
    /// The area.
    pub area: f64,
    /// The exact measures, if the volume and the area stand on them.
    pub exact: Option<ExactMeasures>,
}

impl Priced {
    /// The measures of a solid whose mesh was repaired.
    ///
    /// Where solids overlap, the mesh was united and the exact measures were not: the share that the union left of the mesh is
    /// taken of them. A mesh with holes has no volume to take a share of.
    pub fn of(solid: &Solid, sums: &Sums, topology: Option<&Topology>, exact: Option<ExactMeasures>) -> Self {
        let has_holes = topology.is_some_and(|topology| topology.holes.is_some());
        match exact {
            Some(exact) if sums.volume > 0.0 && sums.area > 0.0 && !has_holes => {
                // Exactly 1 for a mesh of which nothing was changed.
                let (left_volume, left_area) = (solid.volume / sums.volume, solid.area / sums.area);
                Self { volume: exact.volume * left_volume, area: exact.area * left_area, exact: Some(exact) }
            }
            _ => Self { volume: solid.volume, area: solid.area, exact: None },
        }
    }
}
