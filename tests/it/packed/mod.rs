//! Tests of models that are packed: archives, and formats that are one.

mod amf;
mod archives;
mod slicers;
mod threemf;
mod threemf_files;
mod traps;

use std::sync::LazyLock;

use pricing_worker::appraise::{Appraiser, MeasuredModel};
use pricing_worker::contract::{Reason, RejectionCode, Unit, UnitSource};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{self, quote_request};

use crate::geometry::{LIMITS, assert_close};

static APPRAISER: LazyLock<Appraiser> = LazyLock::new(|| Appraiser::new(PriceBook::sample(), LIMITS));

/// Measures a file whose name says nothing of its format.
fn measure(bytes: &[u8], chunk_bytes: usize) -> Result<MeasuredModel, Reason> {
    appraising::measure(&APPRAISER, &quote_request("model"), bytes.chunks(chunk_bytes))
}

/// Measures a file by its name.
fn measure_as(name: &str, bytes: &[u8]) -> Result<MeasuredModel, Reason> {
    appraising::measure(&APPRAISER, &quote_request(name), std::iter::once(bytes))
}

/// Measures a file in one chunk and in small ones, which must agree.
#[track_caller]
fn measure_in_any_chunks(name: &str, bytes: &[u8]) -> Result<MeasuredModel, Reason> {
    let at_once = measure(bytes, usize::MAX);
    for size in [1, 7, 4096] {
        // A byte at a time takes long for a large file.
        if bytes.len() / size < 10_000 {
            assert_eq!(measure(bytes, size), at_once, "{name}, in chunks of {size} bytes");
        }
    }
    at_once
}

/// The measures of a file, in any chunks.
#[track_caller]
fn measured(name: &str, bytes: &[u8]) -> MeasuredModel {
    measure_in_any_chunks(name, bytes).unwrap_or_else(|reason| panic!("{name}: {}: {reason}", reason.code))
}

/// Measures a cube of ten units, and holds that the file says its unit.
#[track_caller]
fn check_unit(name: &str, cube: &[u8], unit: Unit) {
    let measured = measured(name, cube);
    assert_eq!((measured.model.unit.name, measured.model.unit.source), (unit, UnitSource::File), "{name}");
    assert_close(measured.geometry.volume_mm3, 1000.0 * unit.millimetres().powi(3), 1e-12, name);
}

/// The name of a file, its bytes, and the code and a part of the message of its rejection.
struct Refused(&'static str, Vec<u8>, RejectionCode, &'static str);

#[track_caller]
fn check_refused(rows: impl IntoIterator<Item = Refused>) {
    for Refused(name, bytes, code, part) in rows {
        let reason: Reason = match measure_in_any_chunks(name, &bytes) {
            Ok(measured) => panic!("{name}: it has a volume of {}", measured.geometry.volume_mm3),
            Err(reason) => reason,
        };
        assert_eq!(reason.code, code, "{name}: {reason}");
        assert!(reason.message.contains(part), "{name}: `{part}` is not in `{reason}`");
    }
}
