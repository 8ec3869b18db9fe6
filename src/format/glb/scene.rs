//! The scene of a glTF document: its tree of nodes as placed objects, of the meshes that a node of the tree has.

use super::copies::{MOST_COPIES, places};
use super::document::{Document, Mesh, Node, Primitive as PrimitiveEntry};
use super::error::{GlbError, extension};
use super::mesh::{GlbMesh, Mode, Primitive};
use super::table::{Kind, Tables, found};
use crate::format::instances::{Object, Placement, Scene, Shape};
use crate::format::transform::Transform;

/// The extensions that a file may need: they are read, or change no geometry.
const KNOWN_EXTENSIONS: [&str; 4] =
    ["KHR_mesh_quantization", "EXT_mesh_gpu_instancing", "KHR_animation_pointer", "EXT_mesh_features"];
/// The beginnings of names of extensions that change no geometry.
const APPEARANCES: [&str; 8] = [
    "KHR_materials_",
    "KHR_texture_",
    "KHR_lights_",
    "KHR_xmp",
    "EXT_texture_",
    "EXT_lights_",
    "MSFT_texture_",
    "EXT_structural_metadata",
];

/// What a file places.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub scene: Scene<GlbMesh<'a>>,
    /// Whether there are points or lines, which are no surface.
    pub has_others: bool,
}

/// What the roots of a scene lead to.
struct Reached {
    nodes: Vec<bool>,
    /// The names of meshes: their own, or that of their first node. None if no node has the mesh.
    meshes: Vec<Option<String>>,
}

/// Makes the scene of a document. What it does not place is not looked at.
pub(super) fn placed<'a>(tables: &mut Tables<'a>) -> Result<Placed<'a>, GlbError> {
    let document = tables.document;
    let mut required = document.extensions_required.items().iter();
    if let Some(name) = required.find(|name| !is_known(name)) {
        return Err(extension(name));
    }
    let nodes = document.nodes.items();
    let roots = roots(document, &children(nodes)?)?;
    let reached = reached(document, &roots)?;
    let mut has_others = false;
    let mut objects = Vec::with_capacity(reached.meshes.len() + nodes.len());
    for ((number, entry), name) in document.meshes.items().iter().enumerate().zip(reached.meshes) {
        let is_placed = name.is_some();
        let mesh = if is_placed { mesh(number, entry, tables, &mut has_others)? } else { GlbMesh::default() };
        objects.push(Object { name: name.unwrap_or_default(), shape: Shape::Mesh(mesh) });
    }
    let first_node = objects.len();
    let mut copies_left = MOST_COPIES;
    let at = |&node: &u32| {
        let node = node as usize;
        Ok(Placement { object: first_node + node, transform: transform(nodes, node)? })
    };
    for (node, is_reached) in nodes.iter().zip(reached.nodes) {
        let mut placements = Vec::new();
        if is_reached {
            if let Some(mesh) = node.mesh {
                let places = match &node.instances {
                    Some(instances) => places(instances.attributes, tables, &mut copies_left)?,
                    None => vec![Transform::IDENTITY],
                };
                let object = mesh as usize;
                placements.extend(places.into_iter().map(|transform| Placement { object, transform }));
            }
            placements.extend(node.children.iter().map(at).collect::<Result<Vec<_>, GlbError>>()?);
        }
        objects.push(Object { name: String::new(), shape: Shape::Group(placements) });
    }
    let placed = roots.iter().map(at).collect::<Result<_, _>>()?;
    Ok(Placed { scene: Scene { objects, placed }, has_others })
}

fn is_known(extension: &str) -> bool {
    KNOWN_EXTENSIONS.contains(&extension) || APPEARANCES.iter().any(|begin| extension.starts_with(begin))
}

/// Which nodes are children. None is that of two.
fn children(nodes: &[Node]) -> Result<Vec<bool>, GlbError> {
    let mut is_child = vec![false; nodes.len()];
    for &child in nodes.iter().flat_map(|node| &node.children) {
        let flag = found(is_child.get_mut(child as usize), "node", child, nodes.len())?;
        if std::mem::replace(flag, true) {
            return Err(GlbError::Node { node: child as usize, fault: "has two parents" });
        }
    }
    Ok(is_child)
}

/// The nodes at the top: those of the default scene, or of the only one, or all that are no children.
fn roots(document: &Document, is_child: &[bool]) -> Result<Vec<u32>, GlbError> {
    let scenes = document.scenes.items();
    let scene = match (document.scene, scenes) {
        (Some(number), _) => Some(found(document.scenes.get(number), "scene", number, scenes.len())?),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(scene) = scene else {
        return Ok((0..is_child.len() as u32).filter(|&node| !is_child[node as usize]).collect());
    };
    let mut is_placed = vec![false; is_child.len()];
    for &root in &scene.nodes {
        let flag = found(is_placed.get_mut(root as usize), "node", root, is_child.len())?;
        if std::mem::replace(flag, true) || is_child[root as usize] {
            return Err(GlbError::Node { node: root as usize, fault: "is in the scene twice" });
        }
    }
    Ok(scene.nodes.clone())
}

/// Goes through the trees below the roots. No node has two parents, so that each is met once.
fn reached(document: &Document, roots: &[u32]) -> Result<Reached, GlbError> {
    let (nodes, meshes) = (document.nodes.items(), document.meshes.items());
    let mut reached = Reached { nodes: vec![false; nodes.len()], meshes: vec![None; meshes.len()] };
    let mut next: Vec<u32> = roots.iter().rev().copied().collect();
    while let Some(number) = next.pop() {
        reached.nodes[number as usize] = true;
        let node = &nodes[number as usize];
        if let Some(number) = node.mesh {
            let name = found(reached.meshes.get_mut(number as usize), "mesh", number, meshes.len())?;
            let mesh = &meshes[number as usize];
            refuse_features(node, mesh)?;
            let of_mesh = Some(&mesh.name).filter(|name| !name.is_empty());
            name.get_or_insert_with(|| of_mesh.unwrap_or(&node.name).to_string());
        }
        next.extend(node.children.iter().rev());
    }
    Ok(reached)
}

/// Refuses what changes the geometry of a mesh at its node.
fn refuse_features(node: &Node, mesh: &Mesh) -> Result<(), GlbError> {
    let is_morphed = node.is_morphed.unwrap_or(mesh.weights.is_some_and(|weights| weights.are_used));
    let unsupported = |feature: &str, advice| Err(GlbError::Unsupported { feature: feature.into(), advice });
    if node.is_skinned {
        unsupported("a mesh has a skin, whose pose is not read", "apply the armature before the export")
    } else if is_morphed {
        unsupported(
            "a mesh has morph targets of a weight, which are not read",
            "apply the shape keys before the export",
        )
    } else {
        Ok(())
    }
}

fn mesh<'a>(
    number: usize,
    mesh: &Mesh,
    tables: &mut Tables<'a>,
    has_others: &mut bool,
) -> Result<GlbMesh<'a>, GlbError> {
    let mut found = GlbMesh::default();
    for entry in &mesh.primitives {
        let mode = match entry.mode.unwrap_or(4) {
            0..=3 => {
                *has_others = true;
                continue;
            }
            4 => Mode::Triangles,
            5 => Mode::Strip,
            6 => Mode::Fan,
            mode => return Err(GlbError::Mode { mesh: number, mode }),
        };
        if let Some(primitive) = primitive(entry, mode, tables)? {
            found.push(primitive);
        }
    }
    Ok(found)
}

/// The triangles of a primitive, if it has points.
fn primitive<'a>(
    entry: &PrimitiveEntry,
    mode: Mode,
    tables: &mut Tables<'a>,
) -> Result<Option<Primitive<'a>>, GlbError> {
    let PrimitiveEntry { attributes, indices, extensions, .. } = entry;
    // A file may have the same mesh without compression too.
    let is_plain = |&accessor: &u32| {
        tables.document.accessors.get(accessor).is_some_and(|accessor| accessor.buffer_view.is_some())
    };
    if extensions.draco.is_some() && !attributes.position.as_ref().is_some_and(is_plain) {
        return Err(GlbError::Unsupported {
            feature: "the mesh is compressed by KHR_draco_mesh_compression".into(),
            advice: "export the model without compression",
        });
    }
    let Some(position) = attributes.position else { return Ok(None) };
    let vertices = tables.table(position, Kind::Position)?;
    let indices = indices.map(|indices| tables.table(indices, Kind::Index)).transpose()?;
    Ok(Some(Primitive::new(vertices, indices, mode)))
}

fn transform(nodes: &[Node], node: usize) -> Result<Transform, GlbError> {
    let Some(place) = &nodes[node].place else { return Ok(Transform::IDENTITY) };
    place.transform().ok_or(GlbError::Node { node, fault: "has a matrix or a rotation that places nothing" })
}
