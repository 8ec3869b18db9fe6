//! What the fuzz targets hold of any bytes: the very files that the tests hold of the bytes that they make up.

#[path = "../../tests/it/untrusted/checks/mod.rs"]
pub mod checks;
