//! The reading of a file by one format, for the tests of formats.

use super::{FileFacts, FileFormat, HEAD_BYTES, Head, Hints, PartStart, ReadError, Reader, Sink};
use crate::contract::Reason;
use crate::mesh::{Triangle, Triangles};

/// Keeps what it gets: triangles, the beginnings of parts as words, and how many triangles were announced.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Kept {
    pub triangles: Vec<Triangle>,
    pub parts: Vec<String>,
    pub expected: u64,
}

impl Sink for Kept {
    fn triangles(&mut self, batch: &dyn Triangles) -> Result<(), ReadError> {
        batch.append(0..batch.len(), &mut self.triangles);
        Ok(())
    }

    fn expect(&mut self, triangle_count: u64) -> Result<(), ReadError> {
        self.expected = triangle_count;
        Ok(())
    }

    fn part(&mut self, part: PartStart<'_>) {
        self.parts.push(match part {
            PartStart::New { name, .. } => name.to_owned(),
            PartStart::CopyOf { part } => format!("copy of {part}"),
        });
    }
}

/// Reads a file, and holds that the cut of chunks changes nothing.
pub(super) fn read(format: &dyn FileFormat, bytes: &[u8]) -> Result<Vec<Triangle>, Reason> {
    let whole = read_in_chunks(format, bytes, usize::MAX);
    for chunk_bytes in [1, 2, 7, 1000] {
        // Chunks of a byte of a long file take too long.
        if bytes.len() / chunk_bytes < 5_000 {
            let read = read_in_chunks(format, bytes, chunk_bytes);
            assert_eq!(read, whole, "chunks of {chunk_bytes} bytes of {:?}", String::from_utf8_lossy(bytes));
        }
    }
    whole
}

fn read_in_chunks(format: &dyn FileFormat, bytes: &[u8], chunk_bytes: usize) -> Result<Vec<Triangle>, Reason> {
    let head = Head { bytes: &bytes[..bytes.len().min(HEAD_BYTES)], size_bytes: bytes.len() as u64 };
    let mut reader = format.open(&head, &Hints::default())?;
    let chunk_bytes = if reader.needs().whole_file { usize::MAX } else { chunk_bytes };
    read_by(&mut *reader, bytes, chunk_bytes).map(|(kept, _)| kept.triangles)
}

/// Reads a file by an open reader, to its end.
pub(super) fn read_by(reader: &mut dyn Reader, bytes: &[u8], chunk_bytes: usize) -> Result<(Kept, FileFacts), Reason> {
    let mut kept = Kept::default();
    let pushed = bytes.chunks(chunk_bytes).try_for_each(|chunk| reader.push(chunk, &mut kept));
    match pushed.and_then(|()| reader.finish(&mut kept)) {
        Ok(facts) => Ok((kept, facts)),
        Err(ReadError::Refused(reason)) => Err(reason),
        Err(error) => panic!("{error:?}"),
    }
}
