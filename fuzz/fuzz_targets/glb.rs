//! The fuzz target of models in GLB: a dictionary leads to its words.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::model;

fuzz_target!(|bytes: &[u8]| model::check(bytes));
