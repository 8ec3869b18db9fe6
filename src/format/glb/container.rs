//! The container of binary glTF: a header, a chunk of JSON, and mostly one of binary data. Khronos Group, "glTF 2.0", section 4.

use super::error::GlbError;

/// The length of the header, and that of a chunk.
pub(super) const HEADER_BYTES: usize = 12;
const CHUNK_HEADER_BYTES: usize = 8;
/// Where the JSON begins.
pub(super) const JSON_START: usize = HEADER_BYTES + CHUNK_HEADER_BYTES;
/// The types of chunks.
const JSON: &[u8] = b"JSON";
const BIN: &[u8] = b"BIN\0";

/// The chunks of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container<'a> {
    pub json: &'a [u8],
    /// The binary data; empty if there is none.
    pub data: &'a [u8],
    /// Where it begins in the file.
    pub data_offset: u64,
}

/// The length of the JSON as the head of a file has it, which may be more than the file.
pub(super) fn json_bytes(head: &[u8]) -> u64 {
    word(head, HEADER_BYTES).map_or(0, u64::from)
}

impl<'a> Container<'a> {
    /// Finds the chunks. Others are left out, as are bytes behind the length in the header.
    pub fn of(file: &'a [u8]) -> Result<Self, GlbError> {
        let size_bytes = file.len() as u64;
        let cut = |what, end| GlbError::Cut { what, end, size_bytes };
        let version = word(file, 4).ok_or(cut("the header", HEADER_BYTES as u64))?;
        if version != 2 {
            return Err(GlbError::Version { version: version.to_string() });
        }
        let length = word(file, 8).map(u64::from).ok_or(cut("the header", HEADER_BYTES as u64))?;
        let file = usize::try_from(length).ok().and_then(|length| file.get(..length)).ok_or(cut("the file", length))?;
        let (kind, json, mut next) = chunk(file, HEADER_BYTES).ok_or(cut("the JSON", json_end(file)))?;
        if kind != JSON {
            return Err(GlbError::NoJson);
        }
        let mut found = Self { json: without_padding(json), data: &[], data_offset: size_bytes };
        while found.data.is_empty() && next < file.len() {
            let Some((kind, bytes, end)) = chunk(file, next) else {
                return Err(cut(
                    "a chunk",
                    next as u64 + CHUNK_HEADER_BYTES as u64 + word(file, next).map_or(0, u64::from),
                ));
            };
            if kind == BIN {
                (found.data, found.data_offset) = (bytes, (next + CHUNK_HEADER_BYTES) as u64);
            }
            next = end;
        }
        Ok(found)
    }
}

fn json_end(file: &[u8]) -> u64 {
    JSON_START as u64 + json_bytes(file)
}

/// A chunk at some place: its type, its bytes and the place behind it. Chunks begin at multiples of four bytes.
fn chunk(file: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let length = usize::try_from(word(file, at)?).ok()?;
    let start = at + CHUNK_HEADER_BYTES;
    let end = start.checked_add(length)?;
    Some((file.get(at + 4..start)?, file.get(start..end)?, end))
}

/// The JSON without what fills the chunk up: blanks, or NUL as some programs write it; and without a byte order mark.
fn without_padding(json: &[u8]) -> &[u8] {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let end = json.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    &json[..end]
}

fn word(file: &[u8], at: usize) -> Option<u32> {
    let bytes = file.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}
