//! The bound on what an archive unpacks to.

use super::error::ArchiveError;

/// The bytes that any archive may unpack to.
const LEAST_BYTES: u64 = 16 << 20;
/// The bytes that a byte of an archive may unpack to, beyond those. Text of a mesh packs to a twentieth at most, but for one that is
/// made up; DEFLATE packs zeros to a thousandth.
const RATIO: u64 = 64;

/// The bytes that an archive may still unpack to.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) struct Budget {
    packed_bytes: u64,
    limit_bytes: u64,
    left_bytes: u64,
}

impl Budget {
    /// The budget of an archive of this length, where no file in it may have more than `most_bytes`.
    pub fn of(packed_bytes: u64, most_bytes: u64) -> Self {
        let limit_bytes = packed_bytes.saturating_mul(RATIO).saturating_add(LEAST_BYTES).min(most_bytes);
        Self { packed_bytes, limit_bytes, left_bytes: limit_bytes }
    }

    /// The most bytes of a file in the archive.
    pub fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Takes so many bytes.
    pub fn spend(&mut self, bytes: u64) -> Result<(), ArchiveError> {
        let Self { packed_bytes, limit_bytes, left_bytes } = *self;
        self.left_bytes =
            left_bytes.checked_sub(bytes).ok_or(ArchiveError::UnpacksToMore { packed_bytes, limit_bytes })?;
        Ok(())
    }
}
