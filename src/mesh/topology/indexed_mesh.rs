//! The indexed mesh, and the indexer that makes exactly equal corners one vertex.
//!
//! The hash table is written here, because it takes most of the time of topology. A slot is four bytes, a corner is compared
//! in place, and vertices are numbered as they appear, so that neighbours in the file stay neighbours in memory.

use crate::mesh::corner_hash::{corner_bits, drawn_keys, keyed_corner_hash};
use crate::mesh::topology::block_corners::BlockCorners;
use crate::mesh::triangle::Point;

/// The most triangles of a mesh that is indexed: even if no two share a corner, it has at most 2³⁰ vertices. A table of twice
/// as many slots keeps a bit for the tag, and every vertex and half-edge is below the marks of `edges`. A larger mesh is
/// measured by the one pass alone.
pub const MOST_INDEXED_TRIANGLES: u64 = (1 << 30) / 3;

/// Triangles as indices of vertices. An indexer leaves out triangles that have a vertex twice: their neighbours share the
/// same edge without them.
#[derive(Debug, Clone, Default)]
pub(in crate::mesh) struct IndexedMesh {
    pub vertices: Vec<Point>,
    pub triangles: Vec<[u32; 3]>,
}

impl IndexedMesh {
    /// Makes a mesh of which every triangle has its own vertices.
    pub fn unshared<'a>(blocks: impl Iterator<Item = BlockCorners<'a>> + Clone) -> Self {
        let mut vertices = Vec::with_capacity(3 * blocks.clone().map(|block| block.triangles.len()).sum::<usize>());
        for BlockCorners { vertices: of_block, triangles } in blocks {
            vertices.extend(triangles.as_flattened().iter().map(|&vertex| of_block[usize::from(vertex)]));
        }
        let triangles = (0..vertices.len() as u32 / 3).map(|number| [0, 1, 2].map(|corner| 3 * number + corner));
        Self { triangles: triangles.collect(), vertices }
    }

    /// The vertices of a half-edge, from and to: half-edge 3 t + k runs from corner k of triangle t to the next.
    pub fn ends(&self, half_edge: u32) -> (u32, u32) {
        let triangle = self.triangles[half_edge as usize / 3];
        let corner = half_edge as usize % 3;
        (triangle[corner], triangle[(corner + 1) % 3])
    }

    /// The parts of half-edges that are in an order edge by edge: those of each edge.
    pub fn chunk_by_edge<'h>(&self, half_edges: &'h [u32]) -> impl Iterator<Item = &'h [u32]> {
        let vertices = |half_edge: u32| {
            let (a, b) = self.ends(half_edge);
            (a.min(b), a.max(b))
        };
        half_edges.chunk_by(move |&a, &b| vertices(a) == vertices(b))
    }

    /// The vertex of a half-edge's triangle that is not on the half-edge.
    pub fn apex(&self, half_edge: u32) -> u32 {
        self.triangles[half_edge as usize / 3][(half_edge as usize + 2) % 3]
    }
}

/// Makes an indexed mesh of triangles as they come.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Indexer {
    mesh: IndexedMesh,
    table: VertexTable,
    /// The vertex of the mesh for each vertex of a block.
    vertex_of: Vec<u32>,
}

/// A hash table of vertices by their corners, with linear probing.
///
/// The keys of the hash are random: with fixed keys, an attacker could write a mesh whose corners all fall on one slot. The
/// result does not depend on the keys.
#[derive(Debug)]
struct VertexTable {
    keys: [u64; 2],
    /// 2ᵏ slots, of which at most half are taken. A slot holds a vertex in its low k bits and a part of the corner's hash, the
    /// tag, in the others. The tag saves most fetches of a vertex with another corner.
    slots: Vec<u32>,
}

/// A slot without a vertex.
const EMPTY: u32 = u32::MAX;

/// The number of corners that are looked up together. The table is larger than any cache, so that a look-up mostly
/// waits for memory; independent look-ups wait at the same time.
const BATCH: usize = 192;

impl Indexer {
    /// Adds the triangles of a block.
    pub fn push(&mut self, block: BlockCorners<'_>) {
        let Self { mesh, table, vertex_of } = self;
        vertex_of.clear();
        for corners in block.vertices.chunks(BATCH) {
            table.reserve(corners.len(), &mut mesh.vertices);
            let mut hashes = [0; BATCH];
            for (hash, corner) in hashes.iter_mut().zip(corners) {
                *hash = table.hash(*corner);
            }
            let found = hashes.map(|hash| table.slots[table.first_slot(hash)]);
            for ((found, hash), corner) in found.into_iter().zip(hashes).zip(corners) {
                vertex_of.push(table.vertex(corner_bits(*corner), hash, found, &mut mesh.vertices));
            }
        }
        let triangles = block.triangles.iter().map(|triangle| triangle.map(|vertex| vertex_of[usize::from(vertex)]));
        mesh.triangles.extend(triangles.filter(|[a, b, c]| a != b && b != c && c != a));
    }

    pub(in crate::mesh) fn finish(self) -> IndexedMesh {
        let Self { mut mesh, table, vertex_of } = self;
        drop((table, vertex_of));
        mesh.vertices.shrink_to_fit();
        mesh.triangles.shrink_to_fit();
        mesh
    }
}

impl Default for VertexTable {
    fn default() -> Self {
        Self { keys: drawn_keys(), slots: Vec::new() }
    }
}

impl VertexTable {
    /// The vertex of a corner; a new one if there is none yet. `found` is what its first slot held before the batch.
    fn vertex(&mut self, bits: [u32; 3], hash: u64, mut found: u32, vertices: &mut Vec<Point>) -> u32 {
        let mask = self.slots.len() as u32 - 1;
        let tag = self.tag(hash);
        let mut slot = self.first_slot(hash);
        if found == EMPTY {
            // Another corner of the batch may have taken the slot.
            found = self.slots[slot];
        }
        loop {
            if found == EMPTY {
                let vertex = vertices.len() as u32;
                self.slots[slot] = tag | vertex;
                vertices.push(bits.map(f32::from_bits));
                return vertex;
            }
            let vertex = found & mask;
            if found & !mask == tag && vertices[vertex as usize].map(f32::to_bits) == bits {
                return vertex;
            }
            slot = (slot + 1) & mask as usize;
            found = self.slots[slot];
        }
    }

    /// Hashes a corner. Corners often are the steps of a grid: for one key in a hundred, the low bits of a single product put
    /// hundreds of such steps in a row. A second multiplication and its upper bits prevent that (Fibonacci hashing).
    fn hash(&self, corner: Point) -> u64 {
        /// 2⁶⁴ over the golden ratio.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        keyed_corner_hash(corner, self.keys).wrapping_mul(SPREAD)
    }

    /// The first slot of a hash, by its k upper bits.
    fn first_slot(&self, hash: u64) -> usize {
        (hash >> u32::BITS >> self.spare_bits()) as usize
    }

    /// The part of a hash that a slot holds: the upper ones of the bits that [`VertexTable::first_slot`] does not use.
    fn tag(&self, hash: u64) -> u32 {
        (hash >> self.spare_bits()) as u32 & !(self.slots.len() as u32 - 1)
    }

    /// 32 - k, for a table that has slots.
    fn spare_bits(&self) -> u32 {
        u32::BITS - self.slots.len().trailing_zeros()
    }

    /// Makes room for `more` vertices, at most half the slots of the smallest table.
    fn reserve(&mut self, more: usize, vertices: &mut Vec<Point>) {
        if (vertices.len() + more) * 2 <= self.slots.len() {
            return;
        }
        let count = (self.slots.len() * 2).max(1024);
        // The old table is freed first, because the vertices have all that it held.
        self.slots = Vec::new();
        // Exact, because a vector that grows by itself doubles.
        vertices.reserve_exact(count / 2 - vertices.len());
        self.grow(count, vertices);
    }

    /// Makes a table of `count` slots, a power of two, of the vertices.
    fn grow(&mut self, count: usize, vertices: &[Point]) {
        self.slots = vec![EMPTY; count];
        for (vertex, &corner) in (0..).zip(vertices.iter()) {
            let hash = self.hash(corner);
            let mut slot = self.first_slot(hash);
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = self.tag(hash) | vertex;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BlockCorners, EMPTY, Indexer, Point};
    use crate::mesh::corner_hash::KEY;

    #[test]
    fn no_mesh_can_be_written_so_that_its_corners_share_a_slot() {
        // With x and y equal to the fixed key of the hash, the product would be zero for every z. And the steps of a grid.
        let [x, y] = [KEY[0] as u32, (KEY[0] >> 32) as u32].map(f32::from_bits);
        let corners: [&dyn Fn(u16) -> Point; 2] = [&|z| [x, y, f32::from(z)], &|x| [f32::from(x), 2.5, 1.5]];
        // One key in a hundred would fail, so that hundreds are tried. By chance some fifty slots in a row are taken.
        for corner in corners.iter().cycle().take(200) {
            let vertices: Vec<Point> = (0..6_000).map(corner).collect();
            let triangles: Vec<_> = (0..2_000).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]).collect();
            let mut indexer = Indexer::default();
            indexer.push(BlockCorners { vertices: &vertices, triangles: &triangles });
            assert_eq!(indexer.mesh.vertices.len(), 6_000);
            let longest = indexer.table.slots.split(|slot| *slot == EMPTY).map(<[u32]>::len).max();
            assert!(longest < Some(200), "{longest:?} slots in a row are taken");
        }
    }
}
