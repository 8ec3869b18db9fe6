//! The errors of archives.

use thiserror::Error;

use crate::contract::{Position, Reason, RejectionCode};
use crate::format::ReadError;

/// Why an archive cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::format) enum ArchiveError {
    /// The bytes of a gzip file are none.
    #[error("the gzip file is damaged: {what}; pack it again")]
    Gzip {
        /// What is wrong.
        what: &'static str,
        /// The offset.
        offset: u64,
    },
    /// A gzip file ends too early.
    #[error("the gzip file ends too early: send it again")]
    GzipCut {
        /// Its length.
        size_bytes: u64,
    },
    /// The directory of a ZIP archive, which is its end, is not there.
    #[error("the ZIP archive has no directory at its end: it was cut; send it again")]
    NoDirectory {
        /// Its length.
        size_bytes: u64,
    },
    /// A ZIP archive breaks the rules of ZIP.
    #[error("the ZIP archive is damaged: {what}; pack it again")]
    Zip {
        /// What is wrong.
        what: String,
    },
    /// A file in a ZIP archive cannot be unpacked.
    #[error("`{name}` in the ZIP archive is damaged: {what}; pack it again")]
    Entry {
        /// The file.
        name: String,
        /// What is wrong.
        what: &'static str,
        /// The offset of its data in the archive.
        offset: u64,
    },
    /// A file is encrypted.
    #[error("`{name}` is encrypted: send it without a password")]
    Encrypted {
        /// The file.
        name: String,
    },
    /// A file is packed by another method than DEFLATE.
    #[error("`{name}` is packed by {method}, which is not read: pack it with DEFLATE, which all programs have")]
    Method {
        /// The file.
        name: String,
        /// The name of the method, or its number.
        method: String,
    },
    /// The archive unpacks to more bytes than are read.
    #[error("{packed_bytes} bytes unpack to more than {limit_bytes}, and no more are read: send the model as it is")]
    UnpacksToMore {
        /// The length of the archive.
        packed_bytes: u64,
        /// The most bytes that it may unpack to.
        limit_bytes: u64,
    },
    /// The file in the archive must be in memory, and is too large for that.
    #[error(
        "it unpacks to {size_bytes} bytes, of a format that is kept in memory; at most {limit_bytes} are: send the model as binary \
         STL, which is read as it streams"
    )]
    WholeTooLarge {
        /// The number of bytes.
        size_bytes: u64,
        /// The most bytes.
        limit_bytes: u64,
    },
    /// A directory of too many files.
    #[error("the ZIP archive has more than {limit} files, or names of a mebibyte: send the model alone")]
    TooManyFiles {
        /// The most files.
        limit: usize,
    },
    /// The archive holds an archive.
    #[error("an archive in an archive is not unpacked: send the model in one")]
    ArchiveInArchive,
    /// The archive holds a file that a converter reads.
    #[error("a CAD file in an archive is not read: send the file itself")]
    Cad,
    /// The archive has no model.
    #[error("the ZIP archive has no model in it; it has {listed}")]
    NoModel {
        /// Its files.
        listed: String,
    },
    /// The archive has several models.
    #[error("the ZIP archive has {count} models: {listed}; send each in a request of its own")]
    SeveralModels {
        /// The number of models.
        count: usize,
        /// The first of them.
        listed: String,
    },
}

impl ArchiveError {
    fn code(&self) -> RejectionCode {
        match self {
            Self::Gzip { .. } | Self::Zip { .. } | Self::Entry { .. } => RejectionCode::Malformed,
            Self::GzipCut { .. } | Self::NoDirectory { .. } => RejectionCode::Truncated,
            Self::Encrypted { .. } => RejectionCode::Encrypted,
            Self::Method { .. } | Self::ArchiveInArchive | Self::Cad => RejectionCode::UnsupportedFeature,
            Self::UnpacksToMore { .. } | Self::WholeTooLarge { .. } | Self::TooManyFiles { .. } => {
                RejectionCode::TooLarge
            }
            Self::NoModel { .. } => RejectionCode::EmptyModel,
            Self::SeveralModels { .. } => RejectionCode::SeveralModels,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::Gzip { offset, .. } | Self::Entry { offset, .. } => Some(Position::Byte(offset)),
            Self::GzipCut { size_bytes } | Self::NoDirectory { size_bytes } => Some(Position::Byte(size_bytes)),
            _ => None,
        }
    }
}

impl From<ArchiveError> for Reason {
    fn from(error: ArchiveError) -> Self {
        Self { code: error.code(), message: error.to_string(), position: error.position() }
    }
}

impl From<ArchiveError> for ReadError {
    fn from(error: ArchiveError) -> Self {
        Self::Refused(error.into())
    }
}
