//! Lines that begin with `facet`, where ASCII STL can be cut.
//!
//! No name can hold such a line, and neither can a facet but as its own first: what stands before one can be read without
//! what follows. Every byte is looked at once, whatever the chunks that it came in and however many lines are blank.

use memchr::{memchr_iter, memrchr, memrchr_iter};

const WORD: &[u8] = b"facet";
/// The bytes by which the word is known: itself, and a blank after it.
pub(super) const WORD_BYTES: usize = WORD.len() + 1;

/// A search through bytes that grow at their end, for the last line that begins with `facet`.
#[derive(Debug, Default)]
pub(super) struct FacetLineSearch {
    /// Nothing that is looked for begins before here.
    searched_bytes: usize,
    /// Whether only blanks stand before that in its line, so that the word may begin there.
    in_indent: bool,
}

impl FacetLineSearch {
    /// Where the word begins on the last such line, the bytes' own first word aside. The search goes on from there: the
    /// bytes before it are to be taken away.
    pub fn last_facet_line(&mut self, bytes: &[u8]) -> Option<usize> {
        let from = self.searched_bytes;
        let starts = memrchr_iter(b'\n', &bytes[from..]).map(|end| from + end + 1);
        let mut words = starts.chain(self.in_indent.then_some(from)).map(|start| start + indent(&bytes[start..]));
        let last = words.next();
        let found = last.into_iter().chain(words).find(|&word| begins_with_facet(&bytes[word..]));
        // The last line may be one of them once there is more of it.
        let open = last.filter(|word| bytes.len() - word < WORD_BYTES);
        let searched_bytes = open.unwrap_or(bytes.len()) - found.unwrap_or(0);
        *self = Self { searched_bytes, in_indent: open.is_some() };
        found
    }
}

/// Where the word begins first on such a line, at `from` or after it; the end where it does not.
pub(super) fn next_facet_line(bytes: &[u8], from: usize) -> usize {
    let Some(rest) = bytes.get(from..) else { return bytes.len() };
    // `from` may lie in an indent.
    let around = memrchr(b'\n', &bytes[..from]).into_iter();
    let ends = around.chain(memchr_iter(b'\n', rest).map(|end| from + end));
    let mut words = ends.map(|end| end + 1 + indent(&bytes[end + 1..]));
    words.find(|&word| word >= from && begins_with_facet(&bytes[word..])).unwrap_or(bytes.len())
}

/// The blanks at the start of a line. A line of blanks alone ends them.
fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c')).count()
}

fn begins_with_facet(bytes: &[u8]) -> bool {
    bytes.get(..WORD.len()).is_some_and(|word| word.eq_ignore_ascii_case(WORD))
        && bytes.get(WORD.len()).is_some_and(u8::is_ascii_whitespace)
}
