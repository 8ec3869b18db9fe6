//! 3MF: 3MF Consortium, "3MF Core Specification" 1.3 with the production extension. A package of parts in XML; one of them builds
//! objects, which are meshes or made of other objects.
//!
//! What is not built, or is no model, is not priced: supports, surfaces, and the modifiers and blockers of slicers. What changes the
//! geometry and is not read is refused by its name.

mod build;
mod error;
mod extensions;
mod mesh;
mod model;
mod package;
mod part;
mod relationships;
mod slicers;
#[cfg(test)]
mod tests;
mod values;

use self::build::Build;
use self::model::ModelParts;
use self::package::{Package, package_bytes, refused};
use super::archive::Budget;
use super::archive::directory::{DIRECTORY_BYTES, Directory};
use super::indexed::PART_BYTES;
use super::reader::{Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, ReadError, Reader, Sink};
use super::xml::PARSER_BYTES;
use crate::contract::{self, Reason};

/// Fewer bytes than files mostly have for a triangle, with its share of the vertices.
const LIKELY_TRIANGLE_BYTES: u64 = 50;
/// The memory of an element that is an object, a component or an item, and for each of its bytes in the file.
const ELEMENT_BYTES: u64 = 600;
const ELEMENT_BYTES_PER_BYTE: u64 = 24;

/// The row of 3MF in the table of formats.
#[derive(Debug)]
pub(super) struct ThreeMf;

impl FileFormat for ThreeMf {
    fn id(&self) -> contract::Format {
        contract::Format::ThreeMf
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["3mf"]
    }

    fn description(&self) -> &'static str {
        "3MF files are read"
    }

    /// A ZIP archive shows at its end what it is.
    fn claims(&self, _head: &Head<'_>, _hints: &Hints) -> Claim {
        Claim::No
    }

    fn package_bytes(&self, directory: &Directory<'_>) -> Option<u64> {
        package_bytes(directory)
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(ThreeMfReader { xml_bytes: head.size_bytes, facts: FileFacts::default() }))
    }
}

/// A reader of 3MF.
#[derive(Debug)]
struct ThreeMfReader {
    /// The number of bytes of XML that are read.
    xml_bytes: u64,
    facts: FileFacts,
}

impl Reader for ThreeMfReader {
    fn needs(&self) -> Needs {
        let xml_bytes = self.xml_bytes;
        // A vertex has 28 bytes of XML or more and takes 12, and a list that grows is there twice and once more.
        let mesh_bytes = xml_bytes + xml_bytes / 2;
        let element_bytes = (xml_bytes * ELEMENT_BYTES_PER_BYTE).min(part::MOST_ELEMENTS * ELEMENT_BYTES);
        let part_bytes = (2 * PART_BYTES as u64 + 2 * PARSER_BYTES).min(xml_bytes * 8);
        Needs {
            own_bytes: DIRECTORY_BYTES + mesh_bytes + element_bytes + part_bytes,
            // A mesh may be placed many times.
            triangles: Count::Likely { likely: xml_bytes / LIKELY_TRIANGLE_BYTES, most: u64::MAX },
            whole_file: true,
        }
    }

    fn push(&mut self, archive: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let directory = Directory::open(archive)?;
        let budget = Budget::of(archive.len() as u64, self.xml_bytes);
        let mut package = Package::new(&directory, budget).map_err(refused)?;
        let model = ModelParts::read(&mut package, sink)?;
        drop(package);
        let build = Build::of(model).map_err(refused)?;
        let counted =
            build.scene.count(self.xml_bytes).map_err(|error| ReadError::Refused(build.scene_error(error)))?;
        if counted.triangle_count() == 0 {
            return Err(refused(build.nothing()));
        }
        counted.give(sink)?;
        self.facts = FileFacts { unit: Some(build.unit), findings: build.findings(), ..FileFacts::default() };
        Ok(())
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        Ok(std::mem::take(&mut self.facts))
    }
}
