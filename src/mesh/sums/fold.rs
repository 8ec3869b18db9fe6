//! One block: decoded, summed, checked for numbers that are none, and made ready to be kept.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::NonFinite;
use super::block_sums::BlockSums;
use crate::mesh::topology::kept_mesh::{KeptBlock, KeptMesh};
use crate::mesh::triangle::{Point, Triangle, Triangles};

/// Where a block's triangles are.
pub(super) enum BlockSource {
    /// Here: they came in pieces.
    Pieces(Vec<Triangle>),
    /// Among those that have just come.
    Range(Range<usize>),
}

/// Sums blocks about one origin.
pub(super) struct BlockFold<'a> {
    pub origin: Point,
    /// The mesh that keeps the blocks, if any.
    pub kept: Option<&'a KeptMesh>,
    pub buffers: &'a BlockBuffers,
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

/// A summed block.
pub(super) struct FoldedBlock {
    pub sums: BlockSums,
    pub triangle_count: u64,
    /// The first corner that is no number, in the block.
    pub non_finite: Option<NonFinite>,
    pub kept: Option<KeptBlock>,
}

impl BlockFold<'_> {
    /// Sums one block; none where it is told to stop.
    pub fn block<T: Triangles + ?Sized>(&self, triangles: &T, source: BlockSource) -> Option<FoldedBlock> {
        if (self.stopped)() {
            return None;
        }
        let mut block = match source {
            BlockSource::Pieces(block) => block,
            BlockSource::Range(range) => {
                // No more than it takes: where it is kept, it is kept in the memory that it is decoded into.
                let mut block = self.buffers.take();
                block.reserve_exact(range.len());
                triangles.append(range, &mut block);
                block
            }
        };
        no_negative_zeros(&mut block);
        let (sums, triangle_count) = (BlockSums::of(&block, self.origin), block.len() as u64);
        // Any NaN or infinity makes the area one too, so that finite corners cost nothing to check. One in the origin makes
        // that of every block one; its place is in the first.
        let non_finite = if sums.doubled_area.is_finite() { None } else { first_non_finite(&block) };
        let kept = if let Some(mesh) = self.kept {
            Some(mesh.prepare(block.into()))
        } else {
            self.buffers.give(block);
            None
        };
        Some(FoldedBlock { sums, triangle_count, non_finite, kept })
    }
}

/// Free buffers of one block each: memory that is new to the process is slow.
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
        // A panic leaves no buffer half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes -0 what it is equal to, so that corners that are equal have the same bits: once, since they are hashed many times.
fn no_negative_zeros(block: &mut [Triangle]) {
    for coordinate in block.as_flattened_mut().as_flattened_mut() {
        // It leaves every other number as it is.
        *coordinate += 0.0;
    }
}

/// The place of the first corner that is no number.
fn first_non_finite(block: &[Triangle]) -> Option<NonFinite> {
    let coordinates = block.as_flattened().as_flattened();
    let place = coordinates.iter().position(|coordinate| !coordinate.is_finite())?;
    Some(NonFinite { triangle: place as u64 / 9, corner: place % 9 / 3, axis: place % 3 })
}
