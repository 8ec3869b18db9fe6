//! Any bytes as a model.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pricing_worker_fuzz::checks::stl;

fuzz_target!(|bytes: &[u8]| stl::check(bytes));
