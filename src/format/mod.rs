//! Readers of model files: each turns the bytes of one format into triangles, within limits.
//!
//! A [`FileFormat`] is a row of [`FORMATS`], and has a file or a folder here. [`open`] tells the format of a file by its first
//! bytes; the file's name only breaks ties. The [`Reader`] states its needs before the caller reserves memory, takes chunks of
//! any size, and gives triangles to a [`Sink`]. A format knows its own rules and no geometry: `mesh` decides whether the
//! triangles make a solid. No other module knows a rule of a format.

mod error;
mod foreign;
mod glb;
mod indexed;
mod instances;
mod lines;
mod obj;
mod off;
mod ply;
mod polygon;
mod polygons;
mod reader;
#[cfg(test)]
mod reading;
mod shown;
mod stl;
mod tables;
mod transform;
mod unit_text;
mod utf16;

use self::error::FormatError;
pub use self::reader::{
    Claim, Count, FileFacts, FileFormat, HEAD_BYTES, Head, Hints, Needs, PartStart, ReadError, Reader, Sink,
};
pub use self::unit_text::suggested_unit;
use self::utf16::Utf16Text;
use crate::contract::{self, Reason};

/// A table of formats.
pub type Formats = &'static [&'static dyn FileFormat];

/// All supported formats.
pub static FORMATS: [&dyn FileFormat; 5] = [&stl::Stl, &obj::Obj, &ply::Ply, &off::Off, &glb::Glb];

/// Finds a format by its name in requests, or by an extension of its files, in any case.
pub fn find(formats: Formats, name: &str) -> Option<contract::Format> {
    let is_of = |format: &&&dyn FileFormat| {
        format.id().to_string().eq_ignore_ascii_case(name)
            || format.extensions().iter().any(|extension| extension.eq_ignore_ascii_case(name))
    };
    formats.iter().find(is_of).map(|format| format.id())
}

/// Finds a format by the media type of its files, whatever parameters follow.
pub fn find_media_type(formats: Formats, media_type: &str) -> Option<contract::Format> {
    let name = media_type.split(';').next().unwrap_or_default().trim();
    let is_of =
        |format: &&&dyn FileFormat| format.media_types().iter().any(|media_type| media_type.eq_ignore_ascii_case(name));
    formats.iter().find(is_of).map(|format| format.id())
}

/// The names of the formats, as a message lists them.
pub fn names(formats: Formats) -> String {
    formats.iter().map(|format| format.id().to_string()).collect::<Vec<_>>().join(", ")
}

/// Tells the format of a file, and opens a reader.
///
/// A format that is sure of the file reads it; of several, the one that the hints name. Otherwise a file of a recognised but
/// unsupported format is refused with its name. Otherwise a format that finds the file likely reads it, or refuses it as
/// broken. A text in UTF-16 is opened as the same text in UTF-8.
pub fn open(formats: Formats, head: &Head<'_>, hints: &Hints) -> Result<(contract::Format, Box<dyn Reader>), Reason> {
    if head.size_bytes == 0 {
        return Err(FormatError::EmptyFile.into());
    }
    let mut claims: Vec<_> = formats.iter().map(|format| (*format, format.claims(head, hints))).collect();
    claims.sort_by_key(|(format, _)| hints.format != Some(format.id()));
    let first = |wanted: fn(&Claim) -> bool| claims.iter().find(|(_, claim)| wanted(claim));
    let opened = |format: &dyn FileFormat| Ok((format.id(), format.open(head, hints)?));
    if let Some((format, _)) = first(|claim| *claim == Claim::Yes) {
        return opened(*format);
    }
    if let Some(text) = Utf16Text::of(head) {
        let (format, inner) = open(formats, &Head { bytes: &text.head, size_bytes: text.size_bytes }, hints)?;
        return Ok((format, text.reader(head, inner)));
    }
    let readable = || formats.iter().map(|format| format.description()).collect::<Vec<_>>().join("; ");
    if let Some(name) = foreign::foreign_format(head.bytes) {
        return Err(FormatError::Unknown { name, readable: readable() }.into());
    }
    match first(|claim| matches!(claim, Claim::Likely | Claim::Broken(_))) {
        Some((_, Claim::Broken(reason))) => Err(reason.clone()),
        Some((format, _)) => opened(*format),
        None => Err(FormatError::Unknown { name: "no format that is known", readable: readable() }.into()),
    }
}
