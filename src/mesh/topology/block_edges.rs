//! The edges of one block of triangles: which of them two of its triangles share, and which are open.
//!
//! Each half-edge is told by a hash of its edge, with a bit for the way that it runs. Files list neighbours near one
//! another, so most half-edges find their other one in the same block, by a table that stays in a core's own cache, while
//! the rest of the file arrives: a handful of nanoseconds each, most of them for hashing.
//!
//! The keys of the hashes are drawn anew each time, so that nobody can write a mesh whose edges fall on one another; by
//! chance, two edges of ten million have the same hash once in a hundred thousand such meshes. Even so nothing is wrong:
//! four half-edges on what looks like one edge make the mesh look less simple than it is.

use std::ops::Range;

use crate::mesh::corner_hash::{drawn_keys, folded_multiply, keyed_corner_hash};
use crate::mesh::topology::union_find::DisjointSets;
use crate::mesh::triangle::{BLOCK_TRIANGLES, Triangle};

/// Ranges of hashes, by which edges are sorted. They are parallel work at the end, and few enough that a block has a run of
/// some hundred edges in each.
pub(in crate::mesh) const RANGES: usize = 1 << RANGE_BITS;
const RANGE_BITS: u32 = 6;

/// No half-edge of a block.
const NONE: u16 = u16::MAX;
const _: () = assert!(3 * BLOCK_TRIANGLES < NONE as usize);

/// How the hashes of two half-edges differ that run along one edge opposite ways.
const OPPOSITE: u64 = 1;

/// The keys of one mesh's hashes.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct EdgeKeys([u64; 4]);

impl EdgeKeys {
    /// New ones.
    pub fn drawn() -> Self {
        Self(drawn_keys())
    }

    /// The hashes of a triangle's half-edges. One from a corner to itself runs the way that nothing can be opposite to, so
    /// that a mesh with a triangle that has a corner twice is never all pairs.
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
    /// Those that two of its triangles share.
    pub paired: HashesByRange,
    /// Those of one of its triangles, which run one way and the other; each with the number of the triangle's component.
    pub open: [HashesByRange; 2],
    /// Sets of its triangles, joined by the paired edges.
    pub component_count: u32,
    /// For each triangle its component; empty where there is only one.
    components: Box<[u16]>,
    triangle_count: usize,
}

impl BlockEdges {
    /// Those of a block; none where triangles that share an edge do not agree or are more than two.
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

    /// For each triangle its component.
    pub fn components(&self) -> impl Iterator<Item = usize> {
        (0..self.triangle_count).map(|triangle| self.components.get(triangle).copied().map_or(0, usize::from))
    }
}

/// The half-edges of a block that have found their other one in it.
struct PairedHalfEdges {
    /// The edges.
    paired: Vec<u64>,
    /// For each half-edge whether it has.
    is_paired: Vec<bool>,
}

/// Finds the other half-edge of each in the same block, and joins their triangles.
fn pair_half_edges(hashes: &[u64], components: &mut DisjointSets) -> Option<PairedHalfEdges> {
    let mut paired = Vec::with_capacity(hashes.len() / 2);
    let mut is_paired = vec![false; hashes.len()];
    // The first half-edge of each edge, at its hash's own slot or the first free one after it. So many slots, of 16 bits
    // each, that few are taken: to look at one more costs more than what the first cache does not hold.
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

/// Hashes, sorted by the range that they are in: a counting sort.
#[derive(Debug)]
pub(in crate::mesh) struct HashesByRange {
    hashes: Box<[u64]>,
    /// What belongs to each of the hashes; empty where nothing does.
    values: Box<[u16]>,
    /// Where each range begins, and the last ends.
    starts: Box<[u16]>,
}

impl HashesByRange {
    fn of(hashes: &[u64], values: &[u16]) -> Self {
        // One place further on, so that the sums are where each begins.
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

    /// The hashes of some ranges, and what belongs to them.
    pub fn within(&self, ranges: &Range<usize>) -> (&[u64], &[u16]) {
        let places = usize::from(self.starts[ranges.start])..usize::from(self.starts[ranges.end]);
        (&self.hashes[places.clone()], self.values.get(places).unwrap_or_default())
    }
}

fn range_of(hash: u64) -> usize {
    (hash >> (u64::BITS - RANGE_BITS)) as usize
}
