//! Any bytes as a price book.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pricing_worker_fuzz::checks::price_book;

fuzz_target!(|bytes: &[u8]| price_book::check(bytes));
