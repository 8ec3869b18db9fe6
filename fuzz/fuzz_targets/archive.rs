//! The fuzz target of archives: a dictionary leads to their headers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::model;

fuzz_target!(|bytes: &[u8]| model::check(bytes));
