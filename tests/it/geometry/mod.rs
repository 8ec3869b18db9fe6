//! Measures against what is known of a shape by formula, of a file by other programs, and of both by symmetry.

mod bad_input;
mod exact;
mod invariance;
mod repair;
mod text;
mod truth;

use pricing_worker::appraise::{Appraisal, Limits, Measured, Stop};
use pricing_worker::contract::{FindingCode, ModelRef, Reason};
pub use test_support::shapes;

/// As much as any model here may take.
pub const LIMITS: Limits = Limits { object_bytes: 8 << 30, memory_bytes: 512 << 20 };

/// Measures the bytes of a file, in one chunk.
pub fn measure(bytes: &[u8]) -> Result<Measured, Reason> {
    measure_chunks(bytes.len(), [bytes], &LIMITS)
}

/// Measures the bytes of a file, in chunks.
pub fn measure_chunks<'a>(
    size: usize,
    chunks: impl IntoIterator<Item = &'a [u8]>,
    limits: &Limits,
) -> Result<Measured, Reason> {
    let model = ModelRef { key: "model.stl".into(), ..ModelRef::default() };
    let mut appraisal = Appraisal::begin(&model, size as u64, limits, Stop::default())?;
    chunks.into_iter().try_for_each(|chunk| appraisal.push(chunk))?;
    appraisal.finish()
}

/// The codes of the findings but for the unit's, which every STL file has.
pub fn codes(measured: &Measured) -> Vec<FindingCode> {
    let codes = measured.findings.iter().map(|finding| finding.code);
    codes.filter(|code| *code != FindingCode::UnitAssumed).collect()
}

/// Asserts that two numbers agree to a relative error.
#[track_caller]
pub fn assert_close(found: f64, expected: f64, relative: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(error <= expected.abs() * relative, "{what}: found {found}, expected {expected}, off by {error:e}");
}
