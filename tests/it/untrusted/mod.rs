//! Bytes from anybody: whatever they are, each reader answers with the truth, within its memory.
//!
//! What holds of them is in `checks`, and each file here makes up bytes for one of them: noise, and the fixtures with
//! changes. The fuzz targets in `fuzz/` go on where this ends.

mod changes;
mod mesh_memory;
mod price_book;
mod request;
mod stl;

use test_support::checks;
