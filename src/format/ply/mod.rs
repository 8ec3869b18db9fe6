//! PLY, in text and in binary: G. Turk, "The PLY polygon file format", 1994. A header describes tables, whose rows follow.
//!
//! Read are the rows of `vertex`, `face` and `tristrips`, whatever else they have and whatever other tables are there.

mod error;
mod header;
#[cfg(test)]
mod tests;

use self::header::parse_header;
use super::indexed::reading_bytes;
use super::lines::LIMIT_BYTES;
use super::reader::{Claim, Count, FileFormat, Head, Hints, Needs, Reader};
use super::tables::PARSED_BYTES_PER_BYTE;
use super::tables::layout::Layout;
use super::tables::reader::TablesReader;
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

    fn media_types(&self) -> &'static [&'static str] {
        &["model/ply", "application/ply", "application/x-ply"]
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
        let header = parse_header(head.bytes, false)?;
        let needs = needs(header.as_ref().map(|header| &header.layout), head.size_bytes);
        Ok(Box::new(TablesReader::new(head.size_bytes, needs, parse_header)))
    }
}

/// The needs of a file of this length.
fn needs(layout: Option<&Layout>, size_bytes: u64) -> Needs {
    let most_vertices = size_bytes / LEAST_VERTEX_BYTES;
    let vertices = layout.map_or(most_vertices, |layout| layout.vertex_count().min(most_vertices));
    // All strips may be one row.
    let whole_file = layout.is_none_or(Layout::has_strips);
    let row_bytes = if whole_file { size_bytes } else { size_bytes.min(LIMIT_BYTES as u64) };
    Needs {
        own_bytes: reading_bytes(size_bytes, row_bytes, PARSED_BYTES_PER_BYTE, vertices),
        triangles: Count::Likely { likely: size_bytes / LIKELY_TRIANGLE_BYTES, most: size_bytes / LEAST_CORNER_BYTES },
        whole_file,
    }
}
