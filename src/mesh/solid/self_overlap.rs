//! A cheap look at whether a closed shell overlaps itself: the winding number along a grid of axis-parallel rays.
//!
//! Every length on a ray on which the shell winds around other than once or not at all is an overlap, if it is longer than the
//! corners' rounding can make it. Surfaces that touch make none. Only where the look finds one is there a reason to look for the
//! triangles that cross.
//!
//! It can miss an overlap that no ray meets: one that is narrower than the distance of the rays in all three projections along
//! the axes, between a sixteenth and a 128th of the box each way, the less the thinner the solid is; one that is thinner than
//! the corners' rounding, or that rays meet at so flat an angle that it may be. The rays are as many as six of them, or more,
//! meet an overlap of a thousandth of the volume, if it is as thick as the solid is on average or as wide as a cube of its
//! volume. A test over shells that overlap themselves holds what is missed below that share.
//!
//! It takes no notice of a surface that crosses itself and winds around nothing twice: its signed volume is right.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::mesh::solid::ray_grid::{Crossing, RayGrid};
use crate::mesh::solid::stop_poll::STEPS_PER_POLL;
use crate::mesh::triangle::{Point, Triangle, Triangles};

/// A larger overlap must be found, as a share of the volume, and the number of rays that should meet it.
pub(in crate::mesh) const MOST_MISSED_SHARE: f64 = 1e-3;
const RAYS_IN_SMALLEST: f64 = 6.0;

/// The fewest planes across each axis.
const FEWEST_PLANES: u32 = 16;

/// How far a corner may be off on each axis, in steps of `f32` at the mesh's largest coordinate. Two surfaces that should touch
/// are then off by as much as the weld bridges.
const CORNER_TOLERANCE_ULPS: f64 = 16.0;

/// The most steps that are taken: so many, and some for each triangle. A mesh of long triangles beyond it is not decided.
const MOST_STEPS: u64 = 1 << 20;
const MOST_STEPS_PER_TRIANGLE: u64 = 32;

/// Fewer blocks than this are searched by one thread, because other threads take as long to wake.
const PARALLEL_BLOCKS: usize = 16;

/// Whether a closed shell overlaps itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SelfOverlap {
    /// No ray meets an overlap.
    NotFound,
    /// The shell winds around parts of the volume more than once, or around points outside of it the other way.
    Found {
        /// How far the signed volume is off, as a share of it: an estimate.
        volume_share: f64,
    },
    /// The mesh crosses too many rays for a cheap look.
    Undecided,
}

/// Looks for an overlap in a closed shell, given block by block, with its lower and upper bounds, its signed volume and its area.
/// The result is the same on any number of threads. If the caller stops it, the result means nothing.
pub fn self_overlap<T: Triangles>(
    blocks: &[T],
    bounds: [Point; 2],
    volume: f64,
    area: f64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> SelfOverlap {
    let largest = bounds.as_flattened().iter().fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    let tolerance = f64::from(largest) * f64::from(f32::EPSILON) * CORNER_TOLERANCE_ULPS;
    let planes = plane_count(bounds, volume.abs(), area);
    let Some(grid) = RayGrid::new(planes, bounds, tolerance) else { return SelfOverlap::NotFound };
    let Some(found) = crossings(&grid, blocks, stopped) else { return SelfOverlap::Undecided };
    let mut crossings = by_ray(&found, grid.ray_count());
    drop(found);
    let surplus: f64 = crossings
        .chunk_by_mut(|a, b| a.ray == b.ray)
        .map(|crossings| {
            crossings.sort_unstable_by(|a, b| a.position.total_cmp(&b.position).then(b.step.cmp(&a.step)));
            surplus_length(crossings, volume < 0.0) * grid.volume_of_length(crossings[0].ray)
        })
        .sum();
    if surplus > 0.0 { SelfOverlap::Found { volume_share: surplus / volume.abs() } } else { SelfOverlap::NotFound }
}

/// The number of planes across each axis. The smallest overlap that must be found may be as compact as a cube, but in a thin solid
/// it is no thicker than the solid is, and so it is wider.
#[allow(clippy::cast_sign_loss, reason = "the number is not below the fewest planes")]
fn plane_count([low, high]: [Point; 2], volume: f64, area: f64) -> u32 {
    let extents = [0, 1, 2].map(|axis| f64::from(high[axis]) - f64::from(low[axis]));
    let [x, y, z] = extents;
    // The number of rays, along all axes, through an area that faces each of them, with one plane across each axis.
    let rays_per_area = 1.0 / (x * y) + 1.0 / (y * z) + 1.0 / (z * x);
    let (as_cube, as_thin) = ((MOST_MISSED_SHARE * volume).powf(2.0 / 3.0), MOST_MISSED_SHARE * area / 4.0);
    let to_find = RAYS_IN_SMALLEST / (rays_per_area * as_cube.max(as_thin));
    let planes = to_find.sqrt().ceil();
    // A flat box has no number of planes.
    if planes > f64::from(FEWEST_PLANES) { planes.min(RayGrid::MOST_PLANES.into()) as u32 } else { FEWEST_PLANES }
}

/// Finds the crossings of each block's triangles with all rays, or returns `None` if that takes too many steps.
fn crossings<T: Triangles>(
    grid: &RayGrid,
    blocks: &[T],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Vec<Crossing>>> {
    let triangle_count: usize = blocks.iter().map(T::len).sum();
    let steps_left = AtomicU64::new(MOST_STEPS + MOST_STEPS_PER_TRIANGLE * triangle_count as u64);
    let of_block = |buffer: &mut Vec<Triangle>, block: &T| {
        let mut steps = BlockSteps { left: &steps_left, taken: 0, stopped };
        let mut found = Vec::new();
        let all = grid.cross(block.decoded(buffer), |count| steps.count(count), |crossing| found.push(crossing));
        (all.is_continue() && steps.settle().is_continue()).then_some(found)
    };
    if blocks.len() < PARALLEL_BLOCKS {
        let mut buffer = Vec::new();
        blocks.iter().map(|block| of_block(&mut buffer, block)).collect()
    } else {
        blocks.par_iter().map_init(Vec::new, of_block).collect()
    }
}

/// The steps that a block takes of those that all blocks share. Whether all of them together take too many does not depend on
/// the order in which threads take them.
struct BlockSteps<'a> {
    left: &'a AtomicU64,
    /// Those that are not settled yet.
    taken: u64,
    stopped: &'a (dyn Fn() -> bool + Sync),
}

impl BlockSteps<'_> {
    fn count(&mut self, steps: u32) -> ControlFlow<()> {
        self.taken += u64::from(steps);
        if self.taken < STEPS_PER_POLL as u64 { ControlFlow::Continue(()) } else { self.settle() }
    }

    /// Breaks if the blocks have taken too many steps, or the caller has stopped the search.
    fn settle(&mut self) -> ControlFlow<()> {
        let taken = std::mem::take(&mut self.taken);
        let left = self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(taken));
        if left.is_err() || (self.stopped)() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Brings crossings into the order of their rays.
fn by_ray(found: &[Vec<Crossing>], ray_count: usize) -> Vec<Crossing> {
    let mut places = vec![0; ray_count + 1];
    for crossing in found.iter().flatten() {
        places[usize::from(crossing.ray) + 1] += 1;
    }
    for ray in 0..ray_count {
        places[ray + 1] += places[ray];
    }
    let Some(any) = found.iter().flatten().next() else { return Vec::new() };
    let mut ordered = vec![*any; places[ray_count]];
    for crossing in found.iter().flatten() {
        let place = &mut places[usize::from(crossing.ray)];
        ordered[*place] = *crossing;
        *place += 1;
    }
    ordered
}

/// Adds up the lengths on a ray that the signed volume has once too often for each time that it has them too often, or not
/// at all. The crossings are all of one ray, in their order.
fn surplus_length(crossings: &[Crossing], inward: bool) -> f64 {
    let mut total = 0.0;
    // The current overlap: where it begins, and its surplus so far.
    let (mut begin, mut surplus) = (crossings[0], 0.0);
    let (mut winding, mut last) = (0_i64, crossings[0]);
    for &crossing in crossings {
        let times = surplus_times(winding);
        surplus += times as f64 * f64::from(crossing.position - last.position);
        winding += i64::from(if inward { -crossing.step } else { crossing.step });
        match (times > 0, surplus_times(winding) > 0) {
            (false, true) => (begin, surplus) = (crossing, 0.0),
            (true, false) if crossing.position - begin.position > begin.tolerance + crossing.tolerance => {
                total += surplus;
            }
            _ => {}
        }
        last = crossing;
    }
    total
}

/// How many times too often the signed volume has a point with a winding number.
fn surplus_times(winding: i64) -> u64 {
    winding.abs_diff(winding.clamp(0, 1))
}
