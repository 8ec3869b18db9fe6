//! The reader of binary STL whose length is not that of its count.
//!
//! Programs write such files in five ways: a count that was never set right, attributes behind the triangles whose length the
//! last two bytes of each record state, another file behind the first, a signature or padding at the end, and a file that was
//! cut, which is refused before. Every step is decided by the likeness of the next bytes to triangles, so that triangles are
//! neither missed nor made of other bytes; what is not certain is an error with its place. The decisions follow from the bytes
//! and the length of the file, whatever the chunks.

use std::cmp::Ordering;

use super::ascii_parser::is_ascii_stl;
use super::binary::{HEADER_BYTES, count_in, file_size_bytes};
use super::error::StlError;
use super::record::{self, Likeness, RECORD_BYTES, TriangleRecord, likeness};
use crate::contract::{Finding, FindingCode, Severity};
use crate::format::{Count, FileFacts, Needs, ReadError, Reader, Sink};
use crate::mesh::{NonFinite, Triangle};

/// The bytes of a header and of the first record after it.
const HEADER_AND_RECORD_BYTES: usize = HEADER_BYTES + RECORD_BYTES;
/// The most bytes that one decision takes: a record, its attributes, and the record after them.
const LOOKAHEAD_BYTES: usize = 2 * RECORD_BYTES + u16::MAX as usize;
/// The most records that one decision takes. One is too few: attributes of four zeros leave numbers where numbers are expected.
const LOOKAHEAD_RECORDS: usize = 8;

/// A reader of binary STL of any length that has room for the triangles that the header counts.
#[derive(Debug)]
pub(super) struct IrregularReader {
    size_bytes: u64,
    /// The offset of the next byte that was not read yet, and what it begins.
    offset: u64,
    next: Next,
    /// The number of bytes of attributes before it.
    skipped_bytes: usize,
    attributes: Attributes,
    /// The count in the first header.
    counted: u32,
    /// The number of triangles so far.
    present: u64,
    /// The number of files, one behind another.
    file_count: u64,
    /// The bytes from `offset` on that do not suffice for the next decision.
    pending: Vec<u8>,
    /// The triangles of the current chunk. The buffer is used again, because memory that is new to a process is slow.
    triangles: Vec<Triangle>,
    facts: FileFacts,
}

/// What comes next in the file.
#[derive(Debug, Clone, Copy)]
enum Next {
    Header,
    /// So many records that the header counts.
    Counted(u32),
    /// Records that the header does not count; whether one of them was a triangle.
    Uncounted {
        any: bool,
    },
    /// Bytes that are no triangles, to the end.
    Rest,
}

/// The meaning of the last two bytes of each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attributes {
    Unknown,
    /// No length: a colour, or what was in memory.
    None,
    /// The length of what follows the record.
    Length,
}

/// What the lengths of attributes lead to.
struct Chain {
    /// The number of triangles among the first [`LOOKAHEAD_RECORDS`].
    triangles: usize,
    end: ChainEnd,
}

/// Where the lengths of attributes lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChainEnd {
    /// To the end of the file, in as many records as the header counts.
    File,
    /// From triangle to triangle, past the bytes that a decision takes.
    Lookahead,
    /// To something else than a triangle.
    Broken,
}

impl IrregularReader {
    pub fn new(counted: u32, size_bytes: u64, facts: FileFacts) -> Self {
        Self {
            size_bytes,
            offset: 0,
            next: Next::Header,
            skipped_bytes: 0,
            attributes: Attributes::Unknown,
            counted,
            present: 0,
            file_count: 0,
            pending: Vec::new(),
            triangles: Vec::new(),
            facts,
        }
    }

    /// Reads what the bytes suffice for. Returns how many that were.
    fn read(&mut self, bytes: &[u8]) -> Result<usize, StlError> {
        let mut at = 0;
        while at < bytes.len() {
            let length = if self.skipped_bytes > 0 {
                let length = self.skipped_bytes.min(bytes.len() - at);
                self.skipped_bytes -= length;
                length
            } else if let Some(length) = self.step(&bytes[at..])? {
                length
            } else {
                break;
            };
            at += length;
            self.offset += length as u64;
        }
        Ok(at)
    }

    /// Reads the next item. Returns its length, or none where the bytes do not suffice.
    fn step(&mut self, bytes: &[u8]) -> Result<Option<usize>, StlError> {
        match self.next {
            Next::Header => Ok(bytes.first_chunk().map(|header| self.header(header))),
            Next::Counted(0) => self.after_counted(bytes),
            Next::Counted(left) => self.counted_record(bytes, left),
            Next::Uncounted { any } => bytes.first_chunk().map(|record| self.uncounted_record(record, any)).transpose(),
            Next::Rest => Ok(Some(bytes.len())),
        }
    }

    fn header(&mut self, header: &[u8; HEADER_BYTES]) -> usize {
        let count = count_in(header);
        self.next = Next::Counted(count);
        let is_whole = self.left_bytes() == file_size_bytes(count);
        self.attributes = if is_whole { Attributes::None } else { Attributes::Unknown };
        self.file_count += 1;
        HEADER_BYTES
    }

    /// Reads one of `left` records that the header counts.
    fn counted_record(&mut self, bytes: &[u8], left: u32) -> Result<Option<usize>, StlError> {
        if self.left_bytes() < u64::from(left) * RECORD_BYTES as u64 {
            return Err(StlError::AttributeLengths { offset: self.offset });
        }
        let Some(record) = bytes.first_chunk() else { return Ok(None) };
        let attribute = usize::from(record::attribute(record));
        if attribute > 0 && self.attributes == Attributes::Unknown {
            if !self.suffices(bytes, LOOKAHEAD_BYTES) {
                return Ok(None);
            }
            self.attributes = self.meaning(&bytes[..bytes.len().min(LOOKAHEAD_BYTES)], left)?;
        }
        self.triangle(record)?;
        self.next = Next::Counted(left - 1);
        if self.attributes == Attributes::Length {
            if self.left_bytes() < (RECORD_BYTES + attribute) as u64 {
                return Err(StlError::AttributeLengths { offset: self.offset });
            }
            self.skipped_bytes = attribute;
        }
        Ok(Some(RECORD_BYTES))
    }

    /// Tells whether attributes are lengths: they are where they lead from triangle to triangle to the very end of the file in as
    /// many records as the header counts; else by which of both leads to more triangles. `left` is the number of records to come.
    fn meaning(&self, bytes: &[u8], left: u32) -> Result<Attributes, StlError> {
        let next = self.offset + RECORD_BYTES as u64;
        let chain = self.follow_lengths(bytes, left);
        let without = (1..=LOOKAHEAD_RECORDS).filter(|number| is_triangle_at(bytes, number * RECORD_BYTES)).count();
        match (chain.triangles.cmp(&without), likeness_at(bytes, RECORD_BYTES)) {
            _ if chain.end == ChainEnd::File => Ok(Attributes::Length),
            (Ordering::Greater, _) => Ok(Attributes::Length),
            (Ordering::Equal, Likeness::Zeros) => Ok(Attributes::Unknown),
            (Ordering::Equal, Likeness::Other) if left > 1 => Err(StlError::NoTriangle { offset: next }),
            (Ordering::Equal, Likeness::Triangle) if chain.end == ChainEnd::Lookahead => {
                Err(StlError::AttributesOrTriangles { offset: next })
            }
            (Ordering::Equal | Ordering::Less, _) => Ok(Attributes::None),
        }
    }

    /// Follows the lengths in `left` records, in the first of them and then as long as they lead to triangles.
    fn follow_lengths(&self, bytes: &[u8], left: u32) -> Chain {
        let (mut at, mut triangles, mut is_unbroken) = (0, 0, true);
        let mut record = bytes.first_chunk();
        for number in 1..=left as usize {
            let Some(attribute) = record.map(record::attribute) else { break };
            at += RECORD_BYTES + usize::from(attribute);
            if number == left as usize && at as u64 == self.left_bytes() {
                return Chain { triangles: triangles + 1, end: ChainEnd::File };
            }
            record = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
            if record.is_none() && is_unbroken && (at + RECORD_BYTES) as u64 <= self.left_bytes() {
                return Chain { triangles, end: ChainEnd::Lookahead };
            }
            is_unbroken &= is_triangle_at(bytes, at);
            if number <= LOOKAHEAD_RECORDS {
                triangles += usize::from(is_triangle_at(bytes, at));
            } else if !is_unbroken {
                break;
            }
        }
        Chain { triangles, end: ChainEnd::Broken }
    }

    /// Decides what the bytes after the triangles are that the header counts.
    fn after_counted(&mut self, bytes: &[u8]) -> Result<Option<usize>, StlError> {
        if !self.suffices(bytes, HEADER_AND_RECORD_BYTES) {
            return Ok(None);
        }
        // No more than is waited for: the answer must not follow from how the bytes arrive.
        let bytes = &bytes[..bytes.len().min(HEADER_AND_RECORD_BYTES)];
        let (offset, left_bytes) = (self.offset, self.left_bytes());
        if self.attributes == Attributes::Length {
            return Err(StlError::AttributeLengths { offset });
        }
        let are_whole_records = left_bytes.is_multiple_of(RECORD_BYTES as u64);
        let of_record = likeness_at(bytes, 0);
        if of_record == Likeness::Triangle {
            if !are_whole_records {
                return Err(StlError::UncountedCut { counted: self.counted, offset });
            }
            self.next = Next::Uncounted { any: false };
        } else if let Some(header) = bytes.first_chunk()
            && is_triangle_at(bytes, HEADER_BYTES)
        {
            let counted = count_in(header);
            if file_size_bytes(counted) > left_bytes {
                return Err(StlError::FileBehindCut { counted, offset });
            }
            self.next = Next::Header;
        } else if is_ascii_stl(bytes) {
            return Err(StlError::TextBehind { offset });
        } else if are_whole_records && of_record >= Likeness::Zeros {
            self.next = Next::Uncounted { any: false };
        } else {
            self.next = Next::Rest;
        }
        Ok(Some(0))
    }

    /// Reads a record that the header does not count. Zeros are padding, and no triangle at the origin.
    fn uncounted_record(&mut self, record: &TriangleRecord, any: bool) -> Result<usize, StlError> {
        match likeness(record) {
            Likeness::Zeros => {}
            Likeness::Other if !any => self.next = Next::Rest,
            _ => {
                self.triangle(record)?;
                self.next = Next::Uncounted { any: true };
            }
        }
        Ok(RECORD_BYTES)
    }

    fn triangle(&mut self, record: &TriangleRecord) -> Result<(), StlError> {
        let triangle = record::decode(record);
        let places = (0..3).flat_map(|corner| (0..3).map(move |axis| (corner, axis)));
        for (corner, axis) in places {
            if !triangle[corner][axis].is_finite() {
                let place = NonFinite { triangle: self.present, corner, axis };
                let offset = self.offset + record::coordinate_offset(corner, axis);
                return Err(StlError::NonFiniteRecord { place, offset });
            }
        }
        if likeness(record) == Likeness::Other {
            return Err(StlError::NoTriangle { offset: self.offset });
        }
        self.present += 1;
        self.triangles.push(triangle);
        Ok(())
    }

    fn left_bytes(&self) -> u64 {
        self.size_bytes.saturating_sub(self.offset)
    }

    /// Whether these are so many bytes, or all to the end of the file.
    fn suffices(&self, bytes: &[u8], wanted: usize) -> bool {
        bytes.len() as u64 >= (wanted as u64).min(self.left_bytes())
    }

    /// The finding that the header does not count what was read.
    fn finding(&self) -> Option<Finding> {
        let Self { counted, present, file_count, .. } = *self;
        if u64::from(counted) == present {
            return None;
        }
        let files = if file_count > 1 { format!(" in {file_count} files, one behind another") } else { String::new() };
        let message =
            format!("the header counts {counted} triangles; the file has {present}{files}, and all were read");
        Some(Finding { code: FindingCode::HeaderCountWrong, severity: Severity::Warning, message })
    }
}

impl Reader for IrregularReader {
    fn needs(&self) -> Needs {
        Needs {
            own_bytes: self.size_bytes.min(LOOKAHEAD_BYTES as u64),
            triangles: Count::AtMost(self.size_bytes / RECORD_BYTES as u64),
            whole_file: false,
        }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.triangles.clear();
        self.pending.extend_from_slice(chunk);
        let bytes = std::mem::take(&mut self.pending);
        let read_bytes = self.read(&bytes)?;
        self.pending = bytes;
        self.pending.drain(..read_bytes);
        sink.triangles(&self.triangles)
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        if self.left_bytes() > 0 {
            let (counted, whole, size_bytes) = (self.counted, self.present, self.offset + self.pending.len() as u64);
            return Err(StlError::TrianglesCut { counted, whole, size_bytes }.into());
        }
        let mut facts = std::mem::take(&mut self.facts);
        facts.findings.extend(self.finding());
        Ok(facts)
    }
}

fn is_triangle_at(bytes: &[u8], offset: usize) -> bool {
    likeness_at(bytes, offset) == Likeness::Triangle
}

/// The likeness of the record at an offset; other where the bytes end within it.
fn likeness_at(bytes: &[u8], offset: usize) -> Likeness {
    let record = bytes.get(offset..).and_then(|bytes| bytes.first_chunk());
    record.map_or(Likeness::Other, likeness)
}
