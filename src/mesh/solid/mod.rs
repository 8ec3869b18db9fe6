//! Closed bodies: what each encloses, which lies in which, and what is solid then.

pub(in crate::mesh) mod body;
pub(in crate::mesh) mod box_pairs;
pub(in crate::mesh) mod containment;
pub(in crate::mesh) mod nesting;
