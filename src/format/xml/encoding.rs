//! The encoding of XML: UTF-8, or UTF-16 of either byte order, which is decoded to UTF-8.

/// Decodes a file chunk by chunk.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    encoding: Encoding,
    /// The first bytes, by which the encoding is told, or the bytes of a character that is not whole.
    pending: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    #[default]
    Unknown,
    /// UTF-8, or another encoding in which tags are those of ASCII.
    Utf8,
    Utf16 {
        is_big: bool,
    },
}

/// The number of bytes that tell the encoding.
const BEGIN_BYTES: usize = 2;

impl Utf8 {
    /// Decodes the next bytes to the end of a text.
    pub fn decode(&mut self, chunk: &[u8], text: &mut Vec<u8>) {
        if self.encoding == Encoding::Utf8 {
            text.extend_from_slice(chunk);
            return;
        }
        self.pending.extend_from_slice(chunk);
        if self.encoding == Encoding::Unknown {
            // A byte order mark, or `<` without one.
            self.encoding = match self.pending[..] {
                [0xff, 0xfe, ..] | [b'<', 0, ..] => Encoding::Utf16 { is_big: false },
                [0xfe, 0xff, ..] | [0, b'<', ..] => Encoding::Utf16 { is_big: true },
                [_, _, ..] => Encoding::Utf8,
                _ => return,
            };
        }
        let decoded = match self.encoding {
            Encoding::Utf16 { is_big } => decode_utf16(&self.pending, is_big, text),
            Encoding::Utf8 | Encoding::Unknown => {
                text.extend_from_slice(&self.pending);
                self.pending.len()
            }
        };
        self.pending.drain(..decoded);
    }

    /// Ends the file: what is left is no whole character.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        debug_assert!(self.pending.len() <= 2 * BEGIN_BYTES);
        if self.encoding == Encoding::Unknown {
            text.append(&mut self.pending);
        }
    }
}

/// Decodes UTF-16, and tells how many bytes were whole characters.
fn decode_utf16(bytes: &[u8], is_big: bool, text: &mut Vec<u8>) -> usize {
    let units = bytes
        .as_chunks()
        .0
        .iter()
        .map(|&unit| if is_big { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) });
    let mut count = bytes.len() / 2;
    // The first half of a pair waits for the other.
    if units.clone().next_back().is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) {
        count -= 1;
    }
    for character in char::decode_utf16(units.take(count)) {
        let mut buffer = [0; 4];
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }
    2 * count
}
