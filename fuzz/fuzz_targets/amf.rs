//! The fuzz target of models in AMF: a dictionary leads to its elements.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::model;

fuzz_target!(|bytes: &[u8]| model::check(bytes));
