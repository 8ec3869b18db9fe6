//! Archives: gzip and ZIP. They are no formats: the file in an archive is read as it would be outside of it.
//!
//! The head of an archive does not tell what is in it. So an archive is looked into first: that reading ends with
//! [`Contents`], with which the model is planned anew, as the file in it would be. What an archive unpacks to is bounded by
//! its length, whatever its headers say.

mod bound;
pub(super) mod directory;
mod error;
mod gunzip;
mod gzip;
mod inner;
mod one_model;
mod zip;

pub(super) use self::bound::Budget;
use self::error::ArchiveError;
use self::gzip::{GzipInspector, GzipReader};
use self::inner::Inner;
use self::zip::{ZipInspector, ZipReader};
use super::{Formats, Head, Hints, Opened};
use crate::contract::{self, Reason};

/// What an archive was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// One file.
    File {
        /// Its first [`HEAD_BYTES`](super::HEAD_BYTES) bytes, or all of a shorter file.
        head: Vec<u8>,
        /// Its length.
        size_bytes: u64,
        /// The format that its name suggests.
        named_format: Option<contract::Format>,
    },
    /// The parts of one model, in a format of such packages.
    Package {
        /// The format.
        format: contract::Format,
        /// The number of bytes that are read of the parts.
        unpacked_bytes: u64,
    },
}

/// How a file that may be an archive is opened. By default, nothing may be unpacked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unpacking<'a> {
    /// What earlier readings found, from the outermost archive inwards.
    pub contents: &'a [Contents],
    /// The most bytes of a file in an archive.
    pub most_bytes: u64,
    /// The most bytes of one that its reader needs as a whole.
    pub most_whole_bytes: u64,
    /// Whether the file is itself in an archive.
    pub is_inner: bool,
}

impl Unpacking<'_> {
    fn check_whole(&self, size_bytes: u64) -> Result<(), ArchiveError> {
        let limit_bytes = self.most_whole_bytes;
        if size_bytes > limit_bytes { Err(ArchiveError::WholeTooLarge { size_bytes, limit_bytes }) } else { Ok(()) }
    }
}

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    Gzip,
    Zip,
}

impl Archive {
    /// The kind of archive that begins with these bytes.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A local header, or the end of an archive without files.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            _ => None,
        }
    }

    /// Opens a reader of the file in an archive, or of the archive's contents where they are not known.
    pub fn open(
        self,
        formats: Formats,
        head: &Head<'_>,
        hints: Hints,
        unpacking: Unpacking<'_>,
    ) -> Result<Opened, Reason> {
        // What is in a second archive is a package alone, which is a ZIP archive.
        if unpacking.is_inner && self == Self::Gzip {
            return Err(ArchiveError::ArchiveInArchive.into());
        }
        let budget = Budget::of(head.size_bytes, unpacking.most_bytes);
        match unpacking.contents {
            [] => Ok(Opened {
                format: None,
                reader: match self {
                    Self::Gzip => Box::new(GzipInspector::new(budget)),
                    Self::Zip => Box::new(ZipInspector::new(formats, budget, unpacking.is_inner)),
                },
            }),
            [Contents::Package { format, unpacked_bytes }, ..] => {
                unpacking.check_whole(*unpacked_bytes)?;
                let row = formats.iter().find(|row| row.id() == *format).expect("a row found the package");
                let head = Head { bytes: &[], size_bytes: *unpacked_bytes };
                Ok(Opened { format: Some(*format), reader: row.open(&head, &hints)? })
            }
            [Contents::File { head, size_bytes, named_format }, contents @ ..] => {
                let head = Head { bytes: head, size_bytes: *size_bytes };
                let hints = Hints { format: hints.format.or(*named_format) };
                let unpacking = Unpacking { contents, is_inner: true, ..unpacking };
                let Opened { format, reader } = super::open(formats, &head, &hints, unpacking)?;
                // A converter is given the object as the store has it.
                if reader.reads_conversion() {
                    return Err(ArchiveError::Cad.into());
                }
                if reader.needs().whole_file {
                    unpacking.check_whole(*size_bytes)?;
                }
                let inner = Inner::new(reader, *size_bytes);
                let reader: Box<dyn super::Reader> = match self {
                    Self::Gzip => Box::new(GzipReader::new(inner, budget)),
                    Self::Zip => Box::new(ZipReader::new(inner, formats, budget)),
                };
                Ok(Opened { format, reader })
            }
        }
    }
}
