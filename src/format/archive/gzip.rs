//! gzip files: first their contents, then the file in them.

use super::Contents;
use super::bound::Budget;
use super::gunzip::Gunzip;
use super::inner::Inner;
use crate::contract::Position;
use crate::format::{Count, FileFacts, HEAD_BYTES, Needs, ReadError, Reader, Sink};
use crate::mesh::NonFinite;

/// Finds out what a gzip file holds. Its own length of the data is at its end, and counts to 4 GiB alone.
#[derive(Debug)]
pub(super) struct GzipInspector {
    gunzip: Gunzip,
    head: Vec<u8>,
}

/// Reads the file in a gzip file.
#[derive(Debug)]
pub(super) struct GzipReader {
    gunzip: Gunzip,
    inner: Inner,
}

impl GzipInspector {
    pub fn new(budget: Budget) -> Self {
        Self { gunzip: Gunzip::new(budget, budget.limit_bytes()), head: Vec::with_capacity(HEAD_BYTES) }
    }
}

impl Reader for GzipInspector {
    fn needs(&self) -> Needs {
        let own_bytes = self.gunzip.own_bytes() + HEAD_BYTES as u64;
        Needs { own_bytes, triangles: Count::Exactly(0), whole_file: false }
    }

    fn push(&mut self, chunk: &[u8], _sink: &mut dyn Sink) -> Result<(), ReadError> {
        let Self { gunzip, head } = self;
        gunzip.push(chunk, &mut |bytes| {
            let missing = HEAD_BYTES - head.len();
            head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
            Ok(())
        })
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.gunzip.finish()?;
        let (head, size_bytes) = (std::mem::take(&mut self.head), self.gunzip.unpacked_bytes());
        Err(ReadError::Unpacked(Contents::File { head, size_bytes, named_format: None }))
    }
}

impl GzipReader {
    pub fn new(inner: Inner, budget: Budget) -> Self {
        Self { gunzip: Gunzip::new(budget, inner.size_bytes()), inner }
    }
}

impl Reader for GzipReader {
    fn needs(&self) -> Needs {
        self.inner.needs(self.gunzip.own_bytes(), false)
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let Self { gunzip, inner } = self;
        gunzip.push(chunk, &mut |bytes| inner.push(bytes, sink))
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.gunzip.finish()?;
        self.inner.finish(sink)
    }

    fn position(&self, place: NonFinite) -> Option<Position> {
        self.inner.position(place)
    }
}
