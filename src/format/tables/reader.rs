//! The reader of files that describe their tables in a header, and have nothing else.

use super::Tables;
use super::layout::Layout;
use crate::contract::Reason;
use crate::format::{FileFacts, Needs, ReadError, Reader, Sink};

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::format) struct Header {
    pub layout: Layout,
    /// Its length.
    pub size_bytes: usize,
}

/// Parses the header that begins some bytes; none if it goes on behind them, which it cannot if they are all of the file.
pub(in crate::format) type ParseHeader = fn(bytes: &[u8], is_whole: bool) -> Result<Option<Header>, Reason>;

/// A reader of such a file.
#[derive(Debug)]
pub(in crate::format) struct TablesReader {
    size_bytes: u64,
    needs: Needs,
    parse_header: ParseHeader,
    stage: Stage,
    /// The number of bytes so far.
    received_bytes: u64,
}

#[derive(Debug)]
enum Stage {
    /// The bytes so far.
    Header(Vec<u8>),
    Body(Box<Tables>),
}

impl TablesReader {
    /// A reader of a file of this length.
    pub fn new(size_bytes: u64, needs: Needs, parse_header: ParseHeader) -> Self {
        Self { size_bytes, needs, parse_header, stage: Stage::Header(Vec::new()), received_bytes: 0 }
    }

    /// The tables of the file, once their header is there, with the bytes so far that are behind it.
    fn begin(&self, bytes: &[u8], is_whole: bool, sink: &mut dyn Sink) -> Result<Option<Box<Tables>>, ReadError> {
        let Some(header) = (self.parse_header)(bytes, is_whole).map_err(ReadError::Refused)? else { return Ok(None) };
        let (header_bytes, body) = bytes.split_at(header.size_bytes);
        let mut tables = Tables::new(header.layout, header_bytes, self.size_bytes)?;
        tables.push(body, sink)?;
        Ok(Some(Box::new(tables)))
    }

    fn read(&mut self, chunk: &[u8], is_whole: bool, sink: &mut dyn Sink) -> Result<(), ReadError> {
        match &mut self.stage {
            Stage::Body(tables) => tables.push(chunk, sink),
            Stage::Header(bytes) => {
                let mut bytes = std::mem::take(bytes);
                bytes.extend_from_slice(chunk);
                let tables = self.begin(&bytes, is_whole, sink)?;
                self.stage = tables.map_or(Stage::Header(bytes), Stage::Body);
                Ok(())
            }
        }
    }
}

impl Reader for TablesReader {
    fn needs(&self) -> Needs {
        self.needs
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.received_bytes += chunk.len() as u64;
        self.read(chunk, self.received_bytes == self.size_bytes, sink)
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.read(&[], true, sink)?;
        if let Stage::Body(tables) = &mut self.stage {
            tables.finish(self.received_bytes, sink)?;
        }
        Ok(FileFacts::default())
    }
}
