//! CAD files: STEP and Rhino's 3DM, which a converter turns into a stream of meshes and exact measures, and IGES, which is refused.
//!
//! The converter is a program of its own (`crates/pricing-cad`), and docs/cad-stream.md defines its stream. Nothing here starts
//! it: the caller gives the stream to the reader in place of the file, where [`Reader::reads_conversion`] says so.

mod error;
mod findings;
mod record;
mod solid;
mod stream;
#[cfg(test)]
mod tests;

use self::stream::CadStream;
use super::reader::{Claim, FileFormat, Head, Hints, Reader};
use crate::contract::{self, Reason, RejectionCode};

/// The most triangles of a CAD model, its copies included: the converter makes no more.
pub const MOST_TRIANGLES: u64 = 1_000_000;

/// The first word of a STEP file: ISO 10303-21, 5.3.
const STEP_WORD: &[u8] = b"ISO-10303-21";
/// The first bytes of a 3DM file: opennurbs, `ON_BinaryArchive::Read3dmStartSection`.
const THREE_DM_MAGIC: &[u8] = b"3D Geometry File Format ";
/// Where the letter of its section and the number of the line stand in each line of an IGES file: IGES 5.3, 2.2.1.
const IGES_SECTION_COLUMN: usize = 72;
const IGES_LINE_BYTES: usize = 80;

/// The row of STEP in the table of formats.
#[derive(Debug)]
pub(super) struct Step;

/// The row of 3DM in the table of formats.
#[derive(Debug)]
pub(super) struct ThreeDm;

/// The row of IGES in the table of formats.
#[derive(Debug)]
pub(super) struct Iges;

impl FileFormat for Step {
    fn id(&self) -> contract::Format {
        contract::Format::Step
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["step", "stp", "p21"]
    }

    fn description(&self) -> &'static str {
        "STEP files are read where a converter of CAD files is installed"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        let text = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes).trim_ascii_start();
        let begin = text.get(..STEP_WORD.len()).unwrap_or_default();
        if begin.eq_ignore_ascii_case(STEP_WORD) { Claim::Yes } else { Claim::No }
    }

    fn open(&self, _head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(CadStream::default()))
    }
}

impl FileFormat for ThreeDm {
    fn id(&self) -> contract::Format {
        contract::Format::ThreeDm
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["3dm"]
    }

    fn description(&self) -> &'static str {
        "so are 3DM files with render meshes"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        if head.bytes.starts_with(THREE_DM_MAGIC) { Claim::Yes } else { Claim::No }
    }

    fn open(&self, _head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(CadStream::default()))
    }
}

impl FileFormat for Iges {
    fn id(&self) -> contract::Format {
        contract::Format::Iges
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["iges", "igs"]
    }

    fn description(&self) -> &'static str {
        "IGES files are not"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        let number = head.bytes.get(IGES_SECTION_COLUMN..IGES_LINE_BYTES).and_then(|end| end.strip_prefix(b"S"));
        let is_first_line = number.is_some_and(|number| [b"1", b"0000001".as_slice()].contains(&number.trim_ascii()));
        if is_first_line { Claim::Yes } else { Claim::No }
    }

    fn open(&self, _head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        let message = "this is an IGES file, whose surfaces make no solid: export the part as STEP and send that";
        Err(Reason::new(RejectionCode::UnsupportedFeature, message))
    }
}
