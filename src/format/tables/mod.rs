//! Meshes as tables, in text or in binary: rows of vertices, and rows of polygons by the numbers of their vertices.
//!
//! PLY describes its tables in a header; OFF has two that are always the same.

mod binary;
mod error;
pub(super) mod layout;
pub(super) mod reader;
mod rows;
mod text;

use std::borrow::Cow;

use rayon::prelude::*;

use self::error::TableError;
use self::layout::{Encoding, Layout};
use self::rows::{Cursor, RowFault, Rows};
use super::indexed::{IndexedParts, PART_BYTES};
use super::lines::{LIMIT_BYTES, Lines, WholeLines, count_lines};
use super::polygons::CutBudget;
use super::{ReadError, Sink};
use crate::contract::Position;
use crate::mesh::Point;

/// The memory of a part of the file once it is parsed: a corner and its triangle for each byte.
pub(super) const PARSED_BYTES_PER_BYTE: u64 = 20;

/// The bytes that are joined to a row whose start was in the last chunk: the others are not copied.
const JOINED_BYTES: usize = 1 << 10;

/// The tables of one file.
#[derive(Debug)]
struct Tables {
    layout: Layout,
    /// The most bytes of a row.
    limit_bytes: usize,
    /// The row that is next.
    cursor: Cursor,
    /// Of text, the lines that have not ended.
    lines: WholeLines,
    /// Of binary, the start of a row whose rest is in the next chunk, and its offset in the file.
    pending: Vec<u8>,
    pending_offset: u64,
    points: Vec<Point>,
    /// Rows with polygons that came before all vertices.
    waiting: Vec<Rows>,
    cut_budget: CutBudget,
}

impl Tables {
    /// Tables behind a header, in a file of this length.
    fn new(layout: Layout, header: &[u8], size_bytes: u64) -> Result<Self, TableError> {
        let offset = header.len() as u64;
        let (least_bytes, body_bytes) = (layout.least_bytes(), size_bytes.saturating_sub(offset));
        if least_bytes > body_bytes {
            return Err(TableError::Shorter { least_bytes, body_bytes });
        }
        let longest = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        let limit_bytes = if layout.has_strips() { longest } else { LIMIT_BYTES };
        // The length of the file bears the number of vertices out.
        let points = Vec::with_capacity(usize::try_from(layout.vertex_count()).unwrap_or_default());
        Ok(Self {
            layout,
            limit_bytes,
            cursor: Cursor::default(),
            lines: WholeLines::after(count_lines(header)).limited_to(limit_bytes),
            pending: Vec::new(),
            pending_offset: offset,
            points,
            waiting: Vec::new(),
            cut_budget: CutBudget::of(size_bytes),
        })
    }

    /// Reads the next bytes, and gives the triangles of whole rows to the sink.
    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        chunk.chunks(PART_BYTES).try_for_each(|part| self.push_part(part, sink))
    }

    fn push_part(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let parts = if self.layout.encoding == Encoding::Ascii {
            let lines = self.lines.push(chunk)?;
            self.read_text(&lines)?
        } else {
            self.read_binary(chunk)?
        };
        self.take(parts, sink)
    }

    /// Ends the file, which has so many bytes.
    fn finish(&mut self, size_bytes: u64, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let lines = self.lines.finish();
        let last_line = lines.before + 1;
        let parts = self.read_text(&lines)?;
        self.take(parts, sink)?;
        if self.cursor.element(&self.layout.elements).is_some() {
            let is_text = self.layout.encoding == Encoding::Ascii;
            let at = if is_text { Position::Line(last_line) } else { Position::Byte(size_bytes) };
            let elements = &self.layout.elements;
            let (read, counted) = (self.cursor.passed(elements), self.layout.rows(|_| true));
            return Err(TableError::RowsCut { read, counted, at }.into());
        }
        Ok(())
    }

    /// Reads the rows of whole lines, in parallel: first they are counted, so that each piece knows its rows' elements.
    fn read_text(&mut self, lines: &Lines) -> Result<Vec<Rows>, TableError> {
        let texts = lines.pieces(false);
        let layout = &self.layout;
        let counts: Vec<u64> = texts.par_iter().map(|text| text::count_rows(text, layout)).collect();
        let elements = &layout.elements;
        let starts: Vec<Cursor> = counts
            .into_iter()
            .map(|count| {
                let start = self.cursor;
                self.cursor.pass(count, elements);
                start
            })
            .collect();
        let read: Vec<_> = texts.par_iter().zip(starts).map(|(text, start)| text::read(text, layout, start)).collect();
        let with_places = texts.iter().zip(read).map(|(text, rows)| {
            rows.map_err(|error| placed(error.fault, Position::Line(lines.line_at(text, error.offset))))
        });
        with_places.collect()
    }

    fn read_binary(&mut self, chunk: &[u8]) -> Result<Vec<Rows>, TableError> {
        let mut parts = Vec::new();
        let mut rest = chunk;
        // A row that the last chunk began, and the next ones: the rest of the chunk is read where it stands.
        while !self.pending.is_empty() && !rest.is_empty() {
            let begun = self.pending.len();
            let (next, behind) = rest.split_at(rest.len().min(begun.max(JOINED_BYTES)));
            let mut pending = std::mem::take(&mut self.pending);
            pending.extend_from_slice(next);
            let taken = self.read_rows(&pending, &mut parts)?;
            if taken >= begun {
                rest = &rest[taken - begun..];
            } else {
                // In place: a row may be as long as the file.
                pending.drain(..taken);
                self.pending = pending;
                rest = behind;
            }
        }
        let taken = if self.pending.is_empty() { self.read_rows(rest, &mut parts)? } else { 0 };
        self.pending.extend_from_slice(&rest[taken..]);
        if self.pending.len() > self.limit_bytes {
            return Err(TableError::RowTooLong {
                limit_bytes: self.limit_bytes,
                at: Position::Byte(self.pending_offset),
            });
        }
        Ok(parts)
    }

    /// Reads the rows that stand whole at the start of some bytes, and returns their length.
    fn read_rows(&mut self, bytes: &[u8], parts: &mut Vec<Rows>) -> Result<usize, TableError> {
        let (mut read, taken) = binary::read(bytes, &self.layout, &mut self.cursor)
            .map_err(|error| placed(error.fault, Position::Byte(self.pending_offset + error.offset as u64)))?;
        parts.append(&mut read);
        self.pending_offset += taken as u64;
        Ok(taken)
    }

    /// Keeps vertices, and gives polygons to the sink as triangles, once all vertices are there.
    fn take(&mut self, mut parts: Vec<Rows>, sink: &mut dyn Sink) -> Result<(), ReadError> {
        for rows in &mut parts {
            self.points.append(&mut rows.points);
        }
        self.cut_budget.spend(parts.iter().map(|rows| &rows.polygons))?;
        parts.retain(|rows| !rows.polygons.is_empty());
        self.waiting.append(&mut parts);
        if (self.points.len() as u64) < self.layout.vertex_count() || self.waiting.is_empty() {
            return Ok(());
        }
        let (points, parts) = (&self.points, std::mem::take(&mut self.waiting));
        // Threads that are woken for nothing take as long as the triangles of a part do.
        let cut: Vec<_> = match parts.iter().map(|rows| rows.polygons.as_triangles()).collect::<Option<Vec<_>>>() {
            Some(triangles) => triangles.into_iter().map(Cow::Borrowed).collect(),
            None => parts.par_iter().map(|rows| Cow::Owned(rows.polygons.triangles(points, |vertex| vertex))).collect(),
        };
        sink.triangles(&IndexedParts { points, parts: &cut })
    }
}

/// The error of a row.
fn placed(fault: RowFault, at: Position) -> TableError {
    match fault {
        RowFault::Cut => TableError::Value { expected: "another value", found: String::new(), at },
        RowFault::Value { expected, found } => TableError::Value { expected, found, at },
        RowFault::NonFinite { found } => TableError::NonFinite { found, at },
        RowFault::NoVertex { number, count } => TableError::NoVertex { number, count, at },
    }
}
