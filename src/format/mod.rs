//! Bytes to triangles, one file or folder a format, within limits.
//!
//! A [`FileFormat`] is a row of [`FORMATS`]. A file is opened from its head: its content says of which format it is, and its name
//! only breaks ties. The [`Reader`] says what the file takes before anything is reserved, reads it in chunks of any size, and
//! gives triangles to a [`Sink`]. A format knows its own rules and no geometry: whether the triangles make a solid is for
//! `mesh` to say. Nothing outside this module knows a rule of any format.

mod error;
mod foreign;
mod reader;
mod stl;

use self::error::FormatError;
pub use self::reader::{
    Claim, Count, FileFacts, FileFormat, FilePart, HEAD_BYTES, Head, Hints, Needs, ReadError, Reader, Sink,
};
use crate::contract::{self, Reason};

/// A table of formats.
pub type Formats = &'static [&'static dyn FileFormat];

/// Every format that is read.
pub static FORMATS: [&dyn FileFormat; 1] = [&stl::Stl];

/// The format of a name: its word in requests, or an extension of its files, in any case.
pub fn find(formats: Formats, name: &str) -> Option<contract::Format> {
    let is_of = |format: &&&dyn FileFormat| {
        format.id().to_string().eq_ignore_ascii_case(name)
            || format.extensions().iter().any(|extension| extension.eq_ignore_ascii_case(name))
    };
    formats.iter().find(is_of).map(|format| format.id())
}

/// The words of the formats, as a message lists them.
pub fn names(formats: Formats) -> String {
    formats.iter().map(|format| format.id().to_string()).collect::<Vec<_>>().join(", ")
}

/// Tells the format of a file, and begins to read it.
///
/// A format that is sure of the file takes it; among several, the one that the hints name. A file of a format that is known
/// and not read is refused by that format's name. Then come formats that take the file for one of theirs, broken or not.
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
