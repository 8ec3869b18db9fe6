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
/// What is wrong where another member could begin.
const OTHER_BYTES: &str = "there are other bytes behind its end";
/// The memory that the decoder takes beside the bytes that it gives at once.
const DECODER_BYTES: u64 = (LIMIT_HEADER_BYTES + (64 << 10)) as u64;

/// Unpacks a gzip file chunk by chunk.
#[derive(Debug)]
pub(super) struct Gunzip {
    stage: Stage,
    /// The offset at which the stage began.
    stage_offset: u64,
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
            stage_offset: 0,
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
            let (taken, next) = self.step(chunk, give)?;
            chunk = &chunk[taken..];
            self.packed_bytes += taken as u64;
            if let Some(next) = next {
                self.stage = next;
                self.stage_offset = self.packed_bytes;
            }
        }
        Ok(())
    }

    /// Takes some bytes of a chunk, and tells the next stage if this one has ended.
    fn step(
        &mut self,
        chunk: &[u8],
        give: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<(usize, Option<Stage>), ReadError> {
        let is_first = self.stage_offset == 0;
        match &mut self.stage {
            Stage::Header(header) if header.is_empty() && !is_first && chunk[0] == 0 => Ok((0, Some(Stage::Padding))),
            Stage::Header(header) => {
                let (taken, is_whole) = read_header(header, chunk)
                    .map_err(|what| ArchiveError::Gzip { what, offset: self.stage_offset })?;
                Ok((taken, is_whole.then_some(Stage::Data)))
            }
            Stage::Data => self.inflate(chunk, give),
            Stage::Trailer(trailer) => {
                let taken = chunk.len().min(TRAILER_BYTES - trailer.len());
                trailer.extend_from_slice(&chunk[..taken]);
                let Some(trailer) = trailer.first_chunk().copied() else { return Ok((taken, None)) };
                self.end_member(trailer)?;
                Ok((taken, Some(Stage::Header(Vec::new()))))
            }
            Stage::Padding if chunk.iter().all(|&byte| byte == 0) => Ok((chunk.len(), None)),
            Stage::Padding => Err(self.damaged(OTHER_BYTES).into()),
        }
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
        chunk: &[u8],
        give: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
    ) -> Result<(usize, Option<Stage>), ReadError> {
        let mut taken = 0;
        loop {
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(&chunk[taken..], &mut self.unpacked, FlushDecompress::None);
            let status = status.map_err(|_| self.damaged("its data cannot be unpacked"))?;
            taken += (self.inflate.total_in() - read) as usize;
            let written = (self.inflate.total_out() - written) as usize;
            self.budget.spend(written as u64)?;
            self.unpacked_bytes += written as u64;
            let unpacked = &self.unpacked[..written];
            self.crc.update(unpacked);
            give(unpacked)?;
            if status == Status::StreamEnd {
                return Ok((taken, Some(Stage::Trailer(Vec::with_capacity(TRAILER_BYTES)))));
            }
            // All was read, and what it unpacks to was given: no more comes out without more bytes.
            if taken == chunk.len() && written < self.unpacked.len() {
                return Ok((taken, None));
            }
        }
    }

    /// Checks the trailer of a member, and gets ready for another.
    fn end_member(&mut self, [a, b, c, d, length @ ..]: [u8; TRAILER_BYTES]) -> Result<(), ArchiveError> {
        if u32::from_le_bytes([a, b, c, d]) != self.crc.sum() {
            return Err(self.damaged("its checksum (CRC-32) is not that of its data"));
        }
        if u32::from_le_bytes(length) != self.crc.amount() {
            return Err(self.damaged("its length is not that of its data"));
        }
        self.inflate.reset(false);
        self.crc.reset();
        Ok(())
    }

    fn damaged(&self, what: &'static str) -> ArchiveError {
        ArchiveError::Gzip { what, offset: self.stage_offset }
    }
}

/// Takes the bytes of a header from a chunk: how many, and whether the header is whole.
fn read_header(header: &mut Vec<u8>, chunk: &[u8]) -> Result<(usize, bool), &'static str> {
    let held = header.len();
    header.extend_from_slice(&chunk[..chunk.len().min(LIMIT_HEADER_BYTES - held)]);
    let begins_with = |begin: &[u8]| header.iter().zip(begin).all(|(found, expected)| found == expected);
    if !begins_with(&[0x1f, 0x8b]) {
        return Err(OTHER_BYTES);
    }
    // DEFLATE is the one method, and three flags are reserved.
    if !begins_with(&[0x1f, 0x8b, 8]) || header.get(3).is_some_and(|flags| flags & 0xe0 != 0) {
        return Err("its header is none of gzip");
    }
    match header_bytes(header) {
        Some(length) => Ok((length - held, true)),
        None if header.len() == LIMIT_HEADER_BYTES => Err("its header does not end"),
        None => Ok((chunk.len(), false)),
    }
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
