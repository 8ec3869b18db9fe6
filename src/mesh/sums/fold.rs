//! The work on one block: decode it, sum it, check its coordinates, and prepare it for the kept mesh.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::NonFinite;
use super::block_sums::BlockSums;
use super::edge_hash::MeshHash;
use crate::mesh::topology::mesh_keeper::{KeptBlock, MeshKeeper};
use crate::mesh::triangle::{Point, Triangle, Triangles};

/// The triangles of a block.
pub(super) enum BlockSource {
    /// The triangles themselves, collected from several batches.
    Pieces(Vec<Triangle>),
    /// A range of the current batch.
    Range(Range<usize>),
}

/// Sums blocks about one origin. Many threads share it.
pub(super) struct BlockFold<'a> {
    pub origin: Point,
    /// The keeper of the mesh, if it is kept.
    pub keeper: Option<&'a MeshKeeper>,
    pub buffers: &'a BlockBuffers,
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

/// A summed block.
pub(super) struct FoldedBlock {
    pub sums: BlockSums,
    pub triangle_count: u64,
    /// The first coordinate that is NaN or infinite; its triangle is counted from the start of the block.
    pub non_finite: Option<NonFinite>,
    pub kept: Option<KeptBlock>,
}

impl BlockFold<'_> {
    /// Sums one block, or returns `None` if the caller stopped the pass.
    pub fn block<T: Triangles + ?Sized>(&self, triangles: &T, source: BlockSource) -> Option<FoldedBlock> {
        if (self.stopped)() {
            return None;
        }
        let mut block = match source {
            BlockSource::Pieces(block) => block,
            BlockSource::Range(range) => {
                let mut block = self.buffers.take();
                block.reserve_exact(range.len());
                triangles.append(range, &mut block);
                block
            }
        };
        replace_negative_zeros(&mut block);
        let mut hash = MeshHash::default();
        let kept = self.keeper.map(|keeper| keeper.prepare(&block, |corners| hash.add(corners)));
        if kept.is_none() {
            hash = MeshHash::of(&block);
        }
        let (sums, triangle_count) = (BlockSums::of(&block, self.origin, hash), block.len() as u64);
        // A NaN or an infinity in any corner makes the area NaN or infinite, so that finite corners cost nothing to check. One
        // in the origin does so to every block; its place is found in the first block.
        let non_finite = if sums.doubled_area.is_finite() { None } else { first_non_finite(&block) };
        self.buffers.give(block);
        Some(FoldedBlock { sums, triangle_count, non_finite, kept })
    }
}

/// Free buffers of one block each. They are used again, because memory that is new to the process is slow.
#[derive(Debug, Default)]
pub(super) struct BlockBuffers(Mutex<Vec<Vec<Triangle>>>);

impl BlockBuffers {
    pub fn take(&self) -> Vec<Triangle> {
        self.lock().pop().unwrap_or_default()
    }

    fn give(&self, mut buffer: Vec<Triangle>) {
        buffer.clear();
        self.lock().push(buffer);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<Triangle>>> {
        // A panic leaves no buffer half-changed, so that a poisoned lock is safe to use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Replaces -0 by 0, so that equal corners have equal bits. Done once here, because corners are hashed several times.
fn replace_negative_zeros(block: &mut [Triangle]) {
    for coordinate in block.as_flattened_mut().as_flattened_mut() {
        // Adding 0 changes no other number.
        *coordinate += 0.0;
    }
}

/// The place of the first coordinate that is NaN or infinite.
fn first_non_finite(block: &[Triangle]) -> Option<NonFinite> {
    let coordinates = block.as_flattened().as_flattened();
    let place = coordinates.iter().position(|coordinate| !coordinate.is_finite())?;
    Some(NonFinite { triangle: place as u64 / 9, corner: place % 9 / 3, axis: place % 3 })
}
