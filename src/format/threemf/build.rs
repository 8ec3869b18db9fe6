//! What a 3MF file builds: the scene of its objects, without those that are no model.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ThreeMfError;
use super::mesh::Mesh;
use super::model::ModelParts;
use super::part::{Kind, PartObject, PlacedObject};
use crate::contract::{Finding, FindingCode, Severity, Unit};
use crate::format::instances::{Object, Placement, Scene, SceneError, Shape};
use crate::format::transform::Transform;

/// What is built.
#[derive(Debug)]
pub(super) struct Build {
    pub unit: Unit,
    pub scene: Scene<Mesh>,
    /// The id of each object.
    ids: Vec<u32>,
    /// What would be built, and is no model.
    left_out: BTreeSet<Kind>,
    broken_rules: Vec<&'static str>,
}

/// An object at its place.
#[derive(Debug)]
struct Link {
    /// The number of the object; none if it is not there.
    object: Option<usize>,
    id: u32,
    transform: Transform,
    kind: Kind,
}

/// An object, and those that it places.
#[derive(Debug)]
struct LinkedObject {
    object: PartObject,
    components: Vec<Link>,
}

impl Build {
    pub fn of(mut model: ModelParts) -> Result<Self, ThreeMfError> {
        let unit = model.parts[0].unit.unwrap_or(Unit::Mm);
        if model.parts.iter().any(|part| part.unit != Some(unit)) {
            return Err(ThreeMfError::OtherUnit);
        }
        let (objects, items) = linked(&mut model);
        let left_out = left_out(&objects, &items)?;
        let ids = objects.iter().map(|linked| linked.object.id).collect();
        let scene =
            Scene { objects: objects.into_iter().map(LinkedObject::in_scene).collect(), placed: placements(&items) };
        Ok(Self { unit, scene, ids, left_out, broken_rules: model.broken_rules })
    }

    /// The error of a scene without triangles.
    pub fn nothing(&self) -> ThreeMfError {
        let kinds: Vec<_> = self.left_out.iter().copied().collect();
        if kinds == [Kind::Surface] {
            return ThreeMfError::OnlySurfaces;
        }
        ThreeMfError::NothingBuilt { others: words(&self.left_out) }
    }

    /// The error of a scene, with the ids of objects as the file has them.
    pub fn scene_error(&self, error: SceneError) -> crate::contract::Reason {
        match error {
            SceneError::Cycle { object } => ThreeMfError::Cycle { id: self.ids[object] }.into(),
            error => error.into(),
        }
    }

    /// What a person should know of the file.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut add = |code, message| findings.push(Finding { code, severity: Severity::Info, message });
        if !self.left_out.is_empty() {
            add(FindingCode::ObjectsLeftOut, format!("no part of the model, and left out: {}", words(&self.left_out)));
        }
        if !self.broken_rules.is_empty() {
            let message =
                format!("the file breaks rules of 3MF that change no surface: {}", self.broken_rules.join("; "));
            add(FindingCode::FormatRuleBroken, message);
        }
        findings
    }
}

fn words(kinds: &BTreeSet<Kind>) -> String {
    let word = |kind: &Kind| match kind {
        Kind::Model => "models",
        Kind::Support => "supports",
        Kind::Surface => "surfaces",
        Kind::Other => "modifiers, blockers or helpers of a slicer",
        Kind::NotPrinted => "objects that are not to be printed",
    };
    kinds.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// All objects of a model in one list, and its items, with the numbers of the objects that they place.
fn linked(model: &mut ModelParts) -> (Vec<LinkedObject>, Vec<Link>) {
    let ids = model.parts.iter().enumerate();
    let ids = ids.flat_map(|(part, content)| content.objects.iter().map(move |object| (part, object.id)));
    let numbers: BTreeMap<(usize, u32), usize> = ids.enumerate().map(|(number, place)| (place, number)).collect();
    let links = |model: &ModelParts, part: usize, placed: &[PlacedObject]| -> Vec<Link> {
        let link = |placed: &PlacedObject| {
            let object = numbers.get(&(model.part_of(placed, part), placed.id)).copied();
            Link { object, id: placed.id, transform: placed.transform, kind: placed.kind }
        };
        placed.iter().map(link).collect()
    };
    let items = links(model, 0, &model.parts[0].items);
    let mut objects = Vec::with_capacity(numbers.len());
    for part in 0..model.parts.len() {
        for object in std::mem::take(&mut model.parts[part].objects) {
            let components = links(model, part, &object.components);
            objects.push(LinkedObject { object, components });
        }
    }
    (objects, items)
}

/// Goes through what is built, each object once: the kinds of what is no model. What is not there, or not read, is an error.
fn left_out(objects: &[LinkedObject], items: &[Link]) -> Result<BTreeSet<Kind>, ThreeMfError> {
    let mut kinds = BTreeSet::new();
    let mut is_seen = vec![false; objects.len()];
    let mut next: Vec<&Link> = items.iter().rev().collect();
    while let Some(link) = next.pop() {
        if link.kind != Kind::Model {
            kinds.insert(link.kind);
            continue;
        }
        let number = link.object.ok_or(ThreeMfError::NoObject { id: link.id })?;
        if std::mem::replace(&mut is_seen[number], true) {
            continue;
        }
        let LinkedObject { object, components } = &objects[number];
        let PartObject { id, kind, ref mesh, feature, .. } = *object;
        // The type of an object of components is that of each of them.
        if kind != Kind::Model && mesh.is_some() {
            kinds.insert(kind);
            continue;
        }
        if let Some(feature) = feature {
            return Err(ThreeMfError::Feature { id, feature });
        }
        if mesh.as_ref().is_some_and(Mesh::has_left_out) {
            kinds.insert(Kind::Other);
        }
        next.extend(components.iter().rev());
    }
    Ok(kinds)
}

fn placements(links: &[Link]) -> Vec<Placement> {
    let models = links.iter().filter(|link| link.kind == Kind::Model);
    models.filter_map(|link| Some(Placement { object: link.object?, transform: link.transform })).collect()
}

impl LinkedObject {
    fn in_scene(self) -> Object<Mesh> {
        let PartObject { name, kind, mesh, .. } = self.object;
        let shape = match mesh {
            Some(mesh) if kind == Kind::Model => Shape::Mesh(mesh),
            Some(_) => Shape::Group(Vec::new()),
            None => Shape::Group(placements(&self.components)),
        };
        Object { name, shape }
    }
}
