//! The rows of tables in text: one on each line.

use super::layout::{Layout, Scalar};
use super::rows::{Cursor, RowFault, Rows, Values};
use crate::format::lines::filled_lines;
use crate::format::shown::shown;

/// What is wrong with a row, and where.
pub(super) struct TextFault {
    pub offset: usize,
    pub fault: RowFault,
}

/// Reads the rows of whole lines, of which the first is at the cursor. What is behind the last row is left out.
pub(super) fn read(text: &[u8], layout: &Layout, mut cursor: Cursor) -> Result<Rows, TextFault> {
    let (mut rows, vertex_count) = (Rows::default(), layout.vertex_count());
    for line in filled_lines(text, layout.has_comments) {
        let Some(element) = cursor.element(&layout.elements) else { break };
        let mut words = Words { line: line.text };
        let read = rows.read(&layout.elements[element], vertex_count, &mut words);
        read.map_err(|fault| TextFault { offset: line.start, fault })?;
        cursor.pass(1, &layout.elements);
    }
    Ok(rows)
}

/// The number of rows in whole lines.
pub(super) fn count_rows(text: &[u8], layout: &Layout) -> u64 {
    filled_lines(text, layout.has_comments).count() as u64
}

/// The words of a line.
struct Words<'a> {
    line: &'a [u8],
}

impl<'a> Words<'a> {
    fn word(&mut self) -> &'a [u8] {
        let line = self.line.trim_ascii_start();
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (word, rest) = line.split_at(end);
        self.line = rest;
        word
    }
}

impl Values for Words<'_> {
    fn coordinate(&mut self, _scalar: Scalar) -> Result<f32, RowFault> {
        let word = self.word();
        let number: f32 =
            fast_float2::parse(word).map_err(|_| RowFault::Value { expected: "a coordinate", found: shown(word) })?;
        if number.is_finite() { Ok(number) } else { Err(RowFault::NonFinite { found: shown(word) }) }
    }

    fn whole(&mut self, _scalar: Scalar) -> Result<i64, RowFault> {
        let word = self.word();
        let number = str::from_utf8(word).ok().and_then(|word| word.parse().ok());
        number.ok_or_else(|| RowFault::Value { expected: "a whole number", found: shown(word) })
    }

    fn skip(&mut self, _scalar: Scalar) -> Result<(), RowFault> {
        if self.word().is_empty() {
            return Err(RowFault::Value { expected: "another value", found: String::new() });
        }
        Ok(())
    }
}
