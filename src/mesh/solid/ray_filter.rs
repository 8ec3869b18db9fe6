//! The filter of the triangles that may cross a ray of a grid, eight at a time with SIMD instructions.
//!
//! It leaves one triangle in a hundred of a fine mesh, and takes a few nanoseconds for each. It passes too many, and none too
//! few: places are in units of the distance of planes, and rounding moves them by less than the slack.

#![allow(
    clippy::inline_always,
    reason = "only inlined functions are compiled for the instructions that `dispatch` finds"
)]

use fearless_simd::{Level, Select, Simd, SimdBase, SimdCombine, SimdMask, dispatch, f32x8};

use crate::mesh::solid::ray_grid::GOLDEN;
use crate::mesh::sums::block_sums::columns;
use crate::mesh::triangle::{Point, Triangle};

/// The number of triangles that are filtered together.
pub(super) const GROUP: usize = 8;

/// Added to a positive `f32` below 2²², this leaves the nearest integer in the last bits.
const ROUNDING: f32 = 8_388_608.0;

/// More than rounding moves a place by, in a grid of up to 128 planes.
const SLACK: f32 = 1.0 / 1024.0;

/// How coordinates are counted in planes.
#[derive(Debug, Clone, Copy)]
pub(super) struct RayFilter {
    /// A coordinate c is beyond as many planes as (c - `floor`) * `planes_per_unit` rounds to.
    floor: Point,
    planes_per_unit: Point,
    /// How far a place may be off.
    slack: Point,
}

impl RayFilter {
    /// Makes a filter of planes that are `spacing` apart, the first one (1 - [`GOLDEN`]) * `spacing` above `low`.
    pub fn new(low: [f64; 3], spacing: [f64; 3]) -> Self {
        let exact = [0, 1, 2].map(|axis| low[axis] - (GOLDEN - 0.5) * spacing[axis]);
        let floor = exact.map(|coordinate| coordinate as f32);
        let off = |axis: usize| ((exact[axis] - f64::from(floor[axis])) / spacing[axis]).abs() as f32;
        Self {
            floor,
            planes_per_unit: spacing.map(|spacing| (1.0 / spacing) as f32),
            slack: [0, 1, 2].map(|axis| SLACK + off(axis)),
        }
    }

    /// The place of a coordinate on an axis, whose nearest integer is the number of planes below it.
    pub fn place(&self, coordinate: f32, axis: usize) -> f32 {
        (coordinate - self.floor[axis]) * self.planes_per_unit[axis]
    }

    /// The number of planes below a coordinate: it does not decrease with the coordinate.
    pub fn planes_below(&self, coordinate: f32, axis: usize) -> u32 {
        (self.place(coordinate, axis) + ROUNDING).to_bits().saturating_sub(ROUNDING.to_bits())
    }

    /// For each group of triangles and each axis, the bits of those triangles that may cross a ray in a plane across the axis.
    pub fn suspects(&self, triangles: &[Triangle]) -> Vec<[u8; 3]> {
        dispatch!(Level::new(), simd => suspects(simd, self, triangles))
    }
}

#[inline(always)]
fn suspects<S: Simd>(simd: S, filter: &RayFilter, triangles: &[Triangle]) -> Vec<[u8; 3]> {
    let splat = |values: Point| values.map(|value| f32x8::splat(simd, value));
    let lanes = Lanes {
        floor: splat(filter.floor),
        planes_per_unit: splat(filter.planes_per_unit),
        slack: splat(filter.slack),
        rounding: f32x8::splat(simd, ROUNDING),
        one: f32x8::splat(simd, 1.0),
        golden: f32x8::splat(simd, GOLDEN as f32),
    };
    let (groups, rest) = triangles.as_chunks::<GROUP>();
    let mut suspects = Vec::with_capacity(groups.len() + 1);
    for group in groups {
        suspects.push(lanes.suspects(simd, group));
    }
    if !rest.is_empty() {
        // The group is filled up with triangles that cross nothing.
        let mut group = [[rest[0][0]; 3]; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        suspects.push(lanes.suspects(simd, &group));
    }
    suspects
}

/// The constants of a filter, in each lane.
struct Lanes<S: Simd> {
    floor: [f32x8<S>; 3],
    planes_per_unit: [f32x8<S>; 3],
    slack: [f32x8<S>; 3],
    rounding: f32x8<S>,
    one: f32x8<S>,
    golden: f32x8<S>,
}

/// The places of eight triangles' corners along one axis, and their bounds.
#[derive(Clone, Copy)]
struct Places<S: Simd> {
    corners: [f32x8<S>; 3],
    low: f32x8<S>,
    high: f32x8<S>,
}

/// The corners of an edge, by their places.
const EDGES: [[usize; 2]; 3] = [[0, 1], [1, 2], [2, 0]];

// Without closures: they would be functions of their own, which are not compiled for the instructions that `dispatch` finds.
impl<S: Simd> Lanes<S> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "an axis is a place in several arrays")]
    fn suspects(&self, simd: S, triangles: &[Triangle; GROUP]) -> [u8; 3] {
        let [a, b, c, d, e, f, g, h] = triangles;
        let (first, last) = (columns(simd, [a, b, c, d]), columns(simd, [e, f, g, h]));
        let mut places = [Places { corners: [self.rounding; 3], low: self.rounding, high: self.rounding }; 3];
        for axis in 0..3 {
            let places = &mut places[axis];
            for corner in 0..3 {
                let coordinates = first[3 * corner + axis].combine(last[3 * corner + axis]);
                places.corners[corner] = (coordinates - self.floor[axis]) * self.planes_per_unit[axis];
            }
            let [a, b, c] = places.corners;
            places.low = a.min(b).min(c);
            places.high = a.max(b).max(c);
        }
        let mut suspects = [0; 3];
        for axis in 0..3 {
            let across = (axis + 1) % 3;
            suspects[axis] =
                self.suspects_across(simd, &places[axis], &places[across], self.slack[axis], self.slack[across]);
        }
        suspects
    }

    /// The bits of those triangles that may cross a ray in a plane, by their places across the planes and across the lines.
    #[inline(always)]
    fn suspects_across(
        &self,
        simd: S,
        planes: &Places<S>,
        lines: &Places<S>,
        plane_slack: f32x8<S>,
        line_slack: f32x8<S>,
    ) -> u8 {
        let (below, reached) = (planes.low + self.rounding, planes.high + self.rounding);
        let plane = below - self.rounding;
        // The lines of the first plane that the triangle reaches are at the integers and this shift, which is at most a half.
        let shift = (plane + self.one) * self.golden;
        let shift = shift - ((shift + self.rounding) - self.rounding);
        // Two lines further, since only positive numbers are rounded.
        let (lower, upper) = (self.one + self.one - shift - line_slack, self.one + self.one - shift + line_slack);
        let crosses = (lines.low + lower + self.rounding).simd_ne(lines.high + upper + self.rounding);
        // The lines of the planes after it are not looked at.
        let several = (below + self.one).simd_lt(reached);
        let suspects = below.simd_ne(reached) & (crosses | several);
        if suspects.to_bitmask() == 0 {
            return 0;
        }

        // Of triangles whose bounds cross a line, one in four has a section with the plane that does. Here the bounds of sections are
        // found for eight, without branches that are hard to foresee.
        let height = plane + f32x8::splat(simd, 0.5);
        let (mut low, mut high) = (lines.high, lines.low);
        for [from, to] in EDGES {
            let shift_per_plane =
                (lines.corners[to] - lines.corners[from]) / (planes.corners[to] - planes.corners[from]);
            let end = lines.corners[from] + (height - planes.corners[from]) * shift_per_plane;
            // Where the edge is flat, the slack of the plane moves its end far.
            let off = (shift_per_plane * plane_slack).abs();
            let from_is_below = (planes.corners[from] + self.rounding).simd_eq(below);
            let to_is_below = (planes.corners[to] + self.rounding).simd_eq(below);
            let cuts = from_is_below ^ to_is_below;
            low = cuts.select(low.min(end - off), low);
            high = cuts.select(high.max(end + off), high);
        }
        let (low, high) = (low.max(lines.low), high.min(lines.high));
        let crosses = (low + lower + self.rounding).simd_ne(high + upper + self.rounding);
        (suspects & (crosses | several)).to_bitmask() as u8
    }
}
