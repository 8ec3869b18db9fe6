//! Triangle meshes: sums in one pass, topology, repair, and the solid that a mesh encloses.
//!
//! | module | what |
//! | --- | --- |
//! | `triangle` | the triangle, and the source of triangles that the pass reads |
//! | `sums` | the one pass: volume, area, bounds, centroid, closedness, fingerprint |
//! | `topology` | edges, shells, and the mesh that is kept in memory for them |
//! | `repair` | the steps in their order: weld near vertices, make winding consistent, close holes |
//! | `solid` | bodies: which contains which, which of them meet, and what is solid |
//! | `surface` | the repaired mesh, which drivers measure |
//! | `solid_mesh` | the surface of the solid as one mesh, which sections cut |
//! | `faces` | the surface's triangles and patches by number |
//! | `hierarchy` | the triangles of a surface that a ray or a box may meet |
//! | `box_tree` | a bounding-volume hierarchy over boxes of any items |
//! | `planar_hull` | the convex hull of points in a plane |
//! | `union_find` | disjoint sets |
//! | `memory` | the most memory that all of it takes |
//!
//! Lengths are in the unit of the file, which this module does not know. Corners are `f32`, as files store them;
//! everything computed from them is `f64`.

mod box_tree;
mod corner_hash;
mod faces;
mod hierarchy;
mod memory;
mod planar_hull;
mod repair;
mod solid;
mod solid_mesh;
mod sums;
mod surface;
mod topology;
mod triangle;
mod union_find;

pub use hierarchy::Hierarchy;
pub use memory::{topology_bytes, topology_bytes_with_unions};
pub use planar_hull::planar_hull;
pub use repair::holes::MOST_LOOSE;
pub use repair::{RepairOptions, Repaired, repair};
pub use solid::boolean::catches_panics;
pub use solid::overlaps::Overlaps;
pub use solid::self_overlap::{SelfOverlap, self_overlap};
pub use solid::{Solid, SolidError, solid_of_sums};
pub use solid_mesh::SolidMesh;
pub use sums::{MeasureError, MeasuredMesh, Measurer, NonFinite, Stopped, Sums};
pub use surface::Surface;
pub use topology::Topology;
pub use topology::indexed_mesh::MOST_INDEXED_TRIANGLES;
pub use topology::kept_mesh::KeptMesh;
pub use triangle::{BLOCK_TRIANGLES, Indexed, Point, Triangle, Triangles};
pub use union_find::DisjointSets;
