//! Which triangles share an edge, and the shells that they make: by hashes where that is enough, by vertices where not.

pub(in crate::mesh) mod block_edges;
pub(in crate::mesh) mod closed_check;
pub(in crate::mesh) mod duplicate_hashes;
pub(in crate::mesh) mod edges;
pub(in crate::mesh) mod indexed_mesh;
pub(in crate::mesh) mod kept_mesh;
pub(in crate::mesh) mod union_find;
