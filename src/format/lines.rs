//! Text in lines, from chunks cut anywhere: whole lines, in pieces that threads parse side by side.
//!
//! A line ends with LF, CR or both. One that ends with a backslash goes on in the next, where the format says so.

use memchr::{memchr, memchr_iter, memchr2, memrchr2_iter};

use super::ReadError;
use crate::contract::{Position, Reason, RejectionCode};

/// The most bytes of a line.
pub(super) const LIMIT_BYTES: usize = 1 << 20;
/// The number of bytes that are parsed together: some thousand lines, enough that the cut costs nothing.
const PIECE_BYTES: usize = 1 << 17;

/// Whether text has such a byte: no control character but blanks and ends of lines.
fn is_text_byte(byte: u8) -> bool {
    !byte.is_ascii_control() || byte.is_ascii_whitespace()
}

/// Whether all bytes are text, but for Ctrl-Z at the end, which CP/M and DOS wrote there.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let end = bytes.iter().rposition(|&byte| byte != 0x1a).map_or(0, |last| last + 1);
    bytes[..end].iter().copied().all(is_text_byte)
}

/// The lines of a file that are whole so far.
#[derive(Debug)]
pub(super) struct WholeLines {
    /// Whether a backslash at its end makes a line go on.
    continues: bool,
    /// The text from the last end of a line on.
    pending: Vec<u8>,
    /// The number of lines before `pending`.
    line_count: u64,
    /// The most bytes of a line.
    limit_bytes: usize,
}

/// Whole lines.
pub(super) struct Lines {
    pub bytes: Vec<u8>,
    /// The number of lines of the file before them.
    pub before: u64,
}

/// A line that is longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineTooLong {
    /// Its number, from 1.
    pub line: u64,
}

impl WholeLines {
    /// Lines that go on behind a backslash.
    pub fn continued() -> Self {
        Self { continues: true, ..Self::after(0) }
    }

    /// Lines behind so many others.
    pub fn after(line_count: u64) -> Self {
        Self { continues: false, pending: Vec::new(), line_count, limit_bytes: LIMIT_BYTES }
    }

    /// Lines of another limit.
    pub fn limited_to(self, limit_bytes: usize) -> Self {
        Self { limit_bytes, ..self }
    }

    /// Adds a chunk, and takes the lines that have ended.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Lines, LineTooLong> {
        // No line ended in what was pending, but for a CR as its last byte, or a line that goes on.
        let from = self.pending.len().saturating_sub(2);
        self.pending.extend_from_slice(chunk);
        let end = memrchr2_iter(b'\n', b'\r', &self.pending[from..])
            .map(|end| from + end)
            .find(|&end| end_of_line(&self.pending, end, self.continues).is_some());
        let rest = self.pending.split_off(end.map_or(0, |end| end + 1));
        let bytes = std::mem::replace(&mut self.pending, rest);
        let before = self.line_count;
        self.line_count += count_lines(&bytes);
        if self.pending.len() > self.limit_bytes {
            return Err(LineTooLong { line: self.line_count + 1 });
        }
        Ok(Lines { bytes, before })
    }

    /// Ends the file, and takes the last line, which has no end.
    pub fn finish(&mut self) -> Lines {
        Lines { bytes: std::mem::take(&mut self.pending), before: self.line_count }
    }
}

impl Lines {
    /// The lines in pieces of many, cut at ends of lines.
    pub fn pieces(&self, continues: bool) -> Vec<&[u8]> {
        let mut pieces = Vec::with_capacity(self.bytes.len() / PIECE_BYTES + 1);
        let mut rest = &self.bytes[..];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(next_end(rest, PIECE_BYTES, continues));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }

    /// The number of the line at an offset of a piece, from 1.
    pub fn line_at(&self, piece: &[u8], offset: usize) -> u64 {
        let start = piece.as_ptr().addr() - self.bytes.as_ptr().addr();
        self.before + 1 + count_lines(&self.bytes[..start + offset])
    }
}

impl From<LineTooLong> for ReadError {
    fn from(LineTooLong { line }: LineTooLong) -> Self {
        let message = format!("the line is longer than {LIMIT_BYTES} bytes");
        Self::Refused(Reason::new(RejectionCode::Malformed, message).at(Position::Line(line)))
    }
}

/// A line that is not blank.
pub(super) struct FilledLine<'a> {
    /// The place of its first byte, and that behind its end.
    pub start: usize,
    pub end: usize,
    /// Whether its end is there. After a CR, LF may follow.
    pub is_ended: bool,
    /// What it holds, without a comment and blanks around it.
    pub text: &'a [u8],
}

/// The lines that are not blank. Comments begin with `#`, where the format has them.
pub(super) fn filled_lines(text: &[u8], has_comments: bool) -> impl Iterator<Item = FilledLine<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let (start, length) = (at, memchr2(b'\n', b'\r', rest));
            let line = &rest[..length.unwrap_or(rest.len())];
            let is_pair = rest[line.len()..].starts_with(b"\r\n");
            at += length.map_or(rest.len(), |length| length + 1 + usize::from(is_pair));
            let is_ended = length.is_some_and(|length| rest[length] == b'\n' || at < text.len() || is_pair);
            let comment = if has_comments { memchr(b'#', line) } else { None };
            let line = line[..comment.unwrap_or(line.len())].trim_ascii();
            if !line.is_empty() {
                return Some(FilledLine { start, end: at, is_ended, text: line });
            }
        }
    })
}

/// The place behind the first end of a line at or after `from`; the end of the bytes if there is none.
fn next_end(bytes: &[u8], from: usize, continues: bool) -> usize {
    let mut at = from.min(bytes.len());
    while let Some(end) = memchr2(b'\n', b'\r', &bytes[at..]).map(|end| at + end) {
        if let Some(next) = end_of_line(bytes, end, continues) {
            return next;
        }
        at = end + 1;
    }
    bytes.len()
}

/// The place behind the end of a line whose last byte is at `end`; none if the line goes on, or a LF follows or may follow.
fn end_of_line(bytes: &[u8], end: usize, continues: bool) -> Option<usize> {
    if bytes[end] == b'\r' && bytes.get(end + 1).is_none_or(|&next| next == b'\n') {
        return None;
    }
    let line = &bytes[..end];
    let line = line.strip_suffix(b"\r").filter(|_| bytes[end] == b'\n').unwrap_or(line);
    (!continues || !line.ends_with(b"\\")).then_some(end + 1)
}

/// The number of ends of lines. CR and LF together are one.
pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    let line_feeds = memchr_iter(b'\n', bytes).count();
    let lone_returns = memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
    (line_feeds + lone_returns) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole_lines(chunks: &[&[u8]], continues: bool) -> (Vec<u8>, u64, Vec<u8>) {
        let mut lines = WholeLines { continues, ..WholeLines::after(0) };
        let mut all = Vec::new();
        for chunk in chunks {
            let taken = lines.push(chunk).expect("short lines");
            assert_eq!(taken.before, count_lines(&all), "lines before");
            all.extend(taken.bytes);
        }
        let last = lines.finish();
        (all, last.before, last.bytes)
    }

    #[test]
    fn lines_end_with_either_byte_or_both_and_go_on_behind_a_backslash() {
        let rows: [(&str, bool, &str, u64); 8] = [
            ("a\nb\nc", false, "a\nb\n", 2),
            ("a\rb\rc", false, "a\rb\r", 2),
            ("a\r\nb\r\nc", false, "a\r\nb\r\n", 2),
            ("a\r", false, "", 0),
            ("a\\\nb\nc", true, "a\\\nb\n", 2),
            ("a\\\r\nb", true, "", 0),
            ("a\\\nb", false, "a\\\n", 1),
            ("a\n\n\r\nb", false, "a\n\n\r\n", 3),
        ];
        for (text, continues, whole, count) in rows {
            let rest = text.as_bytes()[whole.len()..].to_vec();
            assert_eq!(whole_lines(&[text.as_bytes()], continues), (whole.into(), count, rest), "{text:?}");
        }
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit() {
        let mut lines = WholeLines::after(0);
        lines.push(b"a\n").expect("a short line");
        lines.push(&vec![b'x'; LIMIT_BYTES]).expect("not too long yet");
        assert_eq!(lines.push(b"x").err(), Some(LineTooLong { line: 2 }));
    }

    proptest! {
        #[test]
        fn the_cut_of_chunks_and_pieces_changes_nothing(
            text in prop::collection::vec(prop::sample::select(b"ab\n\r\\".to_vec()), 0..60),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            continues in any::<bool>(),
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            let cut = whole_lines(&chunks, continues);
            prop_assert_eq!(&cut, &whole_lines(&[&text], continues));
            prop_assert_eq!([cut.0, cut.2].concat(), text.clone());
            let mut at = 0;
            while at < text.len() {
                let next = next_end(&text, at, continues);
                prop_assert!(next == text.len() || matches!(text[next - 1], b'\n' | b'\r'));
                prop_assert!(next > at);
                at = next;
            }
        }
    }
}
