//! The pass: takes triangles in batches, sums them block by block, and keeps the mesh up to a limit.

use std::ops::Range;

use nalgebra::Vector3;
use rayon::prelude::*;

use super::block_sums::BlockSums;
use super::compensated::CompensatedSum;
use super::fold::{BlockBuffers, BlockFold, BlockSource, FoldedBlock};
use super::{MeasureError, NonFinite, Sums};
use crate::mesh::topology::indexed_mesh::MOST_INDEXED_TRIANGLES;
use crate::mesh::topology::kept_mesh::KeptMesh;
use crate::mesh::topology::mesh_keeper::MeshKeeper;
use crate::mesh::triangle::{BLOCK_TRIANGLES, Point, Triangle, Triangles};

/// Fewer blocks than this are summed by one thread: that is less than a millisecond of work, and waking other threads would
/// slow down the jobs beside this one. A mebibyte of binary STL, the batch of a download, has more blocks.
const PARALLEL_BLOCKS: usize = 5;

/// Sums triangles as they arrive.
#[derive(Debug, Default)]
pub struct Measurer {
    total: Option<RunningSums>,
    /// The most triangles that the mesh may have, or 0 if that is not known.
    expected_count: u64,
    /// Triangles that do not fill a block yet.
    pending: Vec<Triangle>,
    buffers: BlockBuffers,
    /// The keeper of the mesh, until it proves larger than `most_kept`.
    keeper: Option<MeshKeeper>,
    /// The mesh is kept if it has at most this many triangles.
    most_kept: u64,
    /// The number of triangles that were pushed.
    pushed_count: u64,
}

/// The result of a pass.
#[derive(Debug)]
pub struct MeasuredMesh {
    /// The sums over all triangles.
    pub sums: Sums,
    /// The mesh, if it is within the limit.
    pub mesh: Option<KeptMesh>,
}

/// The sums over the blocks so far, compensated for rounding.
#[derive(Debug, Clone)]
struct RunningSums {
    origin: Point,
    sums: Sums,
    area: CompensatedSum,
    volume: CompensatedSum,
    moment: [CompensatedSum; 3],
}

impl Measurer {
    /// Makes a measurer that keeps a mesh of up to `most_kept` triangles, or [`MOST_INDEXED_TRIANGLES`] if that is less, and
    /// drops a larger one as soon as it proves larger.
    pub fn keeping(most_kept: u64) -> Self {
        Self { most_kept: most_kept.min(MOST_INDEXED_TRIANGLES), ..Self::default() }
    }

    /// Announces a mesh of at most `triangle_count` triangles. This changes no result: it only lets the measurer reserve the
    /// memory of a block in one step.
    #[must_use]
    pub fn expecting(self, triangle_count: u64) -> Self {
        Self { expected_count: triangle_count, ..self }
    }

    /// Adds triangles, block by block on rayon. Calls `stopped` before each block.
    pub fn push<T: Triangles + ?Sized>(
        &mut self,
        triangles: &T,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), MeasureError> {
        if triangles.is_empty() {
            return Ok(());
        }
        self.keep(triangles);
        if self.total.is_none() {
            let mut first = Vec::with_capacity(1);
            triangles.append(0..1, &mut first);
            self.total = Some(RunningSums::new(first[0][0]));
        }
        let missing = if self.pending.is_empty() { 0 } else { BLOCK_TRIANGLES - self.pending.len() };
        let taken = triangles.len().min(missing);
        self.hold_back(triangles, 0..taken);
        if taken < missing {
            return Ok(());
        }
        let rest = (triangles.len() - taken) % BLOCK_TRIANGLES;
        let whole = (taken..triangles.len() - rest).step_by(BLOCK_TRIANGLES);
        let mut blocks = Vec::with_capacity(1 + whole.len());
        if missing > 0 {
            blocks.push(BlockSource::Pieces(std::mem::take(&mut self.pending)));
        }
        blocks.extend(whole.map(|start| BlockSource::Range(start..start + BLOCK_TRIANGLES)));
        self.fold(triangles, blocks, stopped)?;
        self.hold_back(triangles, triangles.len() - rest..triangles.len());
        Ok(())
    }

    /// The number of triangles that were pushed.
    pub fn pushed_count(&self) -> u64 {
        self.pushed_count
    }

    /// The sums over the triangles so far; none if there are none. They are those of a pass that ends here, but for coordinates that
    /// are NaN or infinite, which a later block or the end of this pass finds.
    pub fn sums_so_far(&self) -> Option<Sums> {
        let mut total = self.total.clone()?;
        if !self.pending.is_empty() {
            let block = BlockSource::Pieces(self.pending.clone());
            let fold = BlockFold { origin: total.origin, keeper: None, buffers: &self.buffers, stopped: &|| false };
            if let Some(FoldedBlock { sums, triangle_count, .. }) = fold.block::<[Triangle]>(&[], block) {
                total.add(triangle_count, &sums);
            }
        }
        Some(total.finish())
    }

    /// Ends the pass. Returns `None` if no triangle was pushed.
    pub fn finish(mut self) -> Result<Option<MeasuredMesh>, MeasureError> {
        let last = std::mem::take(&mut self.pending);
        if !last.is_empty() {
            self.fold::<[Triangle]>(&[], vec![BlockSource::Pieces(last)], &|| false)?;
        }
        let Self { total, keeper, .. } = self;
        Ok(total.map(|total| MeasuredMesh { sums: total.finish(), mesh: keeper.map(MeshKeeper::finish) }))
    }

    /// Drops the mesh if it proves too large, and keeps the indices of the batch if it has some. Blocks without indices are
    /// kept once they are summed.
    fn keep<T: Triangles + ?Sized>(&mut self, triangles: &T) {
        self.pushed_count += triangles.len() as u64;
        if self.pushed_count > self.most_kept {
            self.keeper = None;
        } else {
            self.keeper.get_or_insert_default().push_indexed(triangles);
        }
    }

    /// Holds triangles of the batch back until their block is full.
    fn hold_back<T: Triangles + ?Sized>(&mut self, triangles: &T, range: Range<usize>) {
        let pending = &mut self.pending;
        if range.is_empty() {
            return;
        }
        if pending.is_empty() {
            *pending = self.buffers.take();
        }
        let count = pending.len() + range.len();
        if pending.capacity() < count {
            let summed = self.total.as_ref().map_or(0, |total| total.sums.triangle_count);
            let expected = self.expected_count.saturating_sub(summed).min(BLOCK_TRIANGLES as u64) as usize;
            // Growing would copy it.
            let capacity = count.max(2 * pending.capacity()).min(BLOCK_TRIANGLES).max(expected);
            pending.reserve_exact(capacity - pending.len());
        }
        triangles.append(range, pending);
    }

    /// Sums blocks, in parallel if there are enough, and adds their sums in their order.
    fn fold<T: Triangles + ?Sized>(
        &mut self,
        triangles: &T,
        blocks: Vec<BlockSource>,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), MeasureError> {
        let total = self.total.as_mut().expect("a block has an origin");
        let fold = BlockFold { origin: total.origin, keeper: self.keeper.as_ref(), buffers: &self.buffers, stopped };
        let of_block = |source: BlockSource| fold.block(triangles, source);
        let folded: Vec<_> = if blocks.len() < PARALLEL_BLOCKS {
            blocks.into_iter().map(of_block).collect()
        } else {
            blocks.into_par_iter().map(of_block).collect()
        };
        for block in folded {
            let FoldedBlock { sums, triangle_count, non_finite, kept } = block.ok_or(MeasureError::Stopped)?;
            if let Some(place) = non_finite {
                let triangle = total.sums.triangle_count + place.triangle;
                return Err(MeasureError::NonFinite(NonFinite { triangle, ..place }));
            }
            total.add(triangle_count, &sums);
            if let Some((keeper, block)) = self.keeper.as_mut().zip(kept) {
                keeper.push_block(block);
            }
        }
        Ok(())
    }
}

impl RunningSums {
    fn new(origin: Point) -> Self {
        let none = CompensatedSum::default();
        Self { origin, sums: Sums::none(origin), area: none, volume: none, moment: [none; 3] }
    }

    /// Adds the sums of a block. [`finish`](Self::finish) divides by the factors that blocks leave out.
    fn add(&mut self, triangle_count: u64, block: &BlockSums) {
        self.area.add(block.doubled_area);
        self.volume.add(block.six_volumes);
        for axis in 0..3 {
            self.moment[axis].add(block.moment[axis]);
            self.sums.min[axis] = self.sums.min[axis].min(block.min[axis]);
            self.sums.max[axis] = self.sums.max[axis].max(block.max[axis]);
        }
        self.sums.triangle_count += triangle_count;
        self.sums.degenerate_count += block.degenerate_count;
        self.sums.hash.merge(&block.hash);
    }

    fn finish(self) -> Sums {
        let moment = Vector3::from(self.moment.map(|sum| sum.value() / 24.0));
        Sums { area: self.area.value() / 2.0, volume: self.volume.value() / 6.0, moment, ..self.sums }
    }
}
