//! JSON as senders write it: a byte order mark is skipped, and an error names what the bytes are instead.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::contract::wording::without_contents;

/// The byte order mark of UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are no JSON, or JSON of another shape. Bytes are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum JsonFault {
    /// There is nothing but white space.
    #[error("empty")]
    Empty,
    /// A text in another encoding.
    #[error("text in {0}; send UTF-8")]
    Encoding(&'static str),
    /// Compressed data.
    #[error("compressed by {0}; send it plain")]
    Compressed(&'static str),
    /// The end is missing.
    #[error("cut short at byte {byte}, in the middle of a {unit}; send the whole message again")]
    CutShort {
        /// The length.
        byte: usize,
        /// What is incomplete.
        unit: &'static str,
    },
    /// A byte that UTF-8 does not allow in its place.
    #[error("no UTF-8 at byte {0}; send UTF-8")]
    NotUtf8(usize),
    /// More nesting than the parser follows.
    #[error("nested deeper than 127 levels")]
    TooDeep,
    /// Another error of syntax, or a number that is out of range.
    #[error("unreadable JSON: {0}")]
    Syntax(String),
    /// JSON of another shape than expected.
    #[error("{0}")]
    Shape(String),
}

/// Reads a JSON value.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonFault> {
    serde_json::from_slice(without_mark(bytes)).map_err(|error| fault(bytes, &error))
}

/// The first byte that is no white space.
pub(super) fn first_byte(bytes: &[u8]) -> Option<u8> {
    without_mark(bytes).trim_ascii_start().first().copied()
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes)
}

/// The most telling of the faults that bytes have: what is not even UTF-8 has no syntax to speak of.
fn fault(bytes: &[u8], error: &serde_json::Error) -> JsonFault {
    if first_byte(bytes).is_none() {
        return JsonFault::Empty;
    }
    if let Some(encoding) = other_encoding(bytes) {
        return JsonFault::Encoding(encoding);
    }
    if let Some(compression) = compression(bytes) {
        return JsonFault::Compressed(compression);
    }
    if let Err(error) = str::from_utf8(bytes) {
        return match error.error_len() {
            Some(_) => JsonFault::NotUtf8(error.valid_up_to()),
            None => JsonFault::CutShort { byte: bytes.len(), unit: "character" },
        };
    }
    match error.classify() {
        Category::Eof => JsonFault::CutShort { byte: bytes.len(), unit: "JSON value" },
        Category::Data => JsonFault::Shape(without_contents(&error.to_string())),
        Category::Syntax | Category::Io if error.to_string().starts_with("recursion limit") => JsonFault::TooDeep,
        Category::Syntax | Category::Io => JsonFault::Syntax(error.to_string()),
    }
}

/// The encoding of a text that is not in UTF-8, by its byte order mark; without one, by the zeros beside its first bracket
/// (RFC 4627, section 3).
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match *bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [b'{' | b'[', 0, 0, 0, ..] | [0, 0, 0, b'{' | b'[', ..] => {
            Some("UTF-32")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => Some("UTF-16"),
        _ => None,
    }
}

/// The format of compressed bytes, by its magic number.
fn compression(bytes: &[u8]) -> Option<&'static str> {
    match *bytes {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        [0x78, 0x01 | 0x9c | 0xda, ..] => Some("zlib (deflate)"),
        _ => None,
    }
}
