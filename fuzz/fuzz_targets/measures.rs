//! The fuzz target of measures and layers: meshes of a few bodies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use test_support::checks::{bodies, measures, report_uncaught};

/// The most triangles of a mesh.
const MOST_TRIANGLES: usize = 1024;

fuzz_target!(init: report_uncaught(), |bytes: &[u8]| measures::check(&bodies::mesh(bytes, MOST_TRIANGLES)));
