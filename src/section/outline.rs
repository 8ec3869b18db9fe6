//! The loops of a layer: where its plane crosses the surface of a closed mesh.
//!
//! A plane enters a triangle through one edge and leaves it through another. Triangles that share an edge share its crossing, so that
//! the segments of a layer chain into loops by the numbers of points alone.

use std::ops::Range;

use nalgebra::Vector2;
use rayon::prelude::*;
use thiserror::Error;

use super::crossings::Crossings;
use super::grid::LayerGrid;
use super::sums::LayerSums;
use crate::mesh::{SolidMesh, Stopped};

/// The most crossings of triangles and planes of which loops are made: as many as take some seconds.
pub const MOST_CROSSINGS: u64 = 1 << 28;

/// The crossings that are in memory at once, if the triangles are not more.
const LEAST_AT_ONCE: u64 = 1 << 20;

/// There are too many crossings of triangles and planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{count} crossings of triangles and layers; loops are counted of at most {MOST_CROSSINGS}")]
pub struct TooManyCrossings {
    /// Their number.
    pub count: u64,
}

/// The numbers of loops of a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoopCounts {
    /// The loops: those of islands, and those of holes in them.
    pub loops: u32,
    /// The loops around something solid.
    pub islands: u32,
}

/// A loop of a layer: counter-clockwise about an island, clockwise about a hole.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// Its corners, in the unit of the mesh. The last is joined to the first.
    pub points: Vec<Vector2<f64>>,
}

impl Loop {
    /// The area within an island; that of a hole is negative.
    pub fn area(&self) -> f64 {
        // About the first corner, so that a loop far from the origin keeps its digits.
        let Some(&origin) = self.points.first() else { return 0.0 };
        let pairs = self.points.windows(2).map(|pair| (pair[0] - origin).perp(&(pair[1] - origin)));
        pairs.sum::<f64>() / 2.0
    }
}

/// Counts the loops of each layer, of which the sums are known. Takes time in proportion to the crossings of triangles and planes;
/// none where there are too many.
pub fn loop_counts(
    mesh: &SolidMesh,
    grid: &LayerGrid,
    sums: &[LayerSums],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Result<Vec<LoopCounts>, TooManyCrossings>, Stopped> {
    let count = sums.iter().map(|layer| layer.crossing_count).sum();
    if count > MOST_CROSSINGS {
        return Ok(Err(TooManyCrossings { count }));
    }
    let mut counts = Vec::with_capacity(sums.len());
    for layers in slabs(sums, LEAST_AT_ONCE.max(mesh.len() as u64)) {
        let crossings = Crossings::of(mesh, grid, layers.clone(), sums, stopped)?;
        let of_slab = layers.into_par_iter().map(|layer| {
            if stopped() {
                return Err(Stopped);
            }
            Ok(LoopCounts::of(&trace(mesh, grid, layer, crossings.of_layer(layer))))
        });
        counts.append(&mut of_slab.collect::<Result<_, _>>()?);
    }
    Ok(Ok(counts))
}

/// The loops of one layer, of which the sums are known.
pub fn loops(
    mesh: &SolidMesh,
    grid: &LayerGrid,
    layer: u32,
    sums: &[LayerSums],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Loop>, Stopped> {
    let crossings = Crossings::of(mesh, grid, layer..layer + 1, sums, stopped)?;
    Ok(trace(mesh, grid, layer, crossings.of_layer(layer)))
}

impl LoopCounts {
    fn of(loops: &[Loop]) -> Self {
        let islands = loops.iter().filter(|of_layer| of_layer.area() > 0.0).count();
        Self { loops: loops.len() as u32, islands: islands as u32 }
    }
}

/// Splits layers into runs that have so many crossings at most, or one layer each.
fn slabs(sums: &[LayerSums], most: u64) -> Vec<Range<u32>> {
    let (mut slabs, mut count) = (Vec::<Range<u32>>::new(), 0);
    for (layer, sums) in (0..).zip(sums) {
        count += sums.crossing_count;
        if let Some(slab) = slabs.last_mut().filter(|_| count <= most) {
            slab.end = layer + 1;
        } else {
            count = sums.crossing_count;
            slabs.push(layer..layer + 1);
        }
    }
    slabs
}

/// The crossing of a plane with a triangle. Its direction has the solid to the left.
#[derive(Debug, Clone, Copy)]
struct Segment {
    /// The edge through which it enters, by the numbers of the points, the smaller one first.
    enters: [u32; 2],
    /// The edge through which it leaves.
    leaves: [u32; 2],
}

/// In the place of the segment that follows one, once that is part of a loop.
const PASSED: u32 = u32::MAX;

/// The loops of a layer, from the triangles that cross its plane.
fn trace(mesh: &SolidMesh, grid: &LayerGrid, layer: u32, triangles: &[u32]) -> Vec<Loop> {
    let level = |point: u32| grid.level(mesh.points[point as usize].z);
    let is_above = |point: u32| grid.first_plane_above(level(point)) > layer;
    let mut segments: Vec<Segment> =
        triangles.iter().map(|&triangle| Segment::of(mesh.triangles[triangle as usize], is_above)).collect();
    segments.sort_by_key(|segment| segment.enters);
    // Each edge is left as often as it is entered.
    let mut next: Vec<u32> = (0..segments.len() as u32).collect();
    next.sort_by_key(|&segment| segments[segment as usize].leaves);
    let mut follower = vec![0; segments.len()];
    for (entered, &left) in (0..).zip(&next) {
        follower[left as usize] = entered;
    }
    let place = |[a, b]: [u32; 2]| {
        let share = (f64::from(layer) - level(a)) / (level(b) - level(a));
        let [a, b] = [a, b].map(|point| mesh.points[point as usize].xy());
        a + (b - a) * share
    };
    let mut loops = Vec::new();
    for start in 0..segments.len() {
        let (mut points, mut at) = (Vec::new(), start);
        while follower[at] != PASSED {
            points.push(place(segments[at].enters));
            at = std::mem::replace(&mut follower[at], PASSED) as usize;
        }
        if !points.is_empty() {
            loops.push(Loop { points });
        }
    }
    loops
}

impl Segment {
    /// The crossing of a triangle that has corners above the plane and others that are not.
    fn of(triangle: [u32; 3], is_above: impl Fn(u32) -> bool) -> Self {
        let above = triangle.map(is_above);
        let edge = |is_start_above: bool| {
            let corner =
                (0..3).find(|&corner| above[corner] == is_start_above && above[(corner + 1) % 3] != is_start_above);
            let corner = corner.unwrap_or(0);
            let [a, b] = [triangle[corner], triangle[(corner + 1) % 3]];
            [a.min(b), a.max(b)]
        };
        Self { enters: edge(true), leaves: edge(false) }
    }
}
