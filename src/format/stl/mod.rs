//! STL, binary and ASCII: 3D Systems, "StereoLithography Interface Specification", 1989.
//!
//! The length, 84 + 50 n, tells binary from ASCII, never the word `solid`: many binary files begin with it. A file that is no
//! whole STL file is either one that was cut, which the sender can send again, or no STL file.
//!
//! Tests and benches compare these readers with `stl_io`, an independent reader. It is not used here: it reads a seekable file,
//! one triangle at a time, matches every corner in a hash map, and tells binary from ASCII by the word `solid`. It cannot read
//! a stream while it arrives, nor on several cores, and does not give the position of an error.

mod ascii;
mod binary;
mod error;
mod facet_lines;

use self::binary::{HEADER_BYTES, RECORD_BYTES};
use self::error::StlError;
use super::reader::{Claim, FileFormat, Head, Hints, Reader};
use crate::contract::{self, Reason};

/// The row of STL in the table of formats.
#[derive(Debug)]
pub(super) struct Stl;

/// The kind of an STL file, by its head.
enum StlKind {
    /// Binary: the length is that of the triangles that the header counts.
    Binary { triangle_count: u32 },
    /// Binary, probably: longer than the triangles that the header counts, and the first record may be a triangle.
    BinaryWithMore { triangle_count: u32 },
    /// Text that begins with `solid`.
    Ascii,
    /// Binary, probably: cut, or with a wrong count.
    Broken(StlError),
    /// No STL file.
    Other,
}

impl FileFormat for Stl {
    fn id(&self) -> contract::Format {
        contract::Format::Stl
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["stl"]
    }

    fn description(&self) -> &'static str {
        "STL files are read, binary and ASCII"
    }

    fn claims(&self, head: &Head<'_>, hints: &Hints) -> Claim {
        match StlKind::of(head, *hints) {
            StlKind::Binary { .. } | StlKind::Ascii => Claim::Yes,
            StlKind::BinaryWithMore { .. } => Claim::Likely,
            StlKind::Broken(error) => Claim::Broken(error.into()),
            StlKind::Other => Claim::No,
        }
    }

    fn open(&self, head: &Head<'_>, hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        match StlKind::of(head, *hints) {
            StlKind::Binary { triangle_count } | StlKind::BinaryWithMore { triangle_count } => {
                Ok(Box::new(binary::BinaryReader::new(triangle_count)))
            }
            StlKind::Ascii => Ok(Box::new(ascii::AsciiReader::new(head.size_bytes))),
            StlKind::Broken(error) => Err(error.into()),
            StlKind::Other => Err(StlError::HeaderCut { size_bytes: head.size_bytes }.into()),
        }
    }
}

impl StlKind {
    /// Tells the kind of a file.
    fn of(head: &Head<'_>, hints: Hints) -> Self {
        let Head { bytes, size_bytes } = *head;
        let counted = bytes
            .get(HEADER_BYTES - 4..HEADER_BYTES)
            .map(|count| u32::from_le_bytes([count[0], count[1], count[2], count[3]]));
        if let Some(triangle_count) = counted
            && size_bytes == binary::file_size_bytes(triangle_count)
        {
            return if triangle_count == 0 {
                Self::Broken(StlError::NoTriangles)
            } else {
                Self::Binary { triangle_count }
            };
        }
        if is_text_solid(bytes) {
            return Self::Ascii;
        }
        let is_named = hints.format == Some(contract::Format::Stl);
        let plausible = bytes.get(HEADER_BYTES..HEADER_BYTES + RECORD_BYTES).map(is_plausible_record);
        if plausible == Some(false) || (plausible.is_none() && !is_named) {
            return Self::Other;
        }
        let Some(counted) = counted else { return Self::Broken(StlError::HeaderCut { size_bytes }) };
        let records_bytes = size_bytes - HEADER_BYTES as u64;
        let (whole, rest) = (records_bytes / RECORD_BYTES as u64, records_bytes % RECORD_BYTES as u64);
        if binary::file_size_bytes(counted) > size_bytes {
            Self::Broken(StlError::TrianglesCut { counted, whole, size_bytes })
        } else if rest == 0 {
            // More whole records follow the counted ones, so that the count is wrong.
            Self::Broken(StlError::CountTooSmall { counted, present: whole })
        } else if counted == 0 {
            Self::Broken(StlError::NoTriangles)
        } else {
            Self::BinaryWithMore { triangle_count: counted }
        }
    }
}

/// Whether the first word is `solid`, in any case, and no byte is 0.
fn is_text_solid(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let word = text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"solid"));
    word && text.get(5).is_none_or(u8::is_ascii_whitespace) && !head.contains(&0)
}

/// Whether 50 bytes may be a triangle of an STL file: a normal of zero or of about unit length, and corners of plausible size.
/// One record of random bytes in a thousand passes.
fn is_plausible_record(record: &[u8]) -> bool {
    let mut numbers = record.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let normal: [f32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(f32::NAN));
    let squared_length: f32 = normal.iter().map(|part| part * part).sum();
    let normal_is_plausible = normal == [0.0; 3] || (0.5..2.0).contains(&squared_length);
    normal_is_plausible && numbers.all(|coordinate| coordinate == 0.0 || (1e-12..1e12).contains(&coordinate.abs()))
}
