//! Tests of measures against formulas of shapes, against other programs' measures of files, and by symmetry.

mod arbitrary;
mod assemblies;
mod bad_input;
mod binary_dialects;
mod cases;
mod coincident;
mod cracks;
mod dialects;
mod exact;
mod formats;
mod images;
mod invariance;
pub mod kinds;
mod parts;
mod repair;
mod replicas;
mod self_overlap;
mod stopping;
mod surface;
mod text;
mod truth;
mod union;
mod union_peer;
mod units;

use std::sync::LazyLock;

use pricing_worker::appraise::{Appraiser, Limits, MeasuredModel};
use pricing_worker::contract::{Finding, FindingCode, Reason};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{self, quote_request};
pub use test_support::shapes;

use self::shapes::Shape;

/// Limits that hold every model here.
pub const LIMITS: Limits = Limits { object_bytes: 8 << 30, topology_triangles: 2_000_000 };

/// Measures the bytes of a file, in one chunk.
pub fn measure(bytes: &[u8]) -> Result<MeasuredModel, Reason> {
    measure_chunks([bytes], &LIMITS)
}

/// Measures the bytes of a file, in chunks.
pub fn measure_chunks<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    limits: &Limits,
) -> Result<MeasuredModel, Reason> {
    // The property tests measure thousands of models; the book is the same for all.
    static BOOK: LazyLock<PriceBook> = LazyLock::new(PriceBook::sample);
    appraising::measure(&Appraiser::new(BOOK.clone(), *limits), &quote_request("model.stl"), chunks)
}

/// Measures the bytes of a file in one chunk and in small ones, which must agree.
#[track_caller]
pub fn measure_in_any_chunks(name: &str, bytes: &[u8]) -> Result<MeasuredModel, Reason> {
    let at_once = measure(bytes);
    for size in [1, 7, 4096] {
        // A byte at a time takes long for a large file.
        if bytes.len() / size < 100_000 {
            assert_eq!(measure_chunks(bytes.chunks(size), &LIMITS), at_once, "{name}, in chunks of {size} bytes");
        }
    }
    at_once
}

/// The codes of the findings, without the one about the unit, which every STL file has.
pub fn codes(measured: &MeasuredModel) -> Vec<FindingCode> {
    let codes = measured.findings.iter().map(|finding| finding.code);
    codes.filter(|code| *code != FindingCode::UnitAssumed).collect()
}

/// The findings as text, without the one about the unit.
pub fn told(findings: &[Finding]) -> String {
    let told = findings.iter().filter(|finding| finding.code != FindingCode::UnitAssumed);
    let told: Vec<_> =
        told.map(|Finding { code, severity, message }| format!("{code:?} ({severity:?}): {message}")).collect();
    told.join("; ")
}

/// The same solid with other triangles.
pub fn variants(shape: &Shape) -> Vec<(&'static str, Shape)> {
    vec![
        ("as it is", shape.clone()),
        ("moved far off", shape.moved([8_000_000, -8_000_000, 4_000_000])),
        ("turned", shape.turned()),
        ("mirrored", shape.mirrored()),
        ("shuffled", shape.shuffled()),
    ]
}

/// Asserts that two numbers agree to a relative error.
#[track_caller]
pub fn assert_close(found: f64, expected: f64, relative: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(error <= expected.abs() * relative, "{what}: found {found}, expected {expected}, off by {error:e}");
}
