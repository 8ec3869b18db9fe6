//! The fuzz target of the stream that a converter of CAD files writes. Each line is a record without its length; bytes that begin as a
//! stream does are one as they are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::cad_stream::{MAGIC, stream};
use test_support::checks::model;

const TAG_BYTES: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(MAGIC) {
        return model::check_cad_stream(bytes);
    }
    model::check_cad_stream(&stream(bytes.split(|&byte| byte == b'\n').map(record)));
});

fn record(line: &[u8]) -> (&[u8], &[u8]) {
    line.split_at(line.len().min(TAG_BYTES))
}
