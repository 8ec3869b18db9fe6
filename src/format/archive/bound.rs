//! The bound on what an archive unpacks to.

use super::error::ArchiveError;

/// The bytes that any archive may unpack to.
const LEAST_BYTES: u64 = 16 << 20;
/// The bytes that a byte of an archive may unpack to, beyond those. Text of a mesh packs to a twentieth at most, but for one that is
/// made up; DEFLATE packs zeros to a thousandth.
const RATIO: u64 = 64;

/// The bytes that an archive may still unpack to. All fields are in bytes.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) struct Budget {
    /// The length of the archive.
    packed: u64,
    limit: u64,
    left: u64,
}

impl Budget {
    /// The budget of an archive of this length, where no file in it may have more than `most_bytes`.
    pub fn of(packed_bytes: u64, most_bytes: u64) -> Self {
        let limit = packed_bytes.saturating_mul(RATIO).saturating_add(LEAST_BYTES).min(most_bytes);
        Self { packed: packed_bytes, limit, left: limit }
    }

    /// The most bytes of a file in the archive.
    pub fn limit_bytes(&self) -> u64 {
        self.limit
    }

    /// Takes so many bytes.
    pub fn spend(&mut self, bytes: u64) -> Result<(), ArchiveError> {
        let more = ArchiveError::UnpacksToMore { packed_bytes: self.packed, limit_bytes: self.limit };
        self.left = self.left.checked_sub(bytes).ok_or(more)?;
        Ok(())
    }
}
