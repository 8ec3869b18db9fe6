//! PLY, in text and in binary: G. Turk, "The PLY polygon file format", 1994. A header describes tables, whose rows follow.
//!
//! Read are the rows of `vertex`, `face` and `tristrips`, whatever else they have and whatever other tables are there.

mod error;
mod header;
#[cfg(test)]
mod tests;

use self::error::PlyError;
use self::header::Header;
use super::lines::{LIMIT_BYTES, count_lines};
use super::reader::{Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, ReadError, Reader, Sink};
use super::tables::layout::{Layout, Role};
use super::tables::{Start, Tables, reading_bytes};
use crate::contract::{self, Reason};

/// The fewest bytes of a vertex, in any encoding, and of a corner, of which each makes a triangle at most.
const LEAST_VERTEX_BYTES: u64 = 3;
const LEAST_CORNER_BYTES: u64 = 1;
/// Fewer bytes than files mostly have for a triangle, with its share of the vertices.
const LIKELY_TRIANGLE_BYTES: u64 = 12;

/// The row of PLY in the table of formats.
#[derive(Debug)]
pub(super) struct Ply;

impl FileFormat for Ply {
    fn id(&self) -> contract::Format {
        contract::Format::Ply
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ply"]
    }

    fn description(&self) -> &'static str {
        "PLY files are read, binary and ASCII"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        match head.bytes {
            [b'p', b'l', b'y', b'\n' | b'\r', ..] => Claim::Yes,
            _ => Claim::No,
        }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        let header = Header::parse(head.bytes)?;
        let needs = needs(header.as_ref().map(|header| &header.layout), head.size_bytes);
        let stage = Stage::Header(Vec::new());
        Ok(Box::new(PlyReader { size_bytes: head.size_bytes, needs, stage, received_bytes: 0 }))
    }
}

/// A reader of PLY.
#[derive(Debug)]
struct PlyReader {
    size_bytes: u64,
    needs: Needs,
    stage: Stage,
    /// The number of bytes so far.
    received_bytes: u64,
}

#[derive(Debug)]
enum Stage {
    /// The header so far.
    Header(Vec<u8>),
    Body(Box<Tables>),
}

/// The needs of a file of this length.
fn needs(layout: Option<&Layout>, size_bytes: u64) -> Needs {
    let most_vertices = size_bytes / LEAST_VERTEX_BYTES;
    let vertices = layout.map_or(most_vertices, |layout| layout.vertex_count().min(most_vertices));
    // All strips may be one row.
    let whole_file = layout.is_none_or(Layout::has_strips);
    let row_bytes = if whole_file { size_bytes } else { size_bytes.min(LIMIT_BYTES as u64) };
    Needs {
        own_bytes: reading_bytes(size_bytes, row_bytes, vertices),
        triangles: Count::Likely { likely: size_bytes / LIKELY_TRIANGLE_BYTES, most: size_bytes / LEAST_CORNER_BYTES },
        whole_file,
    }
}

impl Reader for PlyReader {
    fn needs(&self) -> Needs {
        self.needs
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.received_bytes += chunk.len() as u64;
        match &mut self.stage {
            Stage::Body(tables) => tables.push(chunk, sink),
            Stage::Header(bytes) => {
                bytes.extend_from_slice(chunk);
                let Some(header) = Header::parse(bytes)? else { return Ok(()) };
                let rest = bytes.split_off(header.size_bytes);
                let mut tables = tables(header, self.size_bytes)?;
                let pushed = tables.push(&rest, sink);
                self.stage = Stage::Body(Box::new(tables));
                pushed
            }
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        match &mut self.stage {
            Stage::Header(bytes) => Err(PlyError::HeaderCut { line: count_lines(bytes) + 1 }.into()),
            Stage::Body(tables) => tables.finish(self.received_bytes, sink).map(|()| FileFacts::default()),
        }
    }
}

/// The tables of a file with this header, if there are faces among them.
fn tables(header: Header, size_bytes: u64) -> Result<Tables, ReadError> {
    if header.layout.rows(|role| matches!(role, Role::Faces(_) | Role::Strips(_))) == 0 {
        return Err(PlyError::NoFaces.into());
    }
    let start = Start { line_count: header.line_count, offset: header.size_bytes as u64, size_bytes };
    Ok(Tables::new(header.layout, start)?)
}
