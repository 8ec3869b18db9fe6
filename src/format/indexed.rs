//! The memory that reading an indexed format takes: triangles as numbers of vertices, which are kept to the end of the file.

use crate::mesh::Point;

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
