//! Which format a file is in, from its length and its first bytes.
//!
//! Binary or ASCII STL is told by the length, 84 + 50 n, never by the word `solid`: many binary files begin with it. What
//! is no whole STL file is told apart into one that was cut, which the sender can send again, and something else.

use super::error::FormatError;

/// The first bytes of a file that [`sniff`] wants to see; all of a shorter one.
pub const HEAD_BYTES: usize = 1024;

/// What a decoder must be told of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A header of 84 bytes, then 50 bytes a triangle.
    BinaryStl {
        /// The triangles that the header counts; the file's length bears them out.
        triangle_count: u32,
    },
    /// Text that begins with `solid`.
    AsciiStl,
}

/// First bytes that other formats have.
const MAGIC: [(&[u8], &str); 15] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or a 3MF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"ply", "a PLY file"),
    (b"OFF", "an OFF file"),
    (b"glTF", "a glTF file"),
    (b"ISO-10303-21", "a STEP file"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
];

/// Tells what a file is. `head` is its first [`HEAD_BYTES`], or all of it; `named_stl` says that its name or the request
/// calls it STL.
pub fn sniff(head: &[u8], size_bytes: u64, named_stl: bool) -> Result<Kind, FormatError> {
    if size_bytes == 0 {
        return Err(FormatError::EmptyFile);
    }
    let counted = head.get(80..84).map(|count| u32::from_le_bytes([count[0], count[1], count[2], count[3]]));
    if let Some(triangle_count) = counted
        && size_bytes == binary_size(triangle_count)
    {
        return if triangle_count == 0 {
            Err(FormatError::NoTriangles)
        } else {
            Ok(Kind::BinaryStl { triangle_count })
        };
    }
    if is_text_solid(head) {
        return Ok(Kind::AsciiStl);
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(FormatError::Unknown((*name).into()));
    }
    let unknown = || Err(FormatError::Unknown("no format that is known".into()));
    let plausible = head.get(84..134).map(is_plausible_record);
    if plausible == Some(false) || (plausible.is_none() && !named_stl) {
        return unknown();
    }
    match counted {
        None => Err(FormatError::HeaderCut { size_bytes }),
        Some(counted) if binary_size(counted) > size_bytes => {
            Err(FormatError::TrianglesCut { counted, whole: (size_bytes - 84) / 50, size_bytes })
        }
        // What follows the counted triangles is more of them, so the count is not to be believed.
        Some(counted) if (size_bytes - 84).is_multiple_of(50) => {
            Err(FormatError::CountTooSmall { counted, present: (size_bytes - 84) / 50 })
        }
        Some(0) => Err(FormatError::NoTriangles),
        Some(triangle_count) => Ok(Kind::BinaryStl { triangle_count }),
    }
}

fn binary_size(triangle_count: u32) -> u64 {
    84 + 50 * u64::from(triangle_count)
}

/// Whether the first word is `solid`, in any case, and no byte is one that text does not have.
fn is_text_solid(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let word = text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"solid"));
    word && text.get(5).is_none_or(u8::is_ascii_whitespace) && !head.contains(&0)
}

/// Whether 50 bytes may be a triangle of an STL file: a normal that is zero or of about unit length, corners of a size
/// that anything has. One record of random bytes in a thousand passes.
fn is_plausible_record(record: &[u8]) -> bool {
    let mut numbers = record.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let normal: [f32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(f32::NAN));
    let squared_length: f32 = normal.iter().map(|part| part * part).sum();
    let normal_is_plausible = normal == [0.0; 3] || (0.5..2.0).contains(&squared_length);
    normal_is_plausible && numbers.all(|coordinate| coordinate == 0.0 || (1e-12..1e12).contains(&coordinate.abs()))
}
