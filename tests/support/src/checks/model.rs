//! The properties of a model read from untrusted bytes, in any chunks.

use std::sync::{LazyLock, Once};

use pricing_worker::appraise::{Appraiser, HEAD_BYTES, Limits, MeasuredModel, Outcome, QuoteRequest};
use pricing_worker::contract::{Geometry, Reason, RejectionCode};
use pricing_worker::pricing::PriceBook;

use super::{memory, report_uncaught};
use crate::appraising::{measure_by_head, quote_request};

/// The most memory for tables and buffers of a fixed initial size, above what is planned.
const SLACK_BYTES: u64 = 64 << 10;
/// A triangle limit above the size of every model here.
const WHOLE: u64 = 1_000_000;

static REQUEST: LazyLock<QuoteRequest> = LazyLock::new(|| quote_request("model"));
static BOOK: LazyLock<PriceBook> = LazyLock::new(PriceBook::sample);

/// The first bytes of a STEP file.
const STEP_HEAD: &[u8] = b"ISO-10303-21;";

/// Checks that one chunk and many chunks give the same answer, with and without the whole mesh in memory.
pub fn check(bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    // A place in a file that is packed is one of what it unpacks to.
    let most_position = if is_archive(bytes) { u64::MAX - 1 } else { bytes.len() as u64 };
    check_by_head((head, bytes.len() as u64), bytes, most_position);
}

/// Checks the same of the stream that a converter makes of a CAD file.
pub fn check_cad_stream(stream: &[u8]) {
    check_by_head((STEP_HEAD, STEP_HEAD.len() as u64), stream, stream.len() as u64);
}

/// Checks it of a file with this head and length, from the bytes that its reader is given.
fn check_by_head(file: (&[u8], u64), bytes: &[u8], most_position: u64) {
    // The report of a panic that is caught would take memory that is in no plan.
    static REPORTS_UNCAUGHT: Once = Once::new();
    REPORTS_UNCAUGHT.call_once(report_uncaught);
    let (_, size_bytes) = file;
    // With a limit of 0, no mesh is kept.
    for topology_triangles in [WHOLE, 0] {
        // A file in an archive may have more bytes than the archive.
        let limits = Limits { object_bytes: size_bytes.max(1 << 20), topology_triangles };
        // The converter is not run, and takes no memory.
        let appraiser = Appraiser::new(BOOK.clone(), limits).converting(0);
        let cuts: Vec<&[u8]> = Cuts::of(bytes).collect();
        let measure = |chunks: &[&[u8]]| {
            within_memory(|planned| measure_by_head(&appraiser, &REQUEST, file, chunks, |_| false, planned))
        };
        let (at_once, in_pieces) = (measure(&[bytes]), measure(&cuts));
        assert_eq!(at_once, in_pieces, "in one chunk, and in many");
        match at_once {
            Ok(measured) => check_measured(&appraiser, measured),
            Err(reason) => check_reason(&reason, most_position),
        }
    }
}

/// Checks that a computation keeps to the memory that is planned for it, which it tells. That follows from the bytes that are there,
/// whatever count a header claims.
fn within_memory<R>(compute: impl FnOnce(&mut u64) -> R) -> R {
    let mut planned_bytes = 0;
    let (result, peak_bytes) = memory::peak(|| compute(&mut planned_bytes));
    let most = planned_bytes + SLACK_BYTES;
    assert!(peak_bytes <= most, "{planned_bytes} bytes were planned, and {peak_bytes} were taken");
    result
}

fn check_measured(appraiser: &Appraiser, measured: MeasuredModel) {
    check_geometry(&measured.geometry);
    let object = REQUEST.object.clone();
    let result = appraiser.quote(&REQUEST, &object, measured);
    if let Err(reason) = &result {
        // A solid may still be too flat to have three extents, or too large for a price.
        assert!(matches!(reason.code, RejectionCode::NoVolume | RejectionCode::TooLarge), "{reason}");
    }
    if let Outcome::Completed(event) = appraiser.outcome(&REQUEST, &object, result) {
        assert!(event.data.quotes.iter().all(|quote| !quote.total_price.starts_with('-')), "{:?}", event.data.quotes);
        assert_eq!(event.data.quotes.len(), appraiser.book().materials().len());
    }
}

/// Checks that every measure is a number, so that no price comes from a missing one.
fn check_geometry(geometry: &Geometry) {
    let Geometry { triangle_count, volume_mm3, surface_area_mm2, bounds_mm, extents_mm, centroid_mm, .. } = geometry;
    for number in [volume_mm3, surface_area_mm2] {
        assert!(number.is_finite() && *number > 0.0, "{geometry:?}");
    }
    for number in bounds_mm.min.iter().chain(&bounds_mm.max).chain(extents_mm).chain(centroid_mm) {
        assert!(number.is_finite(), "{geometry:?}");
    }
    assert!(extents_mm.iter().all(|extent| *extent >= 0.0), "{geometry:?}");
    assert!((1..=*triangle_count).contains(&(triangle_count - geometry.degenerate_triangle_count)), "{geometry:?}");
}

fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK") || bytes.starts_with(b"\x1f\x8b")
}

/// Checks that a reason can be shown, and that its position is in the file.
fn check_reason(reason: &Reason, most_position: u64) {
    use pricing_worker::contract::Position::{Byte, Line};
    assert!(!reason.message.is_empty() && reason.message.len() < 500, "{reason}");
    assert!(!reason.message.contains(char::is_control), "{reason:?}");
    match reason.position {
        None => {}
        Some(Byte(at)) => assert!(at <= most_position, "{reason} at byte {at} of {most_position}"),
        Some(Line(line)) => assert!((1..=most_position + 1).contains(&line), "{reason} at line {line}"),
    }
}

/// Bytes in chunks of many sizes. A hash of the bytes sets the cuts, so that a failure is reproducible.
struct Cuts<'b> {
    rest: &'b [u8],
    state: u64,
}

impl<'b> Cuts<'b> {
    fn of(bytes: &'b [u8]) -> Self {
        // FNV-1a.
        let state = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |state: u64, &byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { rest: bytes, state }
    }

    /// A linear congruential generator's high bits.
    fn random(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below
    }
}

impl<'b> Iterator for Cuts<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let scale = self.random(13);
        let size = 1 + self.random(1 << scale);
        let (chunk, rest) = self.rest.split_at(size.min(self.rest.len()));
        self.rest = rest;
        Some(chunk)
    }
}
