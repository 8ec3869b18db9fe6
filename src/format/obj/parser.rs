//! The parser of some lines of OBJ: vertices, and the corners of faces.
//!
//! A piece is parsed without what is before it: a positive number counts from the start of the file, a negative one back from the
//! vertices so far, of which the piece knows its own alone. So a corner is either absolute or relative to the first vertex of the
//! piece, and whether its vertex is there is looked at once the pieces before are known.

use std::ops::ControlFlow;

use super::error::LineFault;
use crate::format::polygon::steps;
use crate::format::shown::shown;
use crate::mesh::Point;

/// The distance of relative corners from absolute ones: far above any number of vertices.
const RELATIVE: i64 = 1 << 48;

/// What some lines hold.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub points: Vec<Point>,
    /// The corners of all faces, one face after another.
    corners: Vec<i64>,
    /// The number of corners of each face.
    face_sizes: Vec<u32>,
    /// The fewest vertices that must be before the piece, for each corner to be there.
    needed_before: u64,
    pub has_surfaces: bool,
    /// The steps that it may take to cut the faces into triangles.
    pub cut_steps: u64,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PieceFault {
    pub offset: usize,
    pub fault: LineFault,
}

impl Piece {
    /// Parses whole lines.
    pub fn parse(text: &[u8]) -> Result<Self, PieceFault> {
        // A vertex and the two triangles to it take about 80 bytes.
        let mut piece = Self { points: Vec::with_capacity(text.len() / 64), ..Self::default() };
        piece.corners.reserve(text.len() / 12);
        piece.face_sizes.reserve(text.len() / 36);
        piece.read(text, None)?;
        Ok(piece)
    }

    /// Whether each corner has its vertex, if so many are before the piece.
    pub fn has_all_vertices(&self, before: u64) -> bool {
        self.needed_before <= before
    }

    /// The first fault of lines that have one, if so many vertices are before them.
    pub fn first_fault(text: &[u8], before: u64) -> Option<PieceFault> {
        Self::default().read(text, Some(before)).err()
    }

    /// The faces, each as the numbers of its corners, from 0, if so many vertices are before the piece.
    pub fn faces(&self, before: u64) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        let number = move |corner: i64| {
            let from = if corner < RELATIVE / 2 { corner } else { corner - RELATIVE + before.cast_signed() };
            from.cast_unsigned() as u32
        };
        let mut rest = &self.corners[..];
        self.face_sizes.iter().map(move |&size| {
            let (corners, after) = rest.split_at(size as usize);
            rest = after;
            corners.iter().map(move |&corner| number(corner))
        })
    }

    pub fn has_faces(&self) -> bool {
        !self.face_sizes.is_empty()
    }

    /// Reads lines. With the number of vertices before, each corner is looked at once it is read.
    fn read(&mut self, text: &[u8], before: Option<u64>) -> Result<(), PieceFault> {
        let mut words = Words { text, at: 0 };
        while words.next_line().is_continue() {
            let start = words.at;
            let word = words.word();
            let read = match word {
                [] => Ok(()),
                b"v" | b"V" => self.vertex(&mut words),
                b"f" | b"F" | b"fo" => self.face(&mut words, before),
                [b'#', ..] => Ok(()),
                [letter, ..] if letter.is_ascii_alphabetic() => {
                    self.has_surfaces |= word == b"surf";
                    Ok(())
                }
                other => Err(LineFault::NoWord { found: shown(other) }),
            };
            read.map_err(|fault| PieceFault { offset: start, fault })?;
        }
        Ok(())
    }

    /// Reads the coordinates of a vertex. What follows them, a weight or a colour, moves no point of a polygon.
    fn vertex(&mut self, words: &mut Words<'_>) -> Result<(), LineFault> {
        let mut point = [0.0; 3];
        for coordinate in &mut point {
            let word = words.word();
            let number: f32 = fast_float2::parse(word).map_err(|_| LineFault::Coordinate { found: shown(word) })?;
            if !number.is_finite() {
                return Err(LineFault::NonFinite { found: shown(word) });
            }
            *coordinate = number;
        }
        self.points.push(point);
        Ok(())
    }

    /// Reads the corners of a face. Fewer than three make no polygon.
    fn face(&mut self, words: &mut Words<'_>, before: Option<u64>) -> Result<(), LineFault> {
        let first = self.corners.len();
        loop {
            let word = words.word();
            if word.is_empty() || word[0] == b'#' {
                break;
            }
            let number = vertex_number(word).ok_or_else(|| LineFault::Corner { found: shown(word) })?;
            self.corner(number, before)?;
        }
        let size = self.corners.len() - first;
        if size < 3 {
            self.corners.truncate(first);
        } else {
            self.face_sizes.push(size as u32);
            self.cut_steps += steps(size);
        }
        Ok(())
    }

    fn corner(&mut self, number: i64, before: Option<u64>) -> Result<(), LineFault> {
        let count = (self.points.len() as u64).cast_signed();
        let (corner, needed) = match number {
            1.. => (number - 1, number - count),
            0 => (0, i64::MAX),
            _ => (RELATIVE + count + number, -(count + number)),
        };
        let needed = needed.max(0).cast_unsigned();
        if let Some(before) = before
            && needed > before
        {
            return Err(LineFault::NoVertex { number, count: before + count.cast_unsigned() });
        }
        self.needed_before = self.needed_before.max(needed);
        self.corners.push(corner);
        Ok(())
    }
}

/// The number of the vertex of a corner: of `7/1/3` it is 7.
fn vertex_number(word: &[u8]) -> Option<i64> {
    let (is_back, digits) = match word {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, word),
    };
    let mut number = 0_i64;
    let mut count = 0;
    for &digit in digits {
        match digit {
            b'0'..=b'9' if count < 12 => number = 10 * number + i64::from(digit - b'0'),
            b'/' if count > 0 => break,
            _ => return None,
        }
        count += 1;
    }
    (count > 0).then_some(if is_back { -number } else { number })
}

/// The words of lines.
struct Words<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    /// Goes to the start of the next line; breaks at the end of the text.
    fn next_line(&mut self) -> ControlFlow<()> {
        if self.at > 0 {
            // What is left of the line: a comment, or words that mean nothing here.
            while let Some(end) = memchr::memchr2(b'\n', b'\r', &self.text[self.at..]) {
                self.at += end;
                if self.skip_continuation() {
                    continue;
                }
                break;
            }
        }
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        if self.at < self.text.len() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// The next word of the line; empty at its end.
    fn word(&mut self) -> &'a [u8] {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\x0b' | b'\x0c' | b'\0' => self.at += 1,
                b'\\' if matches!(self.text.get(self.at + 1), Some(b'\n' | b'\r')) => {
                    self.at += 1;
                    self.skip_end();
                }
                _ => break,
            }
        }
        let rest = &self.text[self.at..];
        let is_end = |at: usize, byte: u8| {
            byte.is_ascii_whitespace() || (byte == b'\\' && matches!(rest.get(at + 1), Some(b'\n' | b'\r')))
        };
        let length = rest.iter().enumerate().position(|(at, &byte)| is_end(at, byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Skips the end of a line that a backslash before it makes go on.
    fn skip_continuation(&mut self) -> bool {
        let continues = self.at > 0 && self.text[self.at - 1] == b'\\';
        if continues {
            self.skip_end();
        }
        continues
    }

    fn skip_end(&mut self) {
        self.at += if self.text[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
    }
}
