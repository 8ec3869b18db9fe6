//! Property tests of untrusted bytes: each reader gives a right answer to any bytes, within its memory.
//!
//! `checks` has the properties. Each file here generates bytes for one reader: noise, and fixtures with changes. The
//! fuzz targets in `fuzz/` check the same properties on more bytes.

mod cad_stream;
mod changes;
mod indexed;
mod measures;
mod mesh_memory;
mod packed;
mod price_book;
mod request;
mod scenes;
mod solid;
mod stl;

use test_support::checks;
