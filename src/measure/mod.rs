//! Measures of a solid that need more than sums over its triangles.
//!
//! | module | what |
//! | --- | --- |
//! | `hull` | the convex hull |
//! | `oriented_box` | the smallest box in any orientation |
//!
//! Lengths are in the unit of the mesh. Each measure is the same on any number of threads, to the last bit.

mod hull;
mod oriented_box;
#[cfg(test)]
mod tests;

pub use self::hull::Hull;
pub use self::oriented_box::{OrientedBox, oriented_box};
