//! Property tests of untrusted streams: a converter has read a stranger's file.

use proptest::prelude::*;
use test_support::cad_stream::cube;

use super::changes::changed_files;
use super::checks::model::check_cad_stream;

const WORDS: [&str; 12] = [
    "FILE",
    "SOLD",
    "PLAC",
    "PNTS",
    "TRIS",
    "LEFT",
    "END ",
    "NONE",
    "\0\0\0\0",
    "\"copies\":2,",
    "\"meshes\":\"render\"",
    "\"exact\":null,",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn changed_streams_are_answered(bytes in changed_files(vec![cube("1.0"), cube("-0.9")], &WORDS)) {
        check_cad_stream(&bytes.0);
    }
}
