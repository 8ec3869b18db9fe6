//! The corners of one block: each distinct corner is a vertex, and the triangles are indices of vertices.
//!
//! Files list neighbours near one another, so that a block of 4,096 triangles has some 2,500 distinct corners. As vertices and
//! indices of 16 bits they take a third of the memory of three corners a triangle, each is hashed once, and the edges of the
//! block are pairs of small numbers. Triangles that hardly share corners are kept as they are: with its corners numbered, a
//! shuffled mesh of a million triangles took two fifths more processor time.

use std::ops::Range;

use bytemuck::{cast_slice, cast_slice_mut};

use super::slab::{Place, Slab};
use crate::mesh::corner_hash::{corner_bits, corner_hash, keyed_corner_hash};
use crate::mesh::triangle::{BLOCK_TRIANGLES, Point, Triangle, Triangles};

/// The most vertices of a block.
pub(in crate::mesh) const MOST_VERTICES: usize = 3 * BLOCK_TRIANGLES;

/// An empty slot: no vertex of a block has this number.
const NONE: u16 = u16::MAX;
const _: () = assert!(MOST_VERTICES < NONE as usize);

/// The number of slots of the hash table: over twice the vertices of any block. It is fixed, so that a slot needs no check of
/// bounds.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 15;
const _: () = assert!(MOST_VERTICES < SLOTS);

/// The number of triangles by which a mesh is judged, and the most vertices for each of them where triangles share corners: in
/// the order of a surface there is about one, in a random order there are almost three.
const SAMPLE_TRIANGLES: usize = 256;
const MOST_SHARED_VERTICES: usize = 2;

/// The triangles of a block that share no corner, as indices of its vertices.
static UNSHARED: [[u16; 3]; BLOCK_TRIANGLES] = {
    let mut triangles = [[0; 3]; BLOCK_TRIANGLES];
    let mut number = 0;
    while number < BLOCK_TRIANGLES {
        let first = 3 * number as u16;
        triangles[number] = [first, first + 1, first + 2];
        number += 1;
    }
    triangles
};

/// Numbers the corners of one block after another. It keeps its memory from one block to the next.
#[derive(Debug)]
pub(in crate::mesh) struct CornerNumbering {
    /// The vertices of the block, in the order of their first triangles, and room for as many as there are corners.
    vertices: Vec<Point>,
    /// The hash of each vertex, by the keys of the mesh.
    hashes: Vec<u64>,
    vertex_count: usize,
    /// The vertices of each triangle.
    triangles: Vec<[u16; 3]>,
    /// A hash table of the vertices with linear probing.
    slots: Box<[u16; SLOTS]>,
    /// The hash of each vertex by the fixed keys.
    fixed_hashes: Vec<u64>,
}

impl Default for CornerNumbering {
    fn default() -> Self {
        Self {
            vertices: Vec::new(),
            hashes: Vec::new(),
            vertex_count: 0,
            triangles: Vec::new(),
            slots: boxed_array(NONE),
            fixed_hashes: Vec::new(),
        }
    }
}

impl CornerNumbering {
    /// Whether triangles share corners, by the first ones of a block.
    pub fn shares_corners(&mut self, block: &[Triangle], keys: [u64; 2]) -> bool {
        let sample = &block[..block.len().min(SAMPLE_TRIANGLES)];
        self.number(sample, keys);
        self.vertex_count <= MOST_SHARED_VERTICES * sample.len()
    }

    /// Numbers the corners of a block: equal ones have one number.
    pub fn number(&mut self, block: &[Triangle], keys: [u64; 2]) {
        let most = self.vertices.len().max(3 * block.len());
        self.vertices.resize(most, [0.0; 3]);
        self.hashes.resize(most, 0);
        self.triangles.resize(block.len(), [0; 3]);
        self.slots.fill(NONE);
        // Local slices, because the compiler would load the fields again after each store.
        let (vertices, hashes) = (self.vertices.as_mut_slice(), self.hashes.as_mut_slice());
        let slots = &mut *self.slots;
        let mut count = 0;
        for (number, corner) in self.triangles.as_flattened_mut().iter_mut().zip(block.as_flattened()) {
            let hash = keyed_corner_hash(*corner, keys);
            let mut slot = (hash >> (u64::BITS - SLOT_BITS)) as usize;
            loop {
                let vertex = slots[slot];
                if vertex == NONE {
                    slots[slot] = count as u16;
                    (vertices[count], hashes[count]) = (*corner, hash);
                    *number = count as u16;
                    count += 1;
                    break;
                }
                if are_equal(&vertices[usize::from(vertex)], corner) {
                    *number = vertex;
                    break;
                }
                slot = (slot + 1) % SLOTS;
            }
        }
        self.vertex_count = count;
    }

    /// Numbers each corner of a block by itself, whether it equals another one or not.
    pub fn number_apart(&mut self, block: &[Triangle], keys: [u64; 2]) {
        let corners = block.as_flattened();
        self.vertices.clear();
        self.vertices.extend_from_slice(corners);
        self.hashes.clear();
        self.hashes.extend(corners.iter().map(|&corner| keyed_corner_hash(corner, keys)));
        self.triangles.clear();
        self.triangles.extend_from_slice(&UNSHARED[..block.len()]);
        self.vertex_count = corners.len();
    }

    /// The vertices of the block, in the order of their first triangles.
    fn vertices(&self) -> &[Point] {
        &self.vertices[..self.vertex_count]
    }

    /// The hash of each vertex, by the keys of the mesh.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes[..self.vertex_count]
    }

    /// The vertices of each triangle.
    pub fn triangles(&self) -> &[[u16; 3]] {
        &self.triangles
    }

    /// Calls a function with the hashes of each triangle's corners by the fixed keys: a corner that many triangles share is
    /// hashed once.
    pub fn each_hashed(&mut self, mut take: impl FnMut([u64; 3])) {
        self.fixed_hashes.clear();
        self.fixed_hashes.extend(self.vertices[..self.vertex_count].iter().map(|&vertex| corner_hash(vertex)));
        let hash = |vertex: u16| self.fixed_hashes[usize::from(vertex)];
        for &[a, b, c] in &self.triangles {
            take([hash(a), hash(b), hash(c)]);
        }
    }

    /// Stores the vertices of the block, and the triangles unless each has its own.
    pub fn store(&self, slab: &mut Slab) -> StoredCorners {
        let (vertices, triangles) = (self.vertices(), self.triangles());
        let stored_triangles = if vertices.len() == 3 * triangles.len() { &[] } else { triangles };
        let [vertex_bytes, triangle_bytes]: [&[u8]; 2] = [cast_slice(vertices), cast_slice(stored_triangles)];
        let (place, words) = slab.take((vertex_bytes.len() + triangle_bytes.len()).div_ceil(size_of::<u64>()));
        let bytes: &mut [u8] = cast_slice_mut(words);
        bytes[..vertex_bytes.len()].copy_from_slice(vertex_bytes);
        bytes[vertex_bytes.len()..][..triangle_bytes.len()].copy_from_slice(triangle_bytes);
        StoredCorners { place, vertex_count: vertices.len() as u16, triangle_count: triangles.len() as u16 }
    }
}

/// Whether two corners have the same bits. Coordinate by coordinate: a corner that was just written by parts is slow to read
/// as a whole.
#[inline]
fn are_equal(a: &Point, b: &Point) -> bool {
    let [a, b] = [corner_bits(*a), corner_bits(*b)];
    (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) == 0
}

/// An array on the heap: of a fixed length, so that a masked place in it needs no check of bounds.
pub(in crate::mesh) fn boxed_array<T: Copy, const COUNT: usize>(value: T) -> Box<[T; COUNT]> {
    let slice = vec![value; COUNT].into_boxed_slice();
    slice.try_into().unwrap_or_else(|_| unreachable!("the slice has as many items as the array"))
}

/// The corners of a block in a slab.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct StoredCorners {
    place: Place,
    vertex_count: u16,
    triangle_count: u16,
}

/// The triangles of a block, as indices of its vertices.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct BlockCorners<'a> {
    /// The corners, in the order of their first triangles; distinct ones unless they were numbered apart.
    pub vertices: &'a [Point],
    pub triangles: &'a [[u16; 3]],
}

impl StoredCorners {
    /// Reads the corners from the slabs that they were stored in.
    pub fn read(self, slabs: &[Slab]) -> BlockCorners<'_> {
        let bytes: &[u8] = cast_slice(self.place.words(slabs));
        let (vertex_count, triangle_count) = (usize::from(self.vertex_count), usize::from(self.triangle_count));
        let (vertices, rest) = bytes.split_at(vertex_count * size_of::<Point>());
        let triangles = if vertex_count == 3 * triangle_count {
            &UNSHARED[..triangle_count]
        } else {
            cast_slice(&rest[..triangle_count * size_of::<[u16; 3]>()])
        };
        BlockCorners { vertices: cast_slice(vertices), triangles }
    }
}

impl BlockCorners<'_> {
    fn decode(&self, triangles: &[[u16; 3]], to: &mut [Triangle]) {
        // Corner by corner: a triangle that was just put together from corners is slow to copy as a whole.
        for (corner, &vertex) in to.as_flattened_mut().iter_mut().zip(triangles.as_flattened()) {
            *corner = self.vertices[usize::from(vertex)];
        }
    }
}

impl Triangles for BlockCorners<'_> {
    fn len(&self) -> usize {
        self.triangles.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        let triangles = &self.triangles[range];
        let start = to.len();
        to.resize(start + triangles.len(), [[0.0; 3]; 3]);
        self.decode(triangles, &mut to[start..]);
    }

    fn decoded<'b>(&'b self, buffer: &'b mut Vec<Triangle>) -> &'b [Triangle] {
        buffer.resize(self.len(), [[0.0; 3]; 3]);
        self.decode(self.triangles, buffer);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few corners, so that most come again, and many, so that the table grows.
        #[test]
        fn corners_come_back_as_they_were(
            few in prop::collection::vec(prop::array::uniform3(0_i16..9), 1..200),
            many in prop::collection::vec(any::<[i16; 3]>(), 1..200),
            keys: [u64; 2],
        ) {
            let corners: Vec<Point> = few.iter().chain(&many).map(|corner| corner.map(f32::from)).collect();
            let block = corners.as_chunks::<3>().0;
            let (mut numbering, mut slab) = (CornerNumbering::default(), Slab::new(0));
            // Again after the others, because each block finds the memory of the one before.
            let mut stored = |number: fn(&mut CornerNumbering, &[Triangle], [u64; 2])| {
                number(&mut numbering, block, keys);
                numbering.store(&mut slab)
            };
            let [one, apart, again] =
                [CornerNumbering::number, CornerNumbering::number_apart, CornerNumbering::number].map(&mut stored);
            let slabs = [slab];
            let mut buffer = Vec::new();
            let apart = apart.read(&slabs);
            prop_assert_eq!(apart.decoded(&mut buffer), block);
            for stored in [one, again] {
                let read = stored.read(&slabs);
                prop_assert_eq!(read.decoded(&mut buffer), block);
                let mut distinct: Vec<_> = read.vertices.iter().map(|&vertex| corner_bits(vertex)).collect();
                distinct.sort_unstable();
                prop_assert!(distinct.windows(2).all(|pair| pair[0] != pair[1]), "a corner has two vertices");
            }
        }
    }

    #[test]
    fn a_surface_in_its_order_shares_corners_and_a_shuffled_one_does_not() {
        let corner = |number: usize| [number % 200, number / 200, 0].map(|place| place as f32);
        let surface: Vec<Triangle> = (0..BLOCK_TRIANGLES)
            .map(|number| [number / 2, number / 2 + 1 + 199 * (number % 2), number / 2 + 200 + number % 2].map(corner))
            .collect();
        // An odd step visits every triangle of a block once, none beside the one before.
        let shuffled: Vec<Triangle> =
            (0..BLOCK_TRIANGLES).map(|number| surface[number * 1235 % BLOCK_TRIANGLES]).collect();
        let shares_corners = |triangles: &[Triangle]| CornerNumbering::default().shares_corners(triangles, [1, 2]);
        assert!(shares_corners(&surface));
        assert!(!shares_corners(&shuffled));
        assert!(shares_corners(&surface[..2]), "two triangles of a square");
    }
}
