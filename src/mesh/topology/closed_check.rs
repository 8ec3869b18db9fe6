//! The check whether every edge joins exactly two triangles that agree, and which shells they make. Most meshes pass it and
//! need no repair; it takes a fraction of the time of `indexed_mesh` and `edges`.
//!
//! Each block has paired the half-edges that it could, and has sorted what is left by ranges of hashes. At the end, threads
//! check the ranges in parallel: open half-edges find their mates, and an edge of more than two triangles is found even if
//! different blocks paired them, by its ends or by itself. If anything but pairs of opposite direction is left, the mesh is
//! examined by its vertices. So is one of which two shells touch in a corner that is inner to a block: that is rare, and
//! the result is the same.
//!
//! Memory limits the speed: each table is of the size of a core's own cache, and is filled in random order.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::mesh::topology::block_edges::BlockEdges;
use crate::mesh::topology::duplicate_hashes::DuplicateHashes;
use crate::mesh::topology::hashes_by_range::{HashesByRange, RANGES};
use crate::mesh::union_find::SharedSets;

/// Fewer blocks than this are checked by one thread, because other threads take as long to wake.
const PARALLEL_BLOCKS: usize = 16;

/// The number of runs, each of one range in one block, that are checked together: their edges fill a core's own cache. A mesh
/// of few blocks has few edges in a range, which take no longer than to clear the tables for another range.
const RUNS_AT_ONCE: usize = 64;

/// The shells of a mesh.
#[derive(Debug)]
pub(in crate::mesh) struct Shells {
    pub count: u32,
    /// The shell of each component of each block, one block after another. Shells are numbered in the order of their first
    /// triangles.
    of_component: Vec<u32>,
}

impl Shells {
    /// The shell of each triangle.
    pub fn of_triangles(&self, blocks: &[BlockEdges<'_>]) -> Vec<u32> {
        let mut of_triangles = Vec::new();
        let mut of_component = self.of_component.as_slice();
        for block in blocks {
            let (of_block, rest) = of_component.split_at(block.component_count as usize);
            of_triangles.extend(block.components().map(|component| of_block[component]));
            of_component = rest;
        }
        of_triangles
    }
}

/// Finds the shells of a mesh of which every edge joins two triangles that run along it in opposite directions. Returns
/// `None` if it has any other edge, or if the caller stopped the check.
pub(in crate::mesh) fn closed_shells(blocks: &[BlockEdges<'_>], stopped: &(dyn Fn() -> bool + Sync)) -> Option<Shells> {
    let mut component_count = 0;
    let numbered: Vec<_> = blocks
        .iter()
        .map(|block| {
            let first_component = component_count;
            component_count += block.component_count;
            (block, first_component)
        })
        .collect();
    let (sets, is_simple) = (SharedSets::new(component_count as usize), AtomicBool::new(true));
    let ranges_at_once = (RUNS_AT_ONCE / blocks.len().max(1)).clamp(1, RANGES);
    let join = |table: &mut EdgeTables, first: usize| {
        let ranges = first..RANGES.min(first + ranges_at_once);
        let go_on = is_simple.load(Ordering::Relaxed) && !stopped();
        if !(go_on && table.join(&numbered, &ranges, &sets)) {
            is_simple.store(false, Ordering::Relaxed);
        }
    };
    if blocks.len() < PARALLEL_BLOCKS {
        let mut table = EdgeTables::default();
        (0..RANGES).step_by(ranges_at_once).for_each(|first| join(&mut table, first));
    } else {
        (0..RANGES).into_par_iter().step_by(ranges_at_once).for_each_init(EdgeTables::default, join);
    }
    is_simple.into_inner().then(|| {
        let (of_component, count) = sets.numbered();
        Shells { count, of_component }
    })
}

/// The tables of one thread, for some ranges of hashes at a time. They keep their memory from one check to the next.
#[derive(Default)]
struct EdgeTables {
    open: OpenEdges,
    duplicates: DuplicateHashes,
}

impl EdgeTables {
    /// Joins the components of each pair of half-edges, and returns whether all half-edges are in pairs.
    fn join<'a>(&mut self, blocks: &[(&BlockEdges<'a>, u32)], ranges: &Range<usize>, components: &SharedSets) -> bool {
        let open = |way: usize| {
            blocks.iter().flat_map(move |(block, first_component)| {
                let (hashes, values) = block.open[way].within(ranges);
                hashes.iter().zip(values).map(move |(&hash, &value)| (hash, first_component + u32::from(value)))
            })
        };
        let [forward_count, backward_count] =
            [0, 1].map(|way| blocks.iter().map(|(block, _)| block.open[way].within(ranges).0.len()).sum::<usize>());
        if forward_count != backward_count {
            return false;
        }
        self.open.clear(forward_count);
        for (hash, component) in open(0) {
            if !self.open.add(hash, component) {
                return false;
            }
        }
        for (hash, component) in open(1) {
            match self.open.take(hash) {
                Some(other) => components.join(other, component),
                None => return false,
            }
        }
        let runs = |list: fn(&BlockEdges<'a>) -> HashesByRange<'a>| -> Vec<&'a [u64]> {
            blocks.iter().map(|(block, _)| list(block).within(ranges).0).collect()
        };
        // Each edge once: of an edge between blocks, the half-edge of the first direction.
        let edges = [runs(|block| block.paired), runs(|block| block.open[0])].concat();
        let (inner, border) = (runs(|block| block.inner), runs(|block| block.border));
        !self.duplicates.any_again(&edges, &[]) && !self.duplicates.any_again(&inner, &border)
    }
}

/// A hash table of half-edges of one direction whose mates are not found yet, with linear probing.
#[derive(Default)]
struct OpenEdges {
    /// The hash of each slot. The number of slots is a power of two.
    hashes: Vec<u64>,
    /// The component of each slot's half-edge, or [`EMPTY`], or [`TAKEN`].
    components: Vec<u32>,
}

/// A slot without a half-edge.
const EMPTY: u32 = u32::MAX;
/// A slot whose half-edge has found its mate.
const TAKEN: u32 = u32::MAX - 1;

impl OpenEdges {
    /// Adds a half-edge, and returns false if there is one with the same hash already.
    fn add(&mut self, hash: u64, component: u32) -> bool {
        let mut slot = self.slot(hash);
        while self.components[slot] != EMPTY {
            if self.hashes[slot] == hash {
                return false;
            }
            slot = (slot + 1) & (self.hashes.len() - 1);
        }
        (self.hashes[slot], self.components[slot]) = (hash, component);
        true
    }

    /// Takes a half-edge out, and returns its component.
    fn take(&mut self, hash: u64) -> Option<u32> {
        let mut slot = self.slot(hash);
        loop {
            match self.components[slot] {
                EMPTY => return None,
                component if component != TAKEN && self.hashes[slot] == hash => {
                    self.components[slot] = TAKEN;
                    return Some(component);
                }
                _ => slot = (slot + 1) & (self.hashes.len() - 1),
            }
        }
    }

    /// Empties the table and makes room for `count` half-edges.
    fn clear(&mut self, count: usize) {
        let slots = (2 * count).next_power_of_two();
        self.hashes.resize(slots, 0);
        self.components.clear();
        self.components.resize(slots, EMPTY);
    }

    fn slot(&self, hash: u64) -> usize {
        // The upper bits are those of the range, and the lowest is the same for all.
        (hash >> 1) as usize & (self.hashes.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::mesh::topology::block_corners::CornerNumbering;
    use crate::mesh::topology::block_edges::{EdgeFinder, EdgeKeys};
    use crate::mesh::topology::slab::Slab;
    use crate::mesh::triangle::Triangle;
    use crate::mesh::union_find::DisjointSets;

    /// The four sides of a tetrahedron over corners of the unit cube, wound so that neighbours agree.
    fn tetrahedron([a, b, c, d]: [u8; 4]) -> [[u8; 3]; 4] {
        [[a, b, c], [a, d, b], [b, d, c], [c, d, a]]
    }

    /// Finds the shells with a map of the edges, each with the triangles along it in one direction and in the other.
    fn shells_by_map(triangles: &[[u8; 3]]) -> Option<Vec<u32>> {
        let mut edges: HashMap<(u8, u8), [Vec<usize>; 2]> = HashMap::new();
        for (number, &[a, b, c]) in triangles.iter().enumerate() {
            for (a, b) in [(a, b), (b, c), (c, a)] {
                edges.entry((a.min(b), a.max(b))).or_default()[usize::from(a > b)].push(number);
            }
        }
        let mut sets = DisjointSets::new(triangles.len());
        for ((a, b), ways) in edges {
            match ways {
                _ if a == b => return None,
                [one, other] if one.len() == 1 && other.len() == 1 => sets.join(one[0] as u32, other[0] as u32),
                _ => return None,
            }
        }
        Some(sets.numbered().0)
    }

    /// Finds the shells as the keeper of a mesh does: `apart` if its triangles hardly share corners.
    fn shells_by_hash(triangles: &[[u8; 3]], block_triangles: usize, apart: bool) -> Option<Vec<u32>> {
        let corner = |number: u8| [0, 1, 2].map(|axis| f32::from(number >> axis & 1));
        let triangles: Vec<Triangle> = triangles.iter().map(|corners| corners.map(corner)).collect();
        let (keys, mut slab) = (EdgeKeys::drawn(), Slab::new(0));
        let (mut numbering, mut finder) = (CornerNumbering::default(), EdgeFinder::default());
        let stored: Option<Vec<_>> = triangles
            .chunks(block_triangles)
            .map(|block| {
                if apart {
                    numbering.number_apart(block, keys.corner);
                    return Some(finder.leave_open(&numbering, &keys, &mut slab));
                }
                numbering.number(block, keys.corner);
                finder.find(&numbering, &keys, &mut slab)
            })
            .collect();
        let slabs = [slab];
        let blocks: Vec<_> = stored?.into_iter().map(|edges| edges.read(&slabs)).collect();
        Some(closed_shells(&blocks, &|| false)?.of_triangles(&blocks))
    }

    proptest! {
        /// Bodies that share no edge, one, or many; whole, or with a triangle that is turned or has a corner twice; in any
        /// order, cut into blocks anywhere.
        #[test]
        fn shells_are_those_of_a_map_of_the_edges(
            bodies in prop::collection::vec(prop::sample::subsequence((0..8).collect::<Vec<u8>>(), 4), 1..4),
            damage in prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<bool>())),
            order in any::<u64>(),
            block_triangles in 1_usize..14,
        ) {
            let mut triangles: Vec<_> =
                bodies.iter().flat_map(|body| tetrahedron([body[0], body[1], body[2], body[3]])).collect();
            if let Some((place, turn)) = damage {
                let [a, b, c] = triangles[place.index(triangles.len())];
                triangles[place.index(bodies.len() * 4)] = if turn { [a, c, b] } else { [a, b, b] };
            }
            let mixed = |&[a, b, c]: &[u8; 3]| order.wrapping_mul(u64::from_le_bytes([1, a, b, c, 1, a, b, c]));
            triangles.sort_by_key(mixed);
            let expected = shells_by_map(&triangles);
            prop_assert_eq!(&shells_by_hash(&triangles, block_triangles, true), &expected);
            let found = shells_by_hash(&triangles, block_triangles, false);
            // Where shells touch in a corner, the check may leave the mesh to the look at its vertices.
            let mut corners = bodies.concat();
            corners.sort_unstable();
            let touching = corners.windows(2).any(|pair| pair[0] == pair[1]);
            if found.is_some() || !touching {
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn an_edge_that_is_paired_twice_is_noticed_across_blocks() {
        let bodies = [tetrahedron([0, 1, 2, 4]), tetrahedron([0, 1, 7, 6])].concat();
        assert_eq!(shells_by_map(&bodies), None, "they share an edge");
        for block_triangles in [1, 2, 3, 4, 8] {
            for apart in [false, true] {
                let found = shells_by_hash(&bodies, block_triangles, apart);
                assert_eq!(found, None, "blocks of {block_triangles}, apart: {apart}");
            }
        }
        let apart = [tetrahedron([0, 1, 2, 4]), tetrahedron([7, 6, 5, 3])].concat();
        for block_triangles in [1, 3, 4, 8] {
            assert_eq!(
                shells_by_hash(&apart, block_triangles, false),
                Some(vec![0, 0, 0, 0, 1, 1, 1, 1]),
                "blocks of {block_triangles}"
            );
        }
    }
}
