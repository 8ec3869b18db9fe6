//! Hashes of corners and triangles whose sums do not depend on any order.
//!
//! A closed and consistently wound mesh runs along each edge as often one way as the other. Give each corner a 64-bit hash.
//! For a triangle of a, b and c, (a - b)(b - c)(c - a) is the sum of ab(b - a), bc(c - b) and ca(a - c): of one term for
//! each edge, which changes its sign with the direction. So the sum of the products, wrapping, is zero over such a mesh, and
//! over any other it is not, but for a chance of less than 2⁻⁵⁰. The squares of the differences are the same in either
//! direction: their exclusive or says, as surely, whether each edge is used an even number of times, however the triangles
//! are wound. Five multiplications a triangle, no branch and no table: both stream and run in parallel.
//!
//! The keys are fixed, so somebody who wants to can make an open mesh that sums to zero. Such a mesh gains nothing where
//! the edges themselves are matched, which is every mesh within the memory budget (`edges`).

use std::array;
use std::hash::{BuildHasher, RandomState};

use crate::mesh::triangle::{Point, Triangle};

/// Odd constants: the fractional digits of π, as in Blowfish.
pub(in crate::mesh) const KEY: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1, 0x082e_fa98_ec4e_6c89];

/// Keys that nobody can know beforehand: the standard library's own, which are drawn at random, for a table that nobody shall
/// write a mesh against.
pub(in crate::mesh) fn drawn_keys<const COUNT: usize>() -> [u64; COUNT] {
    let random = RandomState::new();
    array::from_fn(|number| random.hash_one(number))
}

/// The sums of the triangles' hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::mesh) struct MeshHash {
    /// Sums to zero over a mesh in which every directed edge has its opposite.
    pub directed: u64,
    /// Exclusive-ors to zero over a mesh in which every edge is used an even number of times.
    pub undirected: u64,
    /// Says which triangles they are, whatever their order and their first corners; another for their mirror image.
    pub identity: u128,
}

impl MeshHash {
    #[inline]
    pub fn add(&mut self, triangle: &Triangle) {
        let [a, b, c] = [corner_hash(triangle[0]), corner_hash(triangle[1]), corner_hash(triangle[2])];
        let (ab, bc, ca) = (a.wrapping_sub(b), b.wrapping_sub(c), c.wrapping_sub(a));
        let directed = ab.wrapping_mul(bc).wrapping_mul(ca);
        let undirected = ab.wrapping_mul(ab) ^ bc.wrapping_mul(bc) ^ ca.wrapping_mul(ca);
        let corners = a.wrapping_add(b).wrapping_add(c);
        let identity = u128::from(directed ^ KEY[2]).wrapping_mul(u128::from(corners ^ KEY[3]));
        self.merge(&Self { directed, undirected, identity });
    }

    /// Adds those of other triangles.
    pub fn merge(&mut self, other: &Self) {
        self.directed = self.directed.wrapping_add(other.directed);
        self.undirected ^= other.undirected;
        self.identity = self.identity.wrapping_add(other.identity);
    }
}

/// A corner's hash.
fn corner_hash(point: Point) -> u64 {
    keyed_corner_hash(point, [KEY[0], KEY[1]])
}

/// The same by other keys.
pub(in crate::mesh) fn keyed_corner_hash(point: Point, keys: [u64; 2]) -> u64 {
    let [x, y, z] = corner_bits(point);
    folded_multiply(u64::from(x) | u64::from(y) << 32, u64::from(z), keys[0], keys[1])
}

/// A corner's bits. Two corners are one where these are equal: none of them has a -0, which blocks are rid of.
pub(in crate::mesh) fn corner_bits(point: Point) -> [u32; 3] {
    [point[0].to_bits(), point[1].to_bits(), point[2].to_bits()]
}

/// The two halves of a 128-bit product, as in wyhash: one multiplication mixes both words.
pub(in crate::mesh) fn folded_multiply(a: u64, b: u64, key_a: u64, key_b: u64) -> u64 {
    let product = u128::from(a ^ key_a) * u128::from(b ^ key_b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few corners, so that many edges meet, and triangles that have a corner twice.
        #[test]
        fn sums_are_zero_where_edges_match(triangles in prop::collection::vec([0_i16..5, 0..5, 0..5], 1..12), closed: bool) {
            let mut triangles = triangles;
            if closed {
                // Two sides of each: every edge is met the other way.
                triangles.extend(triangles.clone().iter().map(|&[a, b, c]| [c, b, a]));
            }
            let (mut hash, mut edges) = (MeshHash::default(), HashMap::<_, (i32, u32)>::new());
            for corners in triangles {
                hash.add(&corners.map(|corner| [f32::from(corner), 1.0, 2.0]));
                let [a, b, c] = corners;
                for (a, b) in [(a, b), (b, c), (c, a)].into_iter().filter(|(a, b)| a != b) {
                    let (direction, uses) = edges.entry((a.min(b), a.max(b))).or_default();
                    *direction += if a < b { 1 } else { -1 };
                    *uses += 1;
                }
            }
            prop_assert_eq!(hash.directed == 0, edges.values().all(|(direction, _)| *direction == 0));
            prop_assert_eq!(hash.undirected == 0, edges.values().all(|(_, uses)| uses % 2 == 0));
        }
    }
}
