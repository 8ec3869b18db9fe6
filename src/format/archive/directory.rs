//! The directory of a ZIP archive: PKWARE, "APPNOTE.TXT", 6.3. It is the end of the archive, so the archive is there whole.

use std::io::{ErrorKind, Read};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive};

use super::bound::Budget;
use super::error::ArchiveError;
use crate::format::shown::shown;

/// The most files that are looked at, and the most bytes of their names.
const LIMIT_FILES: usize = 10_000;
const LIMIT_NAME_BYTES: usize = 1 << 20;
/// The memory of a directory, for the files in it, their names as text, and the decoder of one.
pub(in crate::format) const DIRECTORY_BYTES: u64 = 6 << 20;

/// The files of a ZIP archive.
#[derive(Debug)]
pub struct Directory<'a> {
    archive: ZipSliceArchive<&'a [u8]>,
    files: Vec<PackedFile>,
}

/// A file in a ZIP archive.
#[derive(Debug)]
pub(in crate::format) struct PackedFile {
    name_start: usize,
    name_end: usize,
    pub size_bytes: u64,
    method: CompressionMethod,
    is_encrypted: bool,
    place: ZipArchiveEntryWayfinder,
}

impl<'a> Directory<'a> {
    /// Reads the directory of an archive.
    pub(in crate::format) fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let archive = ZipArchive::from_slice(bytes).map_err(|error| match error.kind() {
            rawzip::ErrorKind::MissingEndOfCentralDirectory | rawzip::ErrorKind::Eof => {
                ArchiveError::NoDirectory { size_bytes: bytes.len() as u64 }
            }
            _ => damaged("its directory is not where its end says"),
        })?;
        let mut files = Vec::new();
        let (mut count, mut name_bytes) = (0, 0);
        for entry in archive.entries() {
            let entry = entry.map_err(|_| damaged("its directory cannot be read"))?;
            let name = entry.file_path();
            (count, name_bytes) = (count + 1, name_bytes + name.as_ref().len());
            if count > LIMIT_FILES || name_bytes > LIMIT_NAME_BYTES {
                return Err(ArchiveError::TooManyFiles { limit: LIMIT_FILES });
            }
            if entry.is_dir() {
                continue;
            }
            let name_start = name.as_ref().as_ptr().addr() - bytes.as_ptr().addr();
            files.push(PackedFile {
                name_start,
                name_end: name_start + name.as_ref().len(),
                size_bytes: entry.uncompressed_size_hint(),
                method: entry.compression_method(),
                is_encrypted: entry.flags().is_encrypted() || entry.flags().is_masked(),
                place: entry.wayfinder(),
            });
        }
        if count as u64 != archive.entries_hint() {
            return Err(damaged("its end counts other files than its directory has"));
        }
        let directory = Self { archive, files };
        directory.check_overlaps()?;
        Ok(directory)
    }

    /// The files, without folders.
    pub(in crate::format) fn files(&self) -> &[PackedFile] {
        &self.files
    }

    /// The path of a file in the archive.
    pub(in crate::format) fn name(&self, file: &PackedFile) -> &'a [u8] {
        &self.archive.get_ref()[file.name_start..file.name_end]
    }

    /// Opens a file. At its end the reader holds it against its length and its checksum.
    pub(in crate::format) fn unpack(
        &self,
        file: &PackedFile,
        budget: &mut Budget,
    ) -> Result<Unpacked<'_>, ArchiveError> {
        let name = || shown(self.name(file));
        if file.is_encrypted {
            return Err(ArchiveError::Encrypted { name: name() });
        }
        budget.spend(file.size_bytes)?;
        let entry =
            self.archive.get_entry(file.place).map_err(|_| damaged("a file is not where its directory says"))?;
        let data: Box<dyn Read + Send + '_> = match file.method {
            CompressionMethod::STORE => Box::new(entry.data()),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(entry.data())),
            method => {
                let method = method.name().map_or_else(|| format!("method {}", method.as_u16()), Into::into);
                return Err(ArchiveError::Method { name: name(), method });
            }
        };
        let (offset, _) = entry.compressed_data_range();
        let limited = data.take(file.size_bytes.saturating_add(1));
        Ok(Unpacked { data: Box::new(entry.verifying_reader(limited)), name: name(), offset })
    }

    /// Refuses files that share bytes: a few bytes of an archive would be many files.
    fn check_overlaps(&self) -> Result<(), ArchiveError> {
        let mut ranges = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let entry =
                self.archive.get_entry(file.place).map_err(|_| damaged("a file is not where its directory says"))?;
            ranges.push(entry.compressed_data_range());
        }
        ranges.sort_unstable();
        if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(damaged("files in it overlap"));
        }
        Ok(())
    }
}

fn damaged(what: &str) -> ArchiveError {
    ArchiveError::Zip { what: what.into() }
}

/// A file that is unpacked as it is read.
pub(in crate::format) struct Unpacked<'a> {
    data: Box<dyn Read + Send + 'a>,
    name: String,
    offset: u64,
}

impl Unpacked<'_> {
    /// Fills the buffer with the next bytes; with fewer at the end of the file.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ArchiveError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.data.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damaged(&error)),
            }
        }
        Ok(filled)
    }

    fn damaged(&self, error: &std::io::Error) -> ArchiveError {
        let verification = error.get_ref().and_then(|error| error.downcast_ref::<rawzip::Error>());
        let what = match verification.map(rawzip::Error::kind) {
            Some(rawzip::ErrorKind::InvalidSize { .. }) => "its length is not that of its data",
            Some(rawzip::ErrorKind::InvalidChecksum { .. }) => "its checksum (CRC-32) is not that of its data",
            _ => "its data cannot be unpacked",
        };
        ArchiveError::Entry { name: self.name.clone(), what, offset: self.offset }
    }
}
