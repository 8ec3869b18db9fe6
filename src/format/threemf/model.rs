//! The model parts of a 3MF file: the root, and those in which it has objects.

use std::collections::BTreeMap;

use super::package::{Package, path_in_package};
use super::part::{MOST_ELEMENTS, Part, PartDocument, PlacedObject};
use super::slicers::{PATHS, SettingsDocument, SlicerSettings};
use crate::format::{ReadError, Sink};

/// The parts of a model.
#[derive(Debug)]
pub(super) struct ModelParts {
    /// The root is the first.
    pub parts: Vec<Part>,
    /// The number of each part by its path.
    numbers: BTreeMap<String, usize>,
    /// What the file breaks of the format, and changes no surface by.
    pub broken_rules: Vec<&'static str>,
}

impl ModelParts {
    /// Reads the root, and each part that one before it names.
    pub fn read(package: &mut Package<'_>, sink: &mut dyn Sink) -> Result<Self, ReadError> {
        let mut settings = SettingsDocument::default();
        for path in PATHS {
            if package.has(path) {
                package.read(path, &mut settings, sink)?;
            }
        }
        let (root, is_named) = package.model_path(sink)?;
        let (of_root, of_others) = (settings.settings, SlicerSettings::default());
        let mut elements_left = MOST_ELEMENTS;
        let mut model = Self { parts: Vec::new(), numbers: BTreeMap::default(), broken_rules: Vec::new() };
        if !is_named {
            model.broken_rules.push("no relationship names the model");
        }
        model.numbers.insert(root.clone(), 0);
        let mut paths = vec![root];
        while let Some(path) = paths.get(model.parts.len()) {
            let settings = if model.parts.is_empty() { &of_root } else { &of_others };
            let mut document = PartDocument::new(settings, &mut elements_left);
            package.read(path, &mut document, sink)?;
            let part = document.part;
            for path in part.placed().filter_map(PlacedObject::path_in_package) {
                if !model.numbers.contains_key(&path) {
                    model.numbers.insert(path.clone(), paths.len());
                    paths.push(path);
                }
            }
            model.parts.push(part);
        }
        if model.parts.iter().any(|part| part.has_early_uses) {
            model.broken_rules.push("an object is placed before it is defined");
        }
        Ok(model)
    }

    /// The number of the part in which an object is that another part places.
    pub fn part_of(&self, placed: &PlacedObject, placing: usize) -> usize {
        placed.path_in_package().map_or(placing, |path| self.numbers[&path])
    }
}

impl Part {
    /// All objects that it places.
    fn placed(&self) -> impl Iterator<Item = &PlacedObject> {
        self.objects.iter().flat_map(|object| &object.components).chain(&self.items)
    }
}

impl PlacedObject {
    fn path_in_package(&self) -> Option<String> {
        self.path.as_deref().map(path_in_package)
    }
}
