//! Any bytes as a request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pricing_worker_fuzz::checks::request;

fuzz_target!(|bytes: &[u8]| request::check(bytes));
