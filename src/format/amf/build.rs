//! The scene of an AMF file: each constellation and each object that none of the others places.

use std::collections::BTreeMap;

use super::document::{Amf, AmfObject, Constellation};
use super::error::AmfError;
use crate::format::indexed::Mesh;
use crate::format::instances::{Object, Placement, Scene, Shape};
use crate::format::transform::Transform;

/// The scene, and whether instances are not to be printed.
pub(super) fn scene(amf: Amf) -> Result<(Scene<Mesh>, bool), AmfError> {
    let Amf { objects, constellations, .. } = amf;
    let mut numbers = BTreeMap::new();
    let ids = objects.iter().map(|object| object.id).chain(constellations.iter().map(|constellation| constellation.id));
    for (number, id) in ids.enumerate() {
        if numbers.insert(id, number).is_some() {
            return Err(AmfError::IdTwice { id });
        }
    }
    let mut has_unprinted = false;
    let mut is_root = vec![true; numbers.len()];
    let mut groups = Vec::with_capacity(constellations.len());
    for Constellation { instances, .. } in constellations {
        let mut placements = Vec::with_capacity(instances.len());
        for instance in instances {
            let object = *numbers.get(&instance.id).ok_or(AmfError::NoObject { id: instance.id })?;
            is_root[object] = false;
            has_unprinted |= !instance.is_printed;
            if instance.is_printed {
                placements.push(Placement { object, transform: instance.transform() });
            }
        }
        groups.push(Object { name: String::new(), shape: Shape::Group(placements) });
    }
    let meshes = objects.into_iter().map(|AmfObject { name, mesh, .. }| Object { name, shape: Shape::Mesh(mesh) });
    let roots = is_root.iter().enumerate().filter(|(_, is_root)| **is_root).map(|(number, _)| number);
    let placed = roots.map(|object| Placement { object, transform: Transform::IDENTITY }).collect();
    let scene = Scene { objects: meshes.chain(groups).collect(), placed };
    if is_within_itself(&scene) { Err(AmfError::Cycle) } else { Ok((scene, has_unprinted)) }
}

/// Whether an object is reached from no root, although something places it: it is in a circle of constellations.
fn is_within_itself(scene: &Scene<Mesh>) -> bool {
    let mut is_reached = vec![false; scene.objects.len()];
    let mut next: Vec<usize> = scene.placed.iter().map(|placement| placement.object).collect();
    let mut is_placed = is_reached.clone();
    for object in &scene.objects {
        if let Shape::Group(placements) = &object.shape {
            for placement in placements {
                is_placed[placement.object] = true;
            }
        }
    }
    while let Some(object) = next.pop() {
        if std::mem::replace(&mut is_reached[object], true) {
            continue;
        }
        if let Shape::Group(placements) = &scene.objects[object].shape {
            next.extend(placements.iter().map(|placement| placement.object));
        }
    }
    is_reached.iter().zip(&is_placed).any(|(is_reached, is_placed)| *is_placed && !is_reached)
}
