//! A solid cut into layers.
//!
//! | module | what |
//! | --- | --- |
//! | `grid` | the planes that cut it |
//! | `series` | sums over layers of what changes linearly or quadratically from one to the next |
//! | `sums` | of each layer the length of its outline, its area, and what faces up and down |
//! | `bridges` | the level undersides that a printer spans |
//! | `crossings` | the triangles that each plane crosses, layer by layer |
//! | `outline` | the loops of a layer |
//!
//! Lengths are in the unit of the mesh. A plane never meets a corner: one that lies in it counts as below it, for all triangles that
//! have it, so that the loops of a closed mesh are closed whatever the rounding.

mod bridges;
mod crossings;
mod grid;
mod outline;
mod series;
mod sums;
#[cfg(test)]
mod tests;

pub use self::grid::{GridError, LayerGrid, MOST_LAYERS};
pub use self::outline::{Loop, LoopCounts, MOST_CROSSINGS, TooManyCrossings, loop_counts, loops};
pub use self::sums::{LayerSums, Layers, layer_sums};

use crate::mesh::{SolidMesh, Stopped};

/// A solid that was cut into layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sliced {
    /// The layers, from the lowest up.
    pub layers: Vec<LayerSums>,
    /// The numbers of loops of each layer.
    pub loops: Result<Vec<LoopCounts>, TooManyCrossings>,
    /// The sum of each layer's area times its thickness.
    pub volume: f64,
    /// By how much `volume` may differ from that of the mesh at most.
    pub most_volume_error: f64,
}

/// Cuts a mesh into layers, with all that is known of each ([`layer_sums`], [`loop_counts`]).
pub fn slice(
    mesh: &SolidMesh,
    grid: &LayerGrid,
    overhang_angle: f64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced, Stopped> {
    let Layers { layers, volume, most_volume_error } = layer_sums(mesh, grid, overhang_angle, stopped)?;
    let loops = loop_counts(mesh, grid, &layers, stopped)?;
    Ok(Sliced { layers, loops, volume, most_volume_error })
}
