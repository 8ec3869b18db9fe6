//! The filter of the triangles that may cross a ray of a grid, eight at a time with SIMD instructions.
//!
//! It leaves one triangle in a hundred of a fine mesh, and takes a few nanoseconds for each. It passes too many, and none too
//! few: places are in units of the distance of planes, and rounding moves them by less than the slack.

#![allow(
    clippy::inline_always,
    reason = "only inlined functions are compiled for the instructions that `dispatch` finds"
)]

use fearless_simd::{Level, Simd, SimdBase, SimdCombine, SimdMask, dispatch, f32x8};

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

impl<S: Simd> Lanes<S> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "an axis is a place in several arrays")]
    fn suspects(&self, simd: S, triangles: &[Triangle; GROUP]) -> [u8; 3] {
        let [a, b, c, d, e, f, g, h] = triangles;
        let (first, last) = (columns(simd, [a, b, c, d]), columns(simd, [e, f, g, h]));
        let mut low = [self.rounding; 3];
        let mut high = [self.rounding; 3];
        for axis in 0..3 {
            let mut places = [self.rounding; 3];
            for corner in 0..3 {
                let place = 3 * corner + axis;
                let coordinates = first[place].combine(last[place]);
                places[corner] = (coordinates - self.floor[axis]) * self.planes_per_unit[axis];
            }
            let [a, b, c] = places;
            low[axis] = a.min(b).min(c);
            high[axis] = a.max(b).max(c);
        }
        let mut suspects = [0; 3];
        for axis in 0..3 {
            let across = (axis + 1) % 3;
            let (below, reached) = (low[axis] + self.rounding, high[axis] + self.rounding);
            let plane = below - self.rounding;
            // The lines of the first plane that the triangle reaches are at the integers and this shift, which is at most a half.
            let shift = (plane + self.one) * self.golden;
            let shift = shift - ((shift + self.rounding) - self.rounding);
            let left = low[across] - shift - self.slack[across] + self.one + self.one;
            let right = high[across] - shift + self.slack[across] + self.one + self.one;
            let cuts = below.simd_ne(reached);
            let crosses = (left + self.rounding).simd_ne(right + self.rounding);
            // The lines of the planes after it are not looked at.
            let several = (below + self.one).simd_lt(reached);
            suspects[axis] = (cuts & (crosses | several)).to_bitmask() as u8;
        }
        suspects
    }
}
