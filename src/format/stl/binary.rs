//! The reader of binary STL whose length is that of its count: a header of 80 bytes, a count, then 50 bytes for each triangle.
//!
//! The reader of other lengths is in `irregular`.

use std::ops::Range;

use super::error::StlError;
use super::record::{RECORD_BYTES, TriangleRecord, coordinate_offset, decode};
use crate::contract::Position;
use crate::format::{Count, FileFacts, Needs, ReadError, Reader, Sink};
use crate::mesh::{NonFinite, Triangle, Triangles};

pub(super) const HEADER_BYTES: usize = 84;

/// A reader of binary STL of the length that follows from the header's count.
#[derive(Debug)]
pub(super) struct BinaryReader {
    triangle_count: u32,
    /// The number of bytes so far, with those of the header.
    received_bytes: u64,
    header_left: usize,
    triangles_left: u64,
    /// The start of a record whose rest is in the next chunk.
    pending: Vec<u8>,
    facts: FileFacts,
}

impl BinaryReader {
    pub fn new(triangle_count: u32, facts: FileFacts) -> Self {
        Self {
            triangle_count,
            received_bytes: 0,
            header_left: HEADER_BYTES,
            triangles_left: u64::from(triangle_count),
            pending: Vec::with_capacity(RECORD_BYTES),
            facts,
        }
    }

    /// The triangles that a chunk completes.
    fn records<'a>(&mut self, mut bytes: &'a [u8]) -> TriangleRecords<'a> {
        self.received_bytes += bytes.len() as u64;
        bytes = &bytes[skip(&mut self.header_left, bytes.len())..];
        let mut cut = None;
        if !self.pending.is_empty() {
            let taken = bytes.len().min(RECORD_BYTES - self.pending.len());
            self.pending.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if let Ok(&record) = self.pending.as_slice().try_into() {
                cut = self.count(&[record]).first().map(decode);
                self.pending.clear();
            }
        }
        let (whole, rest) = bytes.as_chunks();
        self.pending.extend_from_slice(rest);
        TriangleRecords { cut, whole: self.count(whole) }
    }

    /// Takes records off the count of triangles, and returns those within it.
    fn count<'a>(&mut self, records: &'a [TriangleRecord]) -> &'a [TriangleRecord] {
        let count = self.triangles_left.min(records.len() as u64);
        self.triangles_left -= count;
        &records[..count as usize]
    }
}

impl Reader for BinaryReader {
    fn needs(&self) -> Needs {
        Needs { own_bytes: 0, triangles: Count::Exactly(u64::from(self.triangle_count)), whole_file: false }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        sink.triangles(&self.records(chunk))
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        if self.triangles_left == 0 {
            return Ok(std::mem::take(&mut self.facts));
        }
        let whole = u64::from(self.triangle_count) - self.triangles_left;
        Err(StlError::TrianglesCut { counted: self.triangle_count, whole, size_bytes: self.received_bytes }.into())
    }

    fn position(&self, place: NonFinite) -> Option<Position> {
        let record = HEADER_BYTES as u64 + RECORD_BYTES as u64 * place.triangle;
        Some(Position::Byte(record + coordinate_offset(place.corner, place.axis)))
    }
}

/// The count in a header.
pub(super) fn count_in(header: &[u8; HEADER_BYTES]) -> u32 {
    u32::from_le_bytes([header[80], header[81], header[82], header[83]])
}

/// The length of a file of `triangle_count` triangles.
pub(super) fn file_size_bytes(triangle_count: u32) -> u64 {
    HEADER_BYTES as u64 + RECORD_BYTES as u64 * u64::from(triangle_count)
}

/// The triangles of a chunk, as the file stores them.
#[derive(Debug)]
struct TriangleRecords<'a> {
    /// The first one, if its record was cut by the end of a chunk.
    cut: Option<Triangle>,
    whole: &'a [TriangleRecord],
}

impl Triangles for TriangleRecords<'_> {
    fn len(&self) -> usize {
        self.cut.as_slice().len() + self.whole.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        let cut = self.cut.as_slice();
        let count = cut.len();
        to.extend_from_slice(&cut[range.start.min(count)..range.end.min(count)]);
        let whole = &self.whole[range.start.max(count) - count..range.end.max(count) - count];
        to.extend(whole.iter().map(decode));
    }
}

/// Takes up to `length` off the bytes that are left to skip, and returns how many it took.
fn skip(left: &mut usize, length: usize) -> usize {
    let skipped = length.min(*left);
    *left -= skipped;
    skipped
}
