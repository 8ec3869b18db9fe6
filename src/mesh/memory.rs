//! The most memory that topology and repair take, and what it leaves for the union of bodies.
//!
//! The figures follow from the number of triangles alone: what fits into them is united on every replica, and nothing else is.

/// The most memory of topology for a triangle, in bytes. The worst case is a mesh of which no two triangles share a corner:
/// while it is kept, 42 for corners, 56 for edges and an eighth for what slabs have left; while it is indexed, 47 for what is
/// kept, 36 for the vertices, 12 for the triangles, and 48 for the table when it has just grown; while it is welded, 72 and the
/// figure of `weld`. A closed mesh, in which six triangles share a vertex, takes about 25 while it is kept.
const TOPOLOGY_BYTES: u64 = 160;
/// The memory of the mesh, its bodies and what is known of them for a triangle of the mesh, in bytes.
const MESH_BYTES: u64 = 84;
/// The memory of unions for a triangle of theirs, in bytes; a hundred more than was measured.
const UNION_BYTES: u64 = 760;
/// The memory up to which the mesh and its unions may take more than its topology did, in bytes: the topology of two million
/// triangles, so that a fleet that examines so many plans no more for unions.
const MOST_MORE_BYTES: u64 = 2_000_000 * TOPOLOGY_BYTES;

/// The memory by which unions may exceed the topology where it is not known whether any are made. Most meshes need none, and memory
/// that is reserved for nothing keeps other models waiting; to read a small mesh again costs more than to reserve this.
const AT_ONCE_BYTES: u64 = 24 << 20;

/// The most memory, in bytes, that topology and repair take for a number of triangles, but for unions of bodies that meet: these
/// have what the topology took, before which tables and edges are freed, and little more. Beyond that, tables begin with some
/// room, and what is solid takes a bounded amount, by the comparison of bodies (`crossing` and `containment` have the bounds) or by
/// the rays through a single one (`self_overlap`): half a mebibyte for the numbers of all rays, and crossings with them.
pub fn topology_bytes(triangle_count: u64) -> u64 {
    let at_once = triangle_count.saturating_mul(TOPOLOGY_BYTES).saturating_add(AT_ONCE_BYTES);
    bytes_with(union_bytes(triangle_count).min(at_once), triangle_count)
}

/// The same with unions of bodies that meet.
pub fn topology_bytes_with_unions(triangle_count: u64) -> u64 {
    bytes_with(union_bytes(triangle_count), triangle_count)
}

/// The memory of the hungrier stage where unions have so much, and of what is solid.
fn bytes_with(union_bytes: u64, triangle_count: u64) -> u64 {
    let solid = triangle_count.saturating_mul(1 << 12).saturating_add(512 << 10).min(4 << 20);
    triangle_count.saturating_mul(TOPOLOGY_BYTES).max(union_bytes).saturating_add(solid)
}

/// The most memory of a mesh and its unions, in bytes.
fn union_bytes(triangle_count: u64) -> u64 {
    let wished = wished_united(triangle_count).saturating_mul(UNION_BYTES);
    triangle_count.saturating_mul(MESH_BYTES).saturating_add(wished).min(most_bytes(triangle_count))
}

/// The most triangles that the operands of unions and their results may have in memory, for a mesh of so many.
pub(in crate::mesh) fn most_united(triangle_count: u64) -> u64 {
    let for_unions = most_bytes(triangle_count).saturating_sub(triangle_count.saturating_mul(MESH_BYTES));
    wished_united(triangle_count).min(for_unions / UNION_BYTES)
}

/// The most triangles that unions of a mesh are given, if there is memory. Bodies that cross each other in many places make more
/// triangles than they had, and a small mesh may grow by a larger factor.
fn wished_united(triangle_count: u64) -> u64 {
    let growth = (triangle_count / 2).saturating_add(triangle_count.saturating_mul(48).min(20_000));
    triangle_count.saturating_add(growth)
}

/// The bound on the memory of a mesh and its unions, in bytes.
fn most_bytes(triangle_count: u64) -> u64 {
    triangle_count.saturating_mul(TOPOLOGY_BYTES).max(MOST_MORE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_mesh_never_takes_less_and_two_million_triangles_take_no_more_for_unions() {
        let counts: Vec<u64> = (0..1000).map(|step| step * 3_137).chain([u64::MAX / 200, u64::MAX]).collect();
        assert!(counts.windows(2).all(|pair| topology_bytes(pair[0]) <= topology_bytes(pair[1])));
        assert_eq!(topology_bytes(2_000_000), 2_000_000 * TOPOLOGY_BYTES + (4 << 20));
        assert_eq!(topology_bytes_with_unions(2_000_000), topology_bytes(2_000_000));
        assert!(counts.iter().all(|&count| topology_bytes(count) <= topology_bytes_with_unions(count)));
        assert_eq!(topology_bytes_with_unions(5_000), topology_bytes(5_000), "a small mesh is read once");
        assert!(5 * topology_bytes(100_000) < 2 * topology_bytes_with_unions(100_000));
        assert_eq!(most_united(2_000_000), 200_000);
        assert!(most_united(300_000) > 300_000);
    }
}
