//! The encoding of XML: UTF-8, or UTF-16 of either byte order, which is turned into UTF-8.

use crate::format::utf16::{ByteOrder, Transcoder};

/// The text of a file, chunk by chunk.
#[derive(Debug)]
pub(super) enum Encoding {
    /// It is not told yet: the first byte, if it is there.
    Unknown(Vec<u8>),
    /// UTF-8, or another encoding in which tags are those of ASCII.
    Utf8,
    Utf16(Transcoder),
}

impl Default for Encoding {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}

impl Encoding {
    /// Adds the next bytes to a text in UTF-8.
    pub fn decode(&mut self, chunk: &[u8], text: &mut Vec<u8>) {
        match self {
            Self::Utf8 => text.extend_from_slice(chunk),
            Self::Utf16(transcoder) => text.extend(transcoder.push(chunk)),
            Self::Unknown(begin) => {
                begin.extend_from_slice(chunk);
                let begin = std::mem::take(begin);
                *self = match begin[..] {
                    [] | [_] => {
                        *self = Self::Unknown(begin);
                        return;
                    }
                    // A byte order mark, or `<` without one.
                    [0xff, 0xfe, ..] | [b'<', 0, ..] => Self::Utf16(Transcoder::new(ByteOrder::Little)),
                    [0xfe, 0xff, ..] | [0, b'<', ..] => Self::Utf16(Transcoder::new(ByteOrder::Big)),
                    _ => Self::Utf8,
                };
                self.decode(&begin, text);
            }
        }
    }
}
