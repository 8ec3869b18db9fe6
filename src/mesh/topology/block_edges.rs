//! The edges of one block of triangles: those that two of its triangles share, and open ones.
//!
//! Files list neighbours near one another, so that most half-edges find their mate in the same block, with a table that stays
//! in a core's own cache, while the rest of the file arrives. Within the block an edge is a pair of its vertices. Between
//! blocks a hash stands for an edge or a vertex.
//!
//! Few edges of a block need a hash. An edge may have two triangles in this block and more in others, and then its ends are
//! vertices of those blocks too. So it suffices to know that each *inner* vertex, all of whose edges are paired in the block,
//! is in no other block: then no paired edge with an inner end is in another. What is left are paired edges of which both ends
//! are on the block's *border*, and open half-edges. There is one inner vertex for three edges.
//!
//! The triangles of a shuffled mesh have their neighbours in other blocks. Then a search for mates is in vain, and all half-edges
//! are left open, in every block of the mesh: beside a block that lists no vertices, the inner ones of others would tell nothing.
//!
//! The keys of the hashes are random, so that an attacker cannot write a mesh whose edges collide. By chance, two edges of ten
//! million have the same hash once in a hundred thousand such meshes. Even then the result is right: four half-edges with
//! one hash only send the mesh to the slower look at its vertices.

use super::block_corners::{CornerNumbering, MOST_VERTICES, boxed_array};
use super::hashes_by_range::{HashList, HashesByRange, STARTS};
use super::slab::{Place, Slab};
use crate::mesh::corner_hash::{drawn_keys, folded_multiply};
use crate::mesh::triangle::BLOCK_TRIANGLES;
use crate::mesh::union_find::DisjointSets;

/// The keys of one mesh's hashes.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct EdgeKeys {
    /// Of the hashes of corners.
    pub corner: [u64; 2],
    /// Of the hashes of edges.
    edge: [u64; 2],
}

impl EdgeKeys {
    /// Draws random keys.
    pub fn drawn() -> Self {
        let [corner_a, corner_b, edge_a, edge_b] = drawn_keys();
        Self { corner: [corner_a, corner_b], edge: [edge_a, edge_b] }
    }

    /// Hashes the edge between two corners, by their hashes. The lowest bit is 0.
    fn edge_hash(&self, a: u64, b: u64) -> u64 {
        folded_multiply(a.wrapping_add(b), a ^ b, self.edge[0], self.edge[1]) & !1
    }
}

/// A half-edge of a block: the vertex that it comes from in the upper half, the one that it goes to in the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HalfEdge(u32);

/// The bit of a half-edge that has found its mate. No vertex of a block has it.
const PAIRED: u32 = 1 << 31;
const _: () = assert!(MOST_VERTICES < 1 << 15);

impl HalfEdge {
    fn new(from: u16, to: u16) -> Self {
        Self(u32::from(from) << 16 | u32::from(to))
    }

    /// The half-edge that runs the other way.
    fn opposite(self) -> Self {
        Self(self.0.rotate_left(16))
    }

    fn is_paired(self) -> bool {
        self.0 & PAIRED != 0
    }

    fn paired(self) -> Self {
        Self(self.0 | PAIRED)
    }

    /// Whether both run along one edge, in either direction, whether this one is paired or not.
    fn is_along(self, other: Self) -> bool {
        let open = Self(self.0 & !PAIRED);
        open == other || open == other.opposite()
    }

    /// The vertices that it comes from and goes to.
    fn ends(self) -> [usize; 2] {
        [(self.0 & !PAIRED) >> 16, self.0 & 0xffff].map(|vertex| vertex as usize)
    }
}

/// The most edges of a block.
const MOST_EDGES: usize = 3 * BLOCK_TRIANGLES;

/// An empty slot: no edge of a block has this number.
const NONE: u16 = u16::MAX;
const _: () = assert!(MOST_EDGES < NONE as usize);

/// The number of slots of the hash table. Few of them are taken: another probe costs more than a table that exceeds the first
/// cache.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 15;
const _: () = assert!(MOST_EDGES < SLOTS);

/// The number of lists of hashes.
const LISTS: usize = 5;

/// Finds the edges of one block after another. It keeps its memory from one block to the next.
#[derive(Debug)]
pub(in crate::mesh) struct EdgeFinder {
    /// A hash table of the edges with linear probing.
    slots: Box<[u16; SLOTS]>,
    /// The first half-edge of each edge, and its triangle.
    half_edges: Box<[HalfEdge; MOST_EDGES]>,
    triangles: Box<[u16; MOST_EDGES]>,
    edge_count: usize,
    /// Whether each vertex is on the border.
    is_border: Vec<bool>,
    /// The fields of [`BlockEdges`], in their order.
    lists: [HashList; LISTS],
}

impl Default for EdgeFinder {
    fn default() -> Self {
        Self {
            slots: boxed_array(NONE),
            half_edges: boxed_array(HalfEdge(0)),
            triangles: boxed_array(0),
            edge_count: 0,
            is_border: Vec::new(),
            lists: Default::default(),
        }
    }
}

impl EdgeFinder {
    /// Finds the edges of a block, and stores them. Returns `None` if more than two triangles share an edge, or two that
    /// disagree, or if a triangle has a vertex twice.
    pub fn find(&mut self, block: &CornerNumbering, keys: &EdgeKeys, slab: &mut Slab) -> Option<StoredEdges> {
        let mut components = DisjointSets::new(block.triangles().len());
        if !self.pair(block, &mut components) {
            return None;
        }
        let (components, component_count) = components.numbered();
        self.list(block.hashes(), keys, &components);
        Some(self.store(&components, component_count, slab))
    }

    /// Stores all edges of a block as open, without a search for mates.
    pub fn leave_open(&mut self, block: &CornerNumbering, keys: &EdgeKeys, slab: &mut Slab) -> StoredEdges {
        self.lists.iter_mut().for_each(HashList::clear);
        let [_, _, _, open @ ..] = &mut self.lists;
        let hashes = block.hashes();
        for (number, triangle) in (0..).zip(block.triangles()) {
            let [a, b, c] = triangle.map(|vertex| hashes[usize::from(vertex)]);
            for (from, to) in [(a, b), (b, c), (c, a)] {
                open[usize::from(from >= to)].push(keys.edge_hash(from, to), number);
            }
        }
        let triangle_count = block.triangles().len() as u32;
        let components: Vec<u32> = (0..triangle_count).collect();
        self.store(&components, triangle_count, slab)
    }

    /// Finds the mates within the block, and joins their triangles. Returns whether no edge has anything but one half-edge, or
    /// two of opposite directions.
    fn pair(&mut self, block: &CornerNumbering, components: &mut DisjointSets) -> bool {
        self.slots.fill(NONE);
        // Local slices, because the compiler would load the fields again after each store.
        let (slots, edges, triangle_of) = (&mut *self.slots, &mut *self.half_edges, &mut *self.triangles);
        let hashes = block.hashes();
        let mut edge_count = 0;
        for (triangle, &[a, b, c]) in (0_u16..).zip(block.triangles()) {
            if a == b || b == c || c == a {
                return false;
            }
            let [hash_a, hash_b, hash_c] = [a, b, c].map(|vertex| hashes[usize::from(vertex)]);
            // A sum of hashes is the same for both directions.
            let half_edges = [
                (HalfEdge::new(a, b), hash_a.wrapping_add(hash_b)),
                (HalfEdge::new(b, c), hash_b.wrapping_add(hash_c)),
                (HalfEdge::new(c, a), hash_c.wrapping_add(hash_a)),
            ];
            for (half_edge, hash) in half_edges {
                let mut slot = (hash >> (u64::BITS - SLOT_BITS)) as usize;
                loop {
                    let number = slots[slot];
                    if number == NONE {
                        slots[slot] = edge_count as u16;
                        (edges[edge_count], triangle_of[edge_count]) = (half_edge, triangle);
                        edge_count += 1;
                        break;
                    }
                    let other = edges[usize::from(number)];
                    if other == half_edge.opposite() {
                        edges[usize::from(number)] = other.paired();
                        components.join(triangle_of[usize::from(number)].into(), triangle.into());
                        break;
                    }
                    if other.is_along(half_edge) {
                        return false;
                    }
                    slot = (slot + 1) % SLOTS;
                }
            }
        }
        self.edge_count = edge_count;
        true
    }

    /// Lists the hashes of the vertices and edges that other blocks may have as well.
    fn list(&mut self, hashes: &[u64], keys: &EdgeKeys, components: &[u32]) {
        let Self { half_edges, triangles, edge_count, is_border, lists, .. } = self;
        let half_edges = &half_edges[..*edge_count];
        lists.iter_mut().for_each(HashList::clear);
        let [inner, border, paired, open @ ..] = lists;
        is_border.clear();
        is_border.resize(hashes.len(), false);
        for (half_edge, &triangle) in half_edges.iter().zip(&**triangles) {
            if !half_edge.is_paired() {
                let [from, to] = half_edge.ends();
                (is_border[from], is_border[to]) = (true, true);
                let component = components[usize::from(triangle)] as u16;
                let (from, to) = (hashes[from], hashes[to]);
                open[usize::from(from >= to)].push(keys.edge_hash(from, to), component);
            }
        }
        for (&hash, &is_border) in hashes.iter().zip(&*is_border) {
            if is_border { &mut *border } else { &mut *inner }.hashes.push(hash);
        }
        for half_edge in half_edges {
            let [from, to] = half_edge.ends();
            if is_border[from] && is_border[to] && half_edge.is_paired() {
                paired.hashes.push(keys.edge_hash(hashes[from], hashes[to]));
            }
        }
    }

    /// Stores the lists and the components: hashes first, then what has 16 bits.
    fn store(&self, components: &[u32], component_count: u32, slab: &mut Slab) -> StoredEdges {
        let hash_counts = self.lists.each_ref().map(|list| list.hashes.len() as u16);
        let value_counts = self.lists.each_ref().map(|list| list.values.len() as u16);
        let component_of = if component_count > 1 { components } else { &[] };
        let layout = Layout { hash_counts, value_counts, component_of_count: component_of.len() as u16 };
        let (place, words) = slab.take(layout.word_count());
        let (mut hashes, shorts) = words.split_at_mut(layout.hash_count());
        let mut shorts: &mut [u16] = bytemuck::cast_slice_mut(shorts);
        for list in &self.lists {
            let of_list = hashes.split_off_mut(..list.hashes.len()).expect("the layout has room");
            let starts = shorts.split_off_mut(..STARTS).expect("the layout has room");
            let values = shorts.split_off_mut(..list.values.len()).expect("the layout has room");
            list.sort_into(of_list, values, starts);
        }
        for (place, &component) in shorts.iter_mut().zip(component_of) {
            *place = component as u16;
        }
        StoredEdges { place, layout, component_count, triangle_count: components.len() as u16 }
    }
}

/// The numbers of what is in a record of edges.
#[derive(Debug, Clone, Copy)]
struct Layout {
    hash_counts: [u16; LISTS],
    value_counts: [u16; LISTS],
    component_of_count: u16,
}

impl Layout {
    fn hash_count(&self) -> usize {
        self.hash_counts.iter().map(|&count| usize::from(count)).sum()
    }

    fn word_count(&self) -> usize {
        let values: usize = self.value_counts.iter().map(|&count| usize::from(count)).sum();
        let shorts = LISTS * STARTS + values + usize::from(self.component_of_count);
        self.hash_count() + shorts.div_ceil(size_of::<u64>() / size_of::<u16>())
    }
}

/// The edges of a block in a slab.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct StoredEdges {
    place: Place,
    layout: Layout,
    component_count: u32,
    triangle_count: u16,
}

/// The edges of a block. Where all half-edges were left open, nothing else is listed.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct BlockEdges<'a> {
    /// The vertices all of whose edges are paired.
    pub inner: HashesByRange<'a>,
    /// The other vertices: each is the end of an open half-edge.
    pub border: HashesByRange<'a>,
    /// The edges with both ends on the border that two triangles share.
    pub paired: HashesByRange<'a>,
    /// The half-edges without a mate in the block, of either direction, each with the component of its triangle.
    pub open: [HashesByRange<'a>; 2],
    /// The number of components: sets of triangles that paired edges join.
    pub component_count: u32,
    /// The component of each triangle; empty if there is only one.
    components: &'a [u16],
    triangle_count: usize,
}

impl StoredEdges {
    /// Reads the edges from the slabs that they were stored in.
    pub fn read(self, slabs: &[Slab]) -> BlockEdges<'_> {
        let Self { place, layout, component_count, triangle_count } = self;
        let (mut hashes, shorts) = place.words(slabs).split_at(layout.hash_count());
        let mut shorts: &[u16] = bytemuck::cast_slice(shorts);
        let mut lists = [HashesByRange::default(); LISTS];
        for ((list, hash_count), value_count) in lists.iter_mut().zip(layout.hash_counts).zip(layout.value_counts) {
            list.hashes = hashes.split_off(..usize::from(hash_count)).expect("the layout is that of the record");
            list.starts = shorts.split_off(..STARTS).expect("the layout is that of the record");
            list.values = shorts.split_off(..usize::from(value_count)).expect("the layout is that of the record");
        }
        let [inner, border, paired, forward, backward] = lists;
        BlockEdges {
            inner,
            border,
            paired,
            open: [forward, backward],
            component_count,
            components: &shorts[..usize::from(layout.component_of_count)],
            triangle_count: triangle_count.into(),
        }
    }
}

impl BlockEdges<'_> {
    /// The component of each triangle.
    pub fn components(&self) -> impl Iterator<Item = usize> {
        (0..self.triangle_count).map(|triangle| self.components.get(triangle).copied().map_or(0, usize::from))
    }
}
