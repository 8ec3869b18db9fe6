//! What a mesh is: its sums in one pass, and what needs the whole of it.
//!
//! | room | what |
//! | --- | --- |
//! | `triangle` | the triangle, and the block of triangles that flows |
//! | `sums` | the one pass: volume, area, bounds, centroid, closedness, fingerprint |
//! | `topology` | edges, shells, and the mesh that is kept for them |
//! | `repair` | near vertices welded, winding made consistent, holes closed; and the order of these steps |
//! | `solid` | bodies: which lies in which, and what is solid then |
//! | `surface` | the repaired mesh, lent to what measures more than sums |
//! | `hierarchy` | a tree of boxes over triangles |
//!
//! Lengths here are in the unit of the file: who reads it knows the unit, the mesh does not. Corners are `f32`, as
//! files store them; everything computed from them is `f64`.

mod corner_hash;
mod hierarchy;
mod repair;
mod solid;
mod sums;
mod surface;
mod topology;
mod triangle;

pub use hierarchy::Hierarchy;
pub use repair::holes::MOST_LOOSE;
pub use repair::{Repaired, repair};
pub use solid::{Solid, SolidError, solid_of_sums};
pub use sums::{MeasureError, MeasuredMesh, Measurer, NonFinite, Stopped, Sums};
pub use surface::{Facing, Surface};
pub use topology::Topology;
pub use topology::indexed_mesh::topology_bytes;
pub use topology::kept_mesh::KeptMesh;
pub use triangle::{BLOCK_TRIANGLES, Indexed, Point, Triangle, Triangles};
