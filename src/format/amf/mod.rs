//! AMF: ISO/ASTM 52915, "Specification for additive manufacturing file format", plain or in a ZIP archive. Objects of volumes, placed by
//! constellations.
//!
//! Flat triangles are read. Those that normals or edges curve are refused by name: a smaller volume would be priced.

mod build;
mod document;
mod error;
mod instance;

use self::document::AmfDocument;
use self::error::AmfError;
use super::indexed::PART_BYTES;
use super::instances::SceneError;
use super::reader::{Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, ReadError, Reader, Sink};
use super::xml::{PARSER_BYTES, XmlParser};
use crate::contract::{self, Finding, FindingCode, Reason, Severity};

/// Fewer bytes than files mostly have for a triangle, with its share of the vertices.
const LIKELY_TRIANGLE_BYTES: u64 = 80;
/// The memory of an object, a volume or an instance, and for each of its bytes in the file.
const ELEMENT_BYTES: u64 = 600;
const ELEMENT_BYTES_PER_BYTE: u64 = 40;

/// The row of AMF in the table of formats.
#[derive(Debug)]
pub(super) struct AmfFormat;

impl FileFormat for AmfFormat {
    fn id(&self) -> contract::Format {
        contract::Format::Amf
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["amf"]
    }

    fn description(&self) -> &'static str {
        "AMF files are read"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        if has_root(head.bytes) { Claim::Yes } else { Claim::No }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(AmfReader {
            size_bytes: head.size_bytes,
            parser: XmlParser::default(),
            document: AmfDocument::default(),
        }))
    }
}

/// Whether the first element of XML is that of AMF.
fn has_root(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let root = text.windows(5).find(|bytes| bytes[0] == b'<' && bytes[1].is_ascii_alphabetic());
    text.first() == Some(&b'<')
        && root.is_some_and(|root| root[1..4].eq_ignore_ascii_case(b"amf") && !root[4].is_ascii_alphanumeric())
}

/// A reader of AMF.
#[derive(Debug)]
struct AmfReader {
    size_bytes: u64,
    parser: XmlParser,
    document: AmfDocument,
}

impl Reader for AmfReader {
    fn needs(&self) -> Needs {
        let size_bytes = self.size_bytes;
        let element_bytes = (size_bytes * ELEMENT_BYTES_PER_BYTE).min(document::MOST_ELEMENTS * ELEMENT_BYTES);
        let part_bytes = (PART_BYTES as u64 + 2 * PARSER_BYTES).min(size_bytes * 8);
        Needs {
            // A vertex has 66 bytes or more and takes 12, and a list that grows is there twice and once more.
            own_bytes: size_bytes + element_bytes + part_bytes,
            // A mesh may be placed many times.
            triangles: Count::Likely { likely: size_bytes / LIKELY_TRIANGLE_BYTES, most: u64::MAX },
            whole_file: false,
        }
    }

    fn push(&mut self, chunk: &[u8], _sink: &mut dyn Sink) -> Result<(), ReadError> {
        let Self { parser, document, .. } = self;
        let mut parts = chunk.chunks(PART_BYTES);
        parts.try_for_each(|part| parser.push(part, document)).map_err(ReadError::Refused)
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        self.parser.finish(&mut self.document).map_err(ReadError::Refused)?;
        let amf = std::mem::take(&mut self.document.amf);
        let (unit, has_left_out) = (amf.unit, amf.has_left_out);
        let refused = |error: AmfError| ReadError::Refused(error.into());
        let (scene, has_unprinted) = build::scene(amf).map_err(refused)?;
        let counted = scene.count(self.size_bytes).map_err(|error| match error {
            SceneError::Cycle { .. } => refused(AmfError::Cycle),
            error => ReadError::Refused(error.into()),
        })?;
        if counted.triangle_count() == 0 {
            return Err(refused(AmfError::NoTriangles));
        }
        counted.give(sink)?;
        let left_out = (has_left_out || has_unprinted).then(|| Finding {
            code: FindingCode::ObjectsLeftOut,
            severity: Severity::Info,
            message:
                "no part of the model, and left out: supports, modifiers of a slicer, or what is not to be printed"
                    .into(),
        });
        Ok(FileFacts { unit, findings: left_out.into_iter().collect(), ..FileFacts::default() })
    }
}
