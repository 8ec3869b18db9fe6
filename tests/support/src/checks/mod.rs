//! Checks of untrusted bytes, one file for each reader: properties that any bytes must have.
//!
//! The tests run them on bytes that they make up, and the fuzz targets on those that a fuzzer finds. A check panics where a
//! property does not hold.

pub mod memory;
pub mod price_book;
pub mod request;
pub mod stl;
