//! GLB: Khronos Group, "glTF 2.0 Specification", in its binary container. A scene of nodes that place meshes.
//!
//! Lengths are metres. The coordinates are taken as they are, with y up: no axis is turned, so that a model has the same bounds as in
//! other formats. What changes the geometry and is not read is refused by its name.

mod container;
mod copies;
mod document;
mod error;
mod lists;
mod mesh;
mod scene;
mod table;
#[cfg(test)]
mod tests;

use self::container::Container;
use self::document::Document;
use self::error::GlbError;
use self::table::Tables;
use super::instances::Shape;
use super::reader::{Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, ReadError, Reader, Sink};
use crate::contract::{self, Reason, Unit};

const MAGIC: &[u8] = b"glTF";
/// Fewer bytes than files mostly have for a triangle, with its share of the vertices, normals and textures.
const LIKELY_TRIANGLE_BYTES: u64 = 16;
/// The memory of what JSON is parsed to: for each of its bytes, up to lists of the most items; and the names.
const PARSED_BYTES_PER_BYTE: u64 = 128;
const MOST_PARSED_BYTES: u64 = 48 << 20;
const NAME_BYTES_PER_BYTE: u64 = 8;

/// The row of GLB in the table of formats.
#[derive(Debug)]
pub(super) struct Glb;

impl FileFormat for Glb {
    fn id(&self) -> contract::Format {
        contract::Format::Glb
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["glb", "gltf"]
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["model/gltf-binary", "model/gltf+json"]
    }

    fn description(&self) -> &'static str {
        "GLB files are read"
    }

    fn claims(&self, head: &Head<'_>, hints: &Hints) -> Claim {
        if head.bytes.starts_with(MAGIC) || is_text(head.bytes, *hints) { Claim::Yes } else { Claim::No }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        if !head.bytes.starts_with(MAGIC) {
            return Err(GlbError::Text.into());
        }
        let json_bytes = container::json_bytes(head.bytes).min(head.size_bytes);
        Ok(Box::new(GlbReader { size_bytes: head.size_bytes, json_bytes }))
    }
}

/// Whether a file is glTF in its text form.
fn is_text(head: &[u8], hints: Hints) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let is_gltf = || hints.format == Some(contract::Format::Glb) || head.windows(7).any(|word| word == b"\"asset\"");
    text.first() == Some(&b'{') && is_gltf()
}

/// A reader of GLB.
#[derive(Debug)]
struct GlbReader {
    size_bytes: u64,
    json_bytes: u64,
}

impl Reader for GlbReader {
    fn needs(&self) -> Needs {
        let (size_bytes, json_bytes) = (self.size_bytes, self.json_bytes);
        Needs {
            own_bytes: (json_bytes * PARSED_BYTES_PER_BYTE).min(MOST_PARSED_BYTES) + json_bytes * NAME_BYTES_PER_BYTE,
            // A mesh may be placed many times.
            triangles: Count::Likely { likely: size_bytes / LIKELY_TRIANGLE_BYTES, most: u64::MAX },
            whole_file: true,
        }
    }

    fn push(&mut self, file: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let container = Container::of(file)?;
        let document = Document::parse(container.json)?;
        let mut tables = Tables::new(&document, container, self.size_bytes);
        let placed = scene::placed(&mut tables)?;
        let counted = placed.scene.count(self.size_bytes).map_err(|error| ReadError::Refused(error.into()))?;
        if counted.triangle_count() == 0 {
            return Err(GlbError::NoTriangles { has_others: placed.has_others }.into());
        }
        for object in &placed.scene.objects {
            if let Shape::Mesh(mesh) = &object.shape {
                mesh.check()?;
            }
        }
        counted.give(sink)
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        Ok(FileFacts { unit: Some(Unit::M), ..FileFacts::default() })
    }
}
