//! The reader of ASCII STL: words between blanks, and names up to the end of a line.
//!
//! Chunks are cut before lines that begin with `facet`, and the pieces are parsed in parallel. The parser reads words, in any
//! case and between any blanks, and ends of lines only after names. It skips normals without a look at them, because many
//! programs write `nan` there.

use rayon::prelude::*;

use super::ascii_parser::{Facets, LastElement, Parser, PieceError};
use super::error::StlError;
use super::facet_lines::{self, FacetLineSearch, count_line_ends};
use crate::format::shown::shown;
use crate::format::{Count, FileFacts, Needs, PartStart, ReadError, Reader, Sink};

/// The most bytes from one line that begins with `facet` to the next. Facets and names are shorter.
const LIMIT_BYTES: usize = 1 << 20;
/// The fewest bytes of a facet: its words with numbers of one digit, and a blank after each.
const LEAST_FACET_BYTES: u64 = 86;
/// The number of bytes that are parsed together: some hundred facets, enough that the split costs nothing.
const PIECE_BYTES: usize = 1 << 17;

/// A reader of ASCII STL.
#[derive(Debug, Default)]
pub(super) struct AsciiReader {
    size_bytes: u64,
    /// The text from the last facet line on, without the blanks before its first word.
    pending: Vec<u8>,
    /// The search for the next facet line in `pending`.
    search: FacetLineSearch,
    /// The number of line ends before `pending`.
    lines: u64,
    last: LastElement,
    any_facet: bool,
    /// What the current chunk holds. The buffer is used again, because memory that is new to a process is slow.
    facets: Facets,
    facts: FileFacts,
}

impl AsciiReader {
    /// A reader of a file of this length, whose beginning tells these facts.
    pub fn new(size_bytes: u64, facts: FileFacts) -> Self {
        Self { size_bytes, facts, ..Self::default() }
    }

    /// Parses whole facets, in parallel. What follows them is pending: a facet line, or nothing at the end of the file.
    fn parse(&mut self, mut bytes: &[u8]) -> Result<(), StlError> {
        let mut pieces = Vec::with_capacity(bytes.len() / PIECE_BYTES + 1);
        let mut too_long = None;
        while !bytes.is_empty() && too_long.is_none() {
            let (mut piece, rest) = bytes.split_at(facet_lines::next_facet_line(bytes, PIECE_BYTES));
            if piece.len() > LIMIT_BYTES {
                // The text before the last facet line is parsed all the same: its errors come first, as with smaller chunks.
                let (before, last) = piece.split_at(FacetLineSearch::default().last_facet_line(piece).unwrap_or(0));
                if last.len() > LIMIT_BYTES {
                    (piece, too_long) = (before, Some(last));
                }
            }
            pieces.push(piece);
            bytes = rest;
        }
        let parsed: Vec<_> = pieces
            .par_iter()
            .map(|piece| {
                // A facet takes about 250 bytes.
                let triangles = Vec::with_capacity(piece.len() / 160);
                let mut facets = Facets { triangles, ..Facets::default() };
                let last = Parser::new(piece).piece(&mut facets);
                (facets, last, count_line_ends(piece))
            })
            .collect();
        for (number, (piece, (found, last, lines))) in pieces.iter().zip(parsed).enumerate() {
            let last = last.map_err(|PieceError { offset, error, mut found }| {
                if found.is_empty() {
                    // The piece ends here, the file perhaps not.
                    let after = pieces[number + 1..].iter().copied().chain(too_long).find(|after| !after.is_empty());
                    found = shown(Parser::new(after.unwrap_or(&self.pending)).word());
                }
                error(self.lines + 1 + count_line_ends(&piece[..offset]), found)
            })?;
            let Facets { triangles, solids } = found;
            self.any_facet |= !triangles.is_empty();
            self.lines += lines;
            self.last = if last == LastElement::Nothing { self.last } else { last };
            let before = self.facets.triangles.len();
            self.facets.solids.extend(solids.into_iter().map(|(place, name)| (before + place, name)));
            self.facets.triangles.extend_from_slice(&triangles);
        }
        if too_long.is_some() { Err(self.line_too_long()) } else { Ok(()) }
    }

    /// Gives the triangles of the current chunk to the sink, solid by solid.
    fn give(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let Facets { triangles, solids } = &self.facets;
        let mut given = 0;
        for (start, name) in solids {
            sink.triangles(&&triangles[given..*start])?;
            sink.part(PartStart::New { name, exact_volume: None });
            given = *start;
        }
        sink.triangles(&&triangles[given..])?;
        self.facets.triangles.clear();
        self.facets.solids.clear();
        Ok(())
    }

    fn line_too_long(&self) -> StlError {
        StlError::LineTooLong { limit_bytes: LIMIT_BYTES, line: self.lines + 1 }
    }
}

impl Reader for AsciiReader {
    fn needs(&self) -> Needs {
        Needs {
            own_bytes: self.size_bytes.min(LIMIT_BYTES as u64),
            triangles: Count::AtMost(self.size_bytes / LEAST_FACET_BYTES),
            whole_file: false,
        }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.pending.extend_from_slice(chunk);
        if let Some(cut) = self.search.last_facet_line(&self.pending) {
            let rest = self.pending.split_off(cut);
            let whole = std::mem::replace(&mut self.pending, rest);
            self.parse(&whole)?;
        }
        // The next facet line comes too late, even if a part of its first word is there already.
        if self.pending.len() >= LIMIT_BYTES + facet_lines::WORD_BYTES {
            return Err(self.line_too_long().into());
        }
        self.give(sink)
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        let rest = std::mem::take(&mut self.pending);
        self.parse(&rest)?;
        if self.last != LastElement::EndSolid {
            let cut = StlError::TextCut { expected: "`facet` or `endsolid`", line: self.lines + 1 };
            if self.last != LastElement::Facet {
                return Err(cut.into());
            }
            // Some programs leave the last line out. A mesh that is closed lacks nothing.
            self.facts.doubt = Some(cut.into());
        }
        if !self.any_facet {
            return Err(StlError::NoFacets.into());
        }
        self.give(sink)?;
        Ok(std::mem::take(&mut self.facts))
    }
}
