//! The fuzz target of models in 3MF: the bytes are the XML of the model, and a dictionary leads to its elements.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::model;
use test_support::packing::threemf;

fuzz_target!(|bytes: &[u8]| model::check(&threemf(bytes)));
