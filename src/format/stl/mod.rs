//! STL, binary and ASCII: 3D Systems, "StereoLithography Interface Specification", 1989.
//!
//! The length, 84 + 50 n, tells binary from ASCII, never the word `solid`: many binary files begin with it. A file of another
//! length is a dialect, a file that was cut, which the sender can send again, or no STL file.
//!
//! Tests and benches compare these readers with `stl_io`, an independent reader. It is not used here: it reads a seekable file,
//! one triangle at a time, matches every corner in a hash map, and tells binary from ASCII by the word `solid`. It cannot read
//! a stream while it arrives, nor on several cores, and does not give the position of an error.

mod ascii;
mod ascii_parser;
mod binary;
mod error;
mod facet_lines;
mod irregular;
mod record;

use self::ascii_parser::is_ascii_stl;
use self::binary::HEADER_BYTES;
use self::error::StlError;
use self::record::{Likeness, RECORD_BYTES, likeness};
use super::lines::is_text;
use super::reader::{Claim, FileFacts, FileFormat, Head, Hints, Reader};
use super::unit_text::{StatedUnit, stated_unit, suggested_unit};
use crate::contract::{self, Reason};

/// The row of STL in the table of formats.
#[derive(Debug)]
pub(super) struct Stl;

/// The kind of an STL file, by its head.
enum StlKind {
    /// Binary: the length is that of the triangles that the header counts.
    Binary { counted: u32 },
    /// Binary, probably: another length, with room for the triangles that the header counts.
    IrregularBinary { counted: u32 },
    /// Text that begins with `solid` or `facet`.
    Ascii,
    /// Binary, probably: cut, or without triangles.
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

    fn media_types(&self) -> &'static [&'static str] {
        &["model/stl", "model/x.stl-binary", "model/x.stl-ascii", "application/sla", "application/vnd.ms-pki.stl"]
    }

    fn description(&self) -> &'static str {
        "STL files are read, binary and ASCII"
    }

    fn claims(&self, head: &Head<'_>, hints: &Hints) -> Claim {
        match StlKind::of(head, *hints) {
            StlKind::Binary { .. } | StlKind::Ascii => Claim::Yes,
            StlKind::IrregularBinary { .. } => Claim::Likely,
            StlKind::Broken(error) => Claim::Broken(error.into()),
            StlKind::Other => Claim::No,
        }
    }

    fn open(&self, head: &Head<'_>, hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        match StlKind::of(head, *hints) {
            StlKind::Binary { counted } => {
                // Random bytes may follow a right count. Only a mesh that is closed shows that they are triangles.
                let doubt = no_triangles(head.bytes).map(Reason::from);
                let facts = FileFacts { doubt, ..facts_of_text(&head.bytes[..HEADER_BYTES - 4]) };
                Ok(Box::new(binary::BinaryReader::new(counted, facts)))
            }
            StlKind::IrregularBinary { counted } => {
                let facts = facts_of_text(&head.bytes[..HEADER_BYTES - 4]);
                Ok(Box::new(irregular::IrregularReader::new(counted, head.size_bytes, facts)))
            }
            StlKind::Ascii => {
                let first_line = head.bytes.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty());
                let facts = facts_of_text(first_line.unwrap_or_default());
                Ok(Box::new(ascii::AsciiReader::new(head.size_bytes, facts)))
            }
            StlKind::Broken(error) => Err(error.into()),
            StlKind::Other => Err(StlError::HeaderCut { size_bytes: head.size_bytes }.into()),
        }
    }
}

impl StlKind {
    /// Tells the kind of a file.
    fn of(head: &Head<'_>, hints: Hints) -> Self {
        let Head { bytes, size_bytes } = *head;
        let counted = bytes.first_chunk().map(binary::count_in);
        if let Some(counted) = counted
            && size_bytes == binary::file_size_bytes(counted)
        {
            return if counted == 0 { Self::Broken(StlError::NoTriangles) } else { Self::Binary { counted } };
        }
        if is_ascii_stl(bytes) {
            return Self::Ascii;
        }
        // In a binary file, the count in the header has a byte of 0, unless it counts more than sixteen million triangles.
        if is_text(bytes) {
            return Self::Other;
        }
        let first = records(bytes).next().map(likeness);
        let is_named = hints.format == Some(contract::Format::Stl);
        if first.map_or(!is_named, |first| first == Likeness::Other) {
            return Self::Other;
        }
        let Some(counted) = counted else { return Self::Broken(StlError::HeaderCut { size_bytes }) };
        let records_bytes = size_bytes - HEADER_BYTES as u64;
        let (whole, rest) = (records_bytes / RECORD_BYTES as u64, records_bytes % RECORD_BYTES as u64);
        if binary::file_size_bytes(counted) > size_bytes {
            let cut = StlError::TrianglesCut { counted, whole, size_bytes };
            Self::Broken(no_triangles(bytes).unwrap_or(cut))
        } else if counted == 0 && (rest > 0 || first.is_none()) {
            Self::Broken(StlError::NoTriangles)
        } else {
            Self::IrregularBinary { counted }
        }
    }
}

/// The facts that the header of a binary file or the name of a solid tells.
fn facts_of_text(text: &[u8]) -> FileFacts {
    let text = String::from_utf8_lossy(text);
    let (unit, unknown_unit) = match stated_unit(&text) {
        Some(StatedUnit::Known(unit)) => (Some(unit), None),
        Some(StatedUnit::Unknown(word)) => (None, Some(word)),
        None => (None, None),
    };
    let name = text.split(char::is_control).next().unwrap_or_default();
    FileFacts { unit, unknown_unit, suggested_unit: suggested_unit(name), ..FileFacts::default() }
}

/// The records in the head of a binary file.
fn records(head: &[u8]) -> impl Iterator<Item = &record::TriangleRecord> {
    head.get(HEADER_BYTES..).unwrap_or_default().as_chunks().0.iter()
}

/// The error of a binary file whose first records are mostly no triangles.
fn no_triangles(head: &[u8]) -> Option<StlError> {
    let mut others = records(head).enumerate().filter(|(_, record)| likeness(record) == Likeness::Other);
    let (first, _) = others.next()?;
    let is_most = 2 * (1 + others.count()) > records(head).count();
    is_most.then(|| StlError::NoTriangle { offset: (HEADER_BYTES + first * RECORD_BYTES) as u64 })
}
