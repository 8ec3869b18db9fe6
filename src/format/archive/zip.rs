//! ZIP archives: first their contents, then the one model in them. The directory is the end of an archive, which is therefore held
//! whole.

use super::Contents;
use super::bound::Budget;
use super::directory::{DIRECTORY_BYTES, Directory};
use super::error::ArchiveError;
use super::inner::Inner;
use super::one_model::one_model;
use crate::contract::Position;
use crate::format::indexed::PART_BYTES;
use crate::format::{Count, FileFacts, Formats, HEAD_BYTES, Needs, ReadError, Reader, Sink};
use crate::mesh::NonFinite;

/// Finds out what a ZIP archive holds.
#[derive(Debug)]
pub(super) struct ZipInspector {
    formats: Formats,
    budget: Budget,
    /// Whether the archive is itself in one.
    is_inner: bool,
}

/// Reads the one model in a ZIP archive.
#[derive(Debug)]
pub(super) struct ZipReader {
    inner: Inner,
    formats: Formats,
    budget: Budget,
}

impl ZipInspector {
    pub fn new(formats: Formats, budget: Budget, is_inner: bool) -> Self {
        Self { formats, budget, is_inner }
    }

    fn contents(&mut self, archive: &[u8]) -> Result<Contents, ArchiveError> {
        let directory = Directory::open(archive)?;
        let package = self.formats.iter().find_map(|row| Some((row.id(), row.package_bytes(&directory)?)));
        if let Some((format, unpacked_bytes)) = package {
            self.budget.spend(unpacked_bytes)?;
            return Ok(Contents::Package { format, unpacked_bytes });
        }
        if self.is_inner {
            return Err(ArchiveError::ArchiveInArchive);
        }
        let (file, named_format) = one_model(&directory, self.formats)?;
        let mut head = vec![0; HEAD_BYTES];
        let head_bytes = directory.unpack(file, &mut self.budget)?.read(&mut head)?;
        head.truncate(head_bytes);
        Ok(Contents::File { head, size_bytes: file.size_bytes, named_format })
    }
}

impl Reader for ZipInspector {
    fn needs(&self) -> Needs {
        Needs { own_bytes: DIRECTORY_BYTES, triangles: Count::Exactly(0), whole_file: true }
    }

    fn push(&mut self, archive: &[u8], _sink: &mut dyn Sink) -> Result<(), ReadError> {
        Err(ReadError::Unpacked(self.contents(archive)?))
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        Err(ArchiveError::NoDirectory { size_bytes: 0 }.into())
    }
}

impl ZipReader {
    pub fn new(inner: Inner, formats: Formats, budget: Budget) -> Self {
        Self { inner, formats, budget }
    }

    /// The bytes that are unpacked at once.
    fn buffer_bytes(&self) -> u64 {
        self.inner.size_bytes().clamp(1, PART_BYTES as u64)
    }
}

impl Reader for ZipReader {
    fn needs(&self) -> Needs {
        self.inner.needs(DIRECTORY_BYTES + self.buffer_bytes(), true)
    }

    fn push(&mut self, archive: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let directory = Directory::open(archive)?;
        let (file, _) = one_model(&directory, self.formats)?;
        let mut unpacked = directory.unpack(file, &mut self.budget)?;
        let mut buffer = vec![0; self.buffer_bytes() as usize];
        loop {
            let count = unpacked.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            self.inner.push(&buffer[..count], sink)?;
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.inner.finish(sink)
    }

    fn position(&self, place: NonFinite) -> Option<Position> {
        self.inner.position(place)
    }
}
