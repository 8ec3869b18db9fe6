//! Text in UTF-16: it is read as the same text in UTF-8, by the reader of its format.
//!
//! Some programs of Windows write OBJ and other formats so. Two bytes at the start, a byte order mark, tell the encoding.

use super::indexed::PART_BYTES;
use super::lines::is_text;
use super::reader::{FileFacts, Head, Needs, ReadError, Reader, Sink};
use crate::contract::Position;
use crate::mesh::NonFinite;

/// The order of the two bytes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Turns chunks of UTF-16 into UTF-8.
#[derive(Debug, Clone)]
pub(super) struct Transcoder {
    order: ByteOrder,
    /// The start of a letter whose rest is in the next chunk: up to three bytes.
    pending: Vec<u8>,
}

/// A text in UTF-16.
#[derive(Debug)]
pub(super) struct Utf16Text {
    /// Its head in UTF-8.
    pub head: Vec<u8>,
    /// The most bytes that it has in UTF-8, and exactly so many if the head is all of it.
    pub size_bytes: u64,
    transcoder: Transcoder,
}

/// A reader of a text in UTF-16, by that of the same text in UTF-8.
#[derive(Debug)]
struct Utf16Reader {
    size_bytes: u64,
    transcoder: Transcoder,
    has_mark: bool,
    inner: Box<dyn Reader>,
}

impl Utf16Text {
    /// The text that begins with a byte order mark of UTF-16; none where the bytes behind it are no text, as in the header of a binary
    /// file.
    pub fn of(head: &Head<'_>) -> Option<Self> {
        let (order, text) = match head.bytes {
            [0xff, 0xfe, text @ ..] => (ByteOrder::Little, text),
            [0xfe, 0xff, text @ ..] => (ByteOrder::Big, text),
            _ => return None,
        };
        let transcoder = Transcoder::new(order);
        let transcoded = transcoder.clone().push(text);
        if !is_text(&transcoded) {
            return None;
        }
        let is_whole = head.size_bytes == head.bytes.len() as u64;
        let size_bytes = if is_whole { transcoded.len() as u64 } else { utf8_bytes(head.size_bytes) };
        Some(Self { head: transcoded, size_bytes, transcoder })
    }

    /// The reader of the text, by one of the same text in UTF-8.
    pub fn reader(self, head: &Head<'_>, inner: Box<dyn Reader>) -> Box<dyn Reader> {
        let Self { transcoder, .. } = self;
        Box::new(Utf16Reader { size_bytes: head.size_bytes, transcoder, has_mark: true, inner })
    }
}

/// The most bytes that a text has in UTF-8: three for two.
fn utf8_bytes(utf16_bytes: u64) -> u64 {
    utf16_bytes.saturating_add(utf16_bytes / 2)
}

impl Transcoder {
    /// A transcoder of text in this byte order.
    pub fn new(order: ByteOrder) -> Self {
        Self { order, pending: Vec::new() }
    }

    /// The next bytes in UTF-8. What is no letter becomes U+FFFD.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.extend_from_slice(chunk);
        let (pairs, odd) = bytes.as_chunks::<2>();
        let unit = |pair: &[u8; 2]| match self.order {
            ByteOrder::Little => u16::from_le_bytes(*pair),
            ByteOrder::Big => u16::from_be_bytes(*pair),
        };
        let is_open = pairs.last().is_some_and(|pair| (0xd800..0xdc00).contains(&unit(pair)));
        let (pairs, open) = pairs.split_at(pairs.len() - usize::from(is_open));
        self.pending = [open.as_flattened(), odd].concat();
        let mut text = Vec::with_capacity(bytes.len());
        for letter in char::decode_utf16(pairs.iter().map(unit)) {
            let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        text
    }
}

impl Reader for Utf16Reader {
    fn needs(&self) -> Needs {
        let inner = self.inner.needs();
        let transcoded_bytes = if inner.whole_file { self.size_bytes } else { self.size_bytes.min(PART_BYTES as u64) };
        // A part of the text is there with what it is transcoded to.
        let own_bytes = inner.own_bytes.saturating_add(transcoded_bytes.saturating_add(utf8_bytes(transcoded_bytes)));
        Needs { own_bytes, ..inner }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let part_bytes = if self.inner.needs().whole_file { usize::MAX } else { PART_BYTES };
        for part in chunk.chunks(part_bytes) {
            let mut text = &self.transcoder.push(part)[..];
            if self.has_mark && !text.is_empty() {
                text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
                self.has_mark = false;
            }
            self.inner.push(text, sink)?;
        }
        Ok(())
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.inner.finish(sink)
    }

    fn position(&self, place: NonFinite) -> Option<Position> {
        self.inner.position(place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn transcoded(bytes: &[u8], order: ByteOrder, chunk_bytes: usize) -> String {
        let mut transcoder = Transcoder::new(order);
        let text: Vec<u8> = bytes.chunks(chunk_bytes).flat_map(|chunk| transcoder.push(chunk)).collect();
        String::from_utf8(text).expect("UTF-8")
    }

    proptest! {
        #[test]
        fn any_text_is_the_same_in_any_chunks(text in any::<String>(), chunk_bytes in 1_usize..9) {
            for order in [ByteOrder::Little, ByteOrder::Big] {
                prop_assert_eq!(&transcoded(&written(&text, order), order, chunk_bytes), &text);
            }
        }

        #[test]
        fn any_bytes_are_a_text(bytes: Vec<u8>, chunk_bytes in 1_usize..9) {
            let at_once = transcoded(&bytes, ByteOrder::Little, usize::MAX);
            prop_assert_eq!(transcoded(&bytes, ByteOrder::Little, chunk_bytes), at_once);
        }
    }
}
