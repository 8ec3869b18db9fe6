//! The triangles that each plane crosses, layer by layer.

use std::ops::Range;

use super::grid::LayerGrid;
use super::sums::LayerSums;
use crate::mesh::{BLOCK_TRIANGLES, SolidMesh, Stopped};

/// The triangles that the planes of some layers cross.
pub(super) struct Crossings {
    layers: Range<u32>,
    /// Where the triangles of each layer end.
    ends: Vec<usize>,
    triangles: Vec<u32>,
}

impl Crossings {
    /// The crossings of some layers, of which the numbers are known. Takes 4 bytes for each.
    pub fn of(
        mesh: &SolidMesh,
        grid: &LayerGrid,
        layers: Range<u32>,
        sums: &[LayerSums],
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, Stopped> {
        let mut end = 0;
        // While they are filled, each is where the next triangle of its layer goes.
        let mut places: Vec<usize> = Vec::with_capacity(layers.len());
        for layer in layers.clone() {
            places.push(end);
            end += sums[layer as usize].crossing_count as usize;
        }
        let mut triangles = vec![0; end];
        for (block, of_block) in mesh.triangles.chunks(BLOCK_TRIANGLES).enumerate() {
            if stopped() {
                return Err(Stopped);
            }
            for (number, &triangle) in (block * BLOCK_TRIANGLES..).zip(of_block) {
                let planes = triangle.map(|point| grid.first_plane_above(grid.level(mesh.points[point as usize].z)));
                let [lowest, highest] = [planes.iter().min(), planes.iter().max()].map(|plane| *plane.unwrap_or(&0));
                for layer in lowest.max(layers.start)..highest.min(layers.end) {
                    let place = &mut places[(layer - layers.start) as usize];
                    triangles[*place] = number as u32;
                    *place += 1;
                }
            }
        }
        Ok(Self { layers, ends: places, triangles })
    }

    /// The triangles that cross the plane of a layer, in the order of the mesh.
    pub fn of_layer(&self, layer: u32) -> &[u32] {
        let place = (layer - self.layers.start) as usize;
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.triangles[start..self.ends[place]]
    }
}
