//! ASCII STL: words between blanks, and names up to the end of a line.
//!
//! Chunks are cut before lines that begin with `facet`, which no name can, and the pieces are parsed in parallel. What is
//! read is words, not lines: any case, any blanks, LF or CRLF. Normals are passed over, whatever they say, because many
//! programs write `nan` there.

use memchr::memchr_iter;
use rayon::prelude::*;

use crate::format::FormatError;
use crate::mesh::Triangle;

/// The most bytes that may pass without a line that begins with `facet`: names and comments are shorter.
const LIMIT_BYTES: usize = 1 << 20;
/// Bytes that are parsed in one go: some hundred facets, enough that the split costs nothing.
const PIECE_BYTES: usize = 1 << 17;

/// Reads ASCII STL.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What came after the last line that begins with `facet`, with that line.
    pending: Vec<u8>,
    /// Line ends before `pending`.
    lines: u64,
    last: Last,
    any_facet: bool,
}

/// The last that was read on the level of solids and facets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Nothing,
    Solid,
    Facet,
    EndSolid,
}

/// An error at an offset of a piece: it becomes one at a line when the lines before are counted.
struct At {
    offset: usize,
    error: fn(line: u64, found: String) -> FormatError,
    found: String,
}

impl Decoder {
    pub fn push(&mut self, bytes: &[u8], triangles: &mut Vec<Triangle>) -> Result<(), FormatError> {
        self.pending.extend_from_slice(bytes);
        let cut = last_facet_line(&self.pending);
        if cut == 0 && self.pending.len() > LIMIT_BYTES {
            return Err(FormatError::LineTooLong { limit_bytes: LIMIT_BYTES, line: self.lines + 1 });
        }
        let rest = self.pending.split_off(cut);
        let whole = std::mem::replace(&mut self.pending, rest);
        self.parse(&whole, false, triangles)
    }

    pub fn finish(&mut self, triangles: &mut Vec<Triangle>) -> Result<(), FormatError> {
        let rest = std::mem::take(&mut self.pending);
        self.parse(&rest, true, triangles)?;
        if self.last != Last::EndSolid {
            return Err(FormatError::TextCut { expected: "`facet` or `endsolid`", line: self.lines + 1 });
        }
        if self.any_facet { Ok(()) } else { Err(FormatError::NoFacets) }
    }

    /// Parses whole facets, in parallel. Unless the file ends with them, a line that begins with `facet` comes next.
    fn parse(&mut self, mut bytes: &[u8], at_end: bool, triangles: &mut Vec<Triangle>) -> Result<(), FormatError> {
        let mut pieces = Vec::with_capacity(bytes.len() / PIECE_BYTES + 1);
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(next_facet_line(bytes, PIECE_BYTES));
            pieces.push(piece);
            bytes = rest;
        }
        let parsed: Vec<_> = pieces
            .par_iter()
            .map(|piece| {
                // A facet takes about 250 bytes, and never fewer than 80.
                let mut triangles = Vec::with_capacity(piece.len() / 160);
                let last = Parser { bytes: piece, at: 0 }.piece(&mut triangles);
                (triangles, last, memchr_iter(b'\n', piece).count() as u64)
            })
            .collect();
        for (number, (piece, (found, last, lines))) in pieces.iter().zip(parsed).enumerate() {
            let last = last.map_err(|At { offset, error, found }| {
                let file_ends = at_end && number + 1 == pieces.len();
                let found = if found.is_empty() && !file_ends { "facet".into() } else { found };
                error(self.lines + 1 + memchr_iter(b'\n', &piece[..offset]).count() as u64, found)
            })?;
            self.any_facet |= !found.is_empty();
            self.lines += lines;
            self.last = if last == Last::Nothing { self.last } else { last };
            triangles.extend_from_slice(&found);
        }
        Ok(())
    }
}

/// Where the last line that begins with `facet` starts; 0 where there is none but perhaps the first.
fn last_facet_line(bytes: &[u8]) -> usize {
    memchr::memrchr_iter(b'\n', bytes).map(|end| end + 1).find(|&start| begins_with_facet(&bytes[start..])).unwrap_or(0)
}

/// Where the first line after `from` that begins with `facet` starts; the end where there is none.
fn next_facet_line(bytes: &[u8], from: usize) -> usize {
    let Some(rest) = bytes.get(from..) else { return bytes.len() };
    let starts = memchr_iter(b'\n', rest).map(|end| from + end + 1);
    starts.into_iter().find(|&start| begins_with_facet(&bytes[start..])).unwrap_or(bytes.len())
}

fn begins_with_facet(line: &[u8]) -> bool {
    let word = line.trim_ascii_start();
    word.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"facet"))
        && word.get(5).is_some_and(u8::is_ascii_whitespace)
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    /// Reads facets and the lines around them to the end.
    fn piece(&mut self, triangles: &mut Vec<Triangle>) -> Result<Last, At> {
        let mut last = Last::Nothing;
        loop {
            let word = self.word();
            if word.eq_ignore_ascii_case(b"facet") {
                triangles.push(self.facet()?);
                last = Last::Facet;
            } else if word.is_empty() {
                return Ok(last);
            } else if word.eq_ignore_ascii_case(b"endsolid") {
                self.skip_line();
                last = Last::EndSolid;
            } else if word.eq_ignore_ascii_case(b"solid") || (last == Last::Nothing && is_marked_solid(word)) {
                self.skip_line();
                last = Last::Solid;
            } else {
                return Err(self.unexpected(word, |line, found| FormatError::Word {
                    expected: "`facet`, `solid` or `endsolid`",
                    found,
                    line,
                }));
            }
        }
    }

    /// Reads a facet after its first word.
    fn facet(&mut self) -> Result<Triangle, At> {
        self.keyword(b"normal", |line, found| expected("`normal`", line, found))?;
        for _ in 0..3 {
            let word = self.word();
            if word.is_empty() || word.eq_ignore_ascii_case(b"outer") {
                return Err(self.unexpected(word, |line, found| expected("a normal of three numbers", line, found)));
            }
        }
        self.keyword(b"outer", |line, found| expected("`outer loop`", line, found))?;
        self.keyword(b"loop", |line, found| expected("`outer loop`", line, found))?;
        let mut triangle = Triangle::default();
        for corner in &mut triangle {
            self.keyword(b"vertex", |line, found| expected("`vertex`, three to a loop,", line, found))?;
            for coordinate in corner {
                *coordinate = self.number()?;
            }
        }
        self.keyword(b"endloop", |line, found| expected("`endloop` after three vertices", line, found))?;
        self.keyword(b"endfacet", |line, found| expected("`endfacet`", line, found))?;
        Ok(triangle)
    }

    fn keyword(&mut self, keyword: &[u8], error: fn(u64, String) -> FormatError) -> Result<(), At> {
        let word = self.word();
        if word.eq_ignore_ascii_case(keyword) { Ok(()) } else { Err(self.unexpected(word, error)) }
    }

    /// From text to `f32`, as the format stores it.
    fn number(&mut self) -> Result<f32, At> {
        let word = self.word();
        match fast_float2::parse::<f32, _>(word) {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => Err(self.unexpected(word, |line, found| FormatError::NonFinite { found, line })),
            Err(_) => Err(self.unexpected(word, |line, found| expected("a number", line, found))),
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

    /// An error at the word that was just read.
    fn unexpected(&self, word: &[u8], error: fn(u64, String) -> FormatError) -> At {
        const SHOWN_BYTES: usize = 40;
        let mut found = word[..word.len().min(SHOWN_BYTES)].escape_ascii().to_string();
        if word.len() > SHOWN_BYTES {
            found.push('…');
        }
        At { offset: self.at - word.len(), error, found }
    }
}

/// A word that should be there: at the end of the file nothing was found, and the file was cut.
fn expected(expected: &'static str, line: u64, found: String) -> FormatError {
    if found.is_empty() { FormatError::TextCut { expected, line } } else { FormatError::Word { expected, found, line } }
}

/// `solid` after a byte order mark.
fn is_marked_solid(word: &[u8]) -> bool {
    word.strip_prefix(b"\xef\xbb\xbf").is_some_and(|word| word.eq_ignore_ascii_case(b"solid"))
}

/// Blanks and line ends.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}
