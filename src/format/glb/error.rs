//! The errors of GLB files.

use thiserror::Error;

use super::lists::MOST_ITEMS;
use crate::contract::{Position, Reason, RejectionCode};
use crate::format::ReadError;
use crate::format::shown::{plain, shown};

/// Why a GLB file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum GlbError {
    /// It is the other form of glTF.
    #[error("this is glTF in its text form, whose geometry is in other files: send the model as one file, .glb")]
    Text,
    /// It is of another version.
    #[error("glTF {version} is not read, only 2.0: export the model again")]
    Version {
        /// The version.
        version: String,
    },
    /// The file ends too early.
    #[error("{what} ends at byte {end}, and the file has {size_bytes} bytes")]
    Cut {
        /// What the file ends within.
        what: &'static str,
        /// Where it would end.
        end: u64,
        /// The length of the file.
        size_bytes: u64,
    },
    /// The first chunk is not JSON.
    #[error("the first chunk of a GLB file is JSON, and this one is not")]
    NoJson,
    /// The JSON is none, or not that of glTF.
    #[error("the JSON of the file cannot be read: {words}")]
    Json {
        /// What the parser says, without what the file says.
        words: String,
        /// The place in the file.
        at: u64,
    },
    /// A list is too long.
    #[error("the file has {count} {what}; at most {MOST_ITEMS} are read: join meshes before the export")]
    TooMany {
        /// What is in the list.
        what: &'static str,
        /// The number of them.
        count: u64,
    },
    /// Something changes the geometry, and is not read.
    #[error("{feature}: {advice}")]
    Unsupported {
        /// Its name.
        feature: String,
        /// What to do.
        advice: &'static str,
    },
    /// A number leads nowhere.
    #[error("{what} {number} is not there: the file has {count}")]
    Missing {
        /// What it counts: `accessor`.
        what: &'static str,
        /// The number, from 0.
        number: u64,
        /// How many there are.
        count: u64,
    },
    /// A rule of the tree is broken.
    #[error("node {node} {fault}")]
    Node {
        /// Its number.
        node: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A rule of tables is broken.
    #[error("accessor {accessor} {fault}")]
    Accessor {
        /// Its number.
        accessor: u32,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A view that is not within the data.
    #[error("buffer view {view} goes past the end of the binary data, which has {data_bytes} bytes")]
    ViewPastEnd {
        /// Its number.
        view: u32,
        /// The length of the data.
        data_bytes: u64,
    },
    /// A mode of a primitive that does not exist.
    #[error("a primitive of mesh {mesh} has the mode {mode}; 0 to 6 are defined")]
    Mode {
        /// The number of the mesh.
        mesh: usize,
        /// The mode.
        mode: u32,
    },
    /// An index that leads to no vertex.
    #[error("vertex {number} is not there: the mesh has {count} vertices, and the first is 0")]
    NoVertex {
        /// The number as written.
        number: u64,
        /// How many there are.
        count: u64,
        /// The place of the number.
        at: Option<u64>,
    },
    /// A coordinate is NaN or infinite.
    #[error("a coordinate of vertex {vertex} is NaN or infinite")]
    NonFinite {
        /// The number of the vertex.
        vertex: u64,
        /// Its place.
        at: Option<u64>,
    },
    /// Nothing is a surface.
    #[error("{}", if *.has_others { "the model has points or lines, and no triangles: no solid" } else { "no mesh with triangles is placed in the scene" })]
    NoTriangles {
        /// Whether there are points or lines.
        has_others: bool,
    },
}

impl GlbError {
    /// The error of a parser of some JSON, which begins behind the headers of the file and of its chunk.
    pub fn json(error: &serde_json::Error, json: &[u8]) -> Self {
        let line_start = json.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
        let offset = line_start.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1);
        let words = error.to_string();
        // The parser ends with the place, as lines and columns, which the file hardly has.
        let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
        Self::Json { words: shown_words(words), at: (super::container::JSON_START + offset.min(json.len())) as u64 }
    }

    fn code(&self) -> RejectionCode {
        match self {
            Self::Text | Self::Version { .. } | Self::Unsupported { .. } => RejectionCode::UnsupportedFeature,
            Self::Cut { .. } => RejectionCode::Truncated,
            Self::TooMany { .. } => RejectionCode::TooLarge,
            Self::NonFinite { .. } => RejectionCode::NonFiniteCoordinate,
            Self::NoTriangles { .. } => RejectionCode::EmptyModel,
            Self::NoJson
            | Self::Json { .. }
            | Self::Missing { .. }
            | Self::Node { .. }
            | Self::Accessor { .. }
            | Self::ViewPastEnd { .. }
            | Self::Mode { .. }
            | Self::NoVertex { .. } => RejectionCode::Malformed,
        }
    }

    fn position(&self) -> Option<Position> {
        match *self {
            Self::Cut { size_bytes, .. } => Some(Position::Byte(size_bytes)),
            Self::NoJson => Some(Position::Byte(super::container::HEADER_BYTES as u64)),
            Self::Json { at, .. } => Some(Position::Byte(at)),
            Self::NoVertex { at, .. } | Self::NonFinite { at, .. } => at.map(Position::Byte),
            _ => None,
        }
    }
}

/// Words of the parser, which may repeat some of the file.
fn shown_words(words: &str) -> String {
    const SHOWN_CHARS: usize = 120;
    let shown = plain(words, SHOWN_CHARS);
    if shown.len() < words.len() { shown + "…" } else { shown }
}

/// An extension by its name, shortened.
pub(super) fn extension(name: &str) -> GlbError {
    let feature = format!("the file needs the extension `{}`, which is not read", shown(name.as_bytes()));
    GlbError::Unsupported { feature, advice: "export the model without it" }
}

impl From<GlbError> for Reason {
    fn from(error: GlbError) -> Self {
        Self { code: error.code(), message: error.to_string(), position: error.position() }
    }
}

impl From<GlbError> for ReadError {
    fn from(error: GlbError) -> Self {
        Self::Refused(error.into())
    }
}
