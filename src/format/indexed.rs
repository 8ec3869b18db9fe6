//! Indexed formats: triangles as numbers of vertices, which are kept to the end of the file, or of a mesh within it.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use crate::mesh::{Indexed, Point, Triangle, Triangles};

/// The number of bytes whose triangles are in memory at once.
pub(super) const PART_BYTES: usize = 1 << 20;

/// The memory that reading takes beside the mesh, for an indexed file of this length: its longest row, what a part of the file is
/// parsed to, and the vertices.
pub(super) fn reading_bytes(
    size_bytes: u64,
    longest_row_bytes: u64,
    parsed_bytes_per_byte: u64,
    vertex_count: u64,
) -> u64 {
    let part_bytes = size_bytes.min(longest_row_bytes.max(PART_BYTES as u64));
    longest_row_bytes + part_bytes * parsed_bytes_per_byte + vertex_count * size_of::<Point>() as u64
}

/// A mesh of a file, which is read whole before its triangles are given.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    /// The vertices so far.
    pub points: Vec<Point>,
    /// The triangles so far, as numbers of vertices.
    pub triangles: Vec<[u32; 3]>,
}

/// Triangles that threads have read, one list after another.
pub(super) struct IndexedParts<'a> {
    pub points: &'a [Point],
    pub parts: &'a [Cow<'a, [[u32; 3]]>],
}

impl Triangles for IndexedParts<'_> {
    fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        let mut before = 0;
        for part in self.parts {
            let [from, end] = [range.start, range.end].map(|place| place.saturating_sub(before).min(part.len()));
            Indexed { points: self.points, triangles: part }.append(from..end, to);
            before += part.len();
        }
    }
}

/// A triangle has a vertex that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a triangle has the vertex {number}; its mesh has {count}, and the first is 0")]
pub(super) struct NoVertex {
    number: u64,
    count: usize,
}

impl Mesh {
    /// Three numbers in the file as the corners of a triangle, if there are such vertices.
    pub fn corners(&self, numbers: [u64; 3]) -> Result<[u32; 3], NoVertex> {
        let count = self.points.len();
        match numbers.iter().find(|&&number| number >= count as u64) {
            Some(&number) => Err(NoVertex { number, count }),
            None => Ok(numbers.map(|number| number as u32)),
        }
    }
}

impl Triangles for Mesh {
    fn len(&self) -> usize {
        self.triangles.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        Indexed { points: &self.points, triangles: &self.triangles }.append(range, to);
    }
}
