//! The edges of one block of triangles: those that two of its triangles share, and open ones.
//!
//! A hash of its edge stands for each half-edge, with one bit for its direction. Files list neighbours near one another, so
//! that most half-edges find their mate in the same block, with a table that stays in a core's own cache, while the rest of
//! the file arrives. This takes a few nanoseconds for each, most of them for hashing.
//!
//! The keys of the hashes are random, so that an attacker cannot write a mesh whose edges collide. By chance, two edges of ten
//! million have the same hash once in a hundred thousand such meshes. Even then the result is right: four half-edges with
//! one hash only send the mesh to the slower look at its vertices.

use std::ops::Range;

use crate::mesh::corner_hash::{drawn_keys, folded_multiply, keyed_corner_hash};
use crate::mesh::triangle::{BLOCK_TRIANGLES, Triangle};
use crate::mesh::union_find::DisjointSets;

/// The number of ranges of hashes by which edges are sorted. Threads share the ranges at the end. They are few enough that a
/// block has a run of some hundred edges in each.
pub(in crate::mesh) const RANGES: usize = 1 << RANGE_BITS;
const RANGE_BITS: u32 = 6;

/// An empty slot: no half-edge of a block has this number.
const NONE: u16 = u16::MAX;
const _: () = assert!(3 * BLOCK_TRIANGLES < NONE as usize);

/// The difference of the hashes of two half-edges that run along one edge in opposite directions.
const OPPOSITE: u64 = 1;

/// The keys of one mesh's hashes.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct EdgeKeys([u64; 4]);

impl EdgeKeys {
    /// Draws random keys.
    pub fn drawn() -> Self {
        Self(drawn_keys())
    }

    /// Hashes the half-edges of a triangle. A half-edge from a corner to itself has no opposite, so that a mesh with a triangle
    /// that has a corner twice never consists of pairs only.
    fn half_edges(&self, triangle: &Triangle) -> [u64; 3] {
        let [corner_a, corner_b, edge_a, edge_b] = self.0;
        let corner = |number: usize| keyed_corner_hash(triangle[number], [corner_a, corner_b]);
        let [a, b, c] = [corner(0), corner(1), corner(2)];
        let half_edge =
            |a: u64, b: u64| folded_multiply(a.wrapping_add(b), a ^ b, edge_a, edge_b) & !OPPOSITE | u64::from(a > b);
        [half_edge(a, b), half_edge(b, c), half_edge(c, a)]
    }
}

/// The edges of one block.
#[derive(Debug)]
pub(in crate::mesh) struct BlockEdges {
    /// The edges that two of its triangles share.
    pub paired: HashesByRange,
    /// The half-edges without a mate in the block, of either direction, each with the component of its triangle.
    pub open: [HashesByRange; 2],
    /// The number of components: sets of triangles that paired edges join.
    pub component_count: u32,
    /// The component of each triangle; empty if there is only one.
    components: Box<[u16]>,
    triangle_count: usize,
}

impl BlockEdges {
    /// Finds the edges of a block. Returns `None` if more than two triangles share an edge, or two that disagree.
    pub fn of(block: &[Triangle], keys: &EdgeKeys) -> Option<Self> {
        let mut hashes = vec![0; 3 * block.len()];
        for (triangle, hashes) in block.iter().zip(hashes.as_chunks_mut().0) {
            *hashes = keys.half_edges(triangle);
        }
        let mut components = DisjointSets::new(block.len());
        let PairedHalfEdges { paired, is_paired } = pair_half_edges(&hashes, &mut components)?;
        let (component_of, component_count) = components.numbered();
        let component_of: Box<[u16]> = component_of.iter().map(|&component| component as u16).collect();
        let mut open = [(); 2].map(|()| (Vec::new(), Vec::new()));
        for (number, (&hash, &is_paired)) in hashes.iter().zip(&is_paired).enumerate() {
            if !is_paired {
                let (edges, components) = &mut open[(hash & OPPOSITE) as usize];
                edges.push(hash & !OPPOSITE);
                components.push(component_of[number / 3]);
            }
        }
        Some(Self {
            paired: HashesByRange::of(&paired, &[]),
            open: open.map(|(edges, components)| HashesByRange::of(&edges, &components)),
            component_count,
            components: if component_count > 1 { component_of } else { [].into() },
            triangle_count: block.len(),
        })
    }

    /// The component of each triangle.
    pub fn components(&self) -> impl Iterator<Item = usize> {
        (0..self.triangle_count).map(|triangle| self.components.get(triangle).copied().map_or(0, usize::from))
    }
}

/// The half-edges of a block whose mate is in it.
struct PairedHalfEdges {
    /// Their edges.
    paired: Vec<u64>,
    /// Whether each half-edge of the block is one of them.
    is_paired: Vec<bool>,
}

/// Finds the mates within the block, and joins their triangles.
fn pair_half_edges(hashes: &[u64], components: &mut DisjointSets) -> Option<PairedHalfEdges> {
    let mut paired = Vec::with_capacity(hashes.len() / 2);
    let mut is_paired = vec![false; hashes.len()];
    // The first half-edge of each edge, with linear probing. Few of the slots, of 16 bits each, are taken: another probe
    // costs more than a table that exceeds the first cache.
    let mut table = vec![NONE; (2 * hashes.len()).next_power_of_two()];
    let mask = table.len() - 1;
    for (number, &hash) in hashes.iter().enumerate() {
        let mut slot = (hash >> 1) as usize & mask;
        loop {
            let other = usize::from(table[slot]);
            if other == usize::from(NONE) {
                table[slot] = number as u16;
                break;
            }
            match hashes[other] ^ hash {
                OPPOSITE if !is_paired[other] => {
                    (is_paired[other], is_paired[number]) = (true, true);
                    paired.push(hash & !OPPOSITE);
                    components.join(other as u32 / 3, number as u32 / 3);
                    break;
                }
                0 | OPPOSITE => return None,
                _ => slot = (slot + 1) & mask,
            }
        }
    }
    Some(PairedHalfEdges { paired, is_paired })
}

/// Hashes, sorted by their range with a counting sort.
#[derive(Debug)]
pub(in crate::mesh) struct HashesByRange {
    hashes: Box<[u64]>,
    /// A value for each of the hashes; empty if they have none.
    values: Box<[u16]>,
    /// The start of each range, and the end of the last one.
    starts: Box<[u16]>,
}

impl HashesByRange {
    fn of(hashes: &[u64], values: &[u16]) -> Self {
        // The count of a range is at the place of the next one, so that the sums are the starts.
        let mut starts = vec![0_u16; RANGES + 1].into_boxed_slice();
        for &hash in hashes {
            starts[range_of(hash) + 1] += 1;
        }
        for range in 0..RANGES {
            starts[range + 1] += starts[range];
        }
        let mut places = starts.clone();
        let (mut sorted, mut sorted_values) = (vec![0; hashes.len()], vec![0; values.len()]);
        for (number, &hash) in hashes.iter().enumerate() {
            let place = &mut places[range_of(hash)];
            sorted[usize::from(*place)] = hash;
            if let Some(&value) = values.get(number) {
                sorted_values[usize::from(*place)] = value;
            }
            *place += 1;
        }
        Self { hashes: sorted.into(), values: sorted_values.into(), starts }
    }

    /// The hashes of some ranges, and their values.
    pub fn within(&self, ranges: &Range<usize>) -> (&[u64], &[u16]) {
        let places = usize::from(self.starts[ranges.start])..usize::from(self.starts[ranges.end]);
        (&self.hashes[places.clone()], self.values.get(places).unwrap_or_default())
    }
}

fn range_of(hash: u64) -> usize {
    (hash >> (u64::BITS - RANGE_BITS)) as usize
}
