//! The fuzz target of requests.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::request;

fuzz_target!(|bytes: &[u8]| request::check(bytes));
