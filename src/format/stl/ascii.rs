//! The reader of ASCII STL: words between blanks, and names up to the end of a line.
//!
//! Chunks are cut before lines that begin with `facet`, and the pieces are parsed in parallel. The parser reads words, in any
//! case and between any blanks, and ends of lines only after names. It skips normals without a look at them, because many
//! programs write `nan` there.

use memchr::memchr_iter;
use rayon::prelude::*;

use super::error::StlError;
use super::facet_lines::{self, FacetLineSearch};
use crate::format::{Count, FileFacts, Needs, ReadError, Reader, Sink};
use crate::mesh::Triangle;

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
    /// The triangles of the current chunk. The buffer is used again, because memory that is new to a process is slow.
    triangles: Vec<Triangle>,
}

/// The last solid, facet or end of a solid that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum LastElement {
    #[default]
    Nothing,
    Solid,
    Facet,
    EndSolid,
}

/// An error at an offset of a piece. The reader counts the lines before it to make it an error with a line.
struct PieceError {
    offset: usize,
    error: fn(line: u64, found: String) -> StlError,
    found: String,
}

impl AsciiReader {
    /// A reader of a file of this length.
    pub fn new(size_bytes: u64) -> Self {
        Self { size_bytes, ..Self::default() }
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
                let mut triangles = Vec::with_capacity(piece.len() / 160);
                let last = Parser { bytes: piece, at: 0 }.piece(&mut triangles);
                (triangles, last, memchr_iter(b'\n', piece).count() as u64)
            })
            .collect();
        for (number, (piece, (found, last, lines))) in pieces.iter().zip(parsed).enumerate() {
            let last = last.map_err(|PieceError { offset, error, mut found }| {
                if found.is_empty() {
                    // The piece ends here, the file perhaps not.
                    let after = pieces[number + 1..].iter().copied().chain(too_long).find(|after| !after.is_empty());
                    found = shown(Parser { bytes: after.unwrap_or(&self.pending), at: 0 }.word());
                }
                error(self.lines + 1 + memchr_iter(b'\n', &piece[..offset]).count() as u64, found)
            })?;
            self.any_facet |= !found.is_empty();
            self.lines += lines;
            self.last = if last == LastElement::Nothing { self.last } else { last };
            self.triangles.extend_from_slice(&found);
        }
        if too_long.is_some() { Err(self.line_too_long()) } else { Ok(()) }
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
        self.triangles.clear();
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
        Ok(sink.triangles(&self.triangles)?)
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.triangles.clear();
        let rest = std::mem::take(&mut self.pending);
        self.parse(&rest)?;
        if self.last != LastElement::EndSolid {
            let expected = "`facet` or `endsolid`";
            return Err(StlError::TextCut { expected, line: self.lines + 1 }.into());
        }
        if !self.any_facet {
            return Err(StlError::NoFacets.into());
        }
        sink.triangles(&self.triangles)?;
        Ok(FileFacts::default())
    }
}

/// A parser of one piece.
struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    /// Reads facets, and the lines of solids around them, to the end of the piece.
    fn piece(&mut self, triangles: &mut Vec<Triangle>) -> Result<LastElement, PieceError> {
        let mut last = LastElement::Nothing;
        loop {
            let word = self.word();
            if word.eq_ignore_ascii_case(b"facet") {
                triangles.push(self.facet()?);
                last = LastElement::Facet;
            } else if word.is_empty() {
                return Ok(last);
            } else if word.eq_ignore_ascii_case(b"endsolid") {
                self.skip_line();
                last = LastElement::EndSolid;
            } else if word.eq_ignore_ascii_case(b"solid") || (last == LastElement::Nothing && is_marked_solid(word)) {
                self.skip_line();
                last = LastElement::Solid;
            } else {
                return Err(self.unexpected(word, |line, found| StlError::Word {
                    expected: "`facet`, `solid` or `endsolid`",
                    found,
                    line,
                }));
            }
        }
    }

    /// Reads the rest of a facet after its first word.
    fn facet(&mut self) -> Result<Triangle, PieceError> {
        self.keyword(b"normal", |line, found| missing_word("`normal`", line, found))?;
        for _ in 0..3 {
            let word = self.word();
            // The text may be cut before a line that begins with `facet`, so that the word is never part of a normal.
            let is_keyword = [&b"outer"[..], b"facet"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
            if word.is_empty() || is_keyword {
                return Err(self.unexpected(word, |line, found| missing_word("a normal of three numbers", line, found)));
            }
        }
        self.keyword(b"outer", |line, found| missing_word("`outer loop`", line, found))?;
        self.keyword(b"loop", |line, found| missing_word("`outer loop`", line, found))?;
        let mut triangle = Triangle::default();
        for corner in &mut triangle {
            self.keyword(b"vertex", |line, found| missing_word("`vertex`, three to a loop,", line, found))?;
            for coordinate in corner {
                *coordinate = self.number()?;
            }
        }
        self.keyword(b"endloop", |line, found| missing_word("`endloop` after three vertices", line, found))?;
        self.keyword(b"endfacet", |line, found| missing_word("`endfacet`", line, found))?;
        Ok(triangle)
    }

    fn keyword(&mut self, keyword: &[u8], error: fn(u64, String) -> StlError) -> Result<(), PieceError> {
        let word = self.word();
        if word.eq_ignore_ascii_case(keyword) { Ok(()) } else { Err(self.unexpected(word, error)) }
    }

    /// Reads a number, which the format defines as `f32`.
    fn number(&mut self) -> Result<f32, PieceError> {
        let word = self.word();
        match fast_float2::parse::<f32, _>(word) {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => Err(self.unexpected(word, |line, found| StlError::NonFinite { found, line })),
            Err(_) => Err(self.unexpected(word, |line, found| missing_word("a number", line, found))),
        }
    }

    /// The next word; empty at the end.
    fn word(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let start = rest.iter().position(|byte| !is_blank(*byte)).unwrap_or(rest.len());
        let word = &rest[start..];
        let word = &word[..word.iter().position(|byte| is_blank(*byte)).unwrap_or(word.len())];
        self.at += start + word.len();
        word
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    /// Makes an error at the word that was just read.
    fn unexpected(&self, word: &[u8], error: fn(u64, String) -> StlError) -> PieceError {
        PieceError { offset: self.at - word.len(), error, found: shown(word) }
    }
}

/// Shortens a word for a message, and escapes what a terminal would act on.
fn shown(word: &[u8]) -> String {
    const SHOWN_BYTES: usize = 40;
    let mut shown = word[..word.len().min(SHOWN_BYTES)].escape_ascii().to_string();
    if word.len() > SHOWN_BYTES {
        shown.push('…');
    }
    shown
}

/// Makes the error of a missing word: the file was cut if it ends there, otherwise the word that was found is wrong.
fn missing_word(expected: &'static str, line: u64, found: String) -> StlError {
    if found.is_empty() { StlError::TextCut { expected, line } } else { StlError::Word { expected, found, line } }
}

/// Whether the word is `solid` after a byte order mark.
fn is_marked_solid(word: &[u8]) -> bool {
    word.strip_prefix(b"\xef\xbb\xbf").is_some_and(|word| word.eq_ignore_ascii_case(b"solid"))
}

/// Whether a byte is a blank or ends a line.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}
