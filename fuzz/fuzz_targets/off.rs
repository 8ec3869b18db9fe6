//! The fuzz target of models in OFF: a dictionary leads to its words.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::{model, report_uncaught};

fuzz_target!(init: report_uncaught(), |bytes: &[u8]| model::check(bytes));
