//! STL, binary and ASCII: 3D Systems, "StereoLithography Interface Specification", 1989.
//!
//! `stl_io` is the independent reader that tests and benches hold these against. It is not used here: it reads from a
//! seekable file, one triangle at a time, matches every corner in a hash map, and tells binary from ASCII by the word
//! `solid`; a stream that is still arriving, on several cores, with the place of an error, is beyond it.

pub(super) mod ascii;
pub(super) mod binary;
mod facet_lines;
