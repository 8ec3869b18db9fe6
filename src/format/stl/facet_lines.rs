//! The search for facet lines, those that begin with `facet`: ASCII STL can be cut before each.
//!
//! No name can contain a facet line, and a facet contains one only as its first line, so that the text before a facet line can
//! be read without the rest. The search looks at every byte once, whatever the chunks and however many lines are blank. A line
//! ends with LF, CR or both.

use memchr::{memchr_iter, memchr2_iter, memrchr2, memrchr2_iter};

const WORD: &[u8] = b"facet";
/// The number of bytes by which the word is recognised: itself, and a blank after it.
pub(super) const WORD_BYTES: usize = WORD.len() + 1;

/// The search for the last facet line in bytes that grow at their end.
#[derive(Debug, Default)]
pub(super) struct FacetLineSearch {
    /// The number of bytes in which no facet line begins.
    searched_bytes: usize,
    /// Whether the line of the next byte has only blanks before it, so that the word may begin there.
    in_indent: bool,
}

impl FacetLineSearch {
    /// Finds the place of the word on the last facet line, other than a word at the very start. The search goes on from there:
    /// the caller must remove the bytes before it.
    pub fn last_facet_line(&mut self, bytes: &[u8]) -> Option<usize> {
        let from = self.searched_bytes;
        let starts = memrchr2_iter(b'\n', b'\r', &bytes[from..]).map(|end| from + end + 1);
        let mut words = starts.chain(self.in_indent.then_some(from)).map(|start| start + indent(&bytes[start..]));
        let last = words.next();
        let found = last.into_iter().chain(words).find(|&word| begins_with_facet(&bytes[word..]));
        // The last line may prove a facet line once more of it has come.
        let open = last.filter(|word| bytes.len() - word < WORD_BYTES);
        let searched_bytes = open.unwrap_or(bytes.len()) - found.unwrap_or(0);
        *self = Self { searched_bytes, in_indent: open.is_some() };
        found
    }
}

/// Finds the place of the word on the first facet line at `from` or after it; the end of the bytes if there is none.
pub(super) fn next_facet_line(bytes: &[u8], from: usize) -> usize {
    let Some(rest) = bytes.get(from..) else { return bytes.len() };
    // `from` may lie in an indent.
    let around = memrchr2(b'\n', b'\r', &bytes[..from]).into_iter();
    let ends = around.chain(memchr2_iter(b'\n', b'\r', rest).map(|end| from + end));
    let mut words = ends.map(|end| end + 1 + indent(&bytes[end + 1..]));
    words.find(|&word| word >= from && begins_with_facet(&bytes[word..])).unwrap_or(bytes.len())
}

/// The number of ends of lines. CR and LF together are one; text that is cut at facet lines has both in one piece.
pub(super) fn count_line_ends(bytes: &[u8]) -> u64 {
    let line_feeds = memchr_iter(b'\n', bytes).count();
    let lone_returns = memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
    (line_feeds + lone_returns) as u64
}

/// The number of blanks at the start of a line. The end of the line ends them.
fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0b' | b'\x0c')).count()
}

fn begins_with_facet(bytes: &[u8]) -> bool {
    bytes.get(..WORD.len()).is_some_and(|word| word.eq_ignore_ascii_case(WORD))
        && bytes.get(WORD.len()).is_some_and(u8::is_ascii_whitespace)
}
