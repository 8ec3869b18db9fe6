//! A model part of a 3MF file: 3MF Consortium, "3MF Core Specification" 1.3 and "Production Extension" 1.1. Its objects, and what
//! it builds of them.

use std::collections::BTreeSet;

use super::error::ThreeMfError;
use super::extensions::{PRODUCTION, SLICE, check_required, feature, is_core};
use super::mesh::{Mesh, MeshTags};
use super::slicers::{Role, SlicerSettings};
use super::values::{self, id, transform};
use crate::contract::{Reason, Unit};
use crate::format::shown::shown;
use crate::format::transform::Transform;
use crate::format::xml::{Document, Element};

/// The most objects, components and items of a file.
pub(super) const MOST_ELEMENTS: u64 = 100_000;

/// What a part holds.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub unit: Option<Unit>,
    pub objects: Vec<PartObject>,
    pub items: Vec<PlacedObject>,
    /// Whether an object is placed before it is defined.
    pub has_early_uses: bool,
}

/// An object.
#[derive(Debug)]
pub(super) struct PartObject {
    pub id: u32,
    pub name: String,
    pub kind: Kind,
    pub mesh: Option<Mesh>,
    pub components: Vec<PlacedObject>,
    /// What it has that is not read.
    pub feature: Option<&'static str>,
}

/// What an object is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Model,
    Support,
    Surface,
    /// A modifier of a slicer, a blocker of supports, or an object of the type `other`.
    Other,
    /// It is not to be printed.
    NotPrinted,
}

/// An object that is placed, in another or by the build.
#[derive(Debug, Clone)]
pub(super) struct PlacedObject {
    /// The part in which it is; the same one if there is none.
    pub path: Option<String>,
    pub id: u32,
    pub transform: Transform,
    pub kind: Kind,
}

/// Reads the elements of a part.
#[derive(Debug)]
pub(super) struct PartDocument<'a> {
    pub part: Part,
    settings: &'a SlicerSettings,
    /// How many objects, components and items the file may still have.
    elements_left: &'a mut u64,
    open: Vec<Place>,
    object: Option<PartObject>,
    /// The ids of the objects so far.
    ids: BTreeSet<u32>,
    tags: MeshTags,
    /// The name of the metadata that is open, and its text.
    metadata: (String, String),
}

/// An element that is open, as far as those in it mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Model,
    Resources,
    Build,
    Object,
    MetadataGroup,
    Metadata,
    Mesh,
    Vertices,
    Triangles,
    Components,
    /// Nothing in it is read.
    Other,
}

impl<'a> PartDocument<'a> {
    pub fn new(settings: &'a SlicerSettings, elements_left: &'a mut u64) -> Self {
        Self {
            part: Part::default(),
            settings,
            elements_left,
            open: Vec::new(),
            object: None,
            ids: BTreeSet::default(),
            tags: MeshTags::default(),
            metadata: Default::default(),
        }
    }

    fn start_core(&mut self, outer: Option<Place>, element: &Element<'_>) -> Result<Place, ThreeMfError> {
        Ok(match (outer, element.name) {
            (None, "model") => {
                self.start_model(element)?;
                Place::Model
            }
            (None, other) => return Err(ThreeMfError::NoModel { found: shown(other.as_bytes()) }),
            (Some(Place::Model), "resources") => Place::Resources,
            (Some(Place::Model), "build") => Place::Build,
            (Some(Place::Resources), "object") => {
                self.start_object(element)?;
                Place::Object
            }
            (Some(Place::Object), "metadatagroup") => Place::MetadataGroup,
            (Some(Place::MetadataGroup), "metadata") => {
                self.metadata = (element.attribute("name").unwrap_or_default().to_ascii_lowercase(), String::new());
                Place::Metadata
            }
            (Some(Place::Object), "mesh") => {
                let Self { settings, object: Some(object), .. } = self else { return Ok(Place::Other) };
                object.mesh.get_or_insert_with(|| Mesh::without(settings.left_out(object.id)));
                Place::Mesh
            }
            (Some(Place::Object), "components") => Place::Components,
            (Some(Place::Mesh), "vertices") => {
                self.tags = MeshTags::of(element.prefix);
                Place::Vertices
            }
            (Some(Place::Mesh), "triangles") => {
                self.tags = MeshTags::of(element.prefix);
                Place::Triangles
            }
            (Some(Place::Vertices), "vertex") => {
                let point = values::point(element)?;
                self.mesh().into_iter().for_each(|mesh| mesh.indexed.points.push(point));
                Place::Other
            }
            (Some(Place::Triangles), "triangle") => {
                let corners = values::corners(element)?;
                self.mesh().map_or(Ok(()), |mesh| mesh.add(corners))?;
                Place::Other
            }
            (Some(Place::Components), "component") => {
                let placed = self.placed(element)?;
                self.object.as_mut().into_iter().for_each(|object| object.components.push(placed.clone()));
                Place::Other
            }
            (Some(Place::Build), "item") => {
                let mut item = self.placed(element)?;
                if element.attribute("printable").is_some_and(|value| matches!(value.trim(), "0" | "false")) {
                    item.kind = Kind::NotPrinted;
                }
                self.part.items.push(item);
                Place::Other
            }
            _ => Place::Other,
        })
    }

    fn start_model(&mut self, element: &Element<'_>) -> Result<(), ThreeMfError> {
        self.part.unit = Some(values::unit(element)?);
        for prefix in element.attribute("requiredextensions").unwrap_or_default().split_ascii_whitespace() {
            let namespace = if prefix.contains("://") { prefix } else { element.namespace_of(&format!("{prefix}:")) };
            check_required(namespace, prefix)?;
        }
        Ok(())
    }

    fn start_object(&mut self, element: &Element<'_>) -> Result<(), ThreeMfError> {
        self.count()?;
        let id = id(element, "object", "id")?;
        if !self.ids.insert(id) {
            return Err(ThreeMfError::ObjectTwice { id });
        }
        let is_low = element.attribute_of(SLICE, "meshresolution").is_some_and(|resolution| resolution == "lowres");
        let mut feature = is_low.then_some("slices in place of a mesh");
        if self.settings.role(id, None) == Role::Negative {
            feature = Some("a negative volume");
        }
        self.object = Some(PartObject {
            id,
            name: element.attribute("name").unwrap_or_default().into(),
            kind: values::kind(element)?,
            mesh: None,
            components: Vec::new(),
            feature,
        });
        Ok(())
    }

    /// The object that a component or an item places.
    fn placed(&mut self, element: &Element<'_>) -> Result<PlacedObject, ThreeMfError> {
        self.count()?;
        let id = id(element, "component or item", "objectid")?;
        let path = element.attribute_of(PRODUCTION, "path").map(Into::into);
        self.part.has_early_uses |= path.is_none() && !self.ids.contains(&id);
        let mut kind = Kind::Model;
        if let Some(object) = &mut self.object {
            match self.settings.role(object.id, Some(id)) {
                Role::Model => {}
                Role::Other => kind = Kind::Other,
                Role::Negative => object.feature = Some("a negative volume"),
            }
        }
        Ok(PlacedObject { path, id, transform: transform(element)?, kind })
    }

    fn count(&mut self) -> Result<(), ThreeMfError> {
        *self.elements_left = self.elements_left.checked_sub(1).ok_or(ThreeMfError::TooManyElements)?;
        Ok(())
    }

    fn mesh(&mut self) -> Option<&mut Mesh> {
        self.object.as_mut()?.mesh.as_mut()
    }

    /// Takes what Cura writes of an object.
    fn end_metadata(&mut self) {
        const NO_MODELS: [&str; 4] =
            ["cura:infill_mesh", "cura:cutting_mesh", "cura:support_mesh", "cura:anti_overhang_mesh"];
        let (name, value) = &self.metadata;
        if let Some(object) = &mut self.object
            && NO_MODELS.contains(&&**name)
            && value.trim().eq_ignore_ascii_case("true")
        {
            object.kind = Kind::Other;
        }
    }
}

impl Document for PartDocument<'_> {
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        let outer = self.open.last().copied();
        let place = if is_core(element.namespace) {
            self.start_core(outer, element)?
        } else {
            if outer.is_none() {
                return Err(ThreeMfError::NoModel { found: shown(element.name.as_bytes()) }.into());
            }
            if let (Some(Place::Object | Place::Mesh), Some(object)) = (outer, &mut self.object) {
                object.feature = object.feature.or(feature(element.name));
            }
            Place::Other
        };
        self.open.push(place);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.open.last() == Some(&Place::Metadata) && self.metadata.1.len() < 100 {
            self.metadata.1 += text;
        }
    }

    fn end(&mut self) -> Result<(), Reason> {
        match self.open.pop() {
            Some(Place::Metadata) => self.end_metadata(),
            Some(Place::Object) => self.part.objects.extend(self.object.take()),
            _ => {}
        }
        Ok(())
    }

    fn take_elements(&mut self, text: &[u8]) -> usize {
        let place = self.open.last().copied();
        let Self { object: Some(PartObject { mesh: Some(mesh), .. }), tags, .. } = self else { return 0 };
        match place {
            Some(Place::Vertices) => tags.take_vertices(text, mesh),
            Some(Place::Triangles) => tags.take_triangles(text, mesh),
            _ => 0,
        }
    }
}
