//! The one pass: what can be summed triangle by triangle.
//!
//! Every sum is over blocks of [`BLOCK_TRIANGLES`], added in the order of the blocks, about a local origin: the same bits
//! on any number of threads and however the triangles arrive. What needs neighbours is left to `topology`.
//!
//! The volume and the centroid are those of the tetrahedra between the origin and each triangle (a × b · c / 6, and a
//! quarter of a + b + c): Zhang and Chen, "Efficient feature extraction for 2D/3D objects in mesh representation", 2001.

pub(in crate::mesh) mod block_sums;
pub(in crate::mesh) mod compensated;
pub(in crate::mesh) mod edge_hash;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nalgebra::Vector3;
use rayon::prelude::*;

use crate::mesh::sums::block_sums::BlockSums;
use crate::mesh::sums::compensated::Compensated;
use crate::mesh::sums::edge_hash::MeshHash;
use crate::mesh::topology::kept_mesh::{Block, WholeMesh};
use crate::mesh::triangle::{BLOCK_TRIANGLES, Point, Triangle, Triangles, exact};

/// Fewer blocks than this are summed one after another: less than a millisecond's work, for which waking a thread costs more
/// than it gives to jobs side by side. A mebibyte of binary STL, as stores give it at once, is more.
const PARALLEL_BLOCKS: usize = 5;

/// The sums over triangles. Volumes and moments are about the origin of the [`Measurer`] that made them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    /// Triangles.
    pub triangle_count: u64,
    /// Triangles that enclose no area.
    pub degenerate_count: u64,
    /// The sum of the areas.
    pub area: f64,
    /// The signed volume: positive where the triangles are wound counter-clockwise as seen from outside.
    pub volume: f64,
    /// The volume's first moment about the origin: centroid × volume.
    pub moment: Vector3<f64>,
    /// The smallest x, y, z.
    pub min: [f32; 3],
    /// The largest x, y, z.
    pub max: [f32; 3],
    /// The origin: the first corner.
    pub origin: Vector3<f64>,
    hash: MeshHash,
}

/// A coordinate that is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonFinite {
    /// The triangle, from 0.
    pub triangle: u64,
    /// The corner of the triangle, from 0.
    pub corner: usize,
    /// x, y or z, from 0.
    pub axis: usize,
}

/// Why a pass ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureError {
    /// A coordinate that is no number.
    NonFinite(NonFinite),
    /// Told to stop.
    Stopped,
}

impl Sums {
    fn none(origin: Point) -> Self {
        Self {
            triangle_count: 0,
            degenerate_count: 0,
            area: 0.0,
            volume: 0.0,
            moment: Vector3::zeros(),
            min: [f32::INFINITY; 3],
            max: [f32::NEG_INFINITY; 3],
            origin: exact(origin),
            hash: MeshHash::default(),
        }
    }

    /// Whether every directed edge is matched by one that runs the other way.
    pub fn closed(&self) -> bool {
        self.hash.directed == 0
    }

    /// Whether every edge is used an even number of times, however its triangles are wound.
    pub fn evenly_used_edges(&self) -> bool {
        self.hash.undirected == 0
    }

    /// 128 bits that are the same for the same set of triangles at the same scale, whatever their order and first corner.
    pub fn fingerprint(&self, scale: f64) -> u128 {
        /// The golden ratio in 128 bits: an odd multiplier that spreads every bit.
        const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let whole = self.hash.identity ^ (u128::from(self.triangle_count) << 64 | u128::from(scale.to_bits()));
        let spread = whole.wrapping_mul(SPREAD);
        (spread ^ spread >> 64).wrapping_mul(SPREAD)
    }
}

/// Sums triangles as they come.
#[derive(Debug, Default)]
pub struct Measurer {
    total: Option<Total>,
    /// How many triangles there may be in all, as far as that is known.
    expected_count: u64,
    /// Triangles that do not fill a block yet.
    pending: Vec<Triangle>,
    buffers: Buffers,
    /// All of them, where they are kept.
    whole: Option<WholeMesh>,
}

/// The sums of the blocks so far, with what rounding has lost of them.
#[derive(Debug)]
struct Total {
    origin: Point,
    sums: Sums,
    area: Compensated,
    volume: Compensated,
    moment: [Compensated; 3],
}

impl Measurer {
    /// One that keeps the mesh for its topology.
    pub fn keeping() -> Self {
        Self { whole: Some(WholeMesh::default()), ..Self::default() }
    }

    /// The same, for a mesh of so many triangles, or fewer. Nothing but memory follows from it: what a block will take is taken
    /// at once.
    #[must_use]
    pub fn expecting(self, triangle_count: u64) -> Self {
        Self { expected_count: triangle_count, ..self }
    }

    /// Adds triangles, block by block on rayon. `stopped` is asked before each block.
    pub fn push<T: Triangles + ?Sized>(
        &mut self,
        triangles: &T,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), MeasureError> {
        if triangles.is_empty() {
            return Ok(());
        }
        if self.total.is_none() {
            let mut first = Vec::with_capacity(1);
            triangles.append(0..1, &mut first);
            self.total = Some(Total::new(first[0][0]));
        }
        let missing = if self.pending.is_empty() { 0 } else { BLOCK_TRIANGLES - self.pending.len() };
        let taken = triangles.len().min(missing);
        self.wait(triangles, 0..taken);
        if taken < missing {
            return Ok(());
        }
        let rest = (triangles.len() - taken) % BLOCK_TRIANGLES;
        let whole = (taken..triangles.len() - rest).step_by(BLOCK_TRIANGLES);
        let mut blocks = Vec::with_capacity(1 + whole.len());
        if missing > 0 {
            blocks.push(Source::Pieces(std::mem::take(&mut self.pending)));
        }
        blocks.extend(whole.map(|start| Source::Range(start..start + BLOCK_TRIANGLES)));
        self.fold(triangles, blocks, stopped)?;
        self.wait(triangles, triangles.len() - rest..triangles.len());
        Ok(())
    }

    /// The sums over everything that was pushed, and the mesh where it was kept; none where there were no triangles.
    pub fn finish(mut self) -> Result<Option<(Sums, Option<WholeMesh>)>, MeasureError> {
        let last = std::mem::take(&mut self.pending);
        if !last.is_empty() {
            self.fold::<[Triangle]>(&[], vec![Source::Pieces(last)], &|| false)?;
        }
        let Self { total, whole, .. } = self;
        Ok(total.map(|total| (total.finish(), whole)))
    }

    /// Lets triangles wait for their block to fill.
    fn wait<T: Triangles + ?Sized>(&mut self, triangles: &T, range: Range<usize>) {
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
            // Up to a block and no further: it is kept in the memory that it is in. To grow would be to copy.
            let capacity = count.max(2 * pending.capacity()).min(BLOCK_TRIANGLES).max(expected);
            pending.reserve_exact(capacity - pending.len());
        }
        triangles.append(range, pending);
    }

    /// Sums blocks, in parallel where that is worth it, and adds them in their order.
    fn fold<T: Triangles + ?Sized>(
        &mut self,
        triangles: &T,
        blocks: Vec<Source>,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), MeasureError> {
        let total = self.total.as_mut().expect("a block has an origin");
        let folding = Folding { origin: total.origin, whole: self.whole.as_ref(), buffers: &self.buffers, stopped };
        let of_block = |source: Source| folding.block(triangles, source);
        let folded: Vec<_> = if blocks.len() < PARALLEL_BLOCKS {
            blocks.into_iter().map(of_block).collect()
        } else {
            blocks.into_par_iter().map(of_block).collect()
        };
        for block in folded {
            let Folded { sums, triangle_count, non_finite, kept } = block.ok_or(MeasureError::Stopped)?;
            if let Some(place) = non_finite {
                let triangle = total.sums.triangle_count + place.triangle;
                return Err(MeasureError::NonFinite(NonFinite { triangle, ..place }));
            }
            total.add(triangle_count, &sums);
            if let Some((whole, kept)) = self.whole.as_mut().zip(kept) {
                whole.keep(kept);
            }
        }
        Ok(())
    }
}

/// Where a block's triangles are.
enum Source {
    /// Here: they came in pieces.
    Pieces(Vec<Triangle>),
    /// Among those that have just come.
    Range(Range<usize>),
}

/// What blocks are summed with.
struct Folding<'a> {
    origin: Point,
    whole: Option<&'a WholeMesh>,
    buffers: &'a Buffers,
    stopped: &'a (dyn Fn() -> bool + Sync),
}

/// A block that was summed.
struct Folded {
    sums: BlockSums,
    triangle_count: u64,
    /// The first corner that is no number, in the block.
    non_finite: Option<NonFinite>,
    kept: Option<Block>,
}

impl Folding<'_> {
    /// One block; none where it is told to stop.
    fn block<T: Triangles + ?Sized>(&self, triangles: &T, source: Source) -> Option<Folded> {
        if (self.stopped)() {
            return None;
        }
        let mut block = match source {
            Source::Pieces(block) => block,
            Source::Range(range) => {
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
        let kept = if let Some(whole) = self.whole {
            Some(whole.ready(block.into()))
        } else {
            self.buffers.give(block);
            None
        };
        Some(Folded { sums, triangle_count, non_finite, kept })
    }
}

/// Buffers of one block each that nobody needs at the moment: memory that is new to the process is slow.
#[derive(Debug, Default)]
struct Buffers(Mutex<Vec<Vec<Triangle>>>);

impl Buffers {
    fn take(&self) -> Vec<Triangle> {
        self.lock().pop().unwrap_or_default()
    }

    fn give(&self, mut buffer: Vec<Triangle>) {
        buffer.clear();
        self.lock().push(buffer);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<Triangle>>> {
        // There is nothing that a panic could leave half-done.
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

impl Total {
    fn new(origin: Point) -> Self {
        let none = Compensated::default();
        Self { origin, sums: Sums::none(origin), area: none, volume: none, moment: [none; 3] }
    }

    /// Sixths and quarters are left to the end of the pass.
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
