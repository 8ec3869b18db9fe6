//! The sums over one block, computed with SIMD instructions.
//!
//! Eight triangles are loaded at a time, with the widest vectors of the machine (AVX-512, AVX2, SSE2 or NEON): this takes a
//! third of the time of two triangles at a time. Whatever the width of the vectors, there are four lanes of sums, so that
//! the order of the additions, and with it the last bit, is the same on every machine. The hashes are scalar, because
//! vectors have no 64-bit multiplication; they take a third longer than the sums. Arithmetic limits both and memory does
//! not, because a block is in the core's own cache when it is summed.

#![allow(
    clippy::inline_always,
    reason = "only inlined functions are compiled for the instructions that `dispatch` finds"
)]

use fearless_simd::{
    Level, Simd, SimdBase, SimdCombine, SimdFloat, SimdFrom, SimdMask, SimdWiden, dispatch, f32x4, f32x8, f64x4,
};
use nalgebra::Vector3;

use crate::mesh::sums::edge_hash::MeshHash;
use crate::mesh::triangle::{Point, Triangle};

/// The number of triangles that are loaded together.
const GROUP: usize = 8;

/// The sums over one block, about the origin of the pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mesh) struct BlockSums {
    /// The number of triangles without an area.
    pub degenerate_count: u64,
    /// Twice the area.
    pub doubled_area: f64,
    /// Six times the volume.
    pub six_volumes: f64,
    /// Four times the sum of the tetrahedra's centroids, each times six times its volume.
    pub moment: Vector3<f64>,
    pub min: Point,
    pub max: Point,
    pub hash: MeshHash,
}

impl BlockSums {
    /// Sums a block about an origin, which is a corner of the mesh. `hash` is that of the block.
    pub fn of(triangles: &[Triangle], origin: Point, hash: MeshHash) -> Self {
        Self::by(Level::new(), triangles, origin, hash)
    }

    /// Sums a block with the instructions of a level.
    fn by(level: Level, triangles: &[Triangle], origin: Point, hash: MeshHash) -> Self {
        dispatch!(level, simd => LaneSums::of(simd, triangles, origin).total(hash))
    }
}

/// A value for x, y and z.
type PerAxis<V> = [V; 3];

/// The sums of each lane.
struct LaneSums<S: Simd> {
    origin: PerAxis<f64x4<S>>,
    degenerate_count: u64,
    doubled_areas: f64x4<S>,
    six_volumes: f64x4<S>,
    moments: PerAxis<f64x4<S>>,
    min: PerAxis<f32x8<S>>,
    max: PerAxis<f32x8<S>>,
}

// Closures are not always inlined, so that there are loops here where `map` would be shorter.
impl<S: Simd> LaneSums<S> {
    #[inline(always)]
    fn of(simd: S, triangles: &[Triangle], origin: Point) -> Self {
        let none = f64x4::splat(simd, 0.0);
        let [x, y, z] = origin;
        let mut sums = Self {
            origin: [f64x4::splat(simd, x.into()), f64x4::splat(simd, y.into()), f64x4::splat(simd, z.into())],
            degenerate_count: 0,
            doubled_areas: none,
            six_volumes: none,
            moments: [none; 3],
            min: [f32x8::splat(simd, f32::INFINITY); 3],
            max: [f32x8::splat(simd, f32::NEG_INFINITY); 3],
        };
        let (groups, rest) = triangles.as_chunks::<GROUP>();
        for group in groups {
            sums.add(simd, group);
        }
        if !rest.is_empty() {
            // The group is filled up with degenerate triangles at the origin, which add nothing but to the count, and not even to
            // that if the origin is NaN.
            let mut group = [[origin; 3]; GROUP];
            group[..rest.len()].copy_from_slice(rest);
            sums.add(simd, &group);
            sums.degenerate_count = sums.degenerate_count.saturating_sub((GROUP - rest.len()) as u64);
        }
        sums
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "an axis and a corner are places in several arrays")]
    fn add(&mut self, simd: S, triangles: &[Triangle; GROUP]) {
        let none = f64x4::splat(simd, 0.0);
        let [a, b, c, d, e, f, g, h] = triangles;
        let (first, last) = (columns(simd, [a, b, c, d]), columns(simd, [e, f, g, h]));
        // The corners of each half, relative to the origin. The difference of two `f32` of similar size is exact in `f64`, so
        // that a small part far from zero keeps its digits.
        let mut halves = [[[none; 3]; 3]; 2];
        for axis in 0..3 {
            for corner in 0..3 {
                let place = 3 * corner + axis;
                let coordinates = first[place].combine(last[place]);
                self.min[axis] = coordinates.min(self.min[axis]);
                self.max[axis] = coordinates.max(self.max[axis]);
                let (first, last) = coordinates.widen();
                halves[0][corner][axis] = first - self.origin[axis];
                halves[1][corner][axis] = last - self.origin[axis];
            }
        }
        for [a, b, c] in halves {
            let normal = cross(subtract(b, a), subtract(c, a));
            let doubled_area = dot(normal, normal).sqrt();
            let six_volumes = dot(cross(a, b), c);
            self.degenerate_count += u64::from(doubled_area.simd_eq(none).to_bitmask().count_ones());
            self.doubled_areas += doubled_area;
            self.six_volumes += six_volumes;
            for axis in 0..3 {
                self.moments[axis] += (a[axis] + b[axis] + c[axis]) * six_volumes;
            }
        }
    }

    /// Adds up the lanes.
    #[inline(always)]
    fn total(self, hash: MeshHash) -> BlockSums {
        BlockSums {
            degenerate_count: self.degenerate_count,
            doubled_area: sum(self.doubled_areas),
            six_volumes: sum(self.six_volumes),
            moment: self.moments.map(sum).into(),
            min: self.min.map(|lanes| lanes.as_slice().iter().copied().fold(f32::INFINITY, f32::min)),
            max: self.max.map(|lanes| lanes.as_slice().iter().copied().fold(f32::NEG_INFINITY, f32::max)),
            hash,
        }
    }
}

fn sum<S: Simd>(lanes: f64x4<S>) -> f64 {
    lanes.as_slice().iter().sum()
}

/// Loads four triangles as nine vectors, one for each coordinate.
#[inline(always)]
pub(in crate::mesh) fn columns<S: Simd>(simd: S, [a, b, c, d]: [&Triangle; 4]) -> [f32x4<S>; 9] {
    let (a, b, c, d) = (a.as_flattened(), b.as_flattened(), c.as_flattened(), d.as_flattened());
    let [ax, ay, az, bx] = transposed(simd, [&a[0..4], &b[0..4], &c[0..4], &d[0..4]]);
    let [by, bz, cx, cy] = transposed(simd, [&a[4..8], &b[4..8], &c[4..8], &d[4..8]]);
    let cz = f32x4::simd_from(simd, [a[8], b[8], c[8], d[8]]);
    [ax, ay, az, bx, by, bz, cx, cy, cz]
}

/// Transposes a matrix of four by four.
#[inline(always)]
fn transposed<S: Simd>(simd: S, [a, b, c, d]: [&[f32]; 4]) -> [f32x4<S>; 4] {
    let (a, b) = (f32x4::from_slice(simd, a), f32x4::from_slice(simd, b));
    let (c, d) = (f32x4::from_slice(simd, c), f32x4::from_slice(simd, d));
    let (ac_low, bd_low, ac_high, bd_high) = (a.zip_low(c), b.zip_low(d), a.zip_high(c), b.zip_high(d));
    [ac_low.zip_low(bd_low), ac_low.zip_high(bd_low), ac_high.zip_low(bd_high), ac_high.zip_high(bd_high)]
}

#[inline(always)]
fn subtract<S: Simd>(a: PerAxis<f64x4<S>>, b: PerAxis<f64x4<S>>) -> PerAxis<f64x4<S>> {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

#[inline(always)]
fn cross<S: Simd>(a: PerAxis<f64x4<S>>, b: PerAxis<f64x4<S>>) -> PerAxis<f64x4<S>> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[inline(always)]
fn dot<S: Simd>(a: PerAxis<f64x4<S>>, b: PerAxis<f64x4<S>>) -> f64x4<S> {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The levels of instructions that this machine has.
    fn levels() -> Vec<Level> {
        let mut levels = vec![Level::baseline(), Level::new()];
        #[cfg(target_arch = "x86_64")]
        levels.extend(Level::new().as_sse4_2().map(Level::Sse4_2));
        #[cfg(target_arch = "x86_64")]
        levels.extend(Level::new().as_avx2().map(Level::Avx2));
        levels
    }

    proptest! {
        #[test]
        fn the_last_bit_is_the_same_on_every_machine(
            triangles in prop::collection::vec(any::<[[i16; 3]; 3]>(), 1..40),
            scale in 1e-3_f32..1e3,
        ) {
            let triangles: Vec<Triangle> =
                triangles.iter().map(|corners| corners.map(|corner| corner.map(|n| f32::from(n) * scale))).collect();
            let origin = triangles[0][0];
            let plain = BlockSums::by(Level::baseline(), &triangles, origin, MeshHash::default());
            for level in levels() {
                prop_assert_eq!(BlockSums::by(level, &triangles, origin, MeshHash::default()), plain, "{:?}", level);
            }
            prop_assert_eq!(plain.min, [0, 1, 2].map(|axis| {
                triangles.as_flattened().iter().map(|corner| corner[axis]).fold(f32::INFINITY, f32::min)
            }));
            let doubled_area: f64 = triangles.iter().map(|corners| {
                let [a, b, c] = corners.map(crate::mesh::triangle::to_f64);
                (b - a).cross(&(c - a)).norm()
            }).sum();
            prop_assert!((plain.doubled_area - doubled_area).abs() <= 1e-12 * doubled_area, "{}", doubled_area);
        }
    }
}
