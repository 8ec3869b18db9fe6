//! What a mesh is: its sums in one pass, and what needs the whole of it.
//!
//! | file | what |
//! | --- | --- |
//! | `triangle` | the triangle, and the block of triangles that flows |
//! | `hash` | hashes of corners and triangles that do not depend on order |
//! | `block` | the sums over one block |
//! | `compensated` | sums that carry what rounding takes from them |
//! | `measure` | the one pass: volume, area, bounds, centroid, closedness, fingerprint |
//! | `whole` | a mesh that is kept, block by block |
//! | `block_edges` | the edges of one block: which two of its triangles share, and which are open |
//! | `pairing` | whether every edge joins two triangles, and the shells: of a mesh that needs no repair |
//! | `seen` | whether a hash comes twice |
//! | `sets` | sets that are joined |
//! | `index` | corners that are exactly equal become one vertex |
//! | `edges` | which half-edges lie on the same edge, and the shells they join |
//! | `weld` | corners that are nearly equal become one vertex |
//! | `winding` | neighbours made to agree on which side is out |
//! | `holes` | the loops around holes, and the fans that close them |
//! | `body` | what is closed on its own, measured on its own |
//! | `overlaps` | which of many boxes overlap |
//! | `containment` | whether one body lies inside another |
//! | `nesting` | what is solid then |
//! | `topology` | the order in which these are asked, and what comes out |
//!
//! Lengths here are in the unit of the file: who reads it knows the unit, the mesh does not. Corners are `f32`, as
//! files store them; everything computed from them is `f64`.

mod block;
mod block_edges;
mod body;
mod compensated;
mod containment;
mod edges;
mod hash;
mod holes;
mod index;
mod measure;
mod nesting;
mod overlaps;
mod pairing;
mod seen;
mod sets;
mod topology;
mod triangle;
mod weld;
mod whole;
mod winding;

pub use holes::MOST_LOOSE;
pub use index::topology_bytes;
pub use measure::{MeasureError, Measurer, NonFinite, Sums};
pub use topology::{Solid, SolidError, Topology, solid_of_sums, solidify};
pub use triangle::{BLOCK_TRIANGLES, Point, Triangle, Triangles};
pub use whole::WholeMesh;
