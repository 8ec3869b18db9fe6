//! The parser of some lines of OBJ: vertices, and the corners of faces.
//!
//! A piece is parsed without what is before it: a positive number counts from the start of the file, a negative one back from the
//! vertices so far, of which the piece knows its own alone. So a corner is either absolute or relative to the first vertex of the
//! piece, and whether its vertex is there is looked at once the pieces before are known.

use std::ops::ControlFlow;

use super::error::LineFault;
use crate::format::polygons::Polygons;
use crate::format::shown::{name, shown};
use crate::mesh::Point;

/// The distance of relative corners from absolute ones: far above any number of vertices.
const RELATIVE: i64 = 1 << 48;

/// What some lines hold.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub points: Vec<Point>,
    /// The faces. [`Corner::vertex`] tells the vertices of their corners.
    pub faces: Polygons<Corner>,
    /// The fewest vertices that must be before the piece, for each corner to be there.
    needed_before: u64,
    pub has_surfaces: bool,
    /// The parts that begin. Of several without a face between, one.
    pub parts: Vec<PartLine>,
}

/// A line that begins a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PartLine {
    /// The number of faces of the piece before it.
    pub face: usize,
    pub kind: PartKind,
    pub name: String,
}

impl PartLine {
    /// The part that begins where another line follows without a face between: that of the last line, but for a group in an object.
    pub fn followed_by(self, next: Self) -> Self {
        if self.kind > next.kind { self } else { next }
    }
}

/// What a part is of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartKind {
    /// Faces that belong together: `g`. In a file of objects, mostly those of one material.
    Group,
    /// `o`.
    Object,
}

/// A corner of a face: absolute, or relative to the vertices before its piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corner(i64);

impl Corner {
    /// The number of its vertex, from 0, if so many vertices are before the piece.
    pub fn vertex(self, before: u64) -> u32 {
        let Self(corner) = self;
        let number = if corner < RELATIVE / 2 { corner } else { corner - RELATIVE + before.cast_signed() };
        number.cast_unsigned() as u32
    }
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
        let points = Vec::with_capacity(text.len() / 64);
        let faces = Polygons::with_capacity(text.len() / 12);
        let mut piece = Self { points, faces, ..Self::default() };
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
                b"o" | b"g" => {
                    self.part(if word == b"o" { PartKind::Object } else { PartKind::Group }, &mut words);
                    Ok(())
                }
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
        for (count, coordinate) in point.iter_mut().enumerate() {
            let word = words.word();
            if word.is_empty() {
                return Err(LineFault::CoordinateMissing { count });
            }
            let number: f32 = fast_float2::parse(word).map_err(|_| LineFault::Coordinate { found: shown(word) })?;
            if !number.is_finite() {
                return Err(LineFault::NonFinite { found: shown(word) });
            }
            *coordinate = number;
        }
        self.points.push(point);
        Ok(())
    }

    /// Reads the name of a part.
    fn part(&mut self, kind: PartKind, words: &mut Words<'_>) {
        let part = PartLine { face: self.faces.len(), kind, name: name(words.line()) };
        let before = self.parts.pop_if(|last| last.face == part.face);
        self.parts.push(match before {
            Some(before) => before.followed_by(part),
            None => part,
        });
    }

    /// Reads the corners of a face. Fewer than three make no polygon.
    fn face(&mut self, words: &mut Words<'_>, before: Option<u64>) -> Result<(), LineFault> {
        let Self { points, faces, needed_before, .. } = self;
        let count = (points.len() as u64).cast_signed();
        let corners = std::iter::from_fn(|| {
            let word = words.word();
            let is_corner = !word.is_empty() && word[0] != b'#';
            is_corner.then(|| {
                let number = vertex_number(word).ok_or_else(|| LineFault::Corner { found: shown(word) })?;
                let (corner, needed) = corner(number, count);
                if let Some(before) = before
                    && needed > before
                {
                    return Err(LineFault::NoVertex { number, count: before + count.cast_unsigned() });
                }
                *needed_before = needed.max(*needed_before);
                Ok(corner)
            })
        });
        faces.add(corners)
    }
}

/// The corner of a vertex's number as written, where so many vertices of the piece are before it; and how many must be before the
/// piece.
fn corner(number: i64, count: i64) -> (Corner, u64) {
    let (corner, needed) = match number {
        1.. => (number - 1, number - count),
        0 => (0, i64::MAX),
        _ => (RELATIVE + count + number, -(count + number)),
    };
    (Corner(corner), needed.max(0).cast_unsigned())
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

    /// The rest of the line.
    fn line(&mut self) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
        self.at += line.len();
        line
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
