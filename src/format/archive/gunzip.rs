//! The decoder of gzip: RFC 1952, members one after another, each of a header, DEFLATE data and a checksum.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use memchr::memchr;

use super::bound::Budget;
use super::error::ArchiveError;
use crate::format::ReadError;
use crate::format::indexed::PART_BYTES;

/// The most bytes of a header: it has an extra field of 64 KiB at most, a name and a comment.
const LIMIT_HEADER_BYTES: usize = 1 << 17;
/// The fixed part of a header.
const FIXED_HEADER_BYTES: usize = 10;
/// The CRC and the length behind the data.
const TRAILER_BYTES: usize = 8;
/// The memory that the decoder takes beside the bytes that it gives at once.
const DECODER_BYTES: u64 = (LIMIT_HEADER_BYTES + (64 << 10)) as u64;

/// Unpacks a gzip file chunk by chunk.
#[derive(Debug)]
pub(super) struct Gunzip {
    stage: Stage,
    budget: Budget,
    inflate: Decompress,
    crc: Crc,
    /// The bytes that are given at once.
    unpacked: Vec<u8>,
    /// The number of bytes so far, and of those that they unpacked to.
    packed_bytes: u64,
    unpacked_bytes: u64,
}

#[derive(Debug)]
enum Stage {
    /// The bytes of a header so far; none behind the last member.
    Header(Vec<u8>),
    Data,
    /// The bytes behind the data so far.
    Trailer(Vec<u8>),
    /// Zeros behind the last member, to the end of a block of a tape.
    Padding,
}

impl Gunzip {
    /// A decoder of a file that unpacks to `size_bytes` at most.
    pub fn new(budget: Budget, size_bytes: u64) -> Self {
        Self {
            stage: Stage::Header(Vec::new()),
            budget,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            unpacked: vec![0; size_bytes.clamp(1, PART_BYTES as u64) as usize],
            packed_bytes: 0,
            unpacked_bytes: 0,
        }
    }

    /// The memory that it takes.
    pub fn own_bytes(&self) -> u64 {
        DECODER_BYTES + self.unpacked.len() as u64
    }

    /// The number of bytes so far.
    pub fn unpacked_bytes(&self) -> u64 {
        self.unpacked_bytes
    }

    /// Unpacks the next bytes, and gives what they unpack to.
    pub fn push(
        &mut self,
        mut chunk: &[u8],
        give: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        while !chunk.is_empty() {
            let before = chunk.len();
            match &mut self.stage {
                Stage::Header(header) => {
                    if let Some(next) = read_header(header, &mut chunk, self.packed_bytes)? {
                        self.stage = next;
                    }
                }
                Stage::Data => self.inflate(&mut chunk, give)?,
                Stage::Trailer(trailer) => {
                    let (taken, rest) = chunk.split_at(chunk.len().min(TRAILER_BYTES - trailer.len()));
                    trailer.extend_from_slice(taken);
                    chunk = rest;
                    self.check_trailer()?;
                }
                Stage::Padding => match chunk.iter().position(|&byte| byte != 0) {
                    None => chunk = &[],
                    Some(at) => return Err(self.damaged("there are other bytes behind its end", at).into()),
                },
            }
            self.packed_bytes += (before - chunk.len()) as u64;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(&self) -> Result<(), ArchiveError> {
        match &self.stage {
            Stage::Padding => Ok(()),
            Stage::Header(header) if header.is_empty() && self.packed_bytes > 0 => Ok(()),
            _ => Err(ArchiveError::GzipCut { size_bytes: self.packed_bytes }),
        }
    }

    fn inflate(
        &mut self,
        chunk: &mut &[u8],
        give: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        loop {
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(chunk, &mut self.unpacked, FlushDecompress::None);
            let read = (self.inflate.total_in() - read) as usize;
            let status = status.map_err(|_| self.damaged("its data cannot be unpacked", read))?;
            let written = (self.inflate.total_out() - written) as usize;
            *chunk = &chunk[read..];
            self.budget.spend(written as u64)?;
            self.unpacked_bytes += written as u64;
            let unpacked = &self.unpacked[..written];
            self.crc.update(unpacked);
            give(unpacked)?;
            if status == Status::StreamEnd {
                self.stage = Stage::Trailer(Vec::with_capacity(TRAILER_BYTES));
                return Ok(());
            }
            // All was read, and what it unpacks to was given: no more comes out without more bytes.
            if chunk.is_empty() && written < self.unpacked.len() {
                return Ok(());
            }
        }
    }

    /// Checks a trailer that is whole, and goes on to what is behind it.
    fn check_trailer(&mut self) -> Result<(), ArchiveError> {
        let Stage::Trailer(trailer) = &self.stage else { return Ok(()) };
        let Some(&[a, b, c, d, ref length @ ..]) = trailer.first_chunk::<TRAILER_BYTES>() else { return Ok(()) };
        let length = u32::from_le_bytes(*length);
        if u32::from_le_bytes([a, b, c, d]) != self.crc.sum() {
            return Err(self.damaged("its checksum (CRC-32) is not that of its data", 0));
        }
        if length != self.crc.amount() {
            return Err(self.damaged("its length is not that of its data", 0));
        }
        self.inflate.reset(false);
        self.crc.reset();
        self.stage = Stage::Header(Vec::new());
        Ok(())
    }

    fn damaged(&self, what: &'static str, at: usize) -> ArchiveError {
        ArchiveError::Gzip { what, offset: self.packed_bytes + at as u64 }
    }
}

/// Takes the bytes of a header from a chunk, and tells what follows it, if it is whole. `packed_bytes` are before the chunk.
fn read_header(header: &mut Vec<u8>, chunk: &mut &[u8], packed_bytes: u64) -> Result<Option<Stage>, ArchiveError> {
    let damaged = |what| Err(ArchiveError::Gzip { what, offset: packed_bytes });
    if header.is_empty() && packed_bytes > 0 && chunk[0] == 0 {
        return Ok(Some(Stage::Padding));
    }
    let held = header.len();
    header.extend_from_slice(&chunk[..chunk.len().min(LIMIT_HEADER_BYTES - held)]);
    let is_begun = |begin: &[u8]| header.iter().zip(begin).all(|(found, expected)| found == expected);
    if !is_begun(&[0x1f, 0x8b]) {
        return damaged("there are other bytes behind its end");
    }
    if !is_begun(&[0x1f, 0x8b, 8]) || header.get(3).is_some_and(|flags| flags & 0xe0 != 0) {
        return damaged("its header is none of gzip");
    }
    if let Some(length) = header_bytes(header) {
        *chunk = &chunk[length - held..];
        return Ok(Some(Stage::Data));
    }
    if header.len() == LIMIT_HEADER_BYTES {
        return damaged("its header does not end");
    }
    *chunk = &[];
    Ok(None)
}

/// The length of a header, if all of it is there.
fn header_bytes(header: &[u8]) -> Option<usize> {
    const HEADER_CRC: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let flags = *header.get(3)?;
    let mut end = FIXED_HEADER_BYTES;
    if flags & EXTRA != 0 {
        let &[low, high] = header.get(end..end + 2)? else { return None };
        end += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            end += 1 + memchr(0, header.get(end..)?)?;
        }
    }
    if flags & HEADER_CRC != 0 {
        end += 2;
    }
    (end <= header.len()).then_some(end)
}
