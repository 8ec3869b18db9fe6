//! The package of a 3MF file: ECMA-376, part 2, "Open Packaging Conventions". Its parts, by their paths in any case.

use std::collections::BTreeMap;

use super::error::ThreeMfError;
use super::relationships::Relationships;
use crate::contract::Reason;
use crate::format::archive::Budget;
use crate::format::archive::directory::{Directory, PackedFile};
use crate::format::indexed::PART_BYTES;
use crate::format::shown::shown;
use crate::format::xml::{Document, XmlParser};
use crate::format::{ReadError, Sink};

/// The relationships of the package, and where the model mostly is, in lower case.
const RELATIONSHIPS: &str = "_rels/.rels";
const USUAL_MODEL: &str = "3d/3dmodel.model";

/// The parts of a package.
#[derive(Debug)]
pub(super) struct Package<'a> {
    directory: &'a Directory<'a>,
    files: BTreeMap<String, &'a PackedFile>,
    budget: Budget,
}

impl<'a> Package<'a> {
    /// The parts of an archive. Paths that differ in case alone are one.
    pub fn new(directory: &'a Directory<'a>, budget: Budget) -> Result<Self, ThreeMfError> {
        let mut files = BTreeMap::new();
        for file in directory.files() {
            let path = path_in_package(&name(directory, file));
            if files.contains_key(&path) {
                return Err(ThreeMfError::PartTwice { path: shown(path.as_bytes()) });
            }
            files.insert(path, file);
        }
        Ok(Self { directory, files, budget })
    }

    /// The path of the model, and whether a relationship names it.
    pub fn model_path(&mut self, sink: &mut dyn Sink) -> Result<(String, bool), ReadError> {
        let mut relationships = Relationships::default();
        if self.has(RELATIONSHIPS) {
            self.read(RELATIONSHIPS, &mut relationships, sink)?;
        }
        if let Some(path) = relationships.model.map(|target| path_in_package(&target)).filter(|path| self.has(path)) {
            return Ok((path, true));
        }
        let is_model = |path: &&String| has_extension(path, "model");
        let path = match self.files.keys().filter(is_model).collect::<Vec<_>>()[..] {
            [path] => Some(path.clone()),
            _ => Some(USUAL_MODEL.to_owned()).filter(|path| self.has(path)),
        };
        Ok((path.ok_or(ThreeMfError::NoModelPart).map_err(refused)?, false))
    }

    /// Whether a part is there.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Reads a part: while some of it is parsed, the next is unpacked. An error names the part.
    pub fn read(
        &mut self,
        path: &str,
        document: &mut (dyn Document + Send),
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let name = shown(path.as_bytes());
        let file = self.files.get(path).ok_or_else(|| refused(ThreeMfError::NoPart { path: name.clone() }))?;
        let in_part = |reason: Reason| {
            let message = format!("{name}: {}", reason.message);
            ReadError::Refused(Reason { message, ..reason })
        };
        let mut unpacked = self.directory.unpack(file, &mut self.budget)?;
        let buffer_bytes = file.size_bytes.clamp(1, PART_BYTES as u64) as usize;
        let (mut buffer, mut next) = (vec![0; buffer_bytes], vec![0; buffer_bytes]);
        let mut parser = XmlParser::default();
        let mut count = unpacked.read(&mut buffer)?;
        while count > 0 {
            sink.go_on()?;
            let (parsed, next_count) =
                rayon::join(|| parser.push(&buffer[..count], document), || unpacked.read(&mut next));
            parsed.map_err(in_part)?;
            count = next_count?;
            std::mem::swap(&mut buffer, &mut next);
        }
        parser.finish(document).map_err(in_part)
    }
}

/// The number of bytes of XML that is read of a package, if an archive is a 3MF file: if it has a model part, by its extension or by a
/// relationship.
pub(super) fn package_bytes(directory: &Directory<'_>) -> Option<u64> {
    let named = |extension: &str| {
        let is_named = |file: &&PackedFile| has_extension(&name(directory, file), extension);
        directory.files().iter().filter(is_named).map(|file| file.size_bytes).collect::<Vec<_>>()
    };
    let models = named("model");
    let is_package = || {
        let is_named = |file: &&PackedFile| path_in_package(&name(directory, file)) == RELATIONSHIPS;
        let relationships = directory.files().iter().find(is_named)?;
        // Those of other packages, documents and the like, have no model.
        let mut text = vec![0; relationships.size_bytes.min(PART_BYTES as u64 / 16) as usize];
        let mut budget = Budget::of(0, text.len() as u64);
        let count = directory.unpack(relationships, &mut budget).ok()?.read(&mut text).ok()?;
        text[..count].windows(MODEL_TYPE.len()).any(|word| word == MODEL_TYPE).then_some(())
    };
    if models.is_empty() {
        is_package()?;
    }
    let all = directory.files().iter().map(|file| file.size_bytes);
    let read =
        if models.is_empty() { all.collect() } else { [models, named("xml"), named("rels"), named("config")].concat() };
    Some(read.iter().fold(0, |sum, size| sum.saturating_add(*size)))
}

/// What the type of the relationship to the model contains.
const MODEL_TYPE: &[u8] = b"3dmanufacturing";

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

fn name(directory: &Directory<'_>, file: &PackedFile) -> String {
    String::from_utf8_lossy(directory.name(file)).into_owned()
}

/// A path as the parts of a package are found by it: from the root, without escapes, in lower case.
pub(super) fn path_in_package(path: &str) -> String {
    let unescaped = path.replace('\\', "/").replace("%20", " ").to_lowercase();
    let mut names = Vec::new();
    for name in unescaped.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

pub(super) fn refused(error: ThreeMfError) -> ReadError {
    ReadError::Refused(error.into())
}
