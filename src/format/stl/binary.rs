//! Binary STL: a header of 80 bytes that says nothing, a count, then 50 bytes a triangle.
//!
//! The normals are not read: they follow from the corners, and many programs write them wrong.

use rayon::prelude::*;

use crate::format::FormatError;
use crate::mesh::{BLOCK_TRIANGLES, NonFinite, Triangle};

const HEADER_BYTES: usize = 84;
const RECORD_BYTES: usize = 50;
const NORMAL_BYTES: usize = 12;

/// Reads binary STL, whose count the file's length bears out.
#[derive(Debug)]
pub struct Decoder {
    triangle_count: u32,
    /// Bytes that came, the header's too.
    received_bytes: u64,
    header_left: usize,
    triangles_left: u64,
    /// The start of a record that was cut by the end of a chunk.
    pending: Vec<u8>,
}

impl Decoder {
    pub fn new(triangle_count: u32) -> Self {
        Self {
            triangle_count,
            received_bytes: 0,
            header_left: HEADER_BYTES,
            triangles_left: u64::from(triangle_count),
            pending: Vec::with_capacity(RECORD_BYTES),
        }
    }

    /// Bytes after the last triangle are ignored.
    pub fn push(&mut self, mut bytes: &[u8], triangles: &mut Vec<Triangle>) {
        self.received_bytes += bytes.len() as u64;
        bytes = &bytes[skip(&mut self.header_left, bytes.len())..];
        if !self.pending.is_empty() {
            let taken = bytes.len().min(RECORD_BYTES - self.pending.len());
            self.pending.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.pending.len() == RECORD_BYTES {
                let record = std::mem::take(&mut self.pending);
                self.decode(&record, triangles);
            }
        }
        let whole = bytes.len() - bytes.len() % RECORD_BYTES;
        self.decode(&bytes[..whole], triangles);
        self.pending.extend_from_slice(&bytes[whole..]);
    }

    pub fn finish(&self) -> Result<(), FormatError> {
        if self.triangles_left == 0 {
            return Ok(());
        }
        let whole = u64::from(self.triangle_count) - self.triangles_left;
        Err(FormatError::TrianglesCut { counted: self.triangle_count, whole, size_bytes: self.received_bytes })
    }

    fn decode(&mut self, records: &[u8], triangles: &mut Vec<Triangle>) {
        let count = self.triangles_left.min((records.len() / RECORD_BYTES) as u64) as usize;
        self.triangles_left -= count as u64;
        let records = records.as_chunks::<RECORD_BYTES>().0[..count].par_iter();
        triangles.par_extend(records.with_min_len(BLOCK_TRIANGLES).map(decode));
    }
}

/// Takes up to `length` off what is left to skip, and says how much.
fn skip(left: &mut usize, length: usize) -> usize {
    let skipped = length.min(*left);
    *left -= skipped;
    skipped
}

fn decode(record: &[u8; RECORD_BYTES]) -> Triangle {
    let coordinate = |place: usize| {
        let start = NORMAL_BYTES + 4 * place;
        f32::from_le_bytes([record[start], record[start + 1], record[start + 2], record[start + 3]])
    };
    let corner = |first: usize| [coordinate(first), coordinate(first + 1), coordinate(first + 2)];
    [corner(0), corner(3), corner(6)]
}

/// The offset of a coordinate in the file.
pub fn offset(place: NonFinite) -> u64 {
    let in_record = NORMAL_BYTES + 12 * place.corner + 4 * place.axis;
    HEADER_BYTES as u64 + RECORD_BYTES as u64 * place.triangle + in_record as u64
}
