//! Hashes of corners and triangles whose sums do not depend on any order.
//!
//! A closed and consistently wound mesh runs along each edge as often one way as the other. Give each corner a 64-bit hash.
//! For a triangle of a, b and c, (a - b)(b - c)(c - a) is the sum of ab(b - a), bc(c - b) and ca(a - c): of one term for
//! each edge, which changes its sign with the direction. So the sum of the products, wrapping, is zero over such a mesh, and
//! over any other it is not, but for a chance of less than 2⁻⁵⁰. The squares of the differences are the same in either
//! direction: their exclusive or says, as surely, whether each edge is used an even number of times, however the triangles
//! are wound. Five multiplications a triangle, no branch and no table: both stream and run in parallel.
//!
//! The keys are fixed, so that an attacker can make an open mesh that sums to zero. Such a mesh gains nothing if the
//! edges themselves are matched (`closed_check`, `edges`), as those of every mesh within the limit of triangles are.

use crate::mesh::corner_hash::{KEY, corner_hash};
use crate::mesh::triangle::Triangle;

/// The sums of the hashes of a mesh's triangles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::mesh) struct MeshHash {
    /// Sums to zero over a mesh in which every directed edge has its opposite.
    pub directed: u64,
    /// Exclusive-ors to zero over a mesh in which every edge is used an even number of times.
    pub undirected: u64,
    /// Identifies the set of triangles, whatever their order and first corners. The mirror image has another identity.
    pub identity: u128,
}

impl MeshHash {
    /// The hashes of triangles.
    pub fn of(triangles: &[Triangle]) -> Self {
        let mut hash = Self::default();
        for triangle in triangles {
            hash.add(triangle.map(corner_hash));
        }
        hash
    }

    /// Adds the hashes of one triangle, by those of its corners.
    #[inline]
    pub fn add(&mut self, [a, b, c]: [u64; 3]) {
        let (ab, bc, ca) = (a.wrapping_sub(b), b.wrapping_sub(c), c.wrapping_sub(a));
        let directed = ab.wrapping_mul(bc).wrapping_mul(ca);
        let undirected = ab.wrapping_mul(ab) ^ bc.wrapping_mul(bc) ^ ca.wrapping_mul(ca);
        let corners = a.wrapping_add(b).wrapping_add(c);
        let identity = u128::from(directed ^ KEY[2]).wrapping_mul(u128::from(corners ^ KEY[3]));
        self.merge(&Self { directed, undirected, identity });
    }

    /// Adds the sums over other triangles.
    pub fn merge(&mut self, other: &Self) {
        self.directed = self.directed.wrapping_add(other.directed);
        self.undirected ^= other.undirected;
        self.identity = self.identity.wrapping_add(other.identity);
    }
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
                hash.add(corners.map(|corner| corner_hash([f32::from(corner), 1.0, 2.0])));
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
