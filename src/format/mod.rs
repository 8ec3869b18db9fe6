//! Bytes to triangles, one file a format, within limits.
//!
//! A decoder takes bytes in chunks of any size and gives triangles in the order of the file, whatever the chunks; it
//! holds at most one chunk and a line or a record more. It knows the format's rules and nothing of geometry: whether the
//! triangles make a solid is for `mesh` to say.

mod error;
mod sniff;
mod stl;

pub use error::FormatError;
pub use sniff::{HEAD_BYTES, Kind, sniff};

use std::ops::Range;

use crate::contract::{Format, Position};
use crate::mesh::{NonFinite, Triangle, Triangles};

/// Reads one file.
#[derive(Debug)]
pub struct Decoder(Inner);

#[derive(Debug)]
enum Inner {
    BinaryStl(stl::binary::Decoder),
    AsciiStl(stl::ascii::Decoder),
}

impl Decoder {
    /// A decoder for a kind of file.
    pub fn new(kind: Kind) -> Self {
        Self(match kind {
            Kind::BinaryStl { triangle_count } => Inner::BinaryStl(stl::binary::Decoder::new(triangle_count)),
            Kind::AsciiStl => Inner::AsciiStl(stl::ascii::Decoder::default()),
        })
    }

    /// The format that is read.
    pub fn format(&self) -> Format {
        match self.0 {
            Inner::BinaryStl(_) | Inner::AsciiStl(_) => Format::Stl,
        }
    }

    /// Reads the next bytes, and gives the triangles that they complete.
    pub fn push<'a>(&'a mut self, bytes: &'a [u8]) -> Result<Batch<'a>, FormatError> {
        match &mut self.0 {
            Inner::BinaryStl(decoder) => Ok(Batch(Inside::Records(decoder.push(bytes)))),
            Inner::AsciiStl(decoder) => decoder.push(bytes).map(|triangles| Batch(Inside::Decoded(triangles))),
        }
    }

    /// Ends the file, and gives the triangles that are left.
    pub fn finish(&mut self) -> Result<Batch<'_>, FormatError> {
        match &mut self.0 {
            Inner::BinaryStl(decoder) => decoder.finish().map(|()| Batch(Inside::Decoded(&[]))),
            Inner::AsciiStl(decoder) => decoder.finish().map(|triangles| Batch(Inside::Decoded(triangles))),
        }
    }

    /// The place of a coordinate, where the format's numbers lie at fixed places; a text decoder refuses what is no finite
    /// number itself.
    pub fn position(&self, place: NonFinite) -> Option<Position> {
        match self.0 {
            Inner::BinaryStl(_) => Some(Position::Byte(stl::binary::offset(place))),
            Inner::AsciiStl(_) => None,
        }
    }
}

/// Triangles that have come. Where the format has them at fixed places, they are decoded when they are asked for.
#[derive(Debug)]
pub struct Batch<'a>(Inside<'a>);

#[derive(Debug)]
enum Inside<'a> {
    Records(stl::binary::Records<'a>),
    Decoded(&'a [Triangle]),
}

impl Triangles for Batch<'_> {
    fn len(&self) -> usize {
        match &self.0 {
            Inside::Records(records) => records.len(),
            Inside::Decoded(triangles) => triangles.len(),
        }
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        match &self.0 {
            Inside::Records(records) => records.append(range, to),
            Inside::Decoded(triangles) => triangles.append(range, to),
        }
    }
}
