//! The parser of ASCII STL: the words of facets, and the lines between them.
//!
//! Programs write the format in dialects: keywords as one word or two (`end loop`, `outerloop`), names without a blank before
//! them (`endsolidPART`), comments, no normal, a last byte of NUL or Ctrl-Z. Each is read where it cannot be mistaken; anything
//! else is an error with its line. No word is skipped between facets, because a misspelt facet would be missed.

use super::error::StlError;
use crate::format::shown::{name, shown};
use crate::mesh::Triangle;

/// The last solid, facet or end of a solid that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum LastElement {
    #[default]
    Nothing,
    Solid,
    Facet,
    EndSolid,
}

/// Makes the error of a word from its line and its text.
pub(super) type WordError = fn(line: u64, found: String) -> StlError;

/// An error at an offset of a piece. The reader counts the lines before it to make it an error with a line.
pub(super) struct PieceError {
    pub offset: usize,
    pub error: WordError,
    /// The word, shortened; empty at the end of the piece.
    pub found: String,
}

/// A parser of one piece.
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The rest of the line that begins a solid, until it is taken.
    solid: Option<&'a [u8]>,
}

/// What a piece holds.
#[derive(Debug, Default)]
pub(super) struct Facets {
    pub triangles: Vec<Triangle>,
    /// The solids that begin: the number of triangles before, and the name. Of several without a facet between, the last.
    pub solids: Vec<(usize, String)>,
}

impl<'a> Parser<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, solid: None }
    }

    /// Reads facets, and the lines around them, to the end of the piece.
    pub fn piece(&mut self, facets: &mut Facets) -> Result<LastElement, PieceError> {
        let Facets { triangles, solids } = facets;
        let mut last = LastElement::Nothing;
        loop {
            let word = self.word();
            if word.eq_ignore_ascii_case(b"facet") {
                triangles.push(self.facet()?);
                last = LastElement::Facet;
            } else if word.is_empty() {
                return Ok(last);
            } else {
                last = self.line_between_facets(word, last)?;
                if let Some(name_line) = self.solid.take() {
                    solids.pop_if(|(before, _)| *before == triangles.len());
                    solids.push((triangles.len(), name(name_line)));
                }
            }
        }
    }

    /// Reads the rest of a line that is no facet, after its first word. Returns the last element after it.
    fn line_between_facets(&mut self, word: &[u8], last: LastElement) -> Result<LastElement, PieceError> {
        let word = if last == LastElement::Nothing { without_byte_order_mark(word) } else { word };
        let mut read = last;
        if begins_with(word, b"endsolid") {
            read = LastElement::EndSolid;
        } else if begins_with(word, b"solid") {
            read = LastElement::Solid;
            let start = self.at - word.len() + b"solid".len();
            self.skip_line();
            self.solid = Some(&self.bytes[start..self.at]);
        } else if word.eq_ignore_ascii_case(b"end") {
            let second = self.word();
            if !begins_with(second, b"solid") {
                return Err(self.unexpected(second, |line, found| missing_word("`solid` after `end`", line, found)));
            }
            read = LastElement::EndSolid;
        } else if is_padding(word) {
            return Ok(last);
        } else if !is_comment(word) {
            return Err(self.unexpected(word, |line, found| StlError::Word {
                expected: "`facet`, `solid` or `endsolid`",
                found,
                line,
            }));
        }
        self.skip_line();
        Ok(read)
    }

    /// Reads the rest of a facet after its first word.
    fn facet(&mut self) -> Result<Triangle, PieceError> {
        let mut word = self.word();
        // The normal may be left out.
        if !begins_with(word, b"outer") {
            self.expect(word, b"normal", |line, found| missing_word("`normal`", line, found))?;
            self.normal()?;
            word = self.word();
        }
        self.expect_joined(word, b"outer", b"loop", |line, found| missing_word("`outer loop`", line, found))?;
        let mut triangle = Triangle::default();
        for corner in &mut triangle {
            word = self.word();
            self.expect(word, b"vertex", |line, found| missing_word("`vertex`, three to a loop,", line, found))?;
            for coordinate in corner {
                *coordinate = self.number()?;
            }
        }
        word = self.word();
        let error = |line, found| missing_word("`endloop` after three vertices", line, found);
        self.expect_joined(word, b"end", b"loop", error)?;
        word = self.word();
        self.expect_joined(word, b"end", b"facet", |line, found| missing_word("`endfacet`", line, found))?;
        Ok(triangle)
    }

    /// Skips the three numbers of a normal, whatever they are.
    fn normal(&mut self) -> Result<(), PieceError> {
        for _ in 0..3 {
            let word = self.word();
            // The text may be cut before a line that begins with `facet`, so that the word is never part of a normal.
            if word.is_empty() || begins_with(word, b"outer") || word.eq_ignore_ascii_case(b"facet") {
                return Err(self.unexpected(word, |line, found| missing_word("a normal of three numbers", line, found)));
            }
        }
        Ok(())
    }

    fn expect(&self, word: &[u8], keyword: &[u8], error: WordError) -> Result<(), PieceError> {
        if word.eq_ignore_ascii_case(keyword) { Ok(()) } else { Err(self.unexpected(word, error)) }
    }

    /// Expects a keyword of two parts: in one word, or in this one and the next.
    fn expect_joined(&mut self, word: &[u8], first: &[u8], second: &[u8], error: WordError) -> Result<(), PieceError> {
        let is_first = word.get(..first.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(first));
        match word.get(first.len()..) {
            Some([]) if is_first => {
                let rest = &self.bytes[self.at..];
                let next = self.word();
                // The text may be cut before a line that begins with `facet`, so that the word is never a second part.
                let is_facet_line = next.eq_ignore_ascii_case(b"facet") && line_ends_before_word(rest);
                if is_facet_line { Err(self.unexpected(next, error)) } else { self.expect(next, second, error) }
            }
            Some(rest) if is_first && rest.eq_ignore_ascii_case(second) => Ok(()),
            _ => Err(self.unexpected(word, error)),
        }
    }

    /// Reads a number, which the format defines as `f32`.
    fn number(&mut self) -> Result<f32, PieceError> {
        let rest = &self.bytes[self.at..];
        let blanks = rest.iter().position(|byte| !is_blank(*byte)).unwrap_or(rest.len());
        // Nearly every number is one to its last byte: the word need not be found first.
        if let Ok((number, length)) = fast_float2::parse_partial::<f32, _>(&rest[blanks..])
            && number.is_finite()
            && rest.get(blanks + length).is_none_or(|byte| is_blank(*byte))
        {
            self.at += blanks + length;
            return Ok(number);
        }
        let word = self.word();
        match fast_float2::parse::<f32, _>(word) {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => Err(self.unexpected(word, |line, found| StlError::NonFinite { found, line })),
            Err(_) => Err(self.unexpected(word, no_number(word))),
        }
    }

    /// The next word; empty at the end.
    pub fn word(&mut self) -> &'a [u8] {
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
    fn unexpected(&self, word: &[u8], error: WordError) -> PieceError {
        PieceError { offset: self.at - word.len(), error, found: shown(word) }
    }
}

/// Whether the file begins with the words of ASCII STL: `solid` and a name, or `facet` where the first line is left out.
pub(super) fn is_ascii_stl(head: &[u8]) -> bool {
    let mut parser = Parser::new(without_byte_order_mark(head));
    let mut word = parser.word();
    while is_comment(word) {
        parser.skip_line();
        word = parser.word();
    }
    // A name may follow without a blank, as other text may: `solidity`.
    let is_solid = begins_with(word, b"solid")
        && (word.len() == 5 || head.windows(5).any(|word| word.eq_ignore_ascii_case(b"facet")));
    (is_solid || word.eq_ignore_ascii_case(b"facet")) && !without_padding(head).contains(&0)
}

/// Whether a line ends in the blanks before the first word of a text.
fn line_ends_before_word(text: &[u8]) -> bool {
    text.iter().take_while(|byte| is_blank(**byte)).any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Makes the error of a missing word: the file was cut if it ends there, otherwise the word that was found is wrong.
fn missing_word(expected: &'static str, line: u64, found: String) -> StlError {
    if found.is_empty() { StlError::TextCut { expected, line } } else { StlError::Word { expected, found, line } }
}

/// The error of a word that is no number for the parser.
fn no_number(word: &[u8]) -> WordError {
    let digits = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
    // As C libraries of Windows print them: `1.#QNAN`, `-nan(ind)`.
    if begins_with(digits, b"1.#") || begins_with(digits, b"nan(") {
        return |line, found| StlError::NonFinite { found, line };
    }
    if digits.contains(&b',') && digits.iter().all(|byte| byte.is_ascii_digit() || b",.eE+-".contains(byte)) {
        return |line, found| StlError::DecimalComma { found, line };
    }
    |line, found| missing_word("a number", line, found)
}

/// Whether the bytes begin with a keyword, in any case.
fn begins_with(bytes: &[u8], keyword: &[u8]) -> bool {
    bytes.get(..keyword.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(keyword))
}

fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Whether a line that begins with this word is a comment. The format has none; programs write them all the same.
fn is_comment(word: &[u8]) -> bool {
    word.starts_with(b"#") || word.starts_with(b";") || word.starts_with(b"//")
}

/// Whether a word is what programs write after the end of a text: NUL, and Ctrl-Z of CP/M and DOS.
fn is_padding(word: &[u8]) -> bool {
    word.iter().all(|&byte| is_padding_byte(byte))
}

/// The bytes without padding at their end.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| !is_padding_byte(byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn is_padding_byte(byte: u8) -> bool {
    matches!(byte, 0 | 0x1a)
}

/// Whether a byte is a blank or ends a line.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}
