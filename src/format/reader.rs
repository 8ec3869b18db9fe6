//! The seam between a file and a mesh: what a format is, what its reader promises, and where its triangles go.

use std::fmt::Debug;

use crate::contract::{self, Position, Reason, Unit};
use crate::mesh::{MeasureError, NonFinite, Triangles};

/// The first bytes of a file that a format is known by; all of a shorter one.
pub const HEAD_BYTES: usize = 1024;

/// A file format: a row of [`FORMATS`](super::FORMATS).
pub trait FileFormat: Sync {
    /// Its word in requests and events.
    fn id(&self) -> contract::Format;

    /// The extensions of its files, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// What is read of it, as a sentence: `STL files are read, binary and ASCII`.
    fn description(&self) -> &'static str;

    /// Whether a file is of this format, by its length and its first bytes.
    fn claims(&self, head: &Head<'_>, hints: &Hints) -> Claim;

    /// Begins to read a file that it claims.
    fn open(&self, head: &Head<'_>, hints: &Hints) -> Result<Box<dyn Reader>, Reason>;
}

/// Reads one file.
///
/// The same bytes give the same triangles, in the order of the file, however they are cut into chunks.
pub trait Reader: Debug + Send {
    /// What the file takes at most. It is known when the file is opened: nothing is reserved before.
    fn needs(&self) -> Needs;

    /// Reads the next bytes, and gives the triangles that they complete.
    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError>;

    /// Ends the file: gives the triangles that are left, and says what the file says of itself.
    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError>;

    /// The place of a coordinate, where the format's numbers lie at fixed places. A reader of text refuses what is no finite
    /// number itself.
    fn position(&self, _place: NonFinite) -> Option<Position> {
        None
    }
}

/// Takes triangles.
pub trait Sink {
    /// Takes the next triangles of the file: plain ones, or indices of points where the file has them.
    fn triangles(&mut self, batch: &dyn Triangles) -> Result<(), MeasureError>;
}

/// The beginning of a file.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its first [`HEAD_BYTES`] bytes, or all of them.
    pub bytes: &'a [u8],
    /// Its length.
    pub size_bytes: u64,
}

/// What is said of a file from outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// The format that the request declares, or else that the file's name has.
    pub format: Option<contract::Format>,
}

/// What a format says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is of this format.
    Yes,
    /// It may be: it is taken for one where no format is sure.
    Likely,
    /// It may be, and cannot be read, for this reason.
    Broken(Reason),
    /// It is not.
    No,
}

/// What reading a file takes, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The memory that the reader holds itself, in bytes, beside a chunk and the triangles of one.
    pub own_bytes: u64,
    /// The triangles of the file.
    pub triangles: Count,
    /// Whether the reader must be given the file as one chunk.
    pub whole_file: bool,
}

/// A number that is known, or bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(u64),
    /// So many or fewer.
    AtMost(u64),
}

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// The unit of its coordinates.
    pub unit: Option<Unit>,
    /// Its parts, in the order of their triangles; none where it has no names for them.
    pub parts: Vec<FilePart>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// Its name.
    pub name: String,
    /// Its triangles.
    pub triangle_count: u64,
}

/// Why reading ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The file breaks the rules of its format.
    Refused(Reason),
    /// The sink took no more.
    Measure(MeasureError),
}

impl Count {
    /// The most that there can be.
    pub fn most(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::AtMost(count) => count,
        }
    }
}

impl From<MeasureError> for ReadError {
    fn from(error: MeasureError) -> Self {
        Self::Measure(error)
    }
}
