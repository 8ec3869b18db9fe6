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

    /// The number at the start of the line, as it is nearly always written: found as it is read, and not as a word before. None where it
    /// is another, or none.
    fn usual<T>(&mut self, read: impl FnOnce(&[u8]) -> Option<(T, usize)>) -> Option<T> {
        let line = self.line.trim_ascii_start();
        let (number, length) = read(line)?;
        let rest = &line[length..];
        if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return None;
        }
        self.line = rest;
        Some(number)
    }
}

/// A number of up to nine digits at the start of some text, and how many they are.
fn digits(text: &[u8]) -> Option<(i64, usize)> {
    let count = text.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[..count].iter().fold(0, |number, digit| 10 * number + i64::from(digit - b'0'));
    (1..10).contains(&count).then_some((number, count))
}

impl Values for Words<'_> {
    fn coordinate(&mut self, _scalar: Scalar) -> Result<f32, RowFault> {
        let finite =
            |line: &[u8]| fast_float2::parse_partial(line).ok().filter(|(number, _): &(f32, _)| number.is_finite());
        if let Some(number) = self.usual(finite) {
            return Ok(number);
        }
        let word = self.word();
        let number: f32 =
            fast_float2::parse(word).map_err(|_| RowFault::Value { expected: "a coordinate", found: shown(word) })?;
        if number.is_finite() { Ok(number) } else { Err(RowFault::NonFinite { found: shown(word) }) }
    }

    fn whole(&mut self, _scalar: Scalar) -> Result<i64, RowFault> {
        if let Some(number) = self.usual(digits) {
            return Ok(number);
        }
        let word = self.word();
        let number = str::from_utf8(word).ok().and_then(|word| word.parse().ok());
        number.ok_or_else(|| RowFault::Value { expected: "a whole number", found: shown(word) })
    }

    fn skip(&mut self, count: u64, _scalar: Scalar) -> Result<(), RowFault> {
        for _ in 0..count {
            if self.word().is_empty() {
                return Err(RowFault::Value { expected: "another value", found: String::new() });
            }
        }
        Ok(())
    }
}
