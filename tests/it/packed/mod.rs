//! Tests of models that are packed: archives, and formats that are one.

mod amf;
mod archives;
mod threemf;
mod threemf_files;

use pricing_worker::appraise::MeasuredModel;
use pricing_worker::contract::{Reason, RejectionCode};

use crate::geometry::measure_in_any_chunks;

/// Measures a file in any chunks, and shows its rejection.
#[track_caller]
fn measured(name: &str, bytes: &[u8]) -> MeasuredModel {
    measure_in_any_chunks(name, bytes).unwrap_or_else(|reason| panic!("{name}: {}: {reason}", reason.code))
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
