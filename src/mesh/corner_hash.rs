//! Hashes of corners: with fixed keys, where the hash must be the same on every machine, or with random keys for one table.

use std::array;
use std::hash::{BuildHasher, RandomState};

use super::triangle::Point;

/// Odd constants: the fractional digits of π, as in Blowfish.
pub(super) const KEY: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1, 0x082e_fa98_ec4e_6c89];

/// Draws random keys from the standard library. An attacker who does not know them cannot write a mesh whose corners
/// collide.
pub(super) fn drawn_keys<const COUNT: usize>() -> [u64; COUNT] {
    let random = RandomState::new();
    array::from_fn(|number| random.hash_one(number))
}

/// Hashes a corner with the fixed keys.
pub(super) fn corner_hash(point: Point) -> u64 {
    keyed_corner_hash(point, [KEY[0], KEY[1]])
}

/// Hashes a corner with the given keys.
pub(super) fn keyed_corner_hash(point: Point, keys: [u64; 2]) -> u64 {
    let [x, y, z] = corner_bits(point);
    folded_multiply(u64::from(x) | u64::from(y) << 32, u64::from(z), keys[0], keys[1])
}

/// The bits of a corner. Corners are equal exactly if their bits are, because no
/// corner has a -0: `fold` and `Indexer` replace it by 0.
pub(super) fn corner_bits(point: Point) -> [u32; 3] {
    [point[0].to_bits(), point[1].to_bits(), point[2].to_bits()]
}

/// Folds the two halves of a 128-bit product, as in wyhash: one multiplication mixes both words.
pub(super) fn folded_multiply(a: u64, b: u64, key_a: u64, key_b: u64) -> u64 {
    let product = u128::from(a ^ key_a) * u128::from(b ^ key_b);
    product as u64 ^ (product >> 64) as u64
}
