//! What holds of any bytes whatever, one file a reader.
//!
//! The tests hold it of bytes that they make up, and the fuzz targets, which include these files, of all that a fuzzer
//! comes upon. A check panics where something does not hold.

pub mod memory;
pub mod price_book;
pub mod request;
pub mod stl;
