//! The topology of a mesh: which triangles share an edge, and which shells they make. Hashes tell it for a mesh that needs no
//! repair, numbered vertices for any other.

pub(in crate::mesh) mod block_corners;
pub(in crate::mesh) mod block_edges;
pub(in crate::mesh) mod closed_check;
pub(in crate::mesh) mod duplicate_hashes;
pub(in crate::mesh) mod edges;
pub(in crate::mesh) mod hashes_by_range;
pub(in crate::mesh) mod indexed_mesh;
pub(in crate::mesh) mod kept_mesh;
pub(in crate::mesh) mod mesh_keeper;
pub(in crate::mesh) mod radial;
pub(in crate::mesh) mod slab;

/// The edges, shells and bodies of a whole mesh, and what was repaired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Topology {
    /// Whether no hole had to be closed.
    pub watertight: bool,
    /// Whether neighbours agree on which side is out, before any repair.
    pub winding_consistent: bool,
    /// The number of shells: sets of triangles joined across edges, of which those of four and more triangles are paired by
    /// angle. Walls, fins, copies and sheets without a volume are left out.
    pub shell_count: u64,
    /// The number of edges that one triangle uses, after the weld and the division of T-junctions; 0 if no hole has an area.
    pub boundary_edge_count: u64,
    /// The number of edges that three or more triangles use: as written or, where more are, after the weld.
    pub non_manifold_edge_count: u64,
    /// The number of triangles that were left out because they lie where another one lies.
    pub duplicate_count: u64,
    /// The number of vertices that were merged into a near one, and the tolerance, in the file's unit.
    pub welded: Option<(u64, f64)>,
    /// The number of triangles that were turned to agree with their neighbours.
    pub turned_triangle_count: u64,
    /// The number of bodies that were turned because they were inside out; 0 if the whole mesh was.
    pub turned_body_count: u64,
    /// The number of bodies whose inside is not solid.
    pub cavity_count: u64,
    /// The number of solids inside solids.
    pub absorbed_count: u64,
    /// The number of holes with an area that were closed, and the area of their patches, in the file's unit squared.
    pub holes: Option<(u64, f64)>,
}
