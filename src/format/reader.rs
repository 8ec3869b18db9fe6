//! The interface between files and meshes: the traits of a format, of its reader and of the sink of its triangles.

use std::fmt::Debug;

use super::archive::Contents;
use super::archive::directory::Directory;
use crate::contract::{self, Finding, Position, Reason, Unit};
use crate::mesh::{MeasureError, NonFinite, Triangles};

/// The length of a file's head: the first bytes, by which formats are recognised.
pub const HEAD_BYTES: usize = 1024;

/// A file format: a row of [`FORMATS`](super::FORMATS).
pub trait FileFormat: Debug + Sync {
    /// Its name in requests and events.
    fn id(&self) -> contract::Format;

    /// The extensions of its files, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// The media types of its files, in lower case, and of no other format's.
    fn media_types(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the reader supports, as a sentence: `STL files are read, binary and ASCII`.
    fn description(&self) -> &'static str;

    /// Decides whether a file is of this format, by its length and its first bytes.
    fn claims(&self, head: &Head<'_>, hints: &Hints) -> Claim;

    /// The number of bytes that are read of the parts of a package, if a ZIP archive is one of this format. Its reader gets the
    /// archive as one chunk.
    fn package_bytes(&self, _archive: &Directory<'_>) -> Option<u64> {
        None
    }

    /// Opens a reader of a file that this format claims. The head of a package has no bytes, and as its length that of what is read
    /// of its parts.
    fn open(&self, head: &Head<'_>, hints: &Hints) -> Result<Box<dyn Reader>, Reason>;
}

/// A reader of one file.
///
/// It gives the same triangles, in the order of the file, however the bytes are cut into chunks.
pub trait Reader: Debug + Send {
    /// The most memory and triangles of the file. The reader knows them once it is opened, before the caller reserves anything.
    fn needs(&self) -> Needs;

    /// Reads the next bytes, and gives the triangles that they complete to the sink.
    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError>;

    /// Ends the file: gives the remaining triangles to the sink, and returns the file's facts.
    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError>;

    /// Whether the reader takes, in place of the file, the stream that a converter of CAD files makes of it.
    fn reads_conversion(&self) -> bool {
        false
    }

    /// The position of a coordinate in the file, if the reader can tell it. A reader of text refuses NaN and infinity itself.
    fn position(&self, _place: NonFinite) -> Option<Position> {
        None
    }
}

/// The receiver of a reader's triangles.
pub trait Sink {
    /// Takes the next triangles of the file: plain ones, or indices of points if the file has them.
    fn triangles(&mut self, batch: &dyn Triangles) -> Result<(), ReadError>;

    /// Is told how many triangles will come, before the first, by a reader that knows it: a sink without room for so many
    /// refuses them before any is made.
    fn expect(&mut self, _triangle_count: u64) -> Result<(), ReadError> {
        Ok(())
    }

    /// Is asked before each piece of work that gives no triangles, and ends it if no one waits for the answer any more.
    fn go_on(&self) -> Result<(), ReadError> {
        Ok(())
    }

    /// Begins a part of the model, of which the triangles are that come next. Those before the first part are of none.
    fn part(&mut self, _part: PartStart<'_>) {}
}

/// A part that begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartStart<'a> {
    /// A part that did not come before.
    New {
        /// Its name in the file; empty if it has none.
        name: &'a str,
        /// The exact volume of a copy, in the unit of its coordinates cubed, if the file has more than its mesh.
        exact_volume: Option<f64>,
    },
    /// Another copy of a part.
    CopyOf {
        /// The number of the part among the new ones, from 0.
        part: usize,
    },
}

/// The first bytes of a file, and its length.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its first [`HEAD_BYTES`] bytes, or all of a shorter file.
    pub bytes: &'a [u8],
    /// The length of the file.
    pub size_bytes: u64,
}

/// What the request tells of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// The format that the request declares, or else that of the file's name.
    pub format: Option<contract::Format>,
}

/// The verdict of a format on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The file is of this format.
    Yes,
    /// The file may be of this format, which reads it if no format is sure.
    Likely,
    /// The file may be of this format, and cannot be read for this reason.
    Broken(Reason),
    /// The file is not of this format.
    No,
}

/// The needs of a reader, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The memory that the reader itself holds, in bytes, beside a chunk and the triangles of one.
    pub own_bytes: u64,
    /// The number of triangles in the file.
    pub triangles: Count,
    /// Whether the reader must get the file as one chunk.
    pub whole_file: bool,
}

/// A number that is known exactly, bounded or likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly this number.
    Exactly(u64),
    /// This number or fewer.
    AtMost(u64),
    /// As far as the length of the file tells, hardly more than `likely`.
    Likely {
        /// More than files of this length mostly have.
        likely: u64,
        /// The largest possible number.
        most: u64,
    },
}

/// The facts that a file states beside its triangles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileFacts {
    /// The unit of the coordinates, if the file states it.
    pub unit: Option<Unit>,
    /// What the file states as its unit, if it is none of ours: `ft`.
    pub unknown_unit: Option<String>,
    /// The unit that a name in the file suggests: `bracket_inch`.
    pub suggested_unit: Option<Unit>,
    /// What a person should know about the file itself.
    pub findings: Vec<Finding>,
    /// Why the triangles may not be those that were written: the reason to reject the file, unless its mesh proves closed.
    pub doubt: Option<Reason>,
    /// The exact measures of the solids that the triangles stand for, if the file has the solids.
    pub exact: Option<ExactMeasures>,
    /// The SHA-256 of the file in lower-case hexadecimal, if the reader was given a conversion of it.
    pub source_sha256: Option<String>,
}

/// The exact measures of the solids in a file, in the unit of its coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactMeasures {
    /// The sum of their volumes.
    pub volume: f64,
    /// The sum of the areas of their faces.
    pub area: f64,
    /// The most that the triangles are off the faces.
    pub deflection: f64,
}

/// Why reading ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The file breaks a rule of its format.
    Refused(Reason),
    /// The sink refused the triangles.
    Measure(MeasureError),
    /// The sink has no room for the triangles.
    Outgrown {
        /// The number of triangles to make room for.
        triangles: u64,
    },
    /// The file is an archive, and holds this: it is to be planned anew, and read from its first byte.
    Unpacked(Contents),
}

impl Count {
    /// The largest possible number.
    pub fn most(self) -> u64 {
        match self {
            Self::Exactly(most) | Self::AtMost(most) | Self::Likely { most, .. } => most,
        }
    }
}

impl From<MeasureError> for ReadError {
    fn from(error: MeasureError) -> Self {
        Self::Measure(error)
    }
}
