//! Which triangles share an edge, and the shells that they make: by hashes where that is enough, by vertices where not.

pub(in crate::mesh) mod block_edges;
pub(in crate::mesh) mod closed_check;
pub(in crate::mesh) mod duplicate_hashes;
pub(in crate::mesh) mod edges;
pub(in crate::mesh) mod indexed_mesh;
pub(in crate::mesh) mod kept_mesh;
pub(in crate::mesh) mod union_find;

/// What the whole mesh tells beyond its sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Topology {
    /// Whether no hole had to be closed.
    pub watertight: bool,
    /// Whether neighbours in the file as written agree on which side is out.
    pub winding_consistent: bool,
    /// Sets of triangles joined across edges that exactly two share.
    pub shell_count: u64,
    /// Edges that one triangle uses, after the weld.
    pub boundary_edge_count: u64,
    /// Edges that three or more triangles use, after the weld.
    pub non_manifold_edge_count: u64,
    /// Vertices that were merged into a near one, and how far apart they were at most, in the file's unit.
    pub welded: Option<(u64, f64)>,
    /// Triangles that were turned to agree with their neighbours.
    pub turned_triangle_count: u64,
    /// Bodies that were turned because they were inside out, unless all were.
    pub turned_body_count: u64,
    /// Bodies whose inside is not solid.
    pub cavity_count: u64,
    /// Solids inside solids.
    pub absorbed_count: u64,
    /// Pairs of bodies that may overlap.
    pub overlap_count: u64,
    /// Holes that were closed, and the area that closes them, in the file's unit squared.
    pub holes: Option<(u64, f64)>,
}
