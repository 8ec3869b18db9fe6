//! The fuzz target of price books.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::price_book;

fuzz_target!(|bytes: &[u8]| price_book::check(bytes));
