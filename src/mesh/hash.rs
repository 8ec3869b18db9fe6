//! Hashes of corners, edges and triangles whose sums do not depend on any order.
//!
//! A closed and consistently wound mesh runs along each edge as often one way as the other. Give each edge a 64-bit hash,
//! add it for one direction and subtract it for the other, wrapping: the sum over such a mesh is zero, and over any other
//! it is not, but for a chance of 2⁻⁶⁴. The same sum without directions (exclusive or) says whether each edge is used an
//! even number of times, however the triangles are wound. Neither needs a table, so both stream and run in parallel.
//!
//! The keys are fixed, so somebody who wants to can make an open mesh that sums to zero. Such a mesh gains nothing where
//! the edges themselves are matched, which is every mesh within the memory budget (`edges`).

use super::triangle::{Point, Triangle};

/// Odd constants: the fractional digits of π, as in Blowfish.
pub(super) const KEY: [u64; 6] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
    0x082e_fa98_ec4e_6c89,
    0x4528_21e6_38d0_1377,
    0xbe54_66cf_34e9_0c6d,
];

/// The sums of the triangles' hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct MeshHash {
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
        let (ab, bc, ca) = (edge_hash(a, b), edge_hash(b, c), edge_hash(c, a));
        let directed = signed(ab, a > b).wrapping_add(signed(bc, b > c)).wrapping_add(signed(ca, c > a));
        let corners = a.wrapping_add(b).wrapping_add(c);
        let identity = u128::from(directed ^ KEY[4]).wrapping_mul(u128::from(corners ^ KEY[5]));
        self.merge(&Self { directed, undirected: ab ^ bc ^ ca, identity });
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
pub(super) fn keyed_corner_hash(point: Point, keys: [u64; 2]) -> u64 {
    let [x, y, z] = corner_bits(point);
    folded_multiply(u64::from(x) | u64::from(y) << 32, u64::from(z), keys[0], keys[1])
}

/// A corner's bits. Two corners are one where these are equal: none of them has a -0, which blocks are rid of.
pub(super) fn corner_bits(point: Point) -> [u32; 3] {
    [point[0].to_bits(), point[1].to_bits(), point[2].to_bits()]
}

/// An edge's hash, the same in either direction; 0 where it has no length.
fn edge_hash(a: u64, b: u64) -> u64 {
    if a == b { 0 } else { folded_multiply(a.wrapping_add(b), a ^ b, KEY[2], KEY[3]) }
}

fn signed(hash: u64, negative: bool) -> u64 {
    if negative { hash.wrapping_neg() } else { hash }
}

/// The two halves of a 128-bit product, as in wyhash: one multiplication mixes both words.
pub(super) fn folded_multiply(a: u64, b: u64, key_a: u64, key_b: u64) -> u64 {
    let product = u128::from(a ^ key_a) * u128::from(b ^ key_b);
    product as u64 ^ (product >> 64) as u64
}
